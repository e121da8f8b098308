"""Entropy rate by context-tree weighting."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.information.codes import Codes
from ergodica.estimators.information.rates import RateEstimator, whole
from ergodica.estimators.information.sources import TWO_STATES_RATE, two_states


@dataclass(frozen=True, kw_only=True)
class ContextTreeWeighting(RateEstimator):
    """Length of the ideal code for all tree sources up to a depth at once, a symbol.

    h = -ln P_w(root)/(n - depth), P_w(s) = [P_e(s) + prod_a P_w(a s)]/2, and P_w = P_e at the full depth

    P_e(s) is what Krichevsky and Trofimov give to the symbols that followed context s: the Dirichlet mixture of weight
    1/2. The first `depth` symbols are past only. A code, so too high by about ln(n) (A - 1)/(2 n) for each context of
    the source.

    Args:
        depth: longest memory, >= 0; A^(depth + 1) below 2^62 for A symbols.

    Raises:
        ValueError: a depth out of range.

    Good values: depth=8 for two symbols, 4 for ten; too deep costs time, not accuracy.

    Source: Willems, Shtarkov, Tjalkens 1995, IEEE Trans. Inf. Theory 41, 653, eqs. 4, 13 and 14; Krichevsky and
    Trofimov 1981, IEEE Trans. Inf. Theory 27, 199.
    """

    depth: int = 8

    claims: ClassVar[Claims] = Claims(
        needs="symbols in order, more than `depth` of them",
        cost="O(n log n + n depth)",
        invariances={"relabel": 1e-12},
        exact=(
            Exact(name="two-state chain", sample=two_states, value=TWO_STATES_RATE, bias=6e-3, spread=0.0128,
                  source="-sum pi_i P_ij ln P_ij"),
        ),
    )  # fmt: skip

    def __post_init__(self) -> None:
        whole("depth", self.depth, 0)

    @property
    def fewest_samples(self) -> int:
        """One symbol after its context."""
        return self.depth + 1

    def rate(self, codes: Codes) -> float:
        """-ln P_w(root)/(n - depth)."""
        symbols = codes.size
        if symbols == 1:
            return 0.0
        if (self.depth + 1) * math.log2(symbols) > 62:
            raise ValueError(
                f"depth: must keep {symbols}^(depth + 1) below 2^62, got {self.depth}; "
                f"use {int(62 / math.log2(symbols)) - 1} or less, or fewer symbols"
            )
        return -self._weighted(codes.values, symbols) / (len(codes.values) - self.depth)

    def _weighted(self, values: NDArray[np.int64], symbols: int) -> float:
        """ln P_w(root)."""
        n = len(values)
        # the nearest symbol of the past is the leading digit, so that a shorter context is a quotient
        context = np.zeros(n - self.depth, dtype=np.int64)
        for back in range(1, self.depth + 1):
            context = context * symbols + values[self.depth - back : n - back]
        events, counts = np.unique(context * symbols + values[self.depth :], return_counts=True)
        of_context, weighted = _estimated(events // symbols, counts, symbols)
        for _ in range(self.depth):
            events = events // (symbols * symbols) * symbols + events % symbols
            events, place = np.unique(events, return_inverse=True)
            counts = np.bincount(place, weights=counts).astype(np.int64)
            shorter, estimated = _estimated(events // symbols, counts, symbols)
            product = np.bincount(np.searchsorted(shorter, of_context // symbols), weights=weighted)
            of_context, weighted = shorter, np.logaddexp(estimated, product) - math.log(2)
        return float(weighted[0])


def _estimated(
    contexts: NDArray[np.int64], counts: NDArray[np.int64], symbols: int
) -> tuple[NDArray[np.int64], Array]:
    """Contexts that occur, ascending, and ln P_e of each; `contexts` are those of the events, ascending."""
    from scipy.special import gammaln

    starts = np.flatnonzero(np.diff(contexts, prepend=-1))
    totals = np.add.reduceat(counts, starts)
    each = np.add.reduceat(gammaln(counts + 0.5) - gammaln(0.5), starts)
    return contexts[starts], each + gammaln(symbols / 2) - gammaln(totals + symbols / 2)
