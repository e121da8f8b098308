"""Coordinates in which the data fill the same box or have the same spread, whatever their units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.deviation import root_mean_square

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STILL = 16 * np.finfo(float).eps
"""Spread, relative to the largest value, that is round-off: the feature does not vary."""


def box_of(points: Array) -> dict[str, Array]:
    """Centre and half width of the box around points; their largest value where they do not vary."""
    low, high = points.min(axis=0), points.max(axis=0)
    return {"centre": low + (high - low) / 2, "scale": _varying((high - low) / 2, points)}


def spread_of(points: Array) -> dict[str, Array]:
    """Mean and standard deviation of points; their largest value where they do not vary."""
    centre = points.mean(axis=0)
    return {"centre": centre, "scale": _varying(root_mean_square(points - centre, axis=0), points)}


def scaled(points: Array, learned: Mapping[str, Array]) -> Array:
    """Points in the coordinates of `box_of` or `spread_of`."""
    return np.asarray((points - learned["centre"]) / learned["scale"])


def size_of(values: Array) -> Array:
    """Root mean square of each feature, (..., features) to (features,); 1 where it is zero."""
    return _filled(root_mean_square(values.reshape(-1, values.shape[-1]), axis=0))


def _varying(scale: Array, points: Array) -> Array:
    largest = abs(points).max(axis=0)
    # round-off would fill the box, and be taken for the state
    return np.where(scale > STILL * largest, scale, _filled(largest))


def _filled(scale: Array) -> Array:
    return np.where(scale > 0, scale, 1.0)
