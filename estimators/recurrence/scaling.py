"""The range of radii where a correlation sum scales, and slopes over it with their errors."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.recurrence.pair_counts import Pairs

OCTAVE = 8
"""Radii an octave."""

GRID = 2.0 ** (np.arange(-40 * OCTAVE, 3 * OCTAVE + 1) / OCTAVE)
"""Radii that are looked at unless told, in standard deviations."""

LEAST, MOST = 0.1, 20.0
"""Pairs for each vector at the lower and the upper end of the range."""

FEWEST_PAIRS, LARGEST_SHARE = 20, 0.05
"""Bounds of the range in short series: errors of the counts, and the edge of the set."""

Statistic = Callable[[Array, NDArray[np.bool_]], float]


def scaling_range(within: NDArray[np.int64], vectors: int, possible: int) -> NDArray[np.bool_]:
    """Which radii of cumulative counts `(..., radii)` are in the range, mean pairs a vector from .1 to 20.

    None, where the smallest radius of all has as many: equal vectors fill the range, and nothing scales.
    """
    low = max(FEWEST_PAIRS, LEAST * vectors)
    high = min(MOST * vectors, LARGEST_SHARE * possible)
    return np.asarray((within >= low) & (within <= high) & (within[..., :1] < low))


def with_error(pairs: Pairs, lane: int, used: NDArray[np.bool_], statistic: Statistic) -> tuple[float, float]:
    """`statistic(C, used)` of one lane and its standard error, by leaving out one block of the series at a time.

    C is `(orders, radii)`. The error is NaN where a part of the series leaves no number.
    """
    whole = statistic(pairs.total[lane] / pairs.possible.sum(), used)
    blocks = int(pairs.second.max()) + 1
    parts = np.empty(blocks)
    for block in range(blocks):
        counts, possible = pairs.without(block)
        parts[block] = statistic(counts[lane] / possible, used) if possible else np.nan
    error = np.sqrt((blocks - 1) / blocks * np.sum((parts - parts.mean()) ** 2))
    return whole, float(error)
