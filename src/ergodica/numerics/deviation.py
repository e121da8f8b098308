"""Standard deviations and mean squares of numbers of any size: their squares neither vanish nor overflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]


def unit_scale(magnitude: ArrayLike) -> Array:
    """Power of two that brings `magnitude` near 1: exact, and squares then stay finite and nonzero."""
    exponent = np.frexp(np.where(np.isfinite(magnitude), magnitude, 1.0))[1]
    return np.asarray(np.ldexp(1.0, -np.clip(exponent, -1000, 1000)))


def deviation(x: Array, axis: int = 0) -> Array:
    """Standard deviation along an axis, which stays with length 1: the bits of numpy's where that has its digits."""
    unit = unit_scale(np.abs(x).max(axis=axis, keepdims=True))
    return np.asarray((x * unit).std(axis=axis, keepdims=True) / unit)


def root_mean_square(x: Array, axis: int | None = None) -> Array:
    """The root of the mean of the squares along an axis, which goes, or of all numbers."""
    unit = unit_scale(np.abs(x).max(axis=axis, keepdims=True))
    return np.asarray((np.sqrt(np.square(x * unit).mean(axis=axis, keepdims=True)) / unit).squeeze(axis))
