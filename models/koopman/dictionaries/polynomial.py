"""Polynomials of the features."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.dictionaries.dictionary import Dictionary, refuse_many
from ergodica.models.koopman.dictionaries.scaling import box_of, scaled, spread_of
from ergodica.numerics.errors import ParameterError, nearest, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BASES = ("chebyshev", "hermite", "monomial")


@named
@dataclass(kw_only=True, eq=False)
class Polynomial(Dictionary):
    """All products of powers of the features up to a total degree, the constant among them.

    psi_k(x) = prod_i p_ki(u_i), k_1 + ... + k_d <= degree: (d + degree)! / (d! degree!) observables

    All bases span the same space; they differ in the digits that a high degree leaves.

    Args:
        degree: highest total degree, 0 or more.
        basis: "chebyshev", u in the box of the data; "hermite" (orthonormal for a Gaussian) and "monomial", u with
            mean 0 and spread 1.

    Good values: degree 2 or 3 for many features, up to 10 for two or three.
    """

    name = "polynomial"
    degree: int = 3
    basis: str = "chebyshev"

    def __post_init__(self) -> None:
        self.degree = whole_number("degree", self.degree, 0)
        if self.basis not in BASES:
            raise ParameterError(
                f"basis: must be {', '.join(BASES)}, got {self.basis!r}; {nearest(self.basis, BASES)}"
            )

    def learn(self, points: Array) -> dict[str, Array]:
        features = points.shape[1]
        refuse_many(
            math.comb(features + self.degree, features),
            f"lower the degree {self.degree} of {features} features, or use KernelEDMD",
        )
        return box_of(points) if self.basis == "chebyshev" else spread_of(points)

    def observables(self, points: Array, learned: Mapping[str, Array]) -> Array:
        u = np.ascontiguousarray(scaled(points, learned).T)
        powers = self._powers(u)
        products = _products(len(u), self.degree)
        made = np.empty((len(products) + 1, u.shape[1]))
        made[0] = 1.0
        for row, (parent, feature, power) in enumerate(products, start=1):
            np.multiply(made[parent], powers[power][feature], out=made[row])
        return made.T

    def _powers(self, u: Array) -> list[Array]:
        """p_k(u) for k = 0 ... degree, each (features, rows)."""
        made = [np.ones_like(u), u]
        for k in range(1, self.degree):
            match self.basis:
                case "chebyshev":
                    following = 2 * u * made[k] - made[k - 1]
                case "hermite":
                    following = (u * made[k] - math.sqrt(k) * made[k - 1]) / math.sqrt(k + 1)
                case _:
                    following = u * made[k]
            made.append(following)
        return made[: self.degree + 1]


@lru_cache(maxsize=64)
def _products(features: int, degree: int) -> tuple[tuple[int, int, int], ...]:
    """How each observable but the constant comes from an earlier one: its index, a feature, a power of it."""
    made: list[tuple[int, int, int]] = []
    # index, degree so far and first feature that may still be multiplied
    front = [(0, 0, 0)]
    while front:
        following = []
        for parent, used, first in front:
            for feature in range(first, features):
                for power in range(1, degree - used + 1):
                    made.append((parent, feature, power))
                    following.append((len(made), used + power, feature + 1))
        front = following
    return tuple(made)
