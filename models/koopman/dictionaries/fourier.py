"""Waves of the features on a lattice of wave vectors."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.dictionaries.dictionary import Dictionary, refuse_many
from ergodica.models.koopman.dictionaries.scaling import box_of
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@named
@dataclass(kw_only=True, eq=False)
class Fourier(Dictionary):
    """1, and cos(k . x) and sin(k . x) for whole multiples k of 2 pi / period with |k_1| + ... + |k_d| <= order.

    Features are not among them: where they shall be decoded well, add `Identity()`.

    Args:
        order: largest sum of the multiples, 1 or more.
        period: of each feature, or one for all, > 0; None for twice the width of the data, so that nothing is forced
            to be periodic.

    Good values: order 3 to 10 with the period 2 pi of an angle; of several features, less.
    """

    name = "fourier"
    order: int = 3
    period: float | tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        self.order = whole_number("order", self.order, 1)
        given = () if self.period is None else np.ravel(self.period)
        if not all(isinstance(one, float | np.integer) and 0 < one < math.inf for one in given):
            raise ParameterError(
                f"period: must be above 0, got {self.period!r}; use 2 * math.pi for an angle"
            )

    def learn(self, points: Array) -> dict[str, Array]:
        features = points.shape[1]
        # points with |k_1| + ... <= n in d dimensions
        count = sum(
            2**j * math.comb(features, j) * math.comb(self.order, j)
            for j in range(min(features, self.order) + 1)
        )
        refuse_many(count, f"lower the order {self.order} of {features} features, or use RandomFourier")
        if self.period is None:
            period = 4 * box_of(points)["scale"]
        elif np.ndim(self.period) and len(np.atleast_1d(self.period)) != features:
            raise ParameterError(
                f"period: must be one number or one for each of the {features} features, got {self.period!r}; give "
                "one number"
            )
        else:
            period = np.broadcast_to(np.asarray(self.period, float), features)
        return {"waves": 2 * math.pi * self._lattice(features) / period}

    def observables(self, points: Array, learned: Mapping[str, Array]) -> Array:
        phase = points @ learned["waves"].T
        return np.concatenate([np.ones((len(points), 1)), np.cos(phase), np.sin(phase)], axis=1)

    def _lattice(self, features: int) -> Array:
        """Half of the wave vectors without 0: those whose first component that is not zero is positive."""
        made = []
        for several in range(1, min(features, self.order) + 1):
            for where in itertools.combinations(range(features), several):
                for sizes in itertools.product(range(1, self.order + 1), repeat=several):
                    if sum(sizes) > self.order:
                        continue
                    for signs in itertools.product((1, -1), repeat=several - 1):
                        wave = np.zeros(features)
                        wave[list(where)] = np.array(sizes) * (1, *signs)
                        made.append(wave)
        return np.array(made)
