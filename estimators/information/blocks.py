"""Entropies of blocks of symbols: entropy rate and excess entropy."""

# ruff: noqa: RUF009, B008 - frozen dataclasses are safe as defaults

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes, as_weights
from ergodica.estimators.information.rates import RateEstimator, of_series, whole
from ergodica.estimators.information.sources import TWO_STATES_RATE, two_states
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.space import Space


def block_entropies(codes: Codes, length: int, estimator: ProbabilityEstimator) -> Array:
    """H(0) = 0, H(1), ..., H(length) in nats, of overlapping blocks."""
    found = np.zeros(length + 1)
    block = Codes(np.zeros(len(codes.values), dtype=np.int64), 1)
    for size in range(1, length + 1):
        block = block.compressed()
        head = block.values if size == 1 else block.values[:-1]
        block = Codes(head * codes.size + codes.values[size - 1 :], block.size * codes.size)
        found[size] = estimator.entropy(as_weights(block.counts()), Shannon())[0]
    return found


@dataclass(frozen=True, kw_only=True)
class BlockEntropies(RateEstimator):
    """Growth of the entropy of blocks with their length, and its limit.

    h_L = H(L) - H(L-1), or extrapolated h = h_L - (h_L - h_(L-1))^2/(h_L - 2 h_(L-1) + h_(L-2))

    The extrapolation takes the h_L to approach their limit geometrically. Where they do not (a step that grows, or
    changes its sign, as by chance of the counts it does once the rate is reached), it is h_L.

    Args:
        length: of the longest block, L >= 1, and >= 3 to extrapolate.
        extrapolate: whether to take the limit.
        estimator: of the probabilities.

    Raises:
        ValueError: a length out of range.

    Good values: A^L below n/10, for A symbols: beyond it H(L) saturates at ln n and h_L falls to 0.

    Source: Crutchfield and Feldman 2003, Chaos 13, 25, eq. 15; Aitken 1926, Proc. R. Soc. Edinburgh 46, 289.
    """

    length: int = 5
    extrapolate: bool = False
    estimator: ProbabilityEstimator = PlugIn()

    claims: ClassVar[Claims] = Claims(
        needs="symbols in order, more than `length` of them",
        cost="O(n length)",
        invariances={"relabel": 1e-12},
        exact=(
            Exact(name="two-state chain", sample=two_states, value=TWO_STATES_RATE, bias=4e-3, spread=0.0128,
                  source="-sum pi_i P_ij ln P_ij"),
        ),
    )  # fmt: skip

    def __post_init__(self) -> None:
        whole("length", self.length, 3 if self.extrapolate else 1)

    @property
    def fewest_samples(self) -> int:
        """Two blocks."""
        return self.length + 1

    def rate(self, codes: Codes) -> float:
        """h_L or its limit."""
        rates = np.diff(block_entropies(codes, self.length, self.estimator))
        last = float(rates[-1])
        if not self.extrapolate:
            return last
        step, before = last - rates[-2], rates[-2] - rates[-3]
        if not (before < 0 and 0 < step / before < 1):
            return last
        return float(max(last - step * step / (step - before), 0.0))


@register(
    family="information",
    takes={"x": "symbols"},
    claims=Claims(
        needs="more symbols in order than the longest block",
        cost="O(n length)",
        invariances={"relabel": 1e-12},
        exact=(
            Exact(
                name="two-state chain",
                sample=two_states,
                value=0.16580683961,
                bias=0.01,
                spread=0.0105,
                source="H(1) - h of a chain of order 1",
            ),
        ),
    ),
)
def excess_entropy(
    x: Any,
    *,
    dim: Dim = None,
    length: int = 5,
    space: Space | None = None,
    estimator: ProbabilityEstimator = PlugIn(),
    base: float = math.e,
) -> Any:
    """Excess entropy, or predictive information: what the past of a series tells of its future.

    E = sum_L (h_L - h) up to the length, with h = h_length: H(length) - length h_length

    Args:
        x, dim, space, base: as for `entropy_rate`.
        length: of the longest block, >= 1; E is exact for a memory of length - 1 symbols.
        estimator: of the probabilities.

    Returns:
        As `entropy_rate`.

    Raises:
        TypeError, ValueError: as `entropy_rate`.

    Good values: A^length below n/10, for A symbols.

    Source: Crutchfield and Feldman 2003, Chaos 13, 25, eq. 18.
    """
    length = whole("length", length, 1)

    def excess(codes: Codes) -> float:
        entropies = block_entropies(codes, length, estimator)
        return float(entropies[-1] - length * (entropies[-1] - entropies[-2]))

    return of_series(
        x,
        excess,
        name="excess_entropy",
        words="excess entropy",
        method=f"blocks of up to {length} symbols by {estimator!r}",
        least=length + 1,
        maximum=None,
        dim=dim,
        space=space,
        base=base,
        normalize=False,
    )
