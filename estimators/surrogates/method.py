"""What a kind of surrogates is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.whole import whole

ORDER, PHASES, NORMALS, SHIFTS = 42, 43, 44, 45
"""Purposes of the random numbers."""


@dataclass(frozen=True, kw_only=True)
class SurrogateMethod(ABC):
    """A way to make series that share some properties of the data; a new one is one subclass that gives `draw`.

    Fields of the class:
        keeps_values: each surrogate holds the values of the data, in another order.
        scalar: components of a vector cannot be taken together.
        random: surrogates differ from each other.
        fewest: samples.
    """

    keeps_values: ClassVar[bool] = True
    scalar: ClassVar[bool] = False
    random: ClassVar[bool] = True
    fewest: ClassVar[int] = 2

    @abstractmethod
    def draw(self, values: NDArray, seed: int, lane: int, numbers: range) -> NDArray:
        """Surrogates of one lane, each a function of the seed, the lane and its own number.

        Args:
            values: `(n, d)`, finite.
            seed: of the random numbers.
            lane: number of the lane.
            numbers: of the surrogates.

        Returns:
            `(len(numbers), n, d)`.
        """

    def check(self, n: int) -> None:
        """Raises ValueError where n samples do not do."""
        if n < self.fewest:
            raise ValueError(f"dim: must hold at least {self.fewest} samples here, got {n}; give more data")


def random_order(n: int, seed: int, lane: int, number: int) -> NDArray[np.int64]:
    """A random order of n things."""
    from ergodica.numerics.random import uniforms

    return np.argsort(uniforms(seed, lane, number, n, ORDER), kind="stable")


def at_least(name: str, value: object, least: int) -> int:
    """`whole` with a remedy that suits counts."""
    return whole(name, value, least, f"try {name}={max(least, 10)}")
