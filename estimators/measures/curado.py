"""Curado entropies."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure, parameter

# Below, 1 - exp(-bp) and its line to 1 differ by less than their rounding allows: the series in b takes over, whose
# next term is b^9/9! of the first.
LARGEST_BY_SERIES = 0.05
TERMS = 9


@dataclass(frozen=True, kw_only=True)
class Curado(Measure):
    """Curado entropy of parameter b.

    S_b = sum (1 - exp(-b p)) + exp(-b) - 1, from 0 (certain) to n (1 - exp(-b/n)) + exp(-b) - 1 (uniform). For small b
    it is b^2/2 times the Gini-Simpson index 1 - sum p^2, for large b it nears the support minus one. It has no unit.

    Args:
        b: a finite number > 0.

    Raises:
        ValueError: b is not such a number.

    Good values: 1; normalize=True to compare values of b.

    Source: Curado and Nobre 2004, Physica A 335, 94.
    """

    b: float
    name = "curado"
    logarithmic: ClassVar[bool] = False

    def __post_init__(self) -> None:
        b = parameter("b", self.b, lambda b: 0 < b < math.inf, "a finite number > 0", "try b=1")
        object.__setattr__(self, "b", b)

    @property
    def long_name(self) -> str:
        """With its parameter."""
        return f"Curado entropy of b {self.b:g}"

    def evaluate(self, p: Array) -> Array:
        """S_b along the last axis, summed over terms that are all >= 0."""
        return self._terms(p).sum(axis=-1) + 0.0

    def _terms(self, p: Array) -> Array:
        """1 - exp(-bp) - p (1 - exp(-b)): the excess over the line from 0 to 1, since sum p = 1."""
        b = self.b
        if b > LARGEST_BY_SERIES:
            return np.maximum(p * math.expm1(-b) - np.expm1(-b * p), 0.0)
        # (-b)^k/k! (p^k - p): the sum's common factor p (1 - p) is taken out, whose cofactor is 1 + p + ... + p^(k-2)
        total, geometric, power = np.zeros_like(p), np.zeros_like(p), np.ones_like(p)
        for k in range(2, TERMS + 1):
            geometric = geometric + power
            power = power * p
            total = total + (-b) ** k / math.factorial(k) * geometric
        return p * (1 - p) * total

    def maximum(self, outcomes: int) -> float:
        """n (1 - exp(-b/n)) + exp(-b) - 1."""
        return float(outcomes * self._terms(np.array([1.0 / outcomes]))[0])
