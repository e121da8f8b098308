"""Kozachenko and Leonenko's entropy from distances to neighbours."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.digamma import digamma
from ergodica.estimators.continuous.estimator import EntropyEstimator, refuse_copies
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.point_tree import NORMS, Norm

GAUSSIAN = 0.5 * math.log(2 * math.pi * math.e)
"""Entropy of a Gaussian of unit variance, a component."""


def log_ball(d: int, norm: str) -> float:
    """ln of the volume of the ball of radius 1 in d dimensions."""
    if norm == "maximum":
        return d * math.log(2)
    if norm == "euclid":
        return 0.5 * d * math.log(math.pi) - math.lgamma(0.5 * d + 1)
    return d * math.log(2) - math.lgamma(d + 1)


def check_neighbours(k: object, norm: str) -> None:
    """Raise ParameterError unless k is a whole number from 1 and the norm is known."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ParameterError(f"k: must be a whole number of neighbours from 1, got {k!r}; use 3 to 10")
    if norm not in NORMS:
        raise ParameterError(f"norm: must be one of {', '.join(NORMS)}, got {norm!r}; use 'euclid'")


def gaussian(n: int, d: int) -> Callable[[Generator], tuple[Array]]:
    """Draws `(n, d)` of the unit Gaussian."""

    def sample(rng: Generator) -> tuple[Array]:
        return (rng.normal(size=(n, d)),)

    return sample


@dataclass(frozen=True, kw_only=True)
class NeighbourEntropy(EntropyEstimator):
    """Entropy from distances to neighbours.

    Args:
        k: neighbours, 1 to n - 1.
        norm: "euclid", "maximum" or "manhattan".
    """

    k: int
    norm: Norm = "euclid"

    def __post_init__(self) -> None:
        check_neighbours(self.k, self.norm)

    def fewest_samples(self, components: int) -> int:
        """One more than neighbours."""
        return self.k + 1

    def norm_of(self, components: int) -> Norm:
        """The norm; of scalars, where all are one, the cheapest."""
        return "maximum" if components == 1 else self.norm


@dataclass(frozen=True, kw_only=True)
class KozachenkoLeonenko(NeighbourEntropy):
    """Entropy from the distance to the k-th neighbour.

    h = psi(n) - psi(k) + ln c_d + (d/n) sum_i ln r_i

    with r_i the distance of sample i to its k-th neighbour and c_d the volume of the unit ball. It is unbiased where
    the density is even over the ball; curvature leaves a bias of order n^(-2/d), so that from d = 4 on it is the bias
    that counts: see `WeightedKozachenkoLeonenko`.

    Args:
        k: neighbours, 1 to n - 1; the spread falls with k, the bias grows.
        norm: "euclid" (does not see rotations), "maximum" or "manhattan".

    Good values: k=3 to 10 up to d = 3 and n from 100.

    Source: Kozachenko and Leonenko 1987, Probl. Inf. Transm. 23, 95; Kraskov, Stoegbauer and Grassberger 2004,
    Phys. Rev. E 69, 066138, eq. 20.
    """

    k: int = 3

    claims: ClassVar[Claims] = Claims(
        needs="values of a continuum without exact copies, more than k samples",
        cost="O(n log n) for small d, O(n^2 d) from about d = 15 on",
        invariances={"shift": 1e-11, "sign": 1e-12, "rotation": 1e-12, "order": 1e-12},
        exact=(
            Exact(
                name="Gaussian, d = 1",
                sample=gaussian(500, 1),
                value=GAUSSIAN,
                bias=0.007,
                spread=0.046,
                source="Cover and Thomas 2006, eq. 8.48",
            ),
            Exact(
                name="Gaussian, d = 2",
                sample=gaussian(500, 2),
                value=2 * GAUSSIAN,
                bias=0.03,
                spread=0.055,
                source="Cover and Thomas 2006, eq. 8.48",
            ),
        ),
    )

    def entropy(self, x: Array) -> Array:
        """h in nats, `(lanes,)`, of `(lanes, n, d)`."""
        from ergodica.numerics.point_tree import kth_distances

        _, n, d = x.shape
        self.check(n, d)
        norm = self.norm_of(d)
        distances, copies = kth_distances(x, self.k, norm)
        refuse_copies(copies, n)
        logarithms = np.log(distances, out=distances).sum(axis=-1)
        return digamma(n) - digamma(self.k) + log_ball(d, norm) + d * logarithms / n
