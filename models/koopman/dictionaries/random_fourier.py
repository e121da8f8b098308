"""Waves of the features with random wave vectors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.dictionaries.dictionary import Dictionary, refuse_many
from ergodica.models.koopman.dictionaries.scaling import scaled, spread_of
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@named
@dataclass(kw_only=True, eq=False)
class RandomFourier(Dictionary):
    """1, the features, and cos(w . u + b) with w Gaussian of the spread `scale` and b uniform, u of spread 1.

    They span what a Gaussian kernel of the width 1/scale spans, the better the more there are.

    Args:
        features: number of waves, 1 or more.
        scale: spread of the wave vectors, > 0, per spread of the data.
        seed: of the draws.

    Good values: 100 to 2000 waves, scale 0.5 to 2.

    Source: Rahimi and Recht 2007, Advances in Neural Information Processing Systems 20.
    """

    name = "random-fourier"
    features: int = 200
    scale: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        self.features = whole_number("features", self.features, 1)
        self.seed = whole_number("seed", self.seed, 0)
        refuse_many(self.features, "use fewer features")
        if not (isinstance(self.scale, Real) and 0 < self.scale < math.inf):
            raise ParameterError(f"scale: must be above 0, got {self.scale!r}; use 1.0")

    def learn(self, points: Array) -> dict[str, Array]:
        rng = np.random.default_rng(self.seed)
        waves = self.scale * rng.standard_normal((self.features, points.shape[1]))
        return spread_of(points) | {"waves": waves, "phase": rng.uniform(0, 2 * math.pi, self.features)}

    def observables(self, points: Array, learned: Mapping[str, Array]) -> Array:
        u = scaled(points, learned)
        waves = np.cos(u @ learned["waves"].T + learned["phase"])
        return np.concatenate([np.ones((len(u), 1)), u, waves], axis=1)
