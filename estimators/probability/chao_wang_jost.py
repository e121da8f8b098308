"""Chao, Wang and Jost's estimator."""

import math
from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.probability.corrected import ShannonEstimator
from ergodica.estimators.probability.estimator import observations

FASTEST = 0.1
"""Decay a term from which on the first TERMS terms are the sum: exp(-.1 * 400) = 4e-18."""
TERMS = 400
FIRST = 20
FAR = 50.0
"""From here on the asymptotic series of exp(x) E1(x) has all digits."""


@dataclass(frozen=True, kw_only=True)
class ChaoWangJost(ShannonEstimator):
    """Shannon entropy as the slope of the curve of species found, its unseen part extrapolated.

    H = sum (n_i/n) [psi(n) - psi(n_i)] + (f_1/n) (1-A)^(1-n) [-ln A - sum_(r<n) (1-A)^r/r], with f_1 and f_2 outcomes
    seen once and twice, A = 2 f_2/((n-1) f_1 + 2 f_2), or 2/((n-1)(f_1-1) + 2) where f_2 = 0, or 1 where f_1 = 0 too.

    Raises:
        TypeError: the measure is not Shannon, or the space does not count.
        ValueError: counts that are not whole numbers.

    Good values: many outcomes, few counts; the least biased without knowledge of the number of outcomes.

    Source: Chao, Wang, Jost 2013, Methods Ecol. Evol. 4, 1091, eq. 7.
    """

    def shannon(self, counts: Array) -> Array:
        """Estimate in nats along the last axis."""
        from scipy.special import digamma

        n = observations(counts)
        seen = np.where(counts == 0, 1.0, counts)
        known = (counts / n * (digamma(n) - digamma(seen))).sum(axis=-1)
        total = n[..., 0]
        once, twice = ((counts == times).sum(axis=-1) for times in (1, 2))
        pairs = np.where(twice > 0, 2.0 * twice, 2.0)
        singles = np.where(twice > 0, once, np.maximum(once - 1, 0))
        # (1-A)^(1-n) [...] = sum_(j>0) (1-A)^j/(n-1+j), without the cancellation of the bracket
        left = np.where(once > 0, (total - 1) * singles / ((total - 1) * singles + pairs), 0.0)
        return np.asarray(known + once / total * power_tail(left, total - 1))


def power_tail(z: Array, m: Array) -> Array:
    """sum_(j>=1) z^j/(m + j) for 0 <= z < 1, m >= 0."""
    from scipy.special import exp1

    with np.errstate(divide="ignore"):
        rate = -np.log(z)
    j = np.arange(1, TERMS + 1)
    terms = np.exp(-rate[..., np.newaxis] * j) / (m[..., np.newaxis] + j)
    short = terms.sum(axis=-1)
    # Euler and Maclaurin behind the first terms: the integral is exp(x) E1(x), x = rate m
    start = m + FIRST
    slow = np.where(rate < FASTEST, rate, FASTEST)
    x = slow * start
    near = np.exp(np.minimum(x, FAR)) * exp1(np.minimum(x, FAR))
    far = sum((-1) ** k * math.factorial(k) / np.maximum(x, FAR) ** (k + 1) for k in range(20))
    behind = np.where(x < FAR, near, far) - 0.5 / start
    for order, factor in ((1, 1 / 12), (3, -1 / 720), (5, 1 / 30240), (7, -1 / 1209600), (9, 1 / 47900160)):
        slope = sum(
            math.comb(order, i) * slow ** (order - i) * math.factorial(i) / start ** (i + 1)
            for i in range(order + 1)
        )
        behind = behind + factor * slope
    long = terms[..., :FIRST].sum(axis=-1) + np.exp(-slow * FIRST) * behind
    return np.asarray(np.where(rate < FASTEST, long, short))
