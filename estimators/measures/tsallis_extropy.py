"""Tsallis extropies."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.extropy import ShannonExtropy, complement
from ergodica.estimators.measures.measure import Measure, order


@dataclass(frozen=True, kw_only=True)
class TsallisExtropy(Measure):
    """Tsallis extropy of order q.

    J_q = (n - 1 - sum (1-p)^q)/(q-1), from 0 (certain) to (n-1) (1 - (1-1/n)^(q-1))/(q-1) (uniform); q=1 is Shannon's
    extropy in nats, q=2 the Gini-Simpson index, two outcomes give Tsallis' entropy. It has no unit.

    Args:
        q: order, a finite number > 0.

    Raises:
        ValueError: q is not such a number.

    Good values: 3; 0.5.

    Source: Xue and Deng 2023, Commun. Stat. Theory Methods 52, 751.
    """

    q: float
    name = "tsallis_extropy"
    logarithmic: ClassVar[bool] = False

    def __post_init__(self) -> None:
        q = order(self.q, finite=True)
        if q == 0:
            raise ValueError("q: must be a finite number > 0, got 0, which tells only whether one is certain")
        object.__setattr__(self, "q", q)

    @property
    def long_name(self) -> str:
        """With its order."""
        return f"Tsallis extropy of order {self.q:g}"

    def evaluate(self, p: Array) -> Array:
        """J_q along the last axis, summed over terms that are all >= 0."""
        q = self.q
        if q == 1:
            return ShannonExtropy().evaluate(p)
        # (1-p) - (1-p)^q, whose sum is n - 1 - sum (1-p)^q; an impossible outcome adds 0
        rest, log = complement(p)
        return (rest * -np.expm1((q - 1) * log)).sum(axis=-1) / (q - 1) + 0.0

    def maximum(self, outcomes: int) -> float:
        """(n-1) (1 - (1-1/n)^(q-1))/(q-1)."""
        if outcomes < 2:
            return 0.0
        log = math.log1p(-1 / outcomes)
        if self.q == 1:
            return (outcomes - 1) * -log
        return (outcomes - 1) * -math.expm1((self.q - 1) * log) / (self.q - 1)
