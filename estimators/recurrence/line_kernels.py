"""Lines of a recurrence plot by length, without the plot: distances are made a stretch at a time and forgotten."""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.kernel import kernel, prange

Counts = NDArray[np.int64]
Flags = NDArray[np.uint8]

TILE = 512
WORD = 8
"""Flags that are looked at together: most are 0."""

DIAGONAL, VERTICAL = 0, 1


@kernel
def recur(
    columns: Array, at: int, to: int, length: int, still: bool, euclidean: bool, radius: float, flags: Flags
) -> None:
    """flags[j] says whether vectors at + j and to + j lie within the radius; with `still` vectors at and to + j.

    Flags up to the next whole word are set to 0.
    """
    distances = np.zeros(TILE)
    for k in range(len(columns)):
        column = columns[k]
        here = column[at]
        if euclidean:
            if still:
                for j in range(length):
                    difference = column[to + j] - here
                    distances[j] += difference * difference
            else:
                for j in range(length):
                    difference = column[to + j] - column[at + j]
                    distances[j] += difference * difference
        elif still:
            for j in range(length):
                difference = abs(column[to + j] - here)
                distances[j] = difference if difference > distances[j] else distances[j]
        else:
            for j in range(length):
                difference = abs(column[to + j] - column[at + j])
                distances[j] = difference if difference > distances[j] else distances[j]
    for j in range(length):
        flags[j] = distances[j] <= radius
    for j in range(length, min(TILE, length + WORD)):
        flags[j] = 0


@kernel
def runs(flags: Flags, length: int, run: int, found: Counts) -> int:
    """Adds runs of ones that end in the flags to `found[length of the run]`; the length of the one that goes on."""
    words = flags.view(np.uint64)
    for begin in range(0, length, WORD):
        if words[begin // WORD] == np.uint64(0):
            if run > 0:
                found[run] += 1
                run = 0
            continue
        for j in range(begin, min(begin + WORD, length)):
            if flags[j]:
                run += 1
            elif run > 0:
                found[run] += 1
                run = 0
    return run


@kernel
def line(
    columns: Array,
    at: int,
    to: int,
    length: int,
    still: bool,
    euclidean: bool,
    radius: float,
    flags: Flags,
    found: Counts,
) -> None:
    """Adds the lines of a diagonal from (at, to) on, or with `still` of a column, to `found`."""
    run = 0
    for begin in range(0, length, TILE):
        part = min(TILE, length - begin)
        recur(columns, at if still else at + begin, to + begin, part, still, euclidean, radius, flags)
        run = runs(flags, part, run, found)
    if run > 0:
        found[run] += 1


@kernel(parallel=True)
def count_lines(
    columns: Array, theiler: int, euclidean: bool, radii: Array, tasks: int, found: Counts
) -> None:
    """Diagonal lines above the main diagonal and vertical lines of the whole plot, by length.

    Args:
        columns: components, `(lanes, d, n)`.
        theiler: cells with |i - j| up to it are empty.
        euclidean: Euclid's distance, with squares of radii.
        radii: one a lane, not NaN.
        tasks: parts of a lane.
        found: to be filled, `(lanes, tasks, 2, n + 1)`.
    """
    lanes, _, n = columns.shape
    for number in prange(lanes * tasks):
        lane = number // tasks
        task = number % tasks
        flags = np.zeros(TILE, np.uint8)
        for apart in range(theiler + 1 + task, n, tasks):
            line(
                columns[lane], 0, apart, n - apart, False, euclidean, radii[lane], flags,
                found[lane, task, DIAGONAL],
            )  # fmt: skip
        for at in range(task, n, tasks):
            above = max(0, at - theiler)
            line(
                columns[lane], at, 0, above, True, euclidean, radii[lane], flags,
                found[lane, task, VERTICAL],
            )  # fmt: skip
            below = min(n, at + theiler + 1)
            line(
                columns[lane], at, below, n - below, True, euclidean, radii[lane], flags,
                found[lane, task, VERTICAL],
            )  # fmt: skip
