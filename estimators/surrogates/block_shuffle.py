"""Surrogates whose order is kept within blocks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.surrogates.method import SurrogateMethod, at_least, random_order


@dataclass(frozen=True, kw_only=True)
class BlockShuffle(SurrogateMethod):
    """Stretches of the series in random order: the same values, order within blocks.

    Hypothesis: nothing beyond times of `length` samples. The last block is shorter where blocks do not fit.

    Args:
        length: samples of a block, 1 or more, at most half of them all.

    Source: Kuensch 1989, Ann. Stat. 17, 1217, for blocks.
    """

    length: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", at_least("length", self.length, 1))

    def check(self, n: int) -> None:
        """Two blocks at least."""
        super().check(n)
        if self.length > n // 2:
            raise ValueError(
                f"length: must be at most half the samples, got {self.length} of {n}; use a shorter block"
            )

    def draw(self, values: NDArray, seed: int, lane: int, numbers: range) -> NDArray:
        """An order of blocks for each number."""
        blocks = [values[begin : begin + self.length] for begin in range(0, len(values), self.length)]
        orders = [random_order(len(blocks), seed, lane, number) for number in numbers]
        return np.stack([np.concatenate([blocks[one] for one in order]) for order in orders])
