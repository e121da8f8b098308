"""Kaniadakis entropies."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure, log_or_zero, parameter

# Above, sinh(kappa ln p) of a subnormal p overflows before the factor p brings it back; below, the difference of
# the powers loses the digits that 1/kappa amplifies.
LARGEST_BY_SINH = 0.5


@dataclass(frozen=True, kw_only=True)
class Kaniadakis(Measure):
    """Kaniadakis entropy of deformation kappa.

    S_k = -sum p (p^k - p^-k)/(2k), from 0 (certain) to sinh(k ln n)/k (uniform); kappa=0 is Shannon's in nats, and
    the sign of kappa means nothing. It has no unit, so that it takes no base.

    Args:
        kappa: deformation, -1 < kappa < 1.

    Raises:
        ValueError: kappa is not within (-1, 1).

    Good values: 0.1 to 0.5: tails of power laws weigh more than in Shannon's.

    Source: Kaniadakis 2002, Phys. Rev. E 66, 056125.
    """

    kappa: float
    name = "kaniadakis"
    logarithmic: ClassVar[bool] = False

    def __post_init__(self) -> None:
        kappa = parameter("kappa", self.kappa, lambda k: -1 < k < 1, "within (-1, 1)", "0 is Shannon")
        object.__setattr__(self, "kappa", kappa)

    @property
    def long_name(self) -> str:
        """With its deformation."""
        return f"Kaniadakis entropy of kappa {self.kappa:g}"

    def evaluate(self, p: Array) -> Array:
        """S_k along the last axis, summed over terms that are all >= 0."""
        k = abs(self.kappa)
        if k == 0:
            return 0.0 - (p * log_or_zero(p)).sum(axis=-1)
        if k < LARGEST_BY_SINH:
            return 0.0 - (p * np.sinh(k * log_or_zero(p))).sum(axis=-1) / k
        return (np.power(p, 1 - k) - np.power(p, 1 + k)).sum(axis=-1) / (2 * k) + 0.0

    def maximum(self, outcomes: int) -> float:
        """sinh(k ln n)/k, and ln n at kappa=0."""
        log = math.log(outcomes)
        return math.sinh(self.kappa * log) / self.kappa if self.kappa else log
