"""Renyi extropies."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.extropy import ShannonExtropy, complement
from ergodica.estimators.measures.measure import Measure, order

NEAR_ONE = 0.1
"""Inside, expm1 keeps the digits that 1/(1-q) would amplify."""


@dataclass(frozen=True, kw_only=True)
class RenyiExtropy(Measure):
    """Renyi extropy of order q.

    J_q = [(n-1) ln sum (1-p)^q - (n-1) ln(n-1)]/(1-q), from 0 (certain) to (n-1) ln(n/(n-1)) (uniform); q=1 is
    Shannon's extropy, two outcomes give Renyi's entropy. n counts the impossible outcomes too, so that their number
    must be known.

    Args:
        q: order, a finite number >= 0.

    Raises:
        ValueError: q is negative, infinite or not a number.

    Good values: 2; 0.5.

    Source: Liu and Xiao 2023, Commun. Stat. Theory Methods 52, 5836.
    """

    q: float
    name = "renyi_extropy"
    impossible_count: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "q", order(self.q, finite=True))

    @property
    def long_name(self) -> str:
        """With its order."""
        return f"Renyi extropy of order {self.q:g}"

    def evaluate(self, p: Array) -> Array:
        """J_q in nats along the last axis."""
        q, others = self.q, p.shape[-1] - 1
        if others == 0:
            return p[..., 0] * 0.0
        if q == 1:
            return ShannonExtropy().evaluate(p)
        rest, log = complement(p)
        if abs(q - 1) < NEAR_ONE:
            # sum (1-p)^q = n - 1 + sum (1-p) ((1-p)^(q-1) - 1)
            excess = (rest * np.expm1((q - 1) * log)).sum(axis=-1)
            return others * np.log1p(excess / others) / (1 - q) + 0.0
        largest = rest.max(axis=-1)
        ratio = rest / largest[..., np.newaxis]
        powers = np.where(ratio > 0, np.power(ratio, q), ratio * 0.0)
        value = q * np.log(largest) + np.log(powers.sum(axis=-1) / others)
        return others / (1 - q) * value + 0.0

    def maximum(self, outcomes: int) -> float:
        """(n-1) ln(n/(n-1)), whatever the order."""
        return (outcomes - 1) * -math.log1p(-1 / outcomes) if outcomes > 1 else 0.0
