"""Where particles are in a system of two phases: their distance from the boundary of the dense one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DIAMETER = 2.0
CELL = 1.0
WIDTH = 4.0
"""Of the Gaussian that smooths the density: two diameters."""
DIVIDE = 0.6
"""Packing fraction of the boundary, half way between gas and dense phase."""
EDGE = 2.0
"""The interface reaches so many diameters to each side of the boundary."""
REGIONS = ("gas", "interface", "bulk")
PROFILE = np.arange(-12.0, 21.0, 1.0)
"""Edges of the bins of distance, in diameters, positive within the dense phase."""


def packing_fraction(x: Array, length: float) -> Array:
    """Smoothed packing fraction on a grid, (cells, cells), rows along the first axis of space."""
    from scipy.ndimage import gaussian_filter

    cells = round(length / CELL)
    at = np.minimum((x % length / length * cells).astype(int), cells - 1)
    counts = np.zeros((cells, cells))
    np.add.at(counts, (at[:, 0], at[:, 1]), 1.0)
    density: Array = gaussian_filter(counts, WIDTH * cells / length, mode="wrap") * (cells / length) ** 2
    return density * math.pi * DIAMETER**2 / 4


def distance_from_boundary(x: Array, length: float) -> Array:
    """Of each particle from the nearest boundary, in diameters, positive in the dense phase, (particles,).

    NaN in a system of one phase.

    Args:
        x: positions, (particles, 2), in a periodic box.
        length: of the box.
    """
    from scipy.ndimage import distance_transform_edt

    phi = packing_fraction(x, length)
    dense = phi > DIVIDE
    if dense.all() or not dense.any():
        return np.full(len(x), np.nan)
    cells = len(phi)
    # a periodic box is its own neighbour on all sides
    around = np.pad(dense, cells // 2, mode="wrap")
    inside, outside = distance_transform_edt(around), distance_transform_edt(~around)
    middle = slice(cells // 2, cells // 2 + cells)
    signed = np.where(around, inside - 0.5, 0.5 - outside)[middle, middle] * length / cells
    at = np.minimum((x % length / length * cells).astype(int), cells - 1)
    found: Array = signed[at[:, 0], at[:, 1]] / DIAMETER
    return found


def region_of(distance: Array) -> NDArray[np.int64]:
    """Number of the region in `REGIONS` of each particle; -1 in a system of one phase."""
    found = np.digitize(distance, [-EDGE, EDGE])
    return np.where(np.isnan(distance), -1, found)


def mean_and_error(values: Array) -> tuple[float, float]:
    """Of values of snapshots that count as independent, NaN left out."""
    some = values[np.isfinite(values)]
    if len(some) < 2:
        return float(some.mean()) if len(some) else math.nan, math.nan
    return float(some.mean()), float(some.std(ddof=1) / math.sqrt(len(some)))


def by_region(values: Array, regions: NDArray[np.int64]) -> Array:
    """Mean of each snapshot in each region, (snapshots, regions), of (snapshots, particles)."""
    return np.array(
        [
            [one[where == k].mean() if (where == k).any() else np.nan for k in range(len(REGIONS))]
            for one, where in zip(values, regions[: len(values)], strict=True)
        ]
    )


def profile(values: Array, distance: Array) -> Array:
    """Mean of each snapshot in each bin of `PROFILE`, (snapshots, bins), of (snapshots, particles)."""
    found = np.full((len(values), len(PROFILE) - 1), np.nan)
    for row, one, away in zip(found, values, distance, strict=True):
        bins = np.digitize(away, PROFILE) - 1
        for k in range(len(row)):
            here = bins == k
            # the mean of a few particles says little of a snapshot
            if here.sum() >= 8:
                row[k] = one[here].mean()
    return found
