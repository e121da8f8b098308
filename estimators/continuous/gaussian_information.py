"""Information from covariances, as if the variables were Gaussian."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.gaussian_terms import (
    gaussian_conditional_information,
    gaussian_multi_information,
)
from ergodica.estimators.continuous.ksg import correlated_pair
from ergodica.estimators.information.estimator import InformationEstimator


@dataclass(frozen=True, kw_only=True)
class GaussianInformation(InformationEstimator):
    """Information of Gaussian variables from their covariance S, without bias.

    I(X; Y) = 1/2 ln[det S_x det S_y / det S], less 1/2 sum_i [psi((n-i)/2)] over d_x and over d_y components, plus that
    over d_x + d_y

    It sees linear dependence alone: for other distributions it is the information of a Gaussian with the same
    covariance, which may be above or below the true one. Parts that determine each other linearly give inf; a vector
    that does so in itself (a constant or repeated component) gives NaN.

    Good values: n above about 2 d for d components in all.

    Source: Cover and Thomas 2006, Elements of Information Theory, theorem 8.4.1; of the bias, Misra, Singh, Demchuk
    2005, J. Multivar. Anal. 92, 324.
    """

    claims: ClassVar[Claims] = Claims(
        needs="n >= d + 2 samples for d components in all, of Gaussian variables",
        cost="O(n d^2 + d^3)",
        invariances={
            "shift": 1e-12, "scale": 1e-12, "sign": 1e-12, "rotation": 1e-11, "affine": 1e-11, "order": 1e-12,
            "reversal": 1e-12, "exchange": 1e-12,
        },
        exact=(
            Exact(
                name="correlated normal variables",
                sample=lambda rng: correlated_pair(rng, 1000, 0.6),
                value=-0.5 * float(np.log(1 - 0.36)),
                bias=0.0,
                spread=0.0193,
                source="Cover and Thomas 2006, example 8.5.1",
            ),
        ),
    )  # fmt: skip

    def mutual_information(self, x: Array, y: Array) -> Array:
        """I(X; Y) of each lane `(lanes, n, d)`, in nats."""
        return self.multi_information([x, y])

    def conditional_mutual_information(self, x: Array, y: Array, given: Array) -> Array:
        """I(X; Y | Z) of each lane, in nats."""
        return gaussian_conditional_information(*components([x, y, given]))

    def multi_information(self, parts: Sequence[Array]) -> Array:
        """sum H(X_i) - H(X_1, ..., X_m) of each lane, in nats."""
        return gaussian_multi_information(*components(parts))

    def fewest_samples(self, *components: int) -> int:
        """d + 2: with fewer, the covariance has no determinant."""
        return sum(components) + 2


def components(parts: Sequence[Array]) -> tuple[Array, list[int]]:
    """All components of all parts, `(lanes, d, n)`, and how many each part has."""
    joined = np.ascontiguousarray(np.concatenate(parts, axis=-1).transpose(0, 2, 1))
    return joined, [x.shape[-1] for x in parts]
