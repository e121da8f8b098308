"""Renyi entropies, Hartley's among them."""

import math
from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure, log_or_zero, order, support
from ergodica.estimators.measures.shannon import Shannon

# Inside, expm1 keeps the digits that 1/(1-q) would amplify; outside, shifting by the largest p keeps p**q
# from vanishing.
NEAR_ONE = 0.1


@dataclass(frozen=True, kw_only=True)
class Renyi(Measure):
    """Renyi entropy of order q.

    H_q = ln(sum p^q)/(1-q), from 0 (certain) to ln n (uniform), not increasing in q; q=0 counts the support
    (Hartley), q=1 is Shannon's, q=2 the collision entropy, q=inf the min-entropy -ln max p.

    Args:
        q: order, a number >= 0, infinity included.

    Raises:
        ValueError: q is negative or not a number.

    Good values: 2 (robust, exp(H_2) is the participation number), 0.5 to weigh rare outcomes, inf for the
    peak.

    Source: Renyi 1961, Proc. 4th Berkeley Symp. 1, 547.
    """

    q: float
    name = "renyi"

    def __post_init__(self) -> None:
        object.__setattr__(self, "q", order(self.q, finite=False))

    @property
    def long_name(self) -> str:
        """With its order."""
        return f"Renyi entropy of order {self.q:g}"

    def evaluate(self, p: Array) -> Array:
        """H_q in nats along the last axis."""
        q = self.q
        if q == 0:
            return np.asarray(np.log(support(p)))
        if q == 1:
            return Shannon().evaluate(p)
        if q == 2:
            return 0.0 - np.log((p * p).sum(axis=-1))
        if abs(q - 1) < NEAR_ONE:
            # sum p^q = 1 + sum p (p^(q-1) - 1): exact in the limit, the rounding of sum p = 1 never enters
            excess = (p * np.expm1((q - 1) * log_or_zero(p))).sum(axis=-1)
            return np.log1p(excess) / (1 - q) + 0.0
        largest = p.max(axis=-1)
        if math.isinf(q):
            return 0.0 - np.log(largest)
        ratio = p / largest[..., np.newaxis]
        powers = np.sqrt(ratio) if q == 0.5 else np.power(ratio, q)
        return q / (1 - q) * np.log(largest) + np.log(powers.sum(axis=-1)) / (1 - q) + 0.0

    def maximum(self, outcomes: int) -> float:
        """ln n, whatever the order."""
        return math.log(outcomes)


@dataclass(frozen=True, kw_only=True)
class Hartley(Measure):
    """Hartley entropy: the logarithm of the number of possible outcomes.

    H_0 = ln #{p > 0}, the Renyi entropy of order 0.

    Source: Hartley 1928, Bell Syst. Tech. J. 7, 535.
    """

    name = "hartley"

    def evaluate(self, p: Array) -> Array:
        """H_0 in nats along the last axis."""
        return np.asarray(np.log(support(p)))

    def maximum(self, outcomes: int) -> float:
        """ln n."""
        return math.log(outcomes)
