"""How dense agents are: on a grid, smoothed for the neighbourhood of each, in cells for a raster."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ergodica.data.pictures.crowd import Crowd, Frame
from ergodica.data.pictures.labels import plain, units_of

REACH = 1.5
"""Width of the neighbourhood, in mean distances between agents: its standard deviation."""
FINEST = 2_000_000
"""Cells of the grid, at most."""
PADDING = 4.0
LEAST_CELLS, MOST_CELLS = 64, 512
IN_A_CELL = 8.0


def local_density(crowd: Crowd) -> tuple[Callable[[Frame], np.ndarray], str]:
    """The density around each agent: a Gaussian neighbourhood of the agents in cells of a grid.

    With known radii it is the packing fraction, else the number in a unit of space.
    """
    share = _shares(crowd)
    return lambda frame: _smoothed(crowd, frame, share), quantity(crowd)


def quantity(crowd: Crowd, projected: bool = False) -> str:
    """What the density is called, with its units."""
    if crowd.radius is not None and not projected:
        return "local packing fraction"
    return plain("local density" + units_of(crowd.variable, -crowd.axes))


def in_cells(
    crowd: Crowd, frame: Frame, low: np.ndarray, high: np.ndarray, values: np.ndarray | None, angle: int
) -> np.ndarray:
    """An image `(rows, columns)` of the plane: density, or the mean of `values`.

    Of angles, where `angle` is not 0, it is the circular mean: a full turn over `angle` is 0.

    Cells where nobody is are NaN.
    """
    sizes = cells(crowd.count, high - low)
    where, inside = _places(frame.points[:2], low[:2], high[:2], sizes)
    total = int(np.prod(sizes))
    count = np.bincount(where, minlength=total).astype(np.float64)
    if values is None:
        weight = _shares(crowd)[frame.seen][inside] if crowd.axes == 2 else None
        amount = np.bincount(where, weight, minlength=total)
        image = amount / float(np.prod((high - low)[:2] / sizes))
    else:
        known = np.isfinite(values[inside])
        where, values = where[known], values[inside][known]
        count = np.bincount(where, minlength=total).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            if angle:
                parts = np.cos(angle * values), np.sin(angle * values)
                x, y = (np.bincount(where, one, minlength=total) for one in parts)
                image = np.arctan2(y, x) / angle
            else:
                image = np.bincount(where, values, minlength=total) / count
    return np.asarray(np.where(count > 0, image, np.nan).reshape(sizes).T)


def cells(count: int, lengths: np.ndarray) -> np.ndarray:
    """Cells along both axes of a raster: a few agents in each on the mean, as fine as can be seen."""
    fine = np.clip(np.sqrt(count / IN_A_CELL), LEAST_CELLS, MOST_CELLS)
    return np.asarray(np.maximum(1, np.rint(fine * lengths[:2] / lengths[:2].max())), dtype=np.int64)


def _shares(crowd: Crowd) -> np.ndarray:
    """What each particle adds to the density: its area or volume, else 1."""
    if crowd.radius is None:
        return np.ones(crowd.count)
    return np.pi * crowd.radius**2 if crowd.axes == 2 else 4 / 3 * np.pi * crowd.radius**3


def _smoothed(crowd: Crowd, frame: Frame, share: np.ndarray) -> np.ndarray:
    if not frame.seen.size:
        return np.empty(0)
    points = frame.points
    periodic = np.isfinite(crowd.box)
    low = np.where(periodic, 0.0, points.min(axis=1))
    size = np.where(periodic, crowd.box, np.ptp(points, axis=1))
    size = np.where(size > 0, size, float(size.max()) or 1.0)
    width = REACH * float((np.prod(size) / len(frame.seen)) ** (1 / crowd.axes))
    # around an open axis nobody is on the other side
    room = np.where(periodic, 0.0, PADDING * width)
    low, size = low - room, size + 2 * room
    step = max(width / REACH, float((np.prod(size) / FINEST) ** (1 / crowd.axes)))
    sizes = np.maximum(1, np.ceil(size / step)).astype(np.int64)
    high = low + size
    where, _ = _places(np.clip(points, low[:, None], high[:, None]), low, high, sizes)
    grid = np.bincount(where, share[frame.seen], minlength=int(np.prod(sizes))).reshape(sizes)
    spread: Any = np.fft.rfftn(grid)
    for axis, (cell_count, length) in enumerate(zip(sizes, size, strict=True)):
        frequency = (np.fft.rfftfreq if axis == len(sizes) - 1 else np.fft.fftfreq)(
            cell_count, length / cell_count
        )
        shape = [-1 if other == axis else 1 for other in range(len(sizes))]
        spread = spread * np.exp(-2 * (np.pi * frequency * width) ** 2).reshape(shape)
    smooth = np.fft.irfftn(spread, s=tuple(sizes), axes=tuple(range(len(sizes)))) / np.prod(size / sizes)
    # the transform leaves rounding below zero
    return np.asarray(np.maximum(smooth, 0.0).ravel()[where])


def _places(
    points: np.ndarray, low: np.ndarray, high: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the cells of those within the limits, and who they are."""
    scaled = (points - low[:, None]) / (high - low)[:, None] * sizes[:, None]
    index = np.floor(scaled).astype(np.int64)
    # who stands on the upper limit is in the last cell
    index = np.where(scaled == sizes[:, None], sizes[:, None] - 1, index)
    inside: np.ndarray = np.all((index >= 0) & (index < sizes[:, None]), axis=0)
    return np.ravel_multi_index(tuple(index[:, inside]), tuple(sizes)), inside
