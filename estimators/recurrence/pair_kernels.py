"""Pairs of vectors counted by their distance, exactly and for many radii in one pass over the pairs.

A distance is put into the cell of its leading bits, a table tells how many radii lie below that cell, and the radii
within the cell are compared one by one, mostly one. So the cost does not grow with the number of radii.
"""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.kernel import kernel, prange

Counts = NDArray[np.int64]
Table = NDArray[np.int32]

TILE = 512
"""Distances that are worked out together: they stay in the first-level cache."""

COPIES = 4
"""Counters of one radius, taken in turn: a counter that was just written is not read at once."""


@kernel
def count_cells(
    distances: Array,
    length: int,
    radii: Array,
    steps: int,
    table: Table,
    lowest: int,
    shift: int,
    found: Counts,
) -> None:
    """Adds distances to `found[copy, k]`, k the number of radii below them.

    Args:
        distances: the first `length` are used.
        length: how many.
        radii: increasing, with `steps` infinite ones at the end.
        steps: most radii in a cell.
        table: radii below each cell.
        lowest: bits of the first radius.
        shift: bits that a cell leaves out.
        found: counts `(COPIES, radii + 1)`.
    """
    bits = distances.view(np.int64)
    last = len(table) - 1
    cells = np.empty(TILE, np.int32)
    for j in range(length):
        cell = (bits[j] - lowest) >> shift
        cells[j] = max(0, min(cell, last))
    if steps == 1:
        for j in range(length):
            below = table[cells[j]]
            below += np.int32(distances[j] > radii[below])
            found[j & (COPIES - 1), below] += 1
    else:
        for j in range(length):
            below = table[cells[j]]
            for _ in range(steps):
                below += np.int32(distances[j] > radii[below])
            found[j & (COPIES - 1), below] += 1


@kernel
def widen(distances: Array, column: Array, at: int, begin: int, length: int, euclidean: bool) -> None:
    """Distances (squares, for Euclid's) of vector `at` from `length` ones on `begin`, by one component more."""
    here = column[at]
    if euclidean:
        for j in range(length):
            difference = column[begin + j] - here
            distances[j] += difference * difference
    else:
        for j in range(length):
            difference = abs(column[begin + j] - here)
            distances[j] = difference if difference > distances[j] else distances[j]


@kernel
def count_tile(
    columns: Array,
    first: int,
    rows: tuple[int, int],
    others: tuple[int, int],
    theiler: int,
    euclidean: bool,
    radii: Array,
    steps: int,
    table: Table,
    lowest: int,
    shift: int,
    found: Counts,
) -> None:
    """Pairs i < j with i in `rows`, j in `others` and j - i > theiler, in `found[component, copy, radius]`."""
    distances = np.empty(TILE)
    for i in range(rows[0], rows[1]):
        for begin in range(max(others[0], i + 1 + theiler), others[1], TILE):
            length = min(TILE, others[1] - begin)
            distances[:] = 0.0
            for k in range(len(columns)):
                widen(distances, columns[k], i, begin, length, euclidean)
                if k >= first:
                    count_cells(distances, length, radii, steps, table, lowest, shift, found[k - first])


@kernel(parallel=True)
def count_pairs(
    columns: Array,
    first: int,
    edges: Counts,
    theiler: int,
    euclidean: bool,
    radii: Array,
    steps: int,
    tables: Table,
    lowest: Counts,
    shifts: Counts,
    found: Counts,
) -> None:
    """Pairs of the vectors of each lane by distance, for each pair of blocks of them.

    Args:
        columns: components, `(lanes, d, n)`.
        first: pairs are counted by the distances in `first + 1` components, `first + 2`, ... and all d.
        edges: begins of the blocks, and the end of the last, `(blocks + 1,)`.
        theiler: pairs with |i - j| up to it are left out.
        euclidean: Euclid's distance, squared, instead of the largest difference.
        radii: increasing, squared for Euclid's, with `steps` infinite ones at the end, `(lanes, radii + steps)`.
        steps, tables, lowest, shifts: as in `count_cells`, a row or a number for each lane.
        found: to be filled, `(lanes, blocks * (blocks + 1) / 2, d - first, COPIES, radii + 1)`, pairs of blocks a <= b
            in the order (0, 0), (0, 1), ..., (1, 1), ...
    """
    lanes = len(columns)
    blocks = len(edges) - 1
    for task in prange(lanes * blocks * blocks):
        lane = task // (blocks * blocks)
        a = task // blocks % blocks
        b = task % blocks
        if a <= b:
            count_tile(
                columns[lane],
                first,
                (edges[a], edges[a + 1]),
                (edges[b], edges[b + 1]),
                theiler,
                euclidean,
                radii[lane],
                steps,
                tables[lane],
                lowest[lane],
                shifts[lane],
                found[lane, a * blocks - a * (a - 1) // 2 + b - a],
            )
