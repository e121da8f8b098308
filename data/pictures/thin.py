"""Fewer points before drawing, so that no peak is lost: extremes of blocks, read slab by slab."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

LINE_POINTS = 4000
MAP_CELLS = (1200, 1600)
SLAB = 1_000_000
EXTREMES = 0.3
"""Share of a path's points that are extremes of its blocks."""


def thin_line(x: np.ndarray, y: np.ndarray, limit: int = LINE_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and largest value of each block, in their order; unchanged up to `limit` points.

    Args:
        x: positions, shape `(n,)`.
        y: values, shape `(n,)`, NaN allowed.
        limit: the most points to return.

    Returns:
        Positions and values, at most `limit` of each.
    """
    if len(y) <= limit:
        return x, y
    block = -(-len(y) // (limit // 2))
    whole = len(y) // block * block
    rows = y[:whole].reshape(-1, block)
    low = np.argmin(np.where(np.isnan(rows), np.inf, rows), axis=1)
    high = np.argmax(np.where(np.isnan(rows), -np.inf, rows), axis=1)
    picked = np.sort(np.stack([low, high], axis=1), axis=1) + np.arange(0, whole, block)[:, None]
    # the last point closes the line where the blocks leave a rest
    index = picked.ravel() if whole == len(y) else np.append(picked.ravel(), len(y) - 1)
    return x[index], y[index]


def thin_path(points: np.ndarray, limit: int) -> np.ndarray:
    """Which points of a path to draw, so that fast passages and farthest points stay; all up to `limit` points.

    Most are spread evenly over time passed and length drawn together; the others are the extremes of each
    component in blocks of that measure.

    Args:
        points: shape `(components, n)`, NaN allowed.
        limit: the most points to choose, one for each extreme at the least.

    Returns:
        Rising indices, the first and the last point among them.
    """
    components, count = points.shape
    if count <= limit:
        return np.arange(count)
    gone = np.zeros(count)
    for one in points:
        finite = one[np.isfinite(one)]
        steps = np.abs(np.diff(one)) / ((np.ptp(finite) if finite.size else 0.0) or 1.0)
        gone[1:] += np.cumsum(np.where(np.isfinite(steps), steps, 0.0))
    passed = np.arange(count) / (count - 1) + gone / (gone[-1] or 1.0)
    passed /= passed[-1]
    blocks = max(1, int(EXTREMES * limit) // (2 * components))
    even = np.searchsorted(passed, np.linspace(0.0, 1.0, max(2, limit - 2 * components * blocks)))
    block = np.minimum((passed * blocks).astype(np.int64), blocks - 1)
    first = np.flatnonzero(np.diff(block, prepend=-1))
    place = np.repeat(np.arange(len(first)), np.diff(np.append(first, count)))
    chosen = [np.minimum(even, count - 1)]
    for one in points:
        for extreme in (np.fmin, np.fmax):
            there = np.flatnonzero(one == extreme.reduceat(one, first)[place])
            chosen.append(there[np.diff(place[there], prepend=-1) > 0])
    return np.unique(np.concatenate(chosen))


def thin_map(
    variable: "xr.DataArray", rows: str, columns: str, cells: tuple[int, int] = MAP_CELLS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A variable over two dimensions as an image of at most `cells` cells.

    A cell of the image holds the value of largest magnitude in its block; complex values become magnitudes.
    The data are read in slabs of rows, so that lazily opened files need not fit into memory.

    Args:
        variable: two-dimensional, real or complex, NaN allowed.
        rows: the dimension along the image's first axis.
        columns: the dimension along its second axis.
        cells: the largest image, `(rows, columns)`.

    Returns:
        Edges of the cells along rows, shape `(r + 1,)`, and columns, shape `(c + 1,)`, and values `(r, c)`.
    """
    variable = variable.transpose(rows, columns)
    height, width = variable.shape
    tall, wide = -(-height // cells[0]), -(-width // cells[1])
    slab = max(1, SLAB // (width * tall)) * tall
    images = [
        _largest(_values(variable.isel({rows: slice(start, start + slab)})), tall, wide)
        for start in range(0, height, slab)
    ]
    return (
        edges(positions(variable, rows), tall),
        edges(positions(variable, columns), wide),
        np.concatenate(images),
    )


def positions(variable: "xr.DataArray", dim: str) -> np.ndarray:
    """The coordinate of a dimension, or 0, 1, 2, ... where it has none that are numbers."""
    if dim in variable.coords:
        values = np.asarray(variable[dim].values)
        if values.dtype.kind in "iuf":
            return values.astype(np.float64)
    return np.arange(variable.sizes[dim], dtype=np.float64)


def evenly(count: int, most: int) -> np.ndarray:
    """At most `most` indices of `count`, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _values(variable: "xr.DataArray") -> np.ndarray[Any, Any]:
    values = np.asarray(variable.values)
    values = np.abs(values) if values.dtype.kind == "c" else values
    values = values.astype(np.float64, copy=values.dtype == np.float64)
    values[~np.isfinite(values)] = np.nan
    return values


def _largest(values: np.ndarray, tall: int, wide: int) -> np.ndarray:
    if tall == wide == 1:
        return values
    height, width = values.shape
    padding = ((0, -height % tall), (0, -width % wide))
    blocks = np.pad(values, padding, constant_values=np.nan)
    blocks = blocks.reshape(blocks.shape[0] // tall, tall, blocks.shape[1] // wide, wide)
    high = np.asarray(np.fmax.reduce(blocks, axis=(1, 3)))
    low = np.asarray(np.fmin.reduce(blocks, axis=(1, 3)))
    return np.where(-low > high, low, high)


def edges(centres: np.ndarray, block: int = 1) -> np.ndarray:
    """Edges of the cells around `centres`, every `block`-th of them and the last."""
    if len(centres) == 1:
        return centres[0] + np.array([-0.5, 0.5])
    middle = (centres[1:] + centres[:-1]) / 2
    every = np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])
    return np.append(every[:-1:block], every[-1])
