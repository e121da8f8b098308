"""The jackknife of the plug-in entropy."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import log_or_zero
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
        rest = np.where(n > 1, n - 1, np.nan)
        less = np.maximum(counts - 1, 0.0)
        # what is left of sum m ln m when one of m is taken away
        change = less * log_or_zero(less) - counts * log_or_zero(counts)
        whole = np.log(n) - (counts / n * log_or_zero(counts)).sum(axis=-1, keepdims=True)
        without = np.log(rest) - (n * (np.log(n) - whole) + change) / rest
        # whole and without differ by 1/n of themselves: their difference is summed, not they
        return np.asarray(
            (whole + (counts / n * (whole - without)).sum(axis=-1, keepdims=True) * rest)[..., 0]
        )
