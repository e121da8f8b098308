"""Shannon entropy."""

import math
from dataclasses import dataclass

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure, log_or_zero


@dataclass(frozen=True, kw_only=True)
class Shannon(Measure):
    """Shannon entropy.

    H = -sum p ln p, from 0 (certain) to ln n (uniform).

    Source: Shannon 1948, Bell Syst. Tech. J. 27, 379.
    """

    name = "shannon"

    def evaluate(self, p: Array) -> Array:
        """H in nats along the last axis."""
        # the terms are <= 0 and the sum starts at +0, so that a certain outcome gives 0 and not -0
        return 0.0 - (p * log_or_zero(p)).sum(axis=-1)

    def maximum(self, outcomes: int) -> float:
        """ln n."""
        return math.log(outcomes)
