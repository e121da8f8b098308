"""Horvitz and Thompson's estimator."""

from dataclasses import dataclass

from ergodica.estimators.arrays import Array
from ergodica.estimators.probability.chao_shen import weighed_by_chance
from ergodica.estimators.probability.corrected import ShannonEstimator
from ergodica.estimators.probability.estimator import observations


@dataclass(frozen=True, kw_only=True)
class HorvitzThompson(ShannonEstimator):
    """Shannon entropy with each outcome weighed by its chance to be seen at all.

    H = -sum p ln p/(1 - (1-p)^n), p = n_i/n. Outcomes that were seen stand for those that were not.

    Raises:
        TypeError: the measure is not Shannon, or the space does not count.
        ValueError: counts that are not whole numbers.

    Good values: few unseen outcomes; ChaoShen adds the coverage, which matters where there are many.

    Source: Horvitz and Thompson 1952, J. Am. Stat. Assoc. 47, 663.
    """

    def shannon(self, counts: Array) -> Array:
        """Estimate in nats along the last axis."""
        n = observations(counts)
        return weighed_by_chance(counts / n, n)
