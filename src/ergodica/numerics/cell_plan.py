"""The choice of a cell list's grid: how wide the cells are and how they are numbered."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics.cells import (
    CELLS,
    CELLS_A_PARTICLE,
    COUNT,
    FARTHEST,
    FOLDED,
    FOLDED_SLOTS,
    GOLDEN,
    LIMIT,
    LONGEST_REACH,
    LOWEST,
    MARGIN,
    PER_LENGTH,
    PERIOD,
    PLASTIC,
    REACH,
    ROWS,
    SLOTS,
    SPARE_CELLS,
    STRIDE_Y,
    STRIDE_Z,
    TIED,
    TRIES,
    Array,
    Integers,
    floored,
)
from ergodica.numerics.kernel import kernel


@kernel
def _axis(grid: Integers, frame: Array, axis: int, width: float, low: float, high: float) -> float:
    """Divide an axis into cells of at least `width`; how many there are, as a float."""
    period = frame[PERIOD + axis]
    if period < math.inf:
        count = max(floored(min(period / width, FARTHEST)), 1)
        grid[CELLS + axis] = count
        frame[PER_LENGTH + axis] = count / period
        return float(count)
    per_length = 1.0 / max(width, max(abs(low), abs(high)) / FARTHEST)
    frame[PER_LENGTH + axis] = per_length
    first = floored(low * per_length)
    count = floored(high * per_length) - first + 1
    grid[LOWEST + axis], grid[CELLS + axis] = first, count
    return float(count)


@kernel
def _is_prime(number: int) -> bool:
    divisor = 3
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 2
    return number % 2 == 1


@kernel
def _keeps_apart(grid: Integers, frame: Array, a: int, b: int, m: int) -> bool:
    """Whether all cells around any place have slots of their own.

    Two of them differ by at most 2 along an axis, or by that and the number of cells where the axis wraps.
    """
    wraps_x = 1 if frame[PERIOD] < math.inf else 0
    wraps_y = 1 if frame[PERIOD + 1] < math.inf else 0
    wraps_z = 1 if frame[PERIOD + 2] < math.inf else 0
    side_y, side_z = 2 if grid[ROWS] > 1 else 0, 2 if grid[ROWS] > 3 else 0
    for wz in range(-wraps_z, wraps_z + 1):
        for dz in range(-side_z, side_z + 1):
            z = dz + wz * grid[CELLS + 2]
            for wy in range(-wraps_y, wraps_y + 1):
                for dy in range(-side_y, side_y + 1):
                    y = dy + wy * grid[CELLS + 1]
                    row = a * (y % m) + b * (z % m)
                    for wx in range(-wraps_x, wraps_x + 1):
                        for dx in range(-2, 3):
                            x = dx + wx * grid[CELLS]
                            if (x != 0 or y != 0 or z != 0) and (x % m + row) % m == 0:
                                return False
    return True


@kernel
def _fold(grid: Integers, frame: Array, count: int) -> bool:
    """Number the cells by a lattice of O(count) slots; whether that was possible."""
    m = max(2 * count, FOLDED_SLOTS) | 1
    space = grid[ROWS] > 3
    for _ in range(TRIES):
        while not _is_prime(m):
            m += 2
        a = np.int64(m * (PLASTIC if space else GOLDEN))
        b = np.int64(m * PLASTIC * PLASTIC) if space else 0
        if _keeps_apart(grid, frame, a, b, m):
            grid[STRIDE_Y], grid[STRIDE_Z], grid[SLOTS], grid[FOLDED] = a, b, m, 1
            return True
        m += 2
    return False


@kernel
def plan_cells(
    grid: Integers, frame: Array, count: int, dimensions: int, radius: float, lows: Array, highs: Array
) -> None:
    """Fill `grid` and `frame` for `count` particles between `lows` and `highs`, both `(3,)`.

    `frame[PERIOD]` and the two after it are set already.
    """
    grid[COUNT], grid[FOLDED] = count, 0
    grid[ROWS] = 9 if dimensions == 3 else (3 if dimensions == 2 else 1)
    frame[LIMIT] = radius * radius
    shortest = min(frame[PERIOD], min(frame[PERIOD + 1], frame[PERIOD + 2]))
    grid[TIED] = 1 if 2.0 * radius >= shortest else 0
    width = radius * MARGIN
    most = float(CELLS_A_PARTICLE * count + SPARE_CELLS)
    total = 2.0 * most
    while total > most:
        total = 1.0
        for axis in range(3):
            total *= _axis(grid, frame, axis, width, lows[axis], highs[axis])
        grid[REACH] = 1
        if total > most and _fold(grid, frame, count):
            return
        width *= 2.0
    reach = np.int64(min(max(2.0 * count / total, 1.0), float(LONGEST_REACH)))
    grid[REACH] = reach
    _axis(grid, frame, 0, 0.5 * width / reach, lows[0], highs[0])
    grid[STRIDE_Y] = grid[CELLS]
    grid[STRIDE_Z] = grid[CELLS] * grid[CELLS + 1]
    grid[SLOTS] = grid[STRIDE_Z] * grid[CELLS + 2]
