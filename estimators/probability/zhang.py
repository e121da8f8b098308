"""Zhang's estimator."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.probability.corrected import ShannonEstimator
from ergodica.estimators.probability.estimator import observations


@dataclass(frozen=True, kw_only=True)
class Zhang(ShannonEstimator):
    """Zhang's estimator of Shannon entropy: the first n terms of its series in chances to be unseen, without bias.

    H = sum_v Z_v/v over v = 1..n-1 with Z_v the unbiased estimate of sum p (1-p)^v, that is
    H = sum (n_i/n) [psi(n) - psi(n_i)]. Its bias falls exponentially with n for a finite number of outcomes.

    Raises:
        TypeError: the measure is not Shannon, or the space does not count.
        ValueError: counts that are not whole numbers.

    Good values: several counts an outcome; ChaoWangJost adds a guess of the rest of the series.

    Source: Zhang 2012, Neural Comput. 24, 1368, eq. 5; Schuermann 2015, Neural Comput. 27, 2097 (closed form).
    """

    def shannon(self, counts: Array) -> Array:
        """Estimate in nats along the last axis."""
        from scipy.special import digamma

        n = observations(counts)
        seen = np.where(counts == 0, 1.0, counts)
        return np.asarray((counts / n * (digamma(n) - digamma(seen))).sum(axis=-1))
