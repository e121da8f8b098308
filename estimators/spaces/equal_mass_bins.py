"""Bins that hold equally many values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.space import Axis, CountingSpace, Outcomes, points
from ergodica.estimators.whole import whole

TIES = ("order", "together")


@dataclass(frozen=True, kw_only=True)
class EqualMassBins(CountingSpace):
    """Ranks in `bins` bins of equal mass: what is left of a value when its distribution is made uniform.

    bin = floor(rank * bins/n), rank 0 for the least of n values. Of one variable the entropy is ln(bins) by
    construction; the bins are for what two variables share, or for words of bins. A row of one value, which has no
    ranks, is NaN. Of a complex field, the ranks of |f|.

    Args:
        bins: number of bins, >= 1, at most n.
        ties: "order": of equal values the earlier has the lower rank, so that bins stay equal; "together": equal
            values share the bin of their middle rank, so that bins may differ.

    Raises:
        ValueError: bins < 1 or above the number of values, or another word for ties.

    Good values: bins from 4 to 16, at most the cube root of n for a pair; ties="together" for data of few values.

    Source: Palus 1993, Physica D 93, 64 (equiquantization).
    """

    bins: int = 8
    ties: str = "order"
    long_name = "distribution over bins of equal mass"
    local = False
    claims = Claims(
        needs="as many real or complex numbers as bins; ties are stable, the earlier first",
        cost="O(n log n)",
        invariances={"shift": 0.0, "scale": 0.0, "monotone": 0.0, "order": 0.0},
    )

    def __post_init__(self) -> None:
        whole("bins", self.bins, 1, "try 8")
        if self.ties not in TIES:
            raise ValueError(
                f"ties: must be 'order' or 'together', got {self.ties!r}; 'order' keeps bins equal"
            )

    def encode(self, values: NDArray) -> NDArray[np.int64]:
        """Number of the bin of each value."""
        rows = values.reshape(len(values), -1)
        rows = np.abs(rows) if np.iscomplexobj(rows) else rows
        self._enough(rows.shape[-1])
        order = np.argsort(rows, axis=-1, kind="stable")
        ascending = np.take_along_axis(rows, order, axis=-1)
        rank = np.broadcast_to(np.arange(rows.shape[-1]), rows.shape)
        if self.ties == "together":
            rank = _middle(ascending)
        codes = np.empty(rows.shape, np.int64)
        np.put_along_axis(codes, order, rank * self.bins // rows.shape[-1], axis=-1)
        unusable = ~np.isfinite(rows).all(axis=-1) | (ascending[:, 0] == ascending[:, -1])
        codes[unusable] = -1
        return codes

    def count(self, axes: tuple[Axis, ...]) -> int:
        """`bins`."""
        return int(self.bins)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Middles of the bins as shares of the ranks."""
        return Outcomes(
            values=(np.arange(self.bins) + 0.5) / self.bins, units="1", long_name="rank/n, middle of the bin"
        )

    def check(self, axes: tuple[Axis, ...]) -> None:
        """As many values as bins."""
        self._enough(points(axes))

    def _enough(self, size: int) -> None:
        if size < self.bins:
            raise ValueError(
                f"bins: must be at most the number of values, got {self.bins} for {size}; use fewer bins"
            )


def _middle(ascending: NDArray) -> NDArray[np.int64]:
    """Middle rank of the values equal to each one, rows in ascending order."""
    index = np.broadcast_to(np.arange(ascending.shape[-1]), ascending.shape)
    starts = np.ones(ascending.shape, bool)
    starts[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
    ends = np.ones(ascending.shape, bool)
    ends[:, :-1] = starts[:, 1:]
    first = np.maximum.accumulate(np.where(starts, index, 0), axis=-1)
    last = np.minimum.accumulate(np.where(ends, index, ascending.shape[-1])[:, ::-1], axis=-1)[:, ::-1]
    return np.asarray((first + last) // 2)
