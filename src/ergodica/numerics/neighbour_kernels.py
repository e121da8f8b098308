"""Compiled loops over the neighbours in a cell list: counts and lists, of all pairs or of each pair once.

A loop is made for a plane or for space, so that the plane never pays for the third component. Eight candidates are
tested at once; what follows is free of branches that depend on which of them are within, because such branches
are mispredicted more often than not. Each loop comes for one thread and for several; both run the same function
on blocks of particles and give the same bits. Import this module only to run: it imports numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ergodica.numerics.cells import (
    BLOCK,
    COUNT,
    Array,
    Cells,
    Grid,
    Indices,
    Integers,
    grid_of,
    home_cell,
    inlined,
    is_second_image,
    segment,
    segments,
)
from ergodica.numerics.geometry import nearest_image
from ergodica.numerics.kernel import Kernel, kernel, prange
from ergodica.numerics.near_lanes import above, below, lowest, near_in_plane, near_in_space, ones

Triple = tuple[float, float, float]

RANKED_TO = 64  # longer rows are sorted by quicksort
RANKED_AT_ONCE = 16
LAST = np.int32(2**31 - 1)


class Loops(NamedTuple):
    """The loops for one number of dimensions; each a pair: one thread, several threads."""

    count_all: tuple[Kernel, Kernel]
    fill_all: tuple[Kernel, Kernel]
    count_once: tuple[Kernel, Kernel]
    fill_once: tuple[Kernel, Kernel]


@kernel(_nrt=False)
def first_images(cells: Cells, grid: Grid, origin: Triple, shift: Triple, j: int, mask: int) -> int:
    """The candidates of a mask that are not second images, where the radius is half a period."""
    rest, kept = mask, mask
    while rest:
        lane = lowest(rest)
        rest &= rest - 1
        dx = (cells.x[j + lane] - origin[0]) + shift[0]
        dy = (cells.y[j + lane] - origin[1]) + shift[1]
        dz = (cells.z[j + lane] - origin[2]) + shift[2]
        if is_second_image(grid, dx, dy, dz, shift[0], shift[1], shift[2]):
            kept &= ~(1 << lane)
    return kept


def candidates(*, space: bool) -> Kernel:
    """The test of eight candidates: (cells, grid, origin, shift, itself, j, last) -> mask.

    Bit u is set where sorted particle j + u is before `last`, within the radius and not `itself`.
    """
    near = near_in_space if space else near_in_plane

    @inlined
    def test(cells: Cells, grid: Grid, origin: Triple, shift: Triple, itself: int, j: int, last: int) -> int:
        mask: int = near(cells.x, cells.y, cells.z, origin, shift, grid.limit, j, last - j)
        mask &= ~(1 << (itself - j)) if 0 <= itself - j < 8 else -1
        if grid.tied:
            mask = first_images(cells, grid, origin, shift, j, mask)
        return mask

    return test


def _both(block: Kernel) -> tuple[Kernel, Kernel]:
    """A loop over blocks of the particles in `at`, on one thread and on several."""

    @kernel
    def serial(cells: Cells, at: Cells, same: bool, offsets: Integers, out: Indices) -> None:
        block(cells, at, same, 0, at.whole[COUNT], offsets, out)

    @kernel(parallel=True)
    def parallel(cells: Cells, at: Cells, same: bool, offsets: Integers, out: Indices) -> None:
        n = at.whole[COUNT]
        for b in prange((n + BLOCK - 1) // BLOCK):
            block(cells, at, same, b * BLOCK, min((b + 1) * BLOCK, n), offsets, out)

    return serial, parallel


def _count(test: Kernel, once: bool) -> Kernel:
    @kernel(_nrt=False)
    def count(
        cells: Cells, at: Cells, same: bool, begin: int, end: int, offsets: Integers, out: Indices
    ) -> None:
        grid = grid_of(cells)
        for s in range(begin, end):
            i = at.order[s]
            origin = at.x[s], at.y[s], at.z[s]
            home = home_cell(grid, origin[0], origin[1], origin[2])
            found = 0
            for k in range(segments(grid, home)):
                low, high, shift_x, shift_y, shift_z = segment(grid, home, k)
                j, last = cells.start[low], cells.start[high]
                while j < last:
                    mask = test(cells, grid, origin, (shift_x, shift_y, shift_z), s if same else -1, j, last)
                    if once:
                        mask &= above(cells.order, j, i)
                    found += ones(mask)
                    j += 8
            offsets[i] = found

    return count


@inlined
def _ranked(row: Indices, size: int, out: Indices, first: int) -> None:
    """Sort the first `size` of `row` into `out` from place `first` on: each goes where as many are below it."""
    blocks = (size + RANKED_AT_ONCE - 1) // RANKED_AT_ONCE
    for p in range(size, blocks * RANKED_AT_ONCE):
        row[p] = LAST
    for p in range(size):
        rank = 0
        for b in range(blocks):
            rank += ones(below(row, RANKED_AT_ONCE * b, row[p]))
        out[first + rank] = row[p]


def _fill(test: Kernel, once: bool) -> Kernel:
    @inlined
    def gather(cells: Cells, at: Cells, same: bool, grid: Grid, s: int, row: Indices) -> int:
        """The neighbours of one particle as they come; how many."""
        i, order = at.order[s], cells.order
        origin = at.x[s], at.y[s], at.z[s]
        home = home_cell(grid, origin[0], origin[1], origin[2])
        place = 0
        for k in range(segments(grid, home)):
            low, high, shift_x, shift_y, shift_z = segment(grid, home, k)
            j, last = cells.start[low], cells.start[high]
            while j < last:
                mask = test(cells, grid, origin, (shift_x, shift_y, shift_z), s if same else -1, j, last)
                if once:
                    mask &= above(order, j, i)
                # written in any case, and written over if not within
                row[place] = order[j]
                place += mask & 1
                row[place] = order[j + 1]
                place += mask >> 1 & 1
                row[place] = order[j + 2]
                place += mask >> 2 & 1
                row[place] = order[j + 3]
                place += mask >> 3 & 1
                row[place] = order[j + 4]
                place += mask >> 4 & 1
                row[place] = order[j + 5]
                place += mask >> 5 & 1
                row[place] = order[j + 6]
                place += mask >> 6 & 1
                row[place] = order[j + 7]
                place += mask >> 7 & 1
                j += 8
        return place

    @kernel(_nrt=False)
    def fill_short(
        cells: Cells,
        at: Cells,
        same: bool,
        begin: int,
        end: int,
        offsets: Integers,
        out: Indices,
        row: Indices,
    ) -> None:
        grid = grid_of(cells)
        for s in range(begin, end):
            size = gather(cells, at, same, grid, s, row)
            first = offsets[at.order[s]]
            if size <= RANKED_TO:
                _ranked(row, size, out, first)
            else:
                for p in range(size):
                    out[first + p] = row[p]

    @kernel
    def fill(
        cells: Cells, at: Cells, same: bool, begin: int, end: int, offsets: Integers, out: Indices
    ) -> None:
        longest = RANKED_TO
        for s in range(begin, end):
            longest = max(longest, offsets[at.order[s] + 1] - offsets[at.order[s]])
        fill_short(cells, at, same, begin, end, offsets, out, np.empty(longest + RANKED_AT_ONCE, np.int32))
        if longest > RANKED_TO:
            for s in range(begin, end):
                row = out[offsets[at.order[s]] : offsets[at.order[s] + 1]]
                if row.size > RANKED_TO:
                    row.sort()

    return fill


def _loops(*, space: bool) -> Loops:
    test = candidates(space=space)
    makers: tuple[Callable[[Any, bool], Kernel], ...] = (_count, _fill)
    return Loops(*(_both(make(test, once)) for once in (False, True) for make in makers))


PLANE, SPACE = _loops(space=False), _loops(space=True)


@kernel
def pair_displacements(
    starts: Array, ends: Array, first: Indices, second: Indices, periods: Array, out: Array
) -> None:
    """Shortest vectors from starts[first] to ends[second], wrapped places `(n, d)`, into `out` (pairs, d)."""
    for p in range(first.size):
        for axis in range(out.shape[1]):
            out[p, axis] = nearest_image(ends[second[p], axis] - starts[first[p], axis], periods[axis])
