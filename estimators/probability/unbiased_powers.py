"""Renyi and Tsallis entropies of whole order from unbiased sums of powers."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.measures.renyi import Renyi
from ergodica.estimators.measures.tsallis import Tsallis
from ergodica.estimators.probability.estimator import CountEstimator, observations
from ergodica.estimators.spaces.space import Space


@dataclass(frozen=True, kw_only=True)
class UnbiasedPowers(CountEstimator):
    """Renyi and Tsallis entropies of whole order q from coincidences: the unbiased estimate of sum p^q.

    sum p^q = sum_i n_i (n_i - 1) ... (n_i - q + 1)/[n (n - 1) ... (n - q + 1)], put into the formula of the measure. A
    Tsallis entropy is without bias, a Renyi entropy nearly. A row of fewer than q counts is NaN, and so is the Renyi
    entropy of one without coincidences.

    Raises:
        TypeError: a measure other than Renyi or Tsallis of order 2, 3, ..., or a space that does not count.
        ValueError: counts that are not whole numbers.

    Good values: Renyi(q=2), from some sqrt(K) counts of K outcomes on.

    Source: Grassberger 1988, Phys. Lett. A 128, 369; Simpson 1949, Nature 163, 688 (q=2).
    """

    measures: ClassVar[tuple[type[Measure], ...]] = (Renyi, Tsallis)
    gives_probabilities = False

    def entropy(self, weights: Array, measure: Measure) -> Array:
        """Estimate along the last axis of the counts, of a Renyi entropy in nats."""
        assert isinstance(measure, Renyi | Tsallis)
        counts = self.checked(weights)
        n = observations(counts)
        q = int(measure.q)
        share = np.ones_like(counts)
        for less in range(q):
            left = np.where(n > less, n - less, np.nan)
            share = share * np.maximum(counts - less, 0.0) / left
        total = share.sum(axis=-1)
        if isinstance(measure, Renyi):
            return np.log(np.where(total > 0, total, np.nan)) / (1 - q) + 0.0
        return np.asarray((1 - total) / (q - 1))

    def check(self, measure: Measure | None, space: Space) -> None:
        """Whole orders from 2 on."""
        super().check(measure, space)
        if isinstance(measure, Renyi | Tsallis) and not (
            2 <= measure.q < 1000 and measure.q == int(measure.q)
        ):
            raise TypeError(
                f"estimator: UnbiasedPowers counts coincidences of a whole number q = 2, 3, ... below 1000, got "
                f"{measure!r}; use PlugIn()"
            )
