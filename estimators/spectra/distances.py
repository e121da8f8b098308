"""Squared distances between all vectors, by differences: those of close vectors keep all their digits."""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.kernel import kernel, prange

ROWS = 8
COLUMNS = 512


def squared_distances(x: Array) -> Array:
    """|x_i - x_j|^2 of vectors `(n, d)`, `(n, n)`, symmetric bit for bit, with zeros on the diagonal."""
    n = len(x)
    found = np.zeros((n, n))
    _fill(np.ascontiguousarray(x.T), found)
    return found


@kernel(parallel=True)
def _fill(columns, found):  # type: ignore[no-untyped-def]
    """The upper half in tiles that stay in the cache, each sum over components in their order; then the lower."""
    d, n = columns.shape
    bands = (n + ROWS - 1) // ROWS
    for band in prange(bands):
        first = band * ROWS
        last = min(first + ROWS, n)
        for left in range(first, n, COLUMNS):
            right = min(left + COLUMNS, n)
            for k in range(d):
                for i in range(first, last):
                    own = columns[k, i]
                    for j in range(left, right):
                        difference = columns[k, j] - own
                        found[i, j] += difference * difference
    for band in prange(bands):
        for i in range(band * ROWS, min(band * ROWS + ROWS, n)):
            for j in range(i):
                found[i, j] = found[j, i]


def median_distance(squared: Array) -> float:
    """Median over all pairs of different vectors, from squares `(n, n)`: the middle one, or the upper of two."""
    upper: NDArray[np.float64] = squared[np.triu_indices(len(squared), 1)]
    middle = len(upper) // 2
    return float(np.sqrt(np.partition(upper, middle)[middle]))
