"""Ordinal patterns with weighted windows, compiled. Import this module only to run: it imports numba."""

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.spaces.ordinal_kernels import BLOCK, Indices, pattern_numbers, values_of
from ergodica.numerics.kernel import kernel, prange


@kernel
def window_variances(
    x: Array, begin: int, windows: int, offsets: Indices, scale: float, weights: Array, sums: Array
) -> None:
    """Variance of each window of x * scale; d is taken from the first sample, so that equal ones have exactly 0."""
    weights[:windows] = 0.0
    sums[:windows] = 0.0
    m = len(offsets)
    own = x[begin : begin + windows]
    for k in range(1, m):
        other = x[begin + offsets[k] : begin + offsets[k] + windows]
        for t in range(windows):
            d = other[t] * scale - own[t] * scale
            sums[t] += d
            weights[t] += d * d
    for t in range(windows):
        weights[t] = max(weights[t] - sums[t] * sums[t] / m, 0.0) / m


@kernel
def window_amplitudes(
    x: Array, begin: int, windows: int, offsets: Indices, scale: float, share: float, weights: Array
) -> None:
    """share * mean |x| + (1 - share) * mean |x_k - x_(k-1)| of each window of x * scale."""
    weights[:windows] = 0.0
    m = len(offsets)
    level, step = share * scale / m, (1.0 - share) * scale / (m - 1)
    for k in range(m):
        own = x[begin + offsets[k] : begin + offsets[k] + windows]
        for t in range(windows):
            weights[t] += level * abs(own[t])
        if k > 0:
            before = x[begin + offsets[k - 1] : begin + offsets[k - 1] + windows]
            for t in range(windows):
                weights[t] += abs(own[t] * step - before[t] * step)


@kernel
def weigh_row(x: Array, offsets: Indices, scale: float, share: float, summed: Array) -> None:
    """Summed weights of the patterns of one row `(outcomes,)`, NaN without order.

    The weight of a window is its variance where `share` is NaN, else `window_amplitudes`.
    """
    if values_of(x) < 2:
        summed[:] = np.nan
        return
    summed[:] = 0.0
    numbers = np.empty(BLOCK, np.int32)
    weights, sums = np.empty(BLOCK), np.empty(BLOCK)
    windows = len(x) - offsets[-1]
    for first in range(0, windows, BLOCK):
        many = min(BLOCK, windows - first)
        pattern_numbers(x, first, many, offsets, numbers)
        if np.isnan(share):
            window_variances(x, first, many, offsets, scale, weights, sums)
        else:
            window_amplitudes(x, first, many, offsets, scale, share, weights)
        for t in range(many):
            summed[numbers[t]] += weights[t]


@kernel(parallel=True)
def weigh_rows(rows: Array, offsets: Indices, scales: Array, share: float, summed: Array) -> None:
    """`weigh_row` of each row."""
    for row in prange(len(rows)):
        weigh_row(rows[row], offsets, scales[row], share, summed[row])
