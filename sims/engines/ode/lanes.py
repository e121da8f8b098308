"""A right-hand side over eight lanes or more, made from the scalar one. Imports numba.

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
from ergodica.sims.engines.ode.calls import (
    BYTES,
    LANES,
    NOWHERE,
    SCALAR,
    address,
    as_kernel,
    borrowed,
    number_at,
)

_COLUMN = types.Array(types.float64, 1, "A")


WIDE = 4 * WIDTH
"""Lanes of many members: a call costs the same, and vectors do not wait for each other's arithmetic."""


def _columns(width: int) -> Any:
    """The function (address, lane, rows): a lane's column in an array (rows, width); lanes are seen as neighbours."""

    def column_at(typingctx: Any, data: Any, lane: Any, rows: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            first = builder.inttoptr(args[0], ir.DoubleType().as_pointer())
            return borrowed(context, builder, builder.gep(first, [args[1]]), args[2], _COLUMN, BYTES * width)

        return _COLUMN(*[types.int64] * 3), generate

    return intrinsic(column_at)


column_at: Any = _columns(WIDTH)
wide_column_at: Any = _columns(WIDE)


class Inlined(Kernel):
    """A kernel that goes into the loop that calls it, however long it is.

    numba names the loop's machine code by a pickle of what it refers to, here by the function's name; the
    cache folder is named by its code.
    """

    def __reduce__(self) -> Any:
        return str, (f"{self.function.__module__}.{self.function.__qualname__}",)


@functools.cache
def lanes_of(rhs: Any) -> Kernel:
    """rhs_lanes(t, u, p, du, d, parameters, lanes), see `calls`: addresses, then sizes."""
    scalar = as_kernel(rhs)
    field = Inlined(scalar.function, {**scalar.options, "forceinline": True})

    @kernel(error_model="numpy")
    def rhs_lanes(t: int, u: int, p: int, du: int, d: int, parameters: int, lanes: int) -> None:
        for lane in range(lanes):
            now = number_at(t, lane)
            field(now, column_at(u, lane, d), column_at(p, lane, parameters), column_at(du, lane, d))

    return rhs_lanes


@functools.cache
def wide_lanes_of(rhs: Any) -> Kernel:
    """`lanes_of` for `WIDE` lanes."""
    scalar = as_kernel(rhs)
    field = Inlined(scalar.function, {**scalar.options, "forceinline": True})

    @kernel(error_model="numpy")
    def rhs_wide(t: int, u: int, p: int, du: int, d: int, parameters: int, lanes: int) -> None:
        for lane in range(WIDE):
            now = number_at(t, lane)
            field(
                now,
                wide_column_at(u, lane, d),
                wide_column_at(p, lane, parameters),
                wide_column_at(du, lane, d),
            )

    return rhs_wide


def lanes_address(rhs: Any, width: int = WIDTH) -> int:
    """Where the function over lanes lies; 0 for a function that takes nothing but contiguous arrays."""
    from numba.core.errors import NumbaError

    if numba_config("USING_SVML"):
        return NOWHERE  # its vector functions round otherwise than the scalar ones
    try:
        with numba_setting("DISABLE_PERFORMANCE_WARNINGS", 1):  # of arrays that are not contiguous
            return address(wide_lanes_of(rhs) if width == WIDE else lanes_of(rhs), LANES)
    except (NumbaError, ValueError):
        return NOWHERE


def needed_lanes(rhs: Any, members: int) -> int:
    """`lanes_address`, or 0 for one member, whom the scalar function serves: compiling the other takes longer."""
    return NOWHERE if members == 1 else lanes_address(rhs)


def places(function: Any, members: int, name: str) -> tuple[int, int]:
    """Addresses of a right-hand side for one member and, where there are several, over lanes (else 0)."""
    return address(function, SCALAR, name), needed_lanes(function, members)
