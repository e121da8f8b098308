"""Many points on a plane: as dots while they are few, as an image of their density when they are many."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

FEW = 20_000
CELLS = (500, 700)
LIGHTEST = 0.4
"""Share of the colour that a cell with a single point has, so that it is seen."""
CHUNK = 4_000_000


def dots(ax: "Axes", x: np.ndarray, y: np.ndarray, *, colour: str, size: float | None = None) -> "Artist":
    """Draw points, leaving out those that are not finite.

    Args:
        ax: the axes.
        x: shape `(n,)`.
        y: shape `(n,)`.
        colour: of the points; of an image, its darkest.
        size: in points squared; by their number unless told.

    Returns:
        A scatter of up to 20,000 points, else an image whose shade goes with the logarithm of the density.
    """
    seen = np.isfinite(x) & np.isfinite(y)
    x, y = x[seen], y[seen]
    if len(x) <= FEW:
        size = size or float(np.clip(4000 / max(len(x), 1), 0.6, 16))
        return ax.scatter(x, y, s=size, color=colour, linewidths=0)
    edges = [_edges(one, cells) for one, cells in ((x, CELLS[1]), (y, CELLS[0]))]
    count = np.zeros(CELLS)
    for start in range(0, len(x), CHUNK):
        part = slice(start, start + CHUNK)
        count += np.histogram2d(y[part], x[part], bins=[edges[1], edges[0]])[0]
    return shade(ax, count, edges, colour)


def shade(ax: "Axes", count: np.ndarray, edges: list[np.ndarray], colour: str) -> "Artist":
    """An image of numbers of points, shape `(rows, columns)`: nothing where there are none."""
    from matplotlib.colors import to_rgb

    level = np.log1p(count) / (np.log1p(count.max(initial=0.0)) or 1.0)
    image = np.empty((*count.shape, 4))
    image[..., :3] = to_rgb(colour)
    image[..., 3] = np.where(count > 0, LIGHTEST + (1 - LIGHTEST) * level, 0.0)
    extent = (edges[0][0], edges[0][-1], edges[1][0], edges[1][-1])
    drawn: Any = ax.imshow(
        image, origin="lower", aspect="auto", extent=extent, interpolation="antialiased", zorder=2
    )
    # an image sets the limits to its own: others may be there
    ax.set_xlim(*ax.dataLim.intervalx)
    ax.set_ylim(*ax.dataLim.intervaly)
    return drawn


def _edges(values: np.ndarray, cells: int) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    room = 0.03 * (high - low) or 0.5
    return np.linspace(low - room, high + room, cells + 1)
