"""A right-hand side over eight lanes, made from the scalar one. Imports numba.

The scalar function is compiled into a loop over lanes in which the elements of an array lie one row of lanes
apart. That distance is a constant, so LLVM makes vector instructions of the loop. Each lane does the same
arithmetic as the scalar function, so both give the same bits.
"""

from __future__ import annotations

import functools
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ergodica.numerics import Kernel, kernel
from ergodica.numerics.guarded import numba_config, numba_setting
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.calls import BYTES, LANES, NOWHERE, address, as_kernel, populate

_COLUMN = types.Array(types.float64, 1, "A")


def _column_of(typingctx: Any, matrix: Any, lane: Any) -> Any:
    """matrix[:, lane] of an array (rows, 8) that outlives it, with its stride known to the compiler."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = context.make_array(signature.args[0])(context, builder, args[0])
        made = context.make_array(_COLUMN)(context, builder)
        populate(
            made,
            data=builder.gep(whole.data, [args[1]]),
            shape=[builder.extract_value(whole.shape, 0)],
            strides=[ir.Constant(ir.IntType(64), BYTES * WIDTH)],
            itemsize=whole.itemsize,
            meminfo=None,
        )
        return made._getvalue()

    return _COLUMN(matrix, types.int64), generate


column_of: Any = intrinsic(_column_of)


class Inlined(Kernel):
    """A kernel that goes into the loop that calls it, however long it is.

    numba names the loop's machine code by a pickle of what it refers to, here by the function's name; the
    cache folder is named by its code.
    """

    def __reduce__(self) -> Any:
        return str, (f"{self.function.__module__}.{self.function.__qualname__}",)


@functools.cache
def lanes_of(rhs: Any) -> Kernel:
    """rhs_lanes(t, u, p, du) with t (8,), u, du (d, 8) and p (number of parameters, 8)."""
    scalar = as_kernel(rhs)
    field = Inlined(scalar.function, {**scalar.options, "forceinline": True})

    @kernel(error_model="numpy")
    def rhs_lanes(t: Any, u: Any, p: Any, du: Any) -> None:
        for lane in range(t.size):
            field(t[lane], column_of(u, lane), column_of(p, lane), column_of(du, lane))

    return rhs_lanes


def lanes_address(rhs: Any) -> int:
    """Where the function over lanes lies; 0 for a function that takes nothing but contiguous arrays."""
    from numba.core.errors import NumbaError

    if numba_config("USING_SVML"):
        return NOWHERE  # its vector functions round otherwise than the scalar ones
    try:
        with numba_setting("DISABLE_PERFORMANCE_WARNINGS", 1):  # of arrays that are not contiguous
            return address(lanes_of(rhs), LANES)
    except (NumbaError, ValueError):
        return NOWHERE
