"""Entropy rate of a Markov chain."""

# ruff: noqa: RUF009 - frozen dataclasses are safe as defaults

from dataclasses import dataclass
from typing import ClassVar

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes, as_weights, joined
from ergodica.estimators.information.rates import RateEstimator, whole
from ergodica.estimators.information.sources import TWO_STATES_RATE, two_states
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator


@dataclass(frozen=True, kw_only=True)
class Markov(RateEstimator):
    """Entropy of the next symbol, given the last `order` ones, from counts of transitions.

    h = sum_s pi_s H(P_s), pi_s the share of context s, P_s the shares of the symbols that follow it

    Too low by about A^order (A - 1)/(2 n) for A symbols, which MillerMadow takes back.

    Args:
        order: symbols of the past, >= 0; 0 is the entropy of the symbols.
        estimator: of the probabilities.

    Raises:
        ValueError: order < 0.

    Good values: order=1 or 2, with A^(order + 1) well below n.

    Source: Shannon 1948, Bell Syst. Tech. J. 27, 379, theorem 4.
    """

    order: int = 1
    estimator: ProbabilityEstimator = PlugIn()

    claims: ClassVar[Claims] = Claims(
        needs="symbols in order, more than `order` of them",
        cost="O(n order)",
        invariances={"relabel": 1e-12},
        exact=(
            Exact(name="two-state chain", sample=two_states, value=TWO_STATES_RATE, bias=1e-3, spread=0.0128,
                  source="-sum pi_i P_ij ln P_ij"),
        ),
    )  # fmt: skip

    def __post_init__(self) -> None:
        whole("order", self.order, 0)

    @property
    def fewest_samples(self) -> int:
        """One transition."""
        return self.order + 1

    def rate(self, codes: Codes) -> float:
        """H(context, next) - H(context)."""
        n = len(codes.values)
        windows = [Codes(codes.values[k : n - self.order + k], codes.size) for k in range(self.order + 1)]
        joint = self._entropy(joined(windows))
        return joint - (self._entropy(joined(windows[:-1])) if self.order else 0.0)

    def _entropy(self, codes: Codes) -> float:
        return float(self.estimator.entropy(as_weights(codes.counts()), Shannon())[0])
