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
    return {"centre": low + (high - low) / 2, "scale": usable((high - low) / 2, points)}


def spread_of(points: Array) -> dict[str, Array]:
    """Mean and standard deviation of points; their largest value where they do not vary."""
    centre = points.mean(axis=0)
    return {"centre": centre, "scale": usable(root_mean_square(points - centre, axis=0), points)}


def scaled(points: Array, learned: Mapping[str, Array]) -> Array:
    """Points in the coordinates of `box_of` or `spread_of`."""
    return np.asarray((points - learned["centre"]) / learned["scale"])


def size_of(values: Array) -> Array:
    """Root mean square of each feature, (..., features) to (features,); 1 where it is zero."""
    return _filled(root_mean_square(values.reshape(-1, values.shape[-1]), axis=0))


def varies(spread: Array, points: Array) -> NDArray[np.bool_]:
    """Whether the spread of each feature of points (rows, features) is more than round-off."""
    return np.asarray(spread > STILL * abs(points).max(axis=0))


def usable(spread: Array, points: Array) -> Array:
    """The spread of each feature, or its largest value where it does not vary, lest round-off fills the box."""
    return np.where(varies(spread, points), spread, _filled(abs(points).max(axis=0)))


def _filled(scale: Array) -> Array:
    return np.where(scale > 0, scale, 1.0)
