"""Shannon extropy."""

import math
from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure, log_or_zero


def complement(p: Array) -> tuple[Array, Array]:
    """1 - p and its logarithm, which is 0 where p = 1, so that a product with 1 - p is its limit.

    Of an outcome that is nearly certain 1 - p has few digits, and the sum of the others has all.
    """
    likely = p > 0.5
    others = np.where(likely, 0.0, p).sum(axis=-1, keepdims=True)
    log = np.where(likely, log_or_zero(others), np.log1p(-np.where(likely, 0.0, p)))
    return np.where(likely, others, 1 - p), log


@dataclass(frozen=True, kw_only=True)
class ShannonExtropy(Measure):
    """Extropy: Shannon's entropy of what does not happen.

    J = -sum (1-p) ln(1-p), from 0 (certain) to (n-1) ln(n/(n-1)) (uniform), which nears 1 nat for many outcomes; for
    two outcomes it is the entropy.

    Good values: to rank forecasts; it weighs the likely outcomes, where the entropy weighs the rare ones.

    Source: Lad, Sanfilippo, Agro 2015, Stat. Sci. 30, 40.
    """

    name = "shannon_extropy"

    @property
    def long_name(self) -> str:
        """In two words."""
        return "Shannon extropy"

    def evaluate(self, p: Array) -> Array:
        """J in nats along the last axis."""
        rest, log = complement(p)
        return 0.0 - (rest * log).sum(axis=-1)

    def maximum(self, outcomes: int) -> float:
        """(n-1) ln(n/(n-1))."""
        return (outcomes - 1) * -math.log1p(-1 / outcomes) if outcomes > 1 else 0.0
