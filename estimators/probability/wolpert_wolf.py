"""Wolpert and Wolf's Bayesian mean of the entropy."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.probability.add_constant import check_constant, pseudocount
from ergodica.estimators.probability.corrected import ShannonEstimator
from ergodica.estimators.probability.estimator import observations


@dataclass(frozen=True, kw_only=True)
class WolpertWolf(ShannonEstimator):
    """Mean of the Shannon entropy over the posterior of a Dirichlet prior.

    H = psi(N + 1) - sum (m_i/N) psi(m_i + 1), m_i = n_i + a, N = n + K a, K possible outcomes. The entropy of the
    posterior mean, which AddConstant gives, is larger.

    Args:
        constant: a > 0, or "laplace" 1, "jeffreys" 1/2, "perks" 1/K, "minimax" sqrt(n)/K.

    Raises:
        TypeError: the measure is not Shannon, the space does not count or its outcomes are not known.
        ValueError: counts that are not whole numbers, or an impossible constant.

    Good values: where such a prior is meant; with fewer counts than outcomes the prior decides, and NSB is for that.

    Source: Wolpert and Wolf 1995, Phys. Rev. E 52, 6841, theorem 8.
    """

    constant: float | str = "jeffreys"
    number_needed = True

    def __post_init__(self) -> None:
        check_constant(self.constant)

    def shannon(self, counts: Array) -> Array:
        """Posterior mean in nats along the last axis."""
        from scipy.special import digamma

        n = observations(counts)
        outcomes = counts.shape[-1]
        a = pseudocount(self.constant, outcomes, n)
        total, m = n + outcomes * a, counts + a
        return np.asarray((m / total * (digamma(total + 1) - digamma(m + 1))).sum(axis=-1))
