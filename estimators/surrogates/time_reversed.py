"""The series backwards."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.surrogates.method import SurrogateMethod


@dataclass(frozen=True, kw_only=True)
class TimeReversed(SurrogateMethod):
    """The samples in reversed order: the same values, spectrum and pairs, other causes and effects.

    There is one of it alone: compare with it, it makes no test.

    Source: Diks, van Houwelingen, Takens and DeGoede 1995, Phys. Lett. A 201, 221.
    """

    random: ClassVar[bool] = False

    def draw(self, values: NDArray, seed: int, lane: int, numbers: range) -> NDArray:
        """The same for all numbers."""
        return np.stack([values[::-1]] * len(numbers))
