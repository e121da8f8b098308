"""Min-entropy."""

import math
from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure


@dataclass(frozen=True, kw_only=True)
class MinEntropy(Measure):
    """Min-entropy: how surely the likeliest outcome is guessed.

    H_inf = -ln max p, the limit of Renyi's for q -> inf, from 0 (certain) to ln n (uniform); exp(-H_inf) is the
    chance of the best guess.

    Good values: for random number sources and for distributions with one peak; it sees nothing but the peak.

    Source: Renyi 1961, Proc. 4th Berkeley Symp. 1, 547; Konig, Renner, Schaffner 2009, IEEE Trans. Inf. Theory 55,
    4337.
    """

    name = "min"

    @property
    def long_name(self) -> str:
        """In one word."""
        return "min-entropy"

    def evaluate(self, p: Array) -> Array:
        """H_inf in nats along the last axis."""
        return 0.0 - np.log(p.max(axis=-1))

    def maximum(self, outcomes: int) -> float:
        """ln n."""
        return math.log(outcomes)
