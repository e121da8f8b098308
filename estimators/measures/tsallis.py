"""Tsallis entropies."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure, log_or_zero, order, support
from ergodica.estimators.measures.shannon import Shannon

# Below, p**(q-1) of a subnormal p overflows before the factor p brings it back, so that p**q is taken
# directly.
LOWEST_ORDER_BY_EXPM1 = 0.9


@dataclass(frozen=True, kw_only=True)
class Tsallis(Measure):
    """Tsallis entropy of order q.

    S_q = (1 - sum p^q)/(q-1), from 0 (certain) to (1 - n^(1-q))/(q-1) (uniform); q=0 is the support minus
    one, q=1 Shannon's in nats, q=2 the Gini-Simpson index 1 - sum p^2. It has no unit, so that it takes no
    base.

    Args:
        q: order, a finite number >= 0.

    Raises:
        ValueError: q is negative, infinite or not a number.

    Good values: 2; 0.5 to weigh rare outcomes.

    Source: Tsallis 1988, J. Stat. Phys. 52, 479, eq. 1.
    """

    q: float
    name = "tsallis"
    logarithmic: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "q", order(self.q, finite=True))

    @property
    def long_name(self) -> str:
        """With its order."""
        return f"Tsallis entropy of order {self.q:g}"

    def evaluate(self, p: Array) -> Array:
        """S_q along the last axis, summed over terms that are all >= 0."""
        q = self.q
        if q == 0:
            return support(p) - 1
        if q == 1:
            return Shannon().evaluate(p)
        if q == 2:
            return np.asarray((p * (1 - p)).sum(axis=-1))
        if q >= LOWEST_ORDER_BY_EXPM1:
            return (p * np.expm1((q - 1) * log_or_zero(p))).sum(axis=-1) / (1 - q) + 0.0
        powers = np.sqrt(p) if q == 0.5 else np.power(p, q)
        return np.maximum(powers - p, 0.0).sum(axis=-1) / (1 - q)

    def maximum(self, outcomes: int) -> float:
        """(1 - n^(1-q))/(q-1), and ln n at q=1."""
        if self.q == 1:
            return math.log(outcomes)
        return math.expm1((1 - self.q) * math.log(outcomes)) / (1 - self.q)
