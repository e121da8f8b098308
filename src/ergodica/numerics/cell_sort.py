"""Filling a cell list: a stable counting sort of particles by cell, on one thread or several, to the same bits."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics.cell_plan import plan_cells
from ergodica.numerics.cells import (
    PERIOD,
    SLOTS,
    Array,
    Cells,
    Indices,
    Integers,
    grid_of,
    home_cell,
    slot_of,
)
from ergodica.numerics.geometry import wrapped
from ergodica.numerics.kernel import kernel, prange


@kernel
def _extent(positions: Array, periods: Array, first: int, last: int, bounds: Array) -> int:
    """Lowest and highest coordinate on the open axes into `bounds` (6,); the first particle that is not finite."""
    for axis in range(positions.shape[1]):
        low, high = math.inf, -math.inf
        for i in range(first, last):
            x = positions[i, axis]
            if not abs(x) < math.inf:
                return i
            low = x if x < low else low
            high = x if x > high else high
        bounds[axis], bounds[3 + axis] = low, high
    return -1


@kernel
def _assign(cells: Cells, positions: Array, first: int, last: int, counts: Indices) -> None:
    """The slot of each particle from first to last, and how many fall into each."""
    grid, dimensions = grid_of(cells), positions.shape[1]
    for i in range(first, last):
        x = wrapped(positions[i, 0], grid.period_x)
        y = wrapped(positions[i, 1], grid.period_y) if dimensions > 1 else 0.0
        z = wrapped(positions[i, 2], grid.period_z) if dimensions > 2 else 0.0
        home = home_cell(grid, x, y, z)
        slot = slot_of(grid, home[0], home[1], home[2])
        cells.slot[i] = slot
        counts[slot] += 1


@kernel
def _place(cells: Cells, positions: Array, first: int, last: int, places: Indices) -> None:
    """Copy each particle from first to last to its place in sorted order."""
    grid, dimensions = grid_of(cells), positions.shape[1]
    for i in range(first, last):
        slot = cells.slot[i]
        s = places[slot]
        places[slot] = s + 1
        cells.order[s] = i
        cells.x[s] = wrapped(positions[i, 0], grid.period_x)
        if dimensions > 1:
            cells.y[s] = wrapped(positions[i, 1], grid.period_y)
        if dimensions > 2:
            cells.z[s] = wrapped(positions[i, 2], grid.period_z)


@kernel
def _begin(start: Indices, counts: Indices, totals: Integers, first: int, last: int, chunk: int) -> None:
    """Where slots first to last - 1 begin, and in them the particles of each chunk, in place of `counts`."""
    place = totals[:chunk].sum()
    for slot in range(first, last):
        start[slot] = place
        for c in range(counts.shape[0]):
            here = counts[c, slot]
            counts[c, slot] = place
            place += here


@kernel
def _plan(cells: Cells, positions: Array, radius: float, periods: Array, bounds: Array) -> None:
    """Plan the grid from the extents `(chunks, 6)` of the chunks."""
    lows, highs = np.zeros(3), np.zeros(3)
    for axis in range(3):
        cells.real[PERIOD + axis] = periods[axis]
        if axis < positions.shape[1] and bounds.shape[0] > 0:
            lows[axis], highs[axis] = bounds[0, axis], bounds[0, 3 + axis]
            for chunk in range(1, bounds.shape[0]):
                lows[axis] = min(lows[axis], bounds[chunk, axis])
                highs[axis] = max(highs[axis], bounds[chunk, 3 + axis])
    plan_cells(cells.whole, cells.real, positions.shape[0], positions.shape[1], radius, lows, highs)


@kernel
def fill_cells(cells: Cells, positions: Array, radius: float, periods: Array) -> int:
    """Sort particles into cells for queries within `radius`, on the calling thread.

    Args:
        cells: from `empty_cells` with room for exactly these particles; overwritten.
        positions: `(n, d)`, d = 1, 2 or 3, wrapped or not, in any memory order.
        radius: at most half of every period; not checked here.
        periods: `(3,)`, `Box.periods`.

    Returns:
        -1, or the number of the first particle with a coordinate that is not finite; `cells` is unusable then.
    """
    n = positions.shape[0]
    if n == 0:
        _plan(cells, positions, radius, periods, np.zeros((0, 6)))
        cells.start[: cells.whole[SLOTS] + 2] = 0
        return -1
    bounds = np.zeros((1, 6))
    bad: int = _extent(positions, periods, 0, n, bounds[0])
    if bad >= 0:
        return bad
    _plan(cells, positions, radius, periods, bounds)
    slots = cells.whole[SLOTS]
    start = cells.start
    # counts two places on: after the sum start[slot + 1] is where the slot begins, and after sorting where it ends
    start[: slots + 2] = 0
    _assign(cells, positions, 0, n, start[2:])
    for slot in range(slots):
        start[slot + 2] += start[slot + 1]
    _place(cells, positions, 0, n, start[1:])
    return -1


@kernel(parallel=True)
def fill_cells_in_parallel(cells: Cells, positions: Array, radius: float, periods: Array, chunks: int) -> int:
    """`fill_cells` on several threads: the same bits, whatever `chunks` (a few a thread) and the threads."""
    n = positions.shape[0]
    chunks = max(1, min(chunks, n))
    bounds = np.zeros((chunks if n > 0 else 0, 6))
    bad = np.full(chunks, -1, np.int64)
    for c in prange(bounds.shape[0]):
        bad[c] = _extent(positions, periods, c * n // chunks, (c + 1) * n // chunks, bounds[c])
    for c in range(chunks):
        if bad[c] >= 0:
            return int(bad[c])
    _plan(cells, positions, radius, periods, bounds)
    slots = cells.whole[SLOTS]
    counts = np.zeros((chunks, slots), np.int32)
    for c in prange(chunks):
        _assign(cells, positions, c * n // chunks, (c + 1) * n // chunks, counts[c])
    totals = np.zeros(chunks, np.int64)
    for c in prange(chunks):
        totals[c] = counts[:, c * slots // chunks : (c + 1) * slots // chunks].sum()
    for c in prange(chunks):
        _begin(cells.start, counts, totals, c * slots // chunks, (c + 1) * slots // chunks, c)
    cells.start[slots] = n
    for c in prange(chunks):
        _place(cells, positions, c * n // chunks, (c + 1) * n // chunks, counts[c])
    return -1
