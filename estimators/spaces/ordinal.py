"""Ordinal patterns: which of several samples is the largest, the second largest, ..."""

import math
import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.ordinal_windows import (
    check_order,
    check_windows,
    pattern_outcomes,
    rows_of,
    window_offsets,
)
from ergodica.estimators.spaces.space import Axis, CountingSpace, Outcomes
from ergodica.estimators.whole import whole

TIES = ("first", "random")
PURPOSE = 0x0D
"""Of the random numbers, so that none is drawn twice for different ends."""


@dataclass(frozen=True, kw_only=True)
class OrdinalPatterns(CountingSpace):
    """The order of `order` samples, `delay` apart, in windows that slide by one sample.

    A window x_0, ..., x_(m-1) has the ranks of its samples for a pattern: .2, .9, .5 is "021". Patterns are numbered in
    the lexicographic order of their ranks, sum_j L_j (m-1-j)! with L_j the number of later samples below x_j (Lehmer's
    code): 0 rises throughout, m!-1 falls throughout. There are n - (m-1) delay windows and m! outcomes. Up to order 8
    `probabilities` names them in the coordinate `outcome_name`.

    Equal samples count as rising, the earlier one as the lower (`ties="first"`). `ties="random"` draws the order of
    equal samples, once for each sample: for data of few values, which otherwise show too many rising patterns. The draw
    depends on `seed` and on the order of the lane's samples alone, and then the counts of pieces do not add up.

    A lane of one repeated value has no order, and is NaN, as is one with NaN or infinity. Values are compared in double
    precision, in which whole numbers beyond 2^53 may tie.

    Args:
        order: samples m in a window, 2 to 10.
        delay: step between them, >= 1.
        ties: "first" or "random".
        seed: of the random ties.

    Raises:
        ValueError: order, delay, ties or seed out of range; fewer samples than (order-1)*delay+1.

    Good values: the largest order with order! well below n, 3 to 7; a delay that makes a window a third to a half of
    the natural period (`ordinal_sampling`).

    Source: Bandt and Pompe 2002, Phys. Rev. Lett. 88, 174102.
    """

    order: int = 5
    delay: int = 1
    ties: Literal["first", "random"] = "first"
    seed: int = 0
    long_name = "ordinal patterns"
    claims = Claims(
        needs="real numbers in order, not all the same",
        cost="O(n order^2) comparisons, O(order!) memory",
        invariances={"shift": 0.0, "scale": 0.0, "monotone": 0.0, "sign": 1e-14, "reversal": 1e-14},
    )

    def __post_init__(self) -> None:
        check_order(self.order, self.delay)
        whole("seed", self.seed, 0, "try 0")
        if self.ties not in TIES:
            raise ValueError(f"ties: must be one of {', '.join(TIES)}, got {self.ties!r}; 'first' is usual")

    @property
    def overlap(self) -> int:
        """(order-1)*delay."""
        return (self.order - 1) * self.delay

    @property
    def merges(self) -> bool:
        """With ties="first", where a window needs its own samples only."""
        return self.ties == "first"

    @property
    def merge_remedy(self) -> str:
        """What to change to make it so."""
        return "use ties='first'"

    def check(self, axes: tuple[Axis, ...]) -> None:
        """One axis with a window at least."""
        check_windows(axes, self.order, self.delay)

    def count(self, axes: tuple[Axis, ...]) -> int:
        """order!"""
        return math.factorial(self.order)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Numbers of the patterns and their names."""
        return pattern_outcomes(self.order)

    def rows_together(self, axes: tuple[Axis, ...]) -> int:
        """Enough for several cores."""
        return rows_of(axes[0].size, math.factorial(self.order))

    def weights(self, values: NDArray) -> Array:
        """Counts of the patterns of each row; NaN in a row with NaN or infinity, or of one value."""
        from ergodica.estimators.spaces.ordinal_kernels import counts_of

        rows = self._rows(values)
        offsets, begins = window_offsets(self.order, self.delay), np.zeros(1, np.int64)
        return counts_of(rows, offsets, begins, rows.shape[1] - self.overlap, math.factorial(self.order))

    def encode(self, values: NDArray) -> NDArray[np.int64]:
        """Number of the pattern of each window, `(rows, n - overlap)`; -1 throughout a row with NaN or infinity."""
        from ergodica.estimators.spaces.ordinal_kernels import symbols_of

        rows = self._rows(values)
        offsets, begins = window_offsets(self.order, self.delay), np.zeros(1, np.int64)
        return symbols_of(rows, offsets, begins, rows.shape[1] - self.overlap)

    def _rows(self, values: NDArray) -> Array:
        rows = real_rows(values)
        return rows if self.ties == "first" else np.array([self._untied(row) for row in rows])

    def _untied(self, row: Array) -> Array:
        """Numbers in the order of `row`, equal ones in random order."""
        from ergodica.numerics.random import uniforms

        if not np.isfinite(row).all() or (row == row[0]).all():
            return row
        ranks = np.unique(row, return_inverse=True)[1].astype(np.float64)
        return ranks + uniforms(self.seed, zlib.crc32(ranks.tobytes()), 0, len(ranks), PURPOSE)


def real_rows(values: NDArray) -> Array:
    """`(rows, n)` in double precision.

    Raises:
        TypeError: complex values, which have no order.
    """
    if np.iscomplexobj(values):
        raise TypeError(
            "x: must be real, whose values have an order, got complex; take abs(x), x.real or its phase"
        )
    return np.ascontiguousarray(values.reshape(len(values), -1), dtype=np.float64)
