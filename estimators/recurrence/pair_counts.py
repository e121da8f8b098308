"""How many pairs of vectors lie within each of several radii, for blocks of the series and as a whole."""

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.threads import using_threads

Counts = NDArray[np.int64]

BLOCKS = 16
"""Stretches of a series whose pairs are counted apart: so many tasks for threads, and so many to leave out."""

CELLS = 2**12
"""Most cells of distances: their table stays in the first-level cache."""

PARALLEL_FROM = 2**22
"""Pairs below which waking other threads costs more than it saves."""

NORMS = ("max", "euclidean")
MAX, EUCLIDEAN = NORMS


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Counts of pairs within radii.

    Args:
        within: `(lanes, pairs of blocks, orders, radii)`, cumulative over radii, blocks a <= b.
        possible: pairs that are compared, for each pair of blocks.
        first, second: the block a and the block b of each pair.
    """

    within: Counts
    possible: Counts
    first: Counts
    second: Counts

    @property
    def total(self) -> Counts:
        """Of all blocks, `(lanes, orders, radii)`."""
        return self.within.sum(axis=1)

    def without(self, block: int) -> tuple[Counts, int]:
        """Counts and possible pairs without a block."""
        kept = (self.first != block) & (self.second != block)
        return self.within[:, kept].sum(axis=1), int(self.possible[kept].sum())


def possible_pairs(n: int, theiler: int) -> int:
    """Pairs of n vectors with |i - j| > theiler."""
    return max(0, (n - theiler) * (n - theiler - 1) // 2)


def threads_for(pairs: int) -> "using_threads | nullcontext[None]":  # type: ignore[valid-type]
    """One thread within the block for so few pairs that waking others costs more."""
    return using_threads(1) if pairs < PARALLEL_FROM else nullcontext()


def count_within(
    columns: Array, radii: Array, *, theiler: int = 0, norm: str = MAX, first: int | None = None
) -> Pairs:
    """Pairs i < j, j - i > theiler, with |x_i - x_j| <= r, counted exactly.

    Args:
        columns: components, `(lanes, d, n)`.
        radii: positive and increasing, `(lanes, radii)`. With Euclid's norm squares are compared.
        theiler: pairs with |i - j| up to it are left out.
        norm: "max" or "euclidean".
        first: count by the first `first`, `first + 1`, ..., d components; d alone unless told.
    """
    from ergodica.estimators.recurrence.pair_kernels import COPIES, count_pairs

    lanes, d, n = columns.shape
    first = d if first is None else first
    blocks = max(1, min(BLOCKS, n // 4))
    edges = np.linspace(0, n, blocks + 1).astype(np.int64)
    limits = radii * radii if norm == EUCLIDEAN else radii
    padded, steps, tables, lowest, shifts = _tables(limits)
    a, b = np.triu_indices(blocks)
    found = np.zeros((lanes, len(a), d - first + 1, COPIES, radii.shape[1] + 1), np.int64)
    with threads_for(lanes * n * n // 2):
        count_pairs(
            np.ascontiguousarray(columns),
            first - 1,
            edges,
            theiler,
            norm == EUCLIDEAN,
            padded,
            steps,
            tables,
            lowest,
            shifts,
            found,
        )
    within = found.sum(axis=3)[..., :-1].cumsum(axis=-1)
    return Pairs(within=within, possible=_possible(edges, theiler), first=a, second=b)


def _possible(edges: Counts, theiler: int) -> Counts:
    """Pairs of each pair of blocks, by the numbers of pairs of stretches from one edge to another."""
    spans = edges[np.newaxis] - edges[:, np.newaxis]
    inside = np.maximum(0, (spans - theiler) * (spans - theiler - 1) // 2) * (spans > theiler)
    a, b = np.triu_indices(len(edges) - 1)
    middle = np.where(b > a, inside[a + 1, b], 0)
    apart = inside[a, b + 1] - np.where(b > a, inside[a, b] + inside[a + 1, b + 1] - middle, 0)
    return np.asarray(apart)


def _tables(limits: Array) -> tuple[Array, int, NDArray[np.int32], Counts, Counts]:
    """Padded limits, most of them in a cell, tables, bits of the first limit and bits that a cell leaves out."""
    bits = np.ascontiguousarray(limits).view(np.int64)
    lowest, span = bits[:, 0].copy(), bits[:, -1] - bits[:, 0]
    shifts = np.maximum(0, np.ceil(np.log2(np.maximum(span, 1) / (CELLS - 2)))).astype(np.int64)
    size = int((span >> shifts).max()) + 2
    tables = np.empty((len(limits), size), np.int32)
    steps = 1
    for lane, (row, low, shift) in enumerate(zip(bits, lowest, shifts, strict=True)):
        cells = (row - low) >> shift
        tables[lane] = np.searchsorted(cells, np.arange(size), side="left")
        steps = max(steps, int(np.bincount(cells).max()))
    padded = np.concatenate([limits, np.full((len(limits), steps), np.inf)], axis=1)
    return padded, steps, tables, lowest, shifts
