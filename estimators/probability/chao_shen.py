"""Chao and Shen's estimator."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import log_or_zero
from ergodica.estimators.probability.corrected import ShannonEstimator
from ergodica.estimators.probability.estimator import observations


@dataclass(frozen=True, kw_only=True)
class ChaoShen(ShannonEstimator):
    """Shannon entropy with Good's coverage for what was not seen and each outcome weighed by its chance to be seen.

    H = -sum C p ln(C p)/(1 - (1 - C p)^n), p = n_i/n, C = 1 - f_1/n with f_1 outcomes seen once; where all are,
    f_1 = n - 1 is taken.

    Raises:
        TypeError: the measure is not Shannon, or the space does not count.
        ValueError: counts that are not whole numbers.

    Good values: many outcomes, fewer counts than outcomes, tails like Zipf's.

    Source: Chao and Shen 2003, Environ. Ecol. Stat. 10, 429.
    """

    def shannon(self, counts: Array) -> Array:
        """Estimate in nats along the last axis."""
        n = observations(counts)
        once = (counts == 1).sum(axis=-1, keepdims=True)
        # of one observation no share is known to be covered, and its entropy is 0 as that of every estimator here
        covered = np.where(once == n, np.where(n > 1, 1 / n, 1.0), 1 - once / n)
        return weighed_by_chance(covered * counts / n, n)


def weighed_by_chance(p: Array, n: Array) -> Array:
    """-sum p ln p/(1 - (1-p)^n) along the last axis: Horvitz and Thompson's estimate of a sum over outcomes."""
    with np.errstate(divide="ignore"):  # a certain outcome is always seen: ln 0, and exp of that is 0
        seen = -np.expm1(n * np.log1p(-p))
    return 0.0 - np.asarray((p * log_or_zero(p) / np.where(p == 0, 1.0, seen)).sum(axis=-1))
