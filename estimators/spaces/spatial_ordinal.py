"""Ordinal patterns of fields: which of the points of a small window is the largest, the second largest, ..."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.spaces.ordinal import real_rows
from ergodica.estimators.spaces.ordinal_windows import LARGEST_ORDER, pattern_outcomes, rows_of
from ergodica.estimators.spaces.space import Axis, CountingSpace, Outcomes, points
from ergodica.estimators.whole import whole


@dataclass(frozen=True, kw_only=True)
class SpatialOrdinalPatterns(CountingSpace):
    """The order of the values in windows of a field over two dimensions (or as many as `shape` has).

    A window of shape (d1, d2) is read line by line, the last dimension first, and numbered as in `OrdinalPatterns`,
    with its rule for ties. Windows slide by one point along each dimension and stay inside: (n1 - (d1-1) delay1) times
    (n2 - (d2-1) delay2) of them, (d1 d2)! outcomes. Dimensions are those of `dim`, in its order.

    A field of one repeated value is NaN, as is one with NaN or infinity.

    Args:
        shape: points of a window along each dimension, 2 to 10 in all.
        delay: step between them along each dimension, or one number for all, >= 1.

    Raises:
        ValueError: shape or delay out of range, another number of dimensions, a field smaller than a window.

    Good values: shape=(2, 2); (2, 3) for fields of more than 10^4 points.

    Source: Ribeiro, Zunino, Lenzi, Santoro, Mendes 2012, PLoS ONE 7, e40689.
    """

    shape: tuple[int, ...] = (2, 2)
    delay: int | tuple[int, ...] = 1
    long_name = "spatial ordinal patterns"

    def __post_init__(self) -> None:
        shape = tuple(whole("shape", one, 1, "(2, 2) is usual") for one in self._several(self.shape))
        if not 2 <= math.prod(shape) <= LARGEST_ORDER:
            raise ValueError(
                f"shape: must hold 2 to {LARGEST_ORDER} points, got {math.prod(shape)} in {shape}; (2, 2) is usual"
            )
        one_for_all = isinstance(self.delay, int | np.integer)
        delays = (self.delay,) * len(shape) if one_for_all else self._several(self.delay)
        delays = tuple(whole("delay", one, 1, "1 takes neighbouring points") for one in delays)
        if len(delays) != len(shape):
            raise ValueError(f"delay: must have one number a dimension, got {delays} for {shape}; try 1")
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "delay", delays)

    @staticmethod
    def _several(value: object) -> tuple[object, ...]:
        if not isinstance(value, tuple | list):
            raise ValueError(f"shape, delay: must be numbers in a tuple, got {value!r}; try (2, 2)")
        return tuple(value)

    @property
    def _reach(self) -> tuple[int, ...]:
        """Points that a window spans beyond its first one, along each dimension."""
        assert isinstance(self.delay, tuple)
        return tuple((size - 1) * step for size, step in zip(self.shape, self.delay, strict=True))

    @property
    def merges(self) -> bool:
        """Never: pieces of a field overlap along several dimensions."""
        return False

    @property
    def merge_remedy(self) -> str:
        """What to do so that a field is in one piece."""
        return "rechunk so that dim is in one chunk"

    def check(self, axes: tuple[Axis, ...]) -> None:
        """As many axes as the window has, each with a window at least."""
        if len(axes) != len(self.shape):
            names = ", ".join(axis.name for axis in axes)
            raise ValueError(
                f"dim: must name {len(self.shape)} dimensions for windows of shape {self.shape}, got {names}; name "
                "them in a tuple, of an xarray.DataArray"
            )
        for axis, reach in zip(axes, self._reach, strict=True):
            if axis.size <= reach:
                raise ValueError(
                    f"dim: must hold at least {reach + 1} points along {axis.name}, got {axis.size}; use a smaller "
                    "shape or delay"
                )

    def count(self, axes: tuple[Axis, ...]) -> int:
        """(product of shape)!"""
        return math.factorial(math.prod(self.shape))

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Numbers of the patterns and their names."""
        return pattern_outcomes(math.prod(self.shape))

    def rows_together(self, axes: tuple[Axis, ...]) -> int:
        """Enough for several cores."""
        return rows_of(points(axes), self.count(axes))

    def weights(self, values: NDArray) -> Array:
        """Counts of the patterns of each field; NaN in one with NaN or infinity, or of one value."""
        from ergodica.estimators.spaces.ordinal_kernels import counts_of

        return counts_of(real_rows(values), *self._windows(values.shape[1:]), self.count(()))

    def encode(self, values: NDArray) -> NDArray[np.int64]:
        """Number of the pattern of each window, line by line; -1 throughout a field with NaN or infinity."""
        from ergodica.estimators.spaces.ordinal_kernels import symbols_of

        return symbols_of(real_rows(values), *self._windows(values.shape[1:]))

    def _windows(self, grid: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """Places of a window's points and of the lines of windows in a flattened field, and windows in a line."""
        assert isinstance(self.delay, tuple)
        strides = np.array([math.prod(grid[axis + 1 :]) for axis in range(len(grid))], dtype=np.int64)
        inside = np.indices(self.shape, dtype=np.int64).reshape(len(grid), -1)
        offsets = (strides * np.array(self.delay)) @ inside
        free = tuple(size - reach for size, reach in zip(grid, self._reach, strict=True))
        lines = np.indices(free[:-1], dtype=np.int64).reshape(len(grid) - 1, -1)
        return offsets, strides[:-1] @ lines, free[-1]
