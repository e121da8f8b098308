"""The partition of Darbellay and Vajda in the plane of ranks."""

import math

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.continuous.ranks import Indices
from ergodica.numerics import kernel, prange

FEWEST = 8  # samples of a cell that may be cut
NARROWEST = 4.0  # side of such a cell, in doubled ranks: two samples
DEPTH = 256  # of the stack: a cut leaves three more cells to do and halves the sides


@kernel
def _held(ascending: Indices, low: float, high: float, parts: int) -> NDArray[np.int64]:
    """How many of the ascending values each of as many equal parts of (low, high] holds."""
    counts = np.empty(parts, np.int64)
    before = np.searchsorted(ascending, low, side="right")
    for part in range(parts):
        after = np.searchsorted(ascending, low + (part + 1) * (high - low) / parts, side="right")
        counts[part] = after - before
        before = after
    return counts


@kernel
def _unevenness(
    x: Indices,
    y: Indices,
    members: Indices,
    edges: Array,
    held_x: NDArray[np.int64],
    held_y: NDArray[np.int64],
) -> float:
    """Chi-square of the members in a grid on a cell, expected in proportion to what its columns and rows hold."""
    side = held_x.size
    counts = np.zeros((side, side), np.int64)
    for member in members:
        i = math.ceil((x[member] - edges[0]) * side / (edges[1] - edges[0])) - 1
        j = math.ceil((y[member] - edges[2]) * side / (edges[3] - edges[2])) - 1
        counts[i, j] += 1
    share = members.size / held_x.sum() / held_y.sum()
    total = 0.0
    for i in range(side):
        for j in range(side):
            expected = share * held_x[i] * held_y[j]
            if expected > 0:
                total += (counts[i, j] - expected) ** 2 / expected
    return total


@kernel
def partition(x: Indices, y: Indices, limits: Array) -> float:
    """I of twice the ranks of n samples, in nats; NaN where one is constant."""
    n = x.size
    ascending_x, ascending_y = np.sort(x), np.sort(y)
    if ascending_x[0] == ascending_x[n - 1] or ascending_y[0] == ascending_y[n - 1]:
        return math.nan
    members, spare = np.arange(n).astype(np.int32), np.empty(n, np.int32)
    places, sides = np.empty((DEPTH, 2), np.int64), np.empty((DEPTH, 4))
    places[0, 0], places[0, 1] = 0, n
    sides[0, 0], sides[0, 1], sides[0, 2], sides[0, 3] = -1.0, 2.0 * n - 1.0, -1.0, 2.0 * n - 1.0
    top, total = 1, 0.0
    while top > 0:
        top -= 1
        begin, end = places[top]
        if begin == end:
            continue
        cell = sides[top].copy()
        size, inside = end - begin, members[begin:end]
        cut = False
        if size >= FEWEST and top + 4 <= DEPTH and cell[1] - cell[0] >= NARROWEST:
            for level in range(2):
                parts = 2 << level
                held_x = _held(ascending_x, cell[0], cell[1], parts)
                held_y = _held(ascending_y, cell[2], cell[3], parts)
                cut = cut or _unevenness(x, y, inside, cell, held_x, held_y) > limits[level]
        if not cut:
            columns = _held(ascending_x, cell[0], cell[1], 1)[0]
            rows = _held(ascending_y, cell[2], cell[3], 1)[0]
            total += size / n * math.log(size / columns * n / rows)
            continue
        middle_x, middle_y = 0.5 * (cell[0] + cell[1]), 0.5 * (cell[2] + cell[3])
        start = begin
        for quarter in range(4):
            right, upper = quarter >= 2, quarter % 2 == 1
            stop = start
            for member in inside:
                if (x[member] > middle_x) == right and (y[member] > middle_y) == upper:
                    spare[stop] = member
                    stop += 1
            places[top, 0], places[top, 1] = start, stop
            sides[top, 0], sides[top, 1] = (middle_x, cell[1]) if right else (cell[0], middle_x)
            sides[top, 2], sides[top, 3] = (middle_y, cell[3]) if upper else (cell[2], middle_y)
            top += 1
            start = stop
        members[begin:end] = spare[begin:end]
    return total


@kernel(parallel=True)
def partition_lanes(x: Indices, y: Indices, limits: Array, out: Array) -> None:
    """I of each lane of `(lanes, n)`."""
    for lane in prange(x.shape[0]):
        out[lane] = partition(x[lane], y[lane], limits)
