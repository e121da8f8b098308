"""Compiled right-hand sides called through their address, so that one compiled integrator serves them all.

numba compiles an integrator again for every function that it takes as an argument, and keeps none of that on
disk. The address of a compiled function is a number: the integrator is compiled once and found on disk by
the next process. A call costs some 10 ns and is not inlined; over eight lanes that is little more than 1 ns
a member. Import this module only where a run starts: it imports numba.

A right-hand side is `rhs(t, u, p, du)` of contiguous float64 arrays: u, du (d,) and p (number of parameters,).
One over lanes (see `lanes`) has the addresses of t (width,), u, du (d, width) and p (number of parameters, width), and
their sizes: whole numbers are passed in registers, arrays on the stack.
"""

from __future__ import annotations

import functools
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

VECTOR = types.Array(types.float64, 1, "C")
SCALAR = (types.float64, VECTOR, VECTOR, VECTOR)
JACOBIAN = (types.float64, VECTOR, VECTOR, types.Array(types.float64, 2, "C"))
LANES = (types.int64,) * 7
NOWHERE = 0
BYTES = 8
_KEPT_OPTIONS = ("fastmath", "forceinline", "boundscheck", "locals")

alloca: Any = cgutils.alloca_once
populate: Any = arrayobj.populate_array


@functools.cache
def as_kernel(function: Any, name: str = "rhs") -> Kernel:
    """A kernel, or a numba function made again as one, in which a division by zero gives infinity.

    Raises ParameterError for anything else.
    """
    if isinstance(function, Kernel):
        return function
    inner = getattr(function, "py_func", None)
    if inner is None:
        raise ParameterError(
            f"{name}: must be a kernel or a numba function, got {function!r}; decorate it with numba.njit"
        )
    options = {word: value for word, value in function.targetoptions.items() if word in _KEPT_OPTIONS}
    return Kernel(inner, {**options, "error_model": "numpy"})


def address(function: Any, signature: tuple[Any, ...], name: str = "rhs") -> int:
    """Where the machine code of a kernel for these argument types lies; 0 for None.

    `function` is a `Kernel` or a numba function.

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


def _call_at(typingctx: Any, place: Any, t: Any, u: Any, p: Any, du: Any) -> Any:
    """Call what lies at an address; returns numba's status, 0 when nothing was raised.

    A tuple of arrays instead of the arrays would count their references at every call, which costs more than
    the call.
    """
    kinds = (t, u, p, du)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _invoke(context, builder, args[0], kinds, args[1:])

    return types.int32(types.int64, *kinds), generate


def borrowed(context: Any, builder: Any, data: Any, rows: Any, kind: Any, stride: int) -> Any:
    """An array (rows,) at an address, of numbers `stride` bytes apart; nothing counts its references."""
    made = context.make_array(kind)(context, builder)
    if not isinstance(data.type, ir.PointerType):
        data = builder.inttoptr(data, ir.DoubleType().as_pointer())
    eight = ir.Constant(rows.type, BYTES)
    populate(
        made,
        data=data,
        shape=[rows],
        strides=[ir.Constant(rows.type, stride)],
        itemsize=eight,
        meminfo=None,
    )
    return made._getvalue()


def _call_scalar(typingctx: Any, place: Any, t: Any, u: Any, p: Any, du: Any, d: Any, parameters: Any) -> Any:
    """`call_at` with the addresses of the numbers of u, p and du."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _, time, point, values, slope, components, count = args
        sized = ((point, components), (values, count), (slope, components))
        arrays = [borrowed(context, builder, data, rows, VECTOR, BYTES) for data, rows in sized]
        return _invoke(context, builder, args[0], SCALAR, [time, *arrays])

    return types.int32(types.int64, types.float64, *[types.int64] * 5), generate


def _call_lanes(
    typingctx: Any, place: Any, t: Any, u: Any, p: Any, du: Any, d: Any, parameters: Any, lanes: Any
) -> Any:
    """Call what lies at an address with whole numbers: addresses of t, u, p, du, and their sizes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _invoke(context, builder, args[0], LANES, args[1:])

    return types.int32(types.int64, *LANES), generate


def _invoke(context: Any, builder: Any, place: Any, kinds: Any, values: Any) -> Any:
    function_type = context.call_conv.get_function_type(types.none, kinds)
    function = builder.inttoptr(place, function_type.as_pointer())
    packed = context.get_arg_packer(kinds).as_arguments(builder, values)
    result, raised = (alloca(builder, function_type.args[i].pointee) for i in (0, 1))
    return builder.call(function, [result, raised, *packed])


def _copy_strided(typingctx: Any, to: Any, to_step: Any, source: Any, source_step: Any, count: Any) -> Any:
    """Copy `count` numbers between addresses, `to_step` and `source_step` numbers apart."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = ir.DoubleType().as_pointer()
        there, here = builder.inttoptr(args[0], pointer), builder.inttoptr(args[2], pointer)
        with cgutils.for_range(builder, args[4]) as loop:
            value = builder.load(builder.gep(here, [builder.mul(loop.index, args[3])]))
            builder.store(value, builder.gep(there, [builder.mul(loop.index, args[1])]))
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), generate


def _data_of(typingctx: Any, array: Any) -> Any:
    """The address of an array's first number; the array must outlive its use."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.ptrtoint(whole.data, ir.IntType(64))

    return types.int64(array), generate


def _number_at(typingctx: Any, address: Any, place: Any) -> Any:
    """The float64 at a place of the array at an address."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first = builder.inttoptr(args[0], ir.DoubleType().as_pointer())
        return builder.load(builder.gep(first, [args[1]]))

    return types.float64(types.int64, types.int64), generate


call_at: Any = intrinsic(_call_at)
call_lanes: Any = intrinsic(_call_lanes)
call_scalar: Any = intrinsic(_call_scalar)
copy_strided: Any = intrinsic(_copy_strided)
data_of: Any = intrinsic(_data_of)
number_at: Any = intrinsic(_number_at)

_NOTHING = np.array([np.nan])


@kernel(error_model="numpy")
def evaluate(place: int, t: float, u: Array, p: Array, du: Array) -> None:
    """du = f(t, u, p) by the scalar right-hand side at `place`; NaN where it raises."""
    if call_at(place, t, u, p, du) != 0:
        du[:] = np.nan


@kernel(error_model="numpy")
def evaluate_lanes(
    place: int,
    lanes_place: int,
    t: int,
    u: int,
    p: int,
    du: int,
    d: int,
    parameters: int,
    active: int,
    column: int,
    width: int = WIDTH,
) -> None:
    """du = f(t, u, p) over lanes, given the addresses of t (width,), u, du (d, width) and p (parameters, width).

    One by one where only the lane `active` matters (-1: all do) or there is no function over lanes; `column`
    is the address of room for u, du and p of one lane. Addresses, because numba would count the references
    of arrays at every call.
    """
    if active < 0 and lanes_place != NOWHERE:
        if call_lanes(lanes_place, t, u, p, du, d, parameters, width) != 0:
            copy_strided(du, 1, data_of(_NOTHING), 0, d * width)
        return
    slope, values = column + BYTES * d, column + 2 * BYTES * d
    for lane in range(width):
        if active < 0 or lane == active:
            offset = BYTES * lane
            copy_strided(column, 1, u + offset, width, d)
            copy_strided(values, 1, p + offset, width, parameters)
            if call_scalar(place, number_at(t, lane), column, values, slope, d, parameters) != 0:
                copy_strided(slope, 1, data_of(_NOTHING), 0, d)
            copy_strided(du + offset, width, slope, 1, d)
