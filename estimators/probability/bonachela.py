"""Bonachela, Hinrichsen and Munoz' estimator."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.probability.corrected import ShannonEstimator
from ergodica.estimators.probability.estimator import observations


@dataclass(frozen=True, kw_only=True)
class Bonachela(ShannonEstimator):
    """Shannon entropy of very few counts in few outcomes, with bias and spread in balance.

    H = sum_i (n_i + 1) sum_(j = n_i+2)^(n+2) 1/j / (n + 2), over all possible outcomes i, seen or not. Made for two
    outcomes; with many unseen ones it is far too large.

    Raises:
        TypeError: the measure is not Shannon, the space does not count or its outcomes are not known.
        ValueError: counts that are not whole numbers.

    Good values: 2 outcomes, 5 to 50 counts.

    Source: Bonachela, Hinrichsen, Munoz 2008, J. Phys. A 41, 202001, eq. 10.
    """

    number_needed = True

    def shannon(self, counts: Array) -> Array:
        """Estimate in nats along the last axis."""
        from scipy.special import digamma

        n = observations(counts)
        return np.asarray(((counts + 1) / (n + 2) * (digamma(n + 3) - digamma(counts + 2))).sum(axis=-1))
