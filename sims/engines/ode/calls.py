"""Compiled right-hand sides called through their address, so that one compiled integrator serves them all.

numba compiles an integrator again for every function that it takes as an argument, and keeps none of that on
disk. The address of a compiled function is a number: the integrator is compiled once and found on disk by
the next process. A call costs some 10 ns and is not inlined; over eight lanes that is little more than 1 ns
a member. Import this module only where a run starts: it imports numba.

The arrays of a right-hand side are contiguous float64. A scalar one is `rhs(t, u, p, du)` with u, du (d,)
and p (number of parameters,); one over lanes has `t` (8,), u, du (d, 8) and p (number of parameters, 8), and
does the same in each column.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

from ergodica.numerics import Kernel, kernel
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.lanes import WIDTH

Array = np.ndarray

_VECTOR = types.Array(types.float64, 1, "C")
_MATRIX = types.Array(types.float64, 2, "C")
SCALAR = (types.float64, _VECTOR, _VECTOR, _VECTOR)
LANES = (_VECTOR, _MATRIX, _MATRIX, _MATRIX)
JACOBIAN = (types.float64, _VECTOR, _VECTOR, _MATRIX)
THREE_VECTORS = (_VECTOR, _VECTOR, _VECTOR)
LAGGED = (types.float64, _VECTOR, _MATRIX, _VECTOR, _VECTOR)
NOWHERE = 0

alloca: Any = cgutils.alloca_once
populate: Any = arrayobj.populate_array


def address(function: Any, signature: tuple[Any, ...], name: str = "rhs") -> int:
    """Where the machine code of a kernel for these argument types lies; 0 for None.

    `function` is a `Kernel` or a numba function and must be kept alive by the caller.

    Raises ParameterError for anything else, and for what does not compile with this signature.
    """
    if function is None:
        return NOWHERE
    dispatcher = function.dispatcher if isinstance(function, Kernel) else function
    if not hasattr(dispatcher, "overloads"):
        raise ParameterError(
            f"{name}: must be a kernel or a numba function, got {function!r}; decorate it with njit"
        )
    from numba.core.errors import NumbaError

    try:
        dispatcher.compile(signature)
    except NumbaError as error:
        first = str(error).strip().splitlines()[0]
        raise ParameterError(
            f"{name}: must compile for arrays of float64, got {first}; see {__name__}"
        ) from error
    compiled = dispatcher.overloads[signature]
    if compiled.signature.return_type != types.none:
        raise ParameterError(
            f"{name}: must write into its last argument and return nothing, got a {compiled.signature.return_type}; "
            "drop the return"
        )
    found: int = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    return found


def _call_at(typingctx: Any, place: Any, arguments: Any) -> Any:
    """Call what lies at an address with a tuple of arguments; returns numba's status, 0 when nothing was raised."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = list(signature.args[1].types)
        function_type = context.call_conv.get_function_type(types.none, kinds)
        function = builder.inttoptr(args[0], function_type.as_pointer())
        values = [builder.extract_value(args[1], i) for i in range(len(kinds))]
        packed = context.get_arg_packer(kinds).as_arguments(builder, values)
        result = alloca(builder, ir.IntType(8).as_pointer())
        raised = alloca(builder, function_type.args[1].pointee)
        return builder.call(function, [builder.bitcast(result, function_type.args[0]), raised, *packed])

    return types.int32(types.int64, arguments), generate


def _row_of(typingctx: Any, rows: Any, row: Any) -> Any:
    """rows[row], (d, 8), of a contiguous array (rows, d, 8) that outlives it: nothing counts the reference."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = context.make_array(signature.args[0])(context, builder, args[0])
        size = [builder.extract_value(whole.shape, i) for i in (1, 2)]
        stride = [builder.extract_value(whole.strides, i) for i in (1, 2)]
        count = builder.mul(*size)
        made = context.make_array(_MATRIX)(context, builder)
        data = builder.gep(whole.data, [builder.mul(args[1], count)])
        populate(made, data=data, shape=size, strides=stride, itemsize=whole.itemsize, meminfo=None)
        return made._getvalue()

    return _MATRIX(rows, types.int64), generate


call_at: Any = intrinsic(_call_at)
row_of: Any = intrinsic(_row_of)


@kernel
def evaluate(place: int, t: float, u: Array, p: Array, du: Array) -> None:
    """du = f(t, u, p) by the scalar right-hand side at `place`; NaN where it raises."""
    if call_at(place, (t, u, p, du)) != 0:
        du[:] = np.nan


@kernel
def evaluate_lanes(
    place: int, lanes_place: int, t: Array, u: Array, p: Array, du: Array, active: Array, column: Array
) -> None:
    """du = f(t, u, p) over lanes; lane by lane where only the scalar right-hand side is there.

    `active` (8,) says which lanes matter, `column` (2 d + number of parameters,) is room to work in.
    """
    if lanes_place != NOWHERE:
        if call_at(lanes_place, (t, u, p, du)) != 0:
            du[:] = np.nan
        return
    d, parameters = u.shape[0], p.shape[0]
    point, slope, values = column[:d], column[d : 2 * d], column[2 * d : 2 * d + parameters]
    for lane in range(WIDTH):
        if active[lane]:
            for i in range(d):
                point[i] = u[i, lane]
            for i in range(parameters):
                values[i] = p[i, lane]
            evaluate(place, t[lane], point, values, slope)
            for i in range(d):
                du[i, lane] = slope[i]
