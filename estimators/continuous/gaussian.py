"""Entropy of samples as if they were Gaussian."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.digamma import digamma
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.continuous.kozachenko_leonenko import GAUSSIAN, gaussian

ROUNDING = 2.0**-50
"""Below this share of a component's size, times the square root of n, what is left of it is round-off."""


def whitened(x: Array) -> tuple[Array, Array]:
    """Samples turned and scaled to a covariance of 1, and ln|det| of what was taken out.

    x - mean = q L^T,   q^T q = n - 1

    Args:
        x: `(lanes, n, d)`.

    Returns:
        q `(lanes, d, n)`, a component side by side, and ln|det L| `(lanes,)`, NaN where components are constant or
        depend linearly on each other.

    Source: the modified Gram-Schmidt process, Golub and Van Loan 2013, 5.2.8; sums are over one row each, so that
    the same bits come out for any number of lanes and threads.
    """
    _, n, d = x.shape
    q = np.ascontiguousarray(np.swapaxes(x, 1, 2))
    scale = unit_scale(np.abs(q).max(axis=-1, keepdims=True))
    q = q * scale
    size = np.abs(q).max(axis=-1)
    q -= q[..., :1].copy()  # a constant is 0 to the last bit
    q -= q.mean(axis=-1, keepdims=True)
    spread = np.abs(q).max(axis=-1, keepdims=True)
    again = unit_scale(spread)
    q *= again
    size = (
        size * again[..., 0]
    )  # of the data before the mean was taken out: what their rounding is relative to
    logarithm = -np.log(scale[..., 0]).sum(axis=-1) - np.log(again[..., 0]).sum(axis=-1)
    for j in range(d):
        square = (q[:, j] * q[:, j]).sum(axis=-1)
        dependent = ~(square > n * (ROUNDING * size[:, j]) ** 2)
        logarithm += np.where(dependent, np.nan, 0.5 * np.log(square / (n - 1)))
        q[:, j] *= np.sqrt((n - 1) / square)[:, np.newaxis]
        if j + 1 < d:
            along = (q[:, j + 1 :] * q[:, j : j + 1]).sum(axis=-1, keepdims=True) / (n - 1)
            q[:, j + 1 :] -= along * q[:, j : j + 1]
    return q, logarithm


@dataclass(frozen=True, kw_only=True)
class GaussianPlugIn(EntropyEstimator):
    """Entropy of a Gaussian with the covariance of the samples, without bias.

    h = (1/2) ln((2 pi e)^d det S) - (1/2) sum_(j=1)^d (psi((n - j)/2) + ln(2/(n - 1)))

    with S the sample covariance over n - 1. The second term is the mean of ln det S/Sigma, so that for Gaussian samples
    nothing is left of the bias, at any n > d. Of all densities with a covariance the Gaussian has the largest entropy:
    for others this is an upper bound.

    NaN where the covariance is singular: a constant component, or one that depends linearly on the others.

    Good values: n from d + 1, with a standard deviation of about sqrt(d/(2 n)).

    Source: Misra, Singh and Demchuk 2005, J. Multivar. Anal. 92, 324; Goodman 1963, Ann. Math. Stat. 34, 178.
    """

    claims: ClassVar[Claims] = Claims(
        needs="values of a continuum, near Gaussian, more samples than components; NaN where singular",
        cost="O(n d^2)",
        invariances={"shift": 1e-11, "sign": 1e-12, "rotation": 1e-11, "order": 1e-11},
        exact=(
            Exact(
                name="Gaussian, d = 1",
                sample=gaussian(20, 1),
                value=GAUSSIAN,
                spread=0.1666,
                source="variance trigamma((n - 1)/2)/4",
            ),
            Exact(
                name="Gaussian, d = 10",
                sample=gaussian(40, 10),
                value=10 * GAUSSIAN,
                spread=0.388,
                source="variance sum_j trigamma((n - j)/2)/4",
            ),
        ),
    )

    def fewest_samples(self, components: int) -> int:
        """One more than components, and one more for a mean."""
        return components + 1

    def entropy(self, x: Array) -> Array:
        """h in nats, `(lanes,)`, of `(lanes, n, d)`."""
        _, n, d = x.shape
        self.check(n, d)
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithm = whitened(x)[1]
        bias = sum(digamma((n - j) / 2) for j in range(1, d + 1)) + d * math.log(2 / (n - 1))
        return logarithm + d * GAUSSIAN - 0.5 * bias
