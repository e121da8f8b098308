"""The distribution of a field's values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.space import Axis, CountingSpace, Outcomes
from ergodica.estimators.whole import whole

# A row whose values spread less than this, relative to their size, holds one value and its round-off.
ROUND_OFF = 64 * np.finfo(float).eps


@dataclass(frozen=True, kw_only=True)
class ValueBins(CountingSpace):
    """Which values a field takes: a histogram of `bins` equal bins. Of a complex field, the histogram of |f|.

    Bin i holds low + i w <= value < low + (i+1) w with w = (high - low)/bins; the last one holds high too.
    Every value falls in a bin, round-off included. Where a row holds one value only, all of it is in one bin.

    Args:
        bins: number of bins, >= 1.
        range: (low, high) in units of the data; None takes the least and the largest value of each row, so
            that the distribution is that of the shape, unchanged by shifting and scaling the data.

    Raises:
        ValueError: bins < 1, low >= high, or a value outside `range`.

    Good values: bins from 16 to 64, at most a tenth of the number of values; a range, to compare rows with
    each other.
    """

    bins: int = 64
    range: tuple[float, float] | None = None
    long_name = "amplitude histogram"
    claims = Claims(
        needs="real or complex numbers, one or more; a tenth as many bins as values at most",
        cost="O(n)",
        invariances={"order": 0.0},
    )

    def __post_init__(self) -> None:
        whole("bins", self.bins, 1, "try 64")
        if self.range is None:
            return
        try:
            low, high = (float(edge) for edge in self.range)
        except (TypeError, ValueError):
            low, high = np.nan, np.nan
        if not (low < high and np.isfinite(high - low)):
            raise ValueError(
                f"range: must be (low, high), finite with low < high, got {self.range!r}; "
                "None takes it from each row"
            )
        object.__setattr__(self, "range", (low, high))

    @property
    def merges(self) -> bool:
        """With a range, which is the same for every piece."""
        return self.range is not None

    @property
    def merge_remedy(self) -> str:
        """A range."""
        return "" if self.merges else "give ValueBins a range=(low, high)"

    def encode(self, values: NDArray) -> NDArray[np.int64]:
        """Number of the bin of each value."""
        rows = values.reshape(len(values), -1)
        rows = np.abs(rows) if np.iscomplexobj(rows) else rows
        unusable = ~np.isfinite(rows).all(axis=-1)
        if unusable.any():
            rows = np.where(unusable[:, np.newaxis], 0.0, rows)
        low, width, rows = self._own_range(rows) if self.range is None else self._given_range(rows, unusable)
        index = np.clip((rows - low) / width * self.bins, 0, self.bins - 1).astype(np.int64)
        index[unusable] = -1
        return index

    def _own_range(self, rows: Array) -> tuple[Array, Array, Array]:
        low, high = rows.min(axis=-1, keepdims=True), rows.max(axis=-1, keepdims=True)
        size = np.maximum(np.abs(low), np.abs(high))
        scale = unit_scale(size)
        low, high, size = low * scale, high * scale, size * scale
        constant = high - low <= ROUND_OFF * size
        return low, np.where(constant, np.inf, high - low), rows * scale

    def _given_range(self, rows: Array, unusable: NDArray[np.bool_]) -> tuple[float, float, Array]:
        assert self.range is not None
        low, high = self.range
        slack = ROUND_OFF * max(abs(low), abs(high))
        least, largest = rows[~unusable].min(initial=low), rows[~unusable].max(initial=high)
        if least < low - slack or largest > high + slack:
            raise ValueError(
                f"range: must hold every value, got ({low:g}, {high:g}) with values from {least:g} to "
                f"{largest:g}; widen it, or clip the data on purpose"
            )
        return low, high - low, rows

    def count(self, axes: tuple[Axis, ...]) -> int:
        """`bins`."""
        return int(self.bins)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Centres of the bins: in units of the data, or as a share of each row's own range."""
        low, high = self.range or (0.0, 1.0)
        centres = low + (np.arange(self.bins) + 0.5) * ((high - low) / self.bins)
        if self.range is None:
            long_name = "(value - least)/(largest - least), centre of the bin"
            return Outcomes(values=centres, units="1", long_name=long_name)
        return Outcomes(values=centres, units=None, long_name="value, centre of the bin")
