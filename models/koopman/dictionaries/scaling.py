"""Coordinates in which the data fill the same box or have the same spread, whatever their units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def box_of(points: Array) -> dict[str, Array]:
    """Centre and half width of the box around points; a width of 1 where they do not vary."""
    low, high = points.min(axis=0), points.max(axis=0)
    return {"centre": (low + high) / 2, "scale": _filled((high - low) / 2)}


def spread_of(points: Array) -> dict[str, Array]:
    """Mean and standard deviation of points; 1 where they do not vary."""
    return {"centre": points.mean(axis=0), "scale": _filled(points.std(axis=0))}


def scaled(points: Array, learned: Mapping[str, Array]) -> Array:
    """Points in the coordinates of `box_of` or `spread_of`."""
    return np.asarray((points - learned["centre"]) / learned["scale"])


def _filled(scale: Array) -> Array:
    return np.where(scale > 0, scale, 1.0)
