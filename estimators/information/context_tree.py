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
        n = len(values) - self.depth
        # the nearest symbol of the past is the leading digit, so that a shorter context is a quotient; in place, as
        # there may be as many contexts as samples
        found = np.zeros(n, dtype=np.int64)
        for back in range(1, self.depth + 1):
            found *= symbols
            found += values[self.depth - back : n + self.depth - back]
        found *= symbols
        found += values[self.depth :]
        found.sort()
        starts = _starts(found)
        events, counts = found[starts], np.diff(starts, append=n)
        del found, starts
        tree = _estimated(events // symbols, counts, symbols)
        for _ in range(self.depth):
            product = np.add.reduceat(tree[1], _starts(tree[0] // symbols))
            del tree
            events, counts = _merged(events, counts, symbols)
            shorter, estimated = _estimated(events // symbols, counts, symbols)
            tree = shorter, np.logaddexp(estimated, product) - math.log(2)
            del shorter, estimated
        return float(tree[1][0])


def _starts(ascending: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each run of equal numbers begins."""
    new = np.ones(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
    return np.flatnonzero(new)


def _merged(
    events: NDArray[np.int64], counts: NDArray[np.int64], symbols: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Events (context, next symbol) without the farthest symbol of the context, ascending, and their counts."""
    shorter = events // (symbols * symbols)
    shorter *= symbols
    shorter += events % symbols
    order = np.argsort(shorter, kind="stable")
    shorter = shorter[order]
    starts = _starts(shorter)
    return shorter[starts], np.add.reduceat(counts[order], starts)


def _estimated(
    contexts: NDArray[np.int64], counts: NDArray[np.int64], symbols: int
) -> tuple[NDArray[np.int64], Array]:
    """Contexts that occur, ascending, and ln P_e of each; `contexts` are those of the events, ascending."""
    from scipy.special import gammaln

    starts = _starts(contexts)
    terms = counts + 0.5
    gammaln(terms, out=terms)
    terms -= gammaln(0.5)
    each: Array = np.add.reduceat(terms, starts)
    each -= gammaln(np.add.reduceat(counts, starts) + symbols / 2)
    each += gammaln(symbols / 2)
    return contexts[starts], each
