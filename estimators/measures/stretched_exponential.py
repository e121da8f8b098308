"""Stretched exponential entropies."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure, parameter

# The gamma function of 1 + 1/eta overflows below.
SMALLEST_ETA = 0.006


@dataclass(frozen=True, kw_only=True)
class StretchedExponential(Measure):
    """Stretched exponential entropy of Anteneodo and Plastino.

    S_eta = sum [Gamma(a, -ln p) - p Gamma(a)] with a = 1 + 1/eta and Gamma(a, x) the upper incomplete gamma function,
    from 0 (certain) to n Gamma(a, ln n) - Gamma(a) (uniform); eta=1 is Shannon's in nats. Under a constraint its
    maximum is a stretched exponential. It has no unit, so that it takes no base.

    Args:
        eta: a finite number > 0, at least .006.

    Raises:
        ValueError: eta is not such a number.

    Good values: 0.5 to 2; below 1 rare outcomes weigh more.

    Source: Anteneodo and Plastino 1999, J. Phys. A 32, 1089, eq. 3.
    """

    eta: float
    name = "stretched_exponential"
    logarithmic: ClassVar[bool] = False

    def __post_init__(self) -> None:
        rule = f"a finite number >= {SMALLEST_ETA:g}"
        eta = parameter("eta", self.eta, lambda eta: SMALLEST_ETA <= eta < math.inf, rule, "eta=1 is Shannon")
        object.__setattr__(self, "eta", eta)

    @property
    def long_name(self) -> str:
        """With its exponent."""
        return f"stretched exponential entropy of eta {self.eta:g}"

    def evaluate(self, p: Array) -> Array:
        """S_eta along the last axis."""
        from scipy.special import gammaincc

        a = 1 + 1 / self.eta
        # a sum of probabilities that rounds above 1 must not reach the function, which knows x >= 0 only
        surprise = np.maximum(0.0 - np.log(p), 0.0)
        terms = np.maximum(gammaincc(a, surprise) - p, 0.0)
        return math.gamma(a) * terms.sum(axis=-1) + 0.0

    def maximum(self, outcomes: int) -> float:
        """n Gamma(a, ln n) - Gamma(a)."""
        return float(outcomes * self.evaluate(np.array([1.0 / outcomes])))
