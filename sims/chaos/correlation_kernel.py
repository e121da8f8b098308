"""The compiled count of close pairs. Imports numba."""

from __future__ import annotations

import numpy as np

from ergodica.numerics import kernel, prange

Array = np.ndarray

SHIFT = 48
"""Sign, exponent and four bits of the mantissa of a float64 stay: sixteen bins an octave."""
TOGETHER = 512
"""Distances that are computed in vector registers before they are sorted into bins."""


def guesses(limits: Array) -> Array:
    """For the leading bits of a distance, how many of the rising `limits` are at most the least such number."""
    with np.errstate(invalid="ignore"):
        least = (np.arange(2**15, dtype=np.int64) << SHIFT).view(np.float64)
        least[np.isnan(least)] = np.inf
    return np.searchsorted(limits, least, side="right").astype(np.int64)


@kernel(fastmath={"nnan", "ninf"})
def distances(points: Array, i: int, start: int, end: int, euclidean: bool, out: Array) -> None:
    """Distance, squared if euclidean, of point i to points start ... end; `points` (d, n)."""
    count = end - start
    for j in range(count):
        out[j] = 0.0
    for c in range(points.shape[0]):
        here, others = points[c, i], points[c, start:end]
        if euclidean:
            for j in range(count):
                apart = others[j] - here
                out[j] += apart * apart
        else:
            for j in range(count):
                out[j] = max(out[j], abs(others[j] - here))


@kernel(parallel=True)
def pair_counts(
    points: Array, limits: Array, guess: Array, window: int, euclidean: bool, edges: Array, pairs: Array
) -> Array:
    """Pairs (i, j > i + window) of `points` (d, n) closer than each limit, (len(pairs), limits).

    Pair q of blocks holds i from block pairs[q, 0], j from block pairs[q, 1]; block b is edges[b] to
    edges[b + 1]. `limits` are squared for the euclidean distance.
    """
    found = np.zeros((pairs.shape[0], limits.size), np.int64)
    for q in prange(pairs.shape[0]):
        first, second = pairs[q, 0], pairs[q, 1]
        # two histograms in turn, so that an increment need not wait for the last one
        bins = np.zeros((2, limits.size + 1), np.int64)
        apart = np.empty(TOGETHER)
        for i in range(edges[first], edges[first + 1]):
            for start in range(max(i + window + 1, edges[second]), edges[second + 1], TOGETHER):
                end = min(start + TOGETHER, edges[second + 1])
                distances(points, i, start, end, euclidean, apart)
                for j in range(end - start):
                    distance = apart[j]
                    place = guess[np.float64(distance).view(np.int64) >> SHIFT]
                    while place < limits.size and distance >= limits[place]:
                        place += 1
                    bins[j & 1, place] += 1
        total = 0
        for place in range(limits.size):
            total += bins[0, place] + bins[1, place]
            found[q, place] = total
    return found
