"""The jackknife of the plug-in entropy."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.corrected import ShannonEstimator
from ergodica.estimators.probability.estimator import observations


@dataclass(frozen=True, kw_only=True)
class Jackknife(ShannonEstimator):
    """Plug-in entropy less the bias that leaving out one observation at a time shows.

    H = n H_n - (n-1) mean_j H_(n-1, j), with H_(n-1, j) the plug-in entropy without observation j. A row of one
    observation is NaN.

    Raises:
        TypeError: the measure is not Shannon, or the space does not count.
        ValueError: counts that are not whole numbers.

    Good values: more counts than outcomes, where it removes the bias of order 1/n.

    Source: Zahl 1977, Ecology 58, 907; Efron and Stein 1981, Ann. Stat. 9, 586.
    """

    def shannon(self, counts: Array) -> Array:
        """Estimate in nats along the last axis."""
        n = observations(counts)
        n = np.where(n > 1, n, np.nan)
        # n_i - 1 is 0 for a single one; n H_n and (n-1) H_(n-1) are taken apart before they meet, since they are alike
        # up to 1/n of themselves
        lost = counts / n * (counts - 1) * np.log1p(-1 / np.maximum(counts, 2.0))
        bias = lost.sum(axis=-1) - ((n - 1) * np.log1p(-1 / n))[..., 0]
        return np.asarray(Shannon().evaluate(counts / n) + bias)
