"""Nemenman, Shafee and Bialek's estimator."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.probability.corrected import ShannonEstimator

LOWEST, HIGHEST = -45.0, 45.0
"""ln of the concentration: beyond, prior and evidence leave less than round-off."""
COARSE, FINE = 181, 801
NEGLIGIBLE = 45.0
"""Natural logarithms below the peak: exp(-45) = 3e-20."""


@dataclass(frozen=True, kw_only=True)
class NSB(ShannonEstimator):
    """Bayesian mean of the Shannon entropy under a prior that is nearly flat in the entropy itself.

    H = int dx/da E[H | n, a] P(n | a) da / int dx/da P(n | a) da over the concentration a of a Dirichlet prior, with
    its mean entropy x(a) = psi(K a + 1) - psi(a + 1), K possible outcomes, and the posterior mean of Wolpert and Wolf.

    Raises:
        TypeError: the measure is not Shannon, the space does not count or its outcomes are not known.
        ValueError: counts that are not whole numbers.

    Good values: fewer counts than outcomes, down to a few coincidences; long-tailed sources it makes too even.

    Source: Nemenman, Shafee, Bialek 2002, Adv. Neural Inf. Process. Syst. 14, 471, eqs. 9-12.
    """

    number_needed = True

    def shannon(self, counts: Array) -> Array:
        """Posterior mean in nats along the last axis."""
        rows = counts.reshape(-1, counts.shape[-1])
        return np.array([_posterior_mean(row) for row in rows]).reshape(counts.shape[:-1])


def _posterior_mean(row: Array) -> float:
    """The estimate for one set of counts."""
    if not np.isfinite(row[0]):
        return np.nan
    if len(row) == 1:
        return 0.0
    values, times = (part.astype(np.float64) for part in np.unique(row, return_counts=True))
    coarse = np.linspace(LOWEST, HIGHEST, COARSE)
    density = _log_density(coarse, values, times, len(row))
    matters = np.flatnonzero(density > density.max() - NEGLIGIBLE)
    step = coarse[1] - coarse[0]
    fine = np.linspace(coarse[matters[0]] - step, coarse[matters[-1]] + step, FINE)
    # the ends hold nothing, so that equal weights integrate as well as any rule
    density = _log_density(fine, values, times, len(row))
    weight = np.exp(density - density.max())
    return float((weight * _mean_entropy(np.exp(fine), values, times, len(row))).sum() / weight.sum())


def _log_density(log_a: Array, values: Array, times: Array, outcomes: int) -> Array:
    """ln [dx/d(ln a) P(n | a)] up to a constant."""
    from scipy.special import polygamma

    a = np.exp(log_a)
    slope = outcomes * polygamma(1, outcomes * a + 1) - polygamma(1, a + 1)
    # for large a, where both terms are nearly equal: (1 - 1/K)/(2 a^2)
    slope = np.where(a > 1e4, (1 - 1 / outcomes) / (2 * a * a), slope)
    evidence = -log_rising(outcomes * a, float((values * times).sum()))
    for value, number in zip(values, times, strict=True):
        if value > 0:
            evidence = evidence + number * log_rising(a, float(value))
    return np.asarray(np.log(slope) + log_a + evidence)


def _mean_entropy(a: Array, values: Array, times: Array, outcomes: int) -> Array:
    """Wolpert and Wolf's posterior mean at each concentration."""
    from scipy.special import digamma

    total = float((values * times).sum()) + outcomes * a
    mean = np.zeros_like(a)
    for value, number in zip(values, times, strict=True):
        mean += number * (value + a) / total * (digamma(total + 1) - digamma(value + a + 1))
    return mean


def log_rising(x: Array, n: float) -> Array:
    """ln [Gamma(x + n)/Gamma(x)] for x > 0, n >= 1, also where x is so large that the two logarithms cancel."""
    from scipy.special import gammaln

    small = np.where(x < 50, x, 1.0)
    direct = gammaln(small + n) - gammaln(small)
    y = np.where(x < 50, 50.0, x)
    tail = [(1 / (12 * z) - 1 / (360 * z**3) + 1 / (1260 * z**5)) for z in (y + n, y)]
    stirling = (y + n - 0.5) * np.log1p(n / y) + n * np.log(y) - n + tail[0] - tail[1]
    return np.where(x < 50, direct, stirling)
