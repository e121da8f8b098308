"""The compiled loop of the 0-1 test."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel

Array = np.ndarray


@kernel(fastmath={"reassoc", "contract"})
def _displacement(p: Array, q: Array, n: int, count: int) -> float:
    """Mean of |(p, q)(j + n) - (p, q)(j)|^2 over the first `count` j."""
    total = 0.0
    for j in range(count):
        a, b = p[j + n] - p[j], q[j + n] - q[j]
        total += a * a + b * b
    return total / count


@kernel
def correlations(series: Array, frequencies: Array, cut: int) -> Array:
    """K for each frequency: the correlation of the displacement over n = 1 ... cut with n."""
    length = series.size
    mean = series.mean()
    p, q, found = np.empty(length), np.empty(length), np.empty(frequencies.size)
    displaced = np.empty(cut)
    for place in range(frequencies.size):
        c = frequencies[place]
        x, y = 0.0, 0.0
        for j in range(length):
            x += series[j] * math.cos((j + 1) * c)
            y += series[j] * math.sin((j + 1) * c)
            p[j], q[j] = x, y
        for n in range(1, cut + 1):
            swing = mean * mean * (1.0 - math.cos(n * c)) / (1.0 - math.cos(c))
            displaced[n - 1] = _displacement(p, q, n, length - cut) - swing
        found[place] = _correlation_with_index(displaced)
    return found


@kernel
def _correlation_with_index(values: Array) -> float:
    count = values.size
    middle, mean = 0.5 * (count - 1), values.mean()
    both, own, other = 0.0, 0.0, 0.0
    for i in range(count):
        a, b = i - middle, values[i] - mean
        both += a * b
        own += a * a
        other += b * b
    return both / math.sqrt(own * other) if other > 0.0 else 0.0
