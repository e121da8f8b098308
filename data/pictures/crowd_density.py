"""How dense agents are, and the mean of a number of theirs: on a grid, in the neighbourhood of each cell."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from ergodica.data.pictures.crowd import Crowd, Frame
from ergodica.data.pictures.labels import plain, units_of

REACH = 1.5
"""Width of the neighbourhood, in mean distances between agents: the standard deviation of a Gaussian."""
FINEST = 2_000_000
"""Cells of the grid, at most."""
PADDING = 4.0
"""Widths of the neighbourhood around a crowd in open space, so that nobody is on its other side."""
ALONE = 0.02
"""Where the density is below this share of the mean one, there is no mean of a number."""


@dataclass(frozen=True)
class Grid:
    """Cells over a crowd, periodic where its box is.

    Args:
        low: least corner, shape `(axes,)`.
        size: lengths, shape `(axes,)`.
        cells: how many along each axis, shape `(axes,)`.
        width: standard deviation of the neighbourhood.
        at: where each agent is, in cells from the least corner, shape `(axes, n)`.
        where: number of the cell of each agent, shape `(n,)`.
    """

    low: np.ndarray
    size: np.ndarray
    cells: np.ndarray
    width: float
    at: np.ndarray
    where: np.ndarray

    def smooth(self, weights: np.ndarray) -> np.ndarray:
        """The sum of the agents' weights in a unit of area or volume, shape `cells`."""
        count = self._count(weights)
        spread: Any = np.fft.rfftn(count)
        last = len(self.cells) - 1
        for axis, (cells, length) in enumerate(zip(self.cells, self.size, strict=True)):
            frequency = (np.fft.rfftfreq if axis == last else np.fft.fftfreq)(cells, length / cells)
            shape = [-1 if other == axis else 1 for other in range(last + 1)]
            spread = spread * np.exp(-2 * (np.pi * frequency * self.width) ** 2).reshape(shape)
        found = np.fft.irfftn(spread, s=tuple(self.cells), axes=tuple(range(last + 1)))
        return np.asarray(found / np.prod(self.size / self.cells))

    def _count(self, weights: np.ndarray) -> np.ndarray:
        # shared with the cells beside it, as an agent is: whole ones beat with the rows of a lattice
        first = np.floor(self.at - 0.5)
        beyond = self.at - 0.5 - first
        count = np.zeros(int(np.prod(self.cells)))
        for corner in product((0, 1), repeat=len(self.cells)):
            share, index = weights, np.zeros(self.at.shape[1], np.int64)
            for axis, (side, cells) in enumerate(zip(corner, self.cells, strict=True)):
                share = share * (beyond[axis] if side else 1 - beyond[axis])
                index = index * cells + (first[axis].astype(np.int64) + side) % cells
            count += np.bincount(index, share, minlength=len(count))
        return count.reshape(self.cells)


def grid_over(crowd: Crowd, frame: Frame) -> Grid:
    """A grid of about one cell an agent over those of one frame, of whom there must be one at least."""
    points = frame.points
    periodic = np.isfinite(crowd.box)
    low = np.where(periodic, 0.0, points.min(axis=1))
    size = np.where(periodic, crowd.box, np.ptp(points, axis=1))
    size = np.where(size > 0, size, float(size.max()) or 1.0)
    width = REACH * float((np.prod(size) / points.shape[1]) ** (1 / crowd.axes))
    room = np.where(periodic, 0.0, PADDING * width)
    low, size = low - room, size + 2 * room
    step = max(width / REACH, float((np.prod(size) / FINEST) ** (1 / crowd.axes)))
    cells = np.maximum(1, np.ceil(size / step)).astype(np.int64)
    inside = np.clip((points - low[:, None]) / size[:, None], 0.0, 1.0)
    # who stands on the upper limit is in the last cell
    at = inside * cells[:, None]
    index = np.minimum(at.astype(np.int64), cells[:, None] - 1)
    return Grid(low, size, cells, width, at, np.ravel_multi_index(tuple(index), tuple(cells)))


def local_density(crowd: Crowd) -> tuple[Callable[[Frame], np.ndarray], str]:
    """The density around each agent and what it is called: with known radii the packing fraction, else the number."""

    def values(frame: Frame) -> np.ndarray:
        if not frame.seen.size:
            return np.empty(0)
        grid = grid_over(crowd, frame)
        return density(crowd, frame, grid).ravel()[grid.where]

    return values, quantity(crowd)


def density(crowd: Crowd, frame: Frame, grid: Grid) -> np.ndarray:
    """Packing fraction, or number in a unit of space, of each cell."""
    # the transform leaves rounding below zero
    return np.maximum(grid.smooth(_shares(crowd)[frame.seen]), 0.0)


def mean(grid: Grid, values: np.ndarray, angle: int) -> np.ndarray:
    """The mean of `values` in the neighbourhood of each cell, NaN where hardly anybody is.

    Of angles, where `angle` is not 0, it is the circular mean: a full turn over `angle` is 0.
    """
    known = np.isfinite(values)
    some = np.where(known, values, 0.0)
    count = grid.smooth(known.astype(np.float64))
    nobody = count < ALONE * max(float(count.mean()), 0.0)
    if angle:
        x, y = (grid.smooth(known * part) for part in (np.cos(angle * some), np.sin(angle * some)))
        return np.where(nobody, np.nan, np.arctan2(y, x) / angle)
    return np.where(nobody, np.nan, grid.smooth(some) / np.where(nobody, 1.0, count))


def quantity(crowd: Crowd) -> str:
    """What the density is called, with its units."""
    if projected(crowd):
        return plain("density along the third axis" + units_of(crowd.variable, -2))
    if crowd.radius is not None:
        return "local packing fraction"
    return plain("local density" + units_of(crowd.variable, -crowd.axes))


def projected(crowd: Crowd) -> bool:
    """Whether positions in space are seen in the plane."""
    return crowd.variable.sizes["space"] > crowd.axes


def _shares(crowd: Crowd) -> np.ndarray:
    """What each particle adds to the density: its area or volume, else 1."""
    if crowd.radius is None or projected(crowd):
        return np.ones(crowd.count)
    return np.pi * crowd.radius**2 if crowd.axes == 2 else 4 / 3 * np.pi * crowd.radius**3
