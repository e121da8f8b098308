"""Counts over pairs of headings, compiled. Import this module only to run: it imports numba."""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.schools.fused import fused
from ergodica.numerics.kernel import kernel

Counts = NDArray[np.int64]

ROUND_OFF = 1e-9
"""In widths of a bin: a value so near below an edge is on it. Rotated headings then stay in their bins."""


@kernel
def _tally(
    x: Array,
    y: Array,
    z: Array,
    a: float,
    b: float,
    c: float,
    half: float,
    shift: float,
    last: int,
    cap: float,
    place: NDArray[np.int32],
    near: NDArray[np.int32],
) -> int:
    """Bins of the products of (a, b, c) with all of (x, y, z) into `place`; who is within the cap into `near`."""
    own = 0
    for j in range(len(x)):
        product = a * x[j] + b * y[j] + c * z[j]
        k = np.int32(product * half + shift)
        k = k if k < last else np.int32(last)
        place[j] = k if k > 0 else np.int32(0)
        hit = np.int32(1) if product >= cap else np.int32(0)
        near[j] += hit
        own += int(hit)
    return own


@kernel
def _add(place: NDArray[np.int32], counts: Counts) -> None:
    """Counts the places in four histograms in turn: one alone would wait for its own last addition."""
    n = len(place)
    for j in range(0, n - 3, 4):
        counts[0, place[j]] += 1
        counts[1, place[j + 1]] += 1
        counts[2, place[j + 2]] += 1
        counts[3, place[j + 3]] += 1
    for j in range(n - n % 4, n):
        counts[0, place[j]] += 1


@kernel
def pairs_in_space(
    headings: Array, focal: NDArray[np.int64], cap: float, bins: int
) -> tuple[Counts, NDArray[np.int32]]:
    """Pairs of unit vectors by their scalar product, and the number of others within a cap around each.

    Args:
        headings: `(3, n)`, contiguous.
        focal: numbers of those who are paired with all others; of length n for every pair, each once.
        cap: least scalar product within the cap.
        bins: of equal width over [-1, 1].

    Returns:
        Counts `(bins,)`, and `(len(focal),)` others within the cap.
    """
    n = headings.shape[1]
    x, y, z = headings[0], headings[1], headings[2]
    counts = np.zeros((4, bins), np.int64)
    place = np.empty(n, np.int32)
    near = np.zeros(n, np.int32)
    half, shift, last = 0.5 * bins, 0.5 * bins + ROUND_OFF, np.int32(bins - 1)
    if len(focal) == n:
        for i in range(n):
            j = i + 1
            near[i] += _tally(
                x[j:], y[j:], z[j:], x[i], y[i], z[i], half, shift, last, cap, place[j:], near[j:]
            )
            _add(place[j:], counts)
        return counts.sum(0), near
    within = np.empty(len(focal), np.int32)
    for f in range(len(focal)):
        i = focal[f]
        within[f] = _tally(x, y, z, x[i], y[i], z[i], half, shift, last, cap, place, near) - 1
        _add(place, counts)
        counts[0, place[i]] -= 1
    return counts.sum(0), within


@kernel
def _ahead(angles: Array, limit: float, found: NDArray[np.int64]) -> None:
    """How many of the ascending angles lie less than `limit` <= pi ahead of each, around the circle."""
    n = len(angles)
    p = 0
    for i in range(n):
        p = max(p, i + 1)
        while p < i + n:
            there = angles[p] if p < n else angles[p - n] + 2 * np.pi
            if there - angles[i] >= limit:
                break
            p += 1
        found[i] = p - i - 1


@kernel
def pairs_in_plane(angles: Array, arc: float, bins: int) -> tuple[Counts, Counts]:
    """Pairs of directions by the angle between them, and the number of others within an arc around each.

    Args:
        angles: `(n,)`, ascending, in [-pi, pi].
        arc: largest angle within the arc, on either side; < pi/2.
        bins: of equal width over [0, pi].

    Returns:
        Counts `(bins,)` and `(n,)`, every pair once; in O(n bins).
    """
    n = len(angles)
    counts = np.zeros(bins, np.int64)
    found = np.empty(n, np.int64)
    below = 0
    for k in range(1, bins):
        _ahead(angles, (k - ROUND_OFF) * np.pi / bins, found)
        total = found.sum()
        counts[k - 1] = total - below
        below = total
    counts[bins - 1] = n * (n - 1) // 2 - below
    _ahead(angles, arc * (1 + ROUND_OFF), found)
    within = found.copy()
    for i in range(n):
        for p in range(i + 1, i + 1 + found[i]):
            within[p if p < n else p - n] += 1
    return counts, within


@kernel
def _correlation(x: float, y: float, z: float, a: float, b: float, c: float) -> float:
    """(1 + product)/2, the product rounded as matrix products of BLAS are on processors with fused multiply-add."""
    return (float(fused(z, c, fused(y, b, x * a))) + 1.0) / 2.0


@kernel
def _tally_as_published(
    x: Array, y: Array, z: Array, a: float, b: float, c: float, bins: int, place: NDArray[np.int32]
) -> None:
    """Bins of (1 + product)/2; `bins` itself where round-off could decide."""
    for j in range(len(x)):
        scaled = _correlation(a, b, c, x[j], y[j], z[j]) * bins
        k = np.int32(scaled)
        rest = scaled - k
        clear = (rest > ROUND_OFF) & (rest < 1.0 - ROUND_OFF) & (scaled > 0.0) & (scaled < bins)
        place[j] = k if clear else np.int32(bins)


@kernel
def pairs_as_published(headings: Array, edges: Array) -> Counts:
    """Pairs by (1 + heading_i . heading_j)/2 between `edges` on [0, 1], by the rule of numpy.histogram.

    Each edge belongs to the bin above, the last one to the last bin; beyond, also by round-off, nothing counts.
    """
    n, bins = headings.shape[1], len(edges) - 1
    x, y, z = headings[0], headings[1], headings[2]
    counts = np.zeros((4, bins + 1), np.int64)
    place = np.empty(n, np.int32)
    for i in range(n):
        s = i + 1
        _tally_as_published(x[s:], y[s:], z[s:], x[i], y[i], z[i], bins, place[s:])
        before = counts[:, bins].sum()
        _add(place[s:], counts)
        if counts[:, bins].sum() > before:
            for j in range(s, n):
                if place[j] == bins:
                    value = _correlation(x[i], y[i], z[i], x[j], y[j], z[j])
                    if 0.0 <= value <= 1.0:
                        counts[0, min(np.searchsorted(edges, value, side="right") - 1, bins - 1)] += 1
    return counts[:, :bins].sum(0)
