"""The k nearest from a cell list: for particles of which at least k, and not too many, are within its radius.

Import this module only to run: it imports numba.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics.cells import (
    BLOCK,
    COUNT,
    Array,
    Cells,
    Indices,
    grid_of,
    home_cell,
    inlined,
    segment,
    segments,
)
from ergodica.numerics.kernel import Kernel, kernel, prange
from ergodica.numerics.near_lanes import as_near, lowest, nearer, ones
from ergodica.numerics.neighbour_kernels import candidates

Flags = NDArray[np.bool_]

MOST_NEAREST = 64
MOST_WITHIN = 512  # whoever has more is left to a tree
LANES = 8


@inlined
def _choose(found: Array, who: Indices, size: int, squares: Array, numbers: Indices, row: int) -> None:
    """The nearest of `size` into a row: each goes where as many are nearer, or as near with a lower number."""
    k = squares.shape[1]
    blocks = (size + LANES - 1) // LANES
    for p in range(size, blocks * LANES):
        found[p] = math.inf
    for p in range(size):
        rank, equal = 0, 0
        for b in range(blocks):
            rank += ones(nearer(found, LANES * b, found[p]))
            equal += ones(as_near(found, LANES * b, found[p]))
        if equal > 1 and rank < k:
            for q in range(size):
                if found[q] == found[p] and who[q] < who[p]:
                    rank += 1
        if rank < k:
            squares[row, rank], numbers[row, rank] = found[p], who[p]


def _nearest(*, space: bool) -> tuple[Kernel, Kernel]:
    """The search in a plane or in space, on one thread and on several."""
    test = candidates(space=space)

    @kernel(_nrt=False)
    def search(
        cells: Cells, at: Cells, same: bool, pending: Flags, s: int, found: Array, who: Indices
    ) -> int:
        """How many are within the radius of query s, whose squared distances and numbers are stored."""
        grid = grid_of(cells)
        x, y, z = at.x[s], at.y[s], at.z[s]
        home = home_cell(grid, x, y, z)
        size = 0
        for k in range(segments(grid, home)):
            low, high, shift_x, shift_y, shift_z = segment(grid, home, k)
            first, last = cells.start[low], cells.start[high]
            while first < last:
                mask = test(
                    cells, grid, (x, y, z), (shift_x, shift_y, shift_z), s if same else -1, first, last
                )
                while mask:
                    j = first + lowest(mask)
                    mask &= mask - 1
                    dx, dy = (cells.x[j] - x) + shift_x, (cells.y[j] - y) + shift_y
                    square = dx * dx + dy * dy
                    if space:
                        dz = (cells.z[j] - z) + shift_z
                        square += dz * dz
                    found[size], who[size] = square, cells.order[j]
                    size += 1
                if size > MOST_WITHIN:
                    return size
                first += LANES
        return size

    @kernel
    def block(
        cells: Cells,
        at: Cells,
        same: bool,
        pending: Flags,
        begin: int,
        end: int,
        squares: Array,
        numbers: Indices,
    ) -> None:
        found, who = np.empty(MOST_WITHIN + 2 * LANES), np.empty(MOST_WITHIN + 2 * LANES, np.int32)
        for s in range(begin, end):
            row = at.order[s]
            if pending[row]:
                size = search(cells, at, same, pending, s, found, who)
                if squares.shape[1] <= size <= MOST_WITHIN:
                    _choose(found, who, size, squares, numbers, row)
                    pending[row] = False

    @kernel
    def serial(cells: Cells, at: Cells, same: bool, pending: Flags, squares: Array, numbers: Indices) -> None:
        block(cells, at, same, pending, 0, at.whole[COUNT], squares, numbers)

    @kernel(parallel=True)
    def parallel(
        cells: Cells, at: Cells, same: bool, pending: Flags, squares: Array, numbers: Indices
    ) -> None:
        n = at.whole[COUNT]
        for b in prange((n + BLOCK - 1) // BLOCK):
            block(cells, at, same, pending, b * BLOCK, min((b + 1) * BLOCK, n), squares, numbers)

    return serial, parallel


PLANE, SPACE = _nearest(space=False), _nearest(space=True)
