"""Kernels: similarities of two states that stand for infinitely many observables."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.described import Described, named
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WIDE = 8.0
"""Widths of a median distance: narrower kernels hold eigenfunctions of smooth flows with more of their rank."""
SAMPLED = 1000
"""Points between which the median distance is taken."""


class Kernel(Described):
    """k(x, y) of vectors of features.

    A kernel of your own is a dataclass of its settings with `@named` and `@dataclass(kw_only=True, eq=False)`, a
    `name`, and `between`. Every feature has the spread 1 before, and the mean 0 unless `centred` is False.
    """

    centred = True

    def learn(self, points: Array) -> dict[str, Array]:
        """What `between` needs of the data, such as a width: arrays by name. Nothing by default."""
        return {}

    @abstractmethod
    def between(self, x: Array, y: Array, learned: Mapping[str, Array]) -> Array:
        """k of vectors (n, features) and (m, features): (n, m)."""


@dataclass(kw_only=True, eq=False)
class OfDistance(Kernel):
    """A kernel of the distance.

    Args:
        width: length over which it falls, in spreads of the features, > 0; None for eight times the median
            distance of the data.
    """

    width: float | None = None

    def __post_init__(self) -> None:
        if self.width is not None and not (isinstance(self.width, Real) and 0 < self.width < math.inf):
            raise ParameterError(f"width: must be above 0, got {self.width!r}; use None for one by the data")

    def learn(self, points: Array) -> dict[str, Array]:
        if self.width is not None:
            return {"width": np.array([self.width])}
        sample = points[:: max(1, len(points) // SAMPLED)]
        apart = np.sqrt(squares(sample, sample)[np.triu_indices(len(sample), 1)])
        apart = apart[apart > 0]
        return {"width": np.array([WIDE * np.median(apart) if len(apart) else 1.0])}


@named
@dataclass(kw_only=True, eq=False)
class Gaussian(OfDistance):
    """k = exp(-|x - y|^2 / 2 width^2): smooth observables of every degree."""

    name = "gaussian-kernel"

    def between(self, x: Array, y: Array, learned: Mapping[str, Array]) -> Array:
        return np.asarray(np.exp(squares(x, y) / (-2 * learned["width"][0] ** 2)))


@named
@dataclass(kw_only=True, eq=False)
class Matern(OfDistance):
    """k = (1 + r) exp(-r), r = sqrt(3) |x - y| / width: observables that need not be smooth."""

    name = "matern-kernel"

    def between(self, x: Array, y: Array, learned: Mapping[str, Array]) -> Array:
        r = np.sqrt(3 * squares(x, y)) / learned["width"][0]
        return np.asarray((1 + r) * np.exp(-r))


@named
@dataclass(kw_only=True, eq=False)
class Polynomial(Kernel):
    """k = (offset + x . y / features)^degree: the polynomials up to this degree, of any number of features.

    Args:
        degree: 1 or more.
        offset: above 0; 0 leaves the polynomials of exactly this degree, about 0.
    """

    name = "polynomial-kernel"
    degree: int = 3
    offset: float = 1.0

    def __post_init__(self) -> None:
        self.degree = whole_number("degree", self.degree, 1)
        if not (isinstance(self.offset, Real) and 0 <= self.offset < math.inf):
            raise ParameterError(f"offset: must be 0 or more, got {self.offset!r}; use 1")
        self.centred = self.offset > 0  # else there is no constant to make up for a mean

    def between(self, x: Array, y: Array, learned: Mapping[str, Array]) -> Array:
        return np.asarray((self.offset + x @ y.T / x.shape[1]) ** self.degree)


def squares(x: Array, y: Array) -> Array:
    """Squared distances (n, m)."""
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(x, y, "sqeuclidean"))
