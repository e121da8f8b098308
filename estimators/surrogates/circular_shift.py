"""Surrogates at another time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.surrogates.method import SHIFTS, SurrogateMethod, at_least


@dataclass(frozen=True, kw_only=True)
class CircularShift(SurrogateMethod):
    """The series shifted by a random time, its end put before its begin: all of its own order but for one seam.

    Hypothesis: independence of another series, which is not shifted, as for transfer entropy. A measure of one series
    alone does not change.

    Args:
        least: smallest shift, to either side, in samples; above the correlation time.

    Source: Quian Quiroga, Kraskov, Kreuz and Grassberger 2002, Phys. Rev. E 65, 041903, for shifts.
    """

    least: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "least", at_least("least", self.least, 1))

    def check(self, n: int) -> None:
        """Room for a shift."""
        super().check(n)
        if 2 * self.least > n:
            raise ValueError(
                f"least: must be at most half the samples, got {self.least} of {n}; use a smaller one"
            )

    def draw(self, values: NDArray, seed: int, lane: int, numbers: range) -> NDArray:
        """A shift for each number."""
        from ergodica.numerics.random import uniforms

        span = len(values) - 2 * self.least + 1
        shifts = [self.least + int(span * uniforms(seed, lane, number, 1, SHIFTS)[0]) for number in numbers]
        return np.stack([np.roll(values, shift, axis=0) for shift in shifts])
