"""Information of principal components: an estimator around another one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.ksg import KSG, correlated_pair
from ergodica.estimators.information.estimator import InformationEstimator


@dataclass(frozen=True, kw_only=True)
class Compressed(InformationEstimator):
    """Information of the leading principal components of each vector, by any other estimator.

    I(P_x X; P_y Y) <= I(X; Y)

    P takes the `components` directions of largest variance of the lane's own covariance. What is lost is the
    information in the other directions, however large: variance is no measure of dependence. So the value says how much
    is at least there. A vector with no more components than that is left as it is. The scale of components against each
    other matters: give them one unit, or divide them by their standard deviations before. Vectors that vary in fewer
    directions than are asked for give NaN.

    Args:
        components: kept of each vector, >= 1.
        estimator: of information, which sees the compressed vectors; its conditional and several-variable forms work.

    Good values: components=1 to 3 with KSG(k=3). Where all directions matter take `GaussianCopula`, uncompressed.

    Source: Jolliffe 2002, Principal Component Analysis, section 2.1; of the bound, Cover and Thomas 2006, section 2.8.
    """

    components: int = 2
    estimator: InformationEstimator = field(default_factory=KSG)

    claims: ClassVar[Claims] = Claims(
        needs="vectors in one unit, n as the inner estimator needs for so few components",
        cost="O(n d^2 + d^3) and that of the inner estimator",
        invariances={"shift": 1e-8, "scale": 1e-8, "sign": 1e-8, "order": 1e-8},
        exact=(
            Exact(
                name="correlated normal variables",
                sample=lambda rng: correlated_pair(rng, 1000, 0.6),
                value=-0.5 * float(np.log(1 - 0.36)),
                bias=0.005,
                spread=0.032,
                source="Cover and Thomas 2006, example 8.5.1",
            ),
        ),
    )

    def __post_init__(self) -> None:
        whole = isinstance(self.components, Integral) and not isinstance(self.components, bool)
        if not whole or self.components < 1:
            raise ValueError(
                f"components: must be a whole number from 1 on, got {self.components!r}; use 1 to 3"
            )
        if not isinstance(self.estimator, InformationEstimator):
            raise TypeError(
                f"estimator: must be one of information between vectors, got {self.estimator!r}; "
                "use KSG() or GaussianCopula()"
            )

    def mutual_information(self, x: Array, y: Array) -> Array:
        """I of each lane `(lanes, n, d)`, in nats."""
        return self.estimator.mutual_information(*self._compressed([x, y]))

    def conditional_mutual_information(self, x: Array, y: Array, given: Array) -> Array:
        """I(X; Y | Z) of each lane, in nats; of all three what is kept."""
        return self.estimator.conditional_mutual_information(*self._compressed([x, y, given]))

    def multi_information(self, parts: Sequence[Array]) -> Array:
        """sum H(X_i) - H(X_1, ..., X_m) of each lane, in nats."""
        return self.estimator.multi_information(self._compressed(parts))

    def fewest_samples(self, *components: int) -> int:
        """As many as the inner estimator needs."""
        return self.estimator.fewest_samples(*(min(d, self.components) for d in components))

    def _compressed(self, parts: Sequence[Array]) -> list[Array]:
        return [
            x if x.shape[-1] <= self.components else principal_components(x, self.components) for x in parts
        ]


def principal_components(x: Array, kept: int) -> Array:
    """The `kept` components of largest variance, `(lanes, n, kept)`, of `(lanes, n, d)`, largest first.

    Zero where all that is left is round-off.
    """
    x = x * unit_scale(np.abs(x).max(axis=(1, 2), keepdims=True))
    centred = np.ascontiguousarray((x - x.mean(axis=1, keepdims=True)).transpose(0, 2, 1))
    # einsum, not a matrix product, whose sums depend on the number of threads of the library behind it
    covariance = np.einsum("lan,lbn->lab", centred, centred)
    variances, directions = np.linalg.eigh(covariance)
    found = np.einsum("lan,lak->lnk", centred, directions[:, :, ::-1][:, :, :kept])
    empty = variances[:, ::-1][:, :kept] <= variances[:, -1:] * x.shape[-1] * np.finfo(np.float64).eps
    return np.ascontiguousarray(np.where(empty[:, np.newaxis, :], 0.0, found))
