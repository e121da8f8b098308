"""Compiled loops over the neighbours in a cell list: counts and lists, of all pairs or of each pair once.

A loop is made for a plane or for space, so that the plane never pays for the third component. Each loop comes for
one thread and for several; both run the same function on blocks of particles and give the same bits.
"""

from __future__ import annotations

from typing import NamedTuple

from ergodica.numerics.cells import (
    BLOCK,
    COUNT,
    Array,
    Cells,
    Indices,
    Integers,
    grid_of,
    home_cell,
    is_second_image,
    segment,
    segments,
)
from ergodica.numerics.geometry import nearest_image
from ergodica.numerics.kernel import Kernel, kernel, prange

INSERTION_TO = 48  # longer rows are sorted by quicksort


class Loops(NamedTuple):
    """The loops for one number of dimensions; each a pair: one thread, several threads."""

    count_all: tuple[Kernel, Kernel]
    fill_all: tuple[Kernel, Kernel]
    count_once: tuple[Kernel, Kernel]
    fill_once: tuple[Kernel, Kernel]


@kernel
def sort_row(row: Indices) -> None:
    """Sort a row of indices in place."""
    if row.size > INSERTION_TO:
        row.sort()
        return
    for i in range(1, row.size):
        value = row[i]
        j = i - 1
        while j >= 0 and row[j] > value:
            row[j + 1] = row[j]
            j -= 1
        row[j + 1] = value


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


def _count(space: bool, once: bool) -> Kernel:
    @kernel
    def count(
        cells: Cells, at: Cells, same: bool, begin: int, end: int, offsets: Integers, out: Indices
    ) -> None:
        grid, start = grid_of(cells), cells.start
        for s in range(begin, end):
            x, y, z, i = at.x[s], at.y[s], at.z[s], at.order[s]
            home = home_cell(grid, x, y, z)
            found = 0
            for k in range(segments(grid, home)):
                low, high, shift_x, shift_y, shift_z = segment(grid, home, k)
                for j in range(start[low], start[high]):
                    dx, dy = (cells.x[j] - x) + shift_x, (cells.y[j] - y) + shift_y
                    dz = (cells.z[j] - z) + shift_z if space else 0.0
                    squared = dx * dx + dy * dy + dz * dz if space else dx * dx + dy * dy
                    within = squared <= grid.limit
                    if grid.tied:
                        within &= not is_second_image(grid, dx, dy, dz, shift_x, shift_y, shift_z)
                    if once:
                        within &= cells.order[j] > i
                    found += 1 if within else 0
            offsets[i] = found - 1 if same and not once else found

    return count


def _fill(space: bool, once: bool) -> Kernel:
    @kernel
    def fill(
        cells: Cells, at: Cells, same: bool, begin: int, end: int, offsets: Integers, out: Indices
    ) -> None:
        grid, start = grid_of(cells), cells.start
        for s in range(begin, end):
            x, y, z, i = at.x[s], at.y[s], at.z[s], at.order[s]
            home = home_cell(grid, x, y, z)
            place, stop = offsets[i], offsets[i + 1]
            itself = i if same else -1
            for k in range(segments(grid, home)):
                low, high, shift_x, shift_y, shift_z = segment(grid, home, k)
                for j in range(start[low], start[high]):
                    if place == stop:
                        break
                    dx, dy = (cells.x[j] - x) + shift_x, (cells.y[j] - y) + shift_y
                    dz = (cells.z[j] - z) + shift_z if space else 0.0
                    squared = dx * dx + dy * dy + dz * dz if space else dx * dx + dy * dy
                    other = cells.order[j]
                    within = (squared <= grid.limit) & (other > i if once else other != itself)
                    if grid.tied:
                        within &= not is_second_image(grid, dx, dy, dz, shift_x, shift_y, shift_z)
                    # written in any case and kept if within: a branch would often be mispredicted
                    out[place] = other
                    place += 1 if within else 0
            sort_row(out[offsets[i] : stop])

    return fill


def _loops(space: bool) -> Loops:
    return Loops(*(_both(make(space, once)) for once in (False, True) for make in (_count, _fill)))


PLANE, SPACE = _loops(space=False), _loops(space=True)


@kernel
def pair_displacements(
    starts: Array, ends: Array, first: Indices, second: Indices, periods: Array, out: Array
) -> None:
    """Shortest vectors from starts[first] to ends[second], wrapped places `(n, d)`, into `out` (pairs, d)."""
    for p in range(first.size):
        for axis in range(out.shape[1]):
            out[p, axis] = nearest_image(ends[second[p], axis] - starts[first[p], axis], periods[axis])
