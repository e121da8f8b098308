"""Surrogates without any order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.surrogates.method import SurrogateMethod, random_order


@dataclass(frozen=True, kw_only=True)
class Shuffle(SurrogateMethod):
    """The samples in random order: the same values, no correlation in time.

    Hypothesis: independent samples of one distribution. Vectors are moved whole.

    Source: Theiler, Eubank, Longtin, Galdrikian and Farmer 1992, Physica D 58, 77, section 3.
    """

    def draw(self, values: NDArray, seed: int, lane: int, numbers: range) -> NDArray:
        """A permutation for each number."""
        return np.stack([values[random_order(len(values), seed, lane, number)] for number in numbers])
