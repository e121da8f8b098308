"""A threshold such that a given share of pairs recurs."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.recurrence.delay_vectors import DelayVectors
from ergodica.estimators.recurrence.pair_counts import count_within, possible_pairs
from ergodica.estimators.recurrence.threshold import Threshold, positive

RADII = 256
"""Radii that are tried in a pass over the pairs."""

PASSES = 16
ROUNDING = 2.0**-40
"""Relative: the radius is narrowed to it unless the rate is met before, and products may be as far off."""


@dataclass(frozen=True, kw_only=True)
class RecurrenceRate(Threshold):
    """As many pairs recur as asked: the radius is that quantile of their distances.

    Measures of different series are best compared at one rate, since they all grow with it. Where many distances are
    equal the rate is the smallest that is not below what was asked.

    Args:
        value: share of the pairs outside the Theiler window, between 0 and 1.

    Good values: .01 to .1.

    Source: Marwan, Romano, Thiel and Kurths 2007, Phys. Rep. 438, 237, section 3.2.2.
    """

    value: float = 0.05

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", positive("value", self.value, 1.0))

    def radius(self, columns: Array, scale: Array, vectors: DelayVectors) -> Array:
        """By counting the pairs within ever closer radii."""
        wanted = np.ceil(self.value * possible_pairs(columns.shape[-1], vectors.theiler) * (1 - ROUNDING))
        extent = (columns.max(axis=-1) - columns.min(axis=-1)).max(axis=-1)
        extent *= np.sqrt(columns.shape[1]) * (1 + ROUNDING)
        low, high = np.zeros(len(columns)), np.where(extent > 0, extent, 1.0)
        steps = np.arange(1, RADII + 1) / RADII
        left = np.flatnonzero(extent > 0)
        for _ in range(PASSES):
            if not left.size:
                break
            tried = low[left, np.newaxis] + (high - low)[left, np.newaxis] * steps
            tried[:, -1] = high[left]
            found = count_within(columns[left], tried, theiler=vectors.theiler, norm=vectors.norm)
            counts, rows = found.total[:, 0], np.arange(len(left))
            enough = (counts >= wanted).argmax(axis=-1)
            low[left] = np.where(enough > 0, tried[rows, enough - 1], low[left])
            high[left] = tried[rows, enough]
            met = (counts[rows, enough] == wanted) | ((high - low)[left] <= ROUNDING * high[left])
            left = left[~met]
        return np.where(extent > 0, high, np.nan)
