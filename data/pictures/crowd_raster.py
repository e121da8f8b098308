"""Very many agents as an image: how dense they are in each cell, or the mean of what they are coloured by."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.crowd import Crowd, Frame
from ergodica.data.pictures.crowd_colours import DENSITY, NONE, Colours, colouring
from ergodica.data.pictures.crowd_density import in_cells, quantity
from ergodica.data.pictures.crowd_view import View
from ergodica.data.pictures.image import SEQUENTIAL
from ergodica.data.pictures.thin import evenly

if TYPE_CHECKING:
    from matplotlib.artist import Artist

RASTER = {1: 50_000, 2: 50_000, 3: 20_000}
"""Agents of so many components from which on they are an image."""
BRIGHTEST = 99.8
"""Percentile of the cells' density at which colours end."""
SAMPLES = 4


class Raster:
    """The image of a crowd in the plane of its first two components.

    Args:
        crowd: the agents, with two axes.
        view: the limits.
        frames: the frames by which colours are chosen.
        color: "density", also for None and "none", or what `colouring` knows.
    """

    def __init__(self, crowd: Crowd, view: View, frames: list[int], color: str | None) -> None:
        from matplotlib import colormaps
        from matplotlib.colors import Normalize

        self.crowd, self.view = crowd, view
        self.colours: Colours
        self.mean = color not in (None, DENSITY, NONE)
        if self.mean:
            found = colouring(crowd, color, frames)
            assert found is not None
            self.colours = found
            return
        images = [self.image(crowd.frame(frames[one])) for one in evenly(len(frames), SAMPLES)]
        filled = np.concatenate([one[np.isfinite(one)] for one in images])
        top = float(np.percentile(filled, BRIGHTEST)) if filled.size else 1.0
        projected = crowd.variable.sizes["space"] > 2
        text = "density along the third axis" if projected else quantity(crowd)
        cmap = colormaps[SEQUENTIAL].with_extremes(bad=colormaps[SEQUENTIAL](0))
        self.colours = Colours(lambda frame: np.zeros(len(frame.seen)), Normalize(0.0, top), cmap, text)

    def image(self, frame: Frame) -> np.ndarray:
        """Numbers of the cells, shape `(rows, columns)`."""
        values = self.colours.values(frame) if self.mean else None
        low, high = self.view.limits
        return in_cells(self.crowd, frame, low, high, values, self.colours.angle if self.mean else 0)

    def bar(self, ax: Any) -> None:
        """The colour bar."""
        self.colours.bar(ax)

    def draw(self, ax: Any, frame: Frame) -> "Artist":
        """The image of one frame."""
        (left, low), (right, high) = self.view.limits
        drawn: Artist = ax.imshow(
            self.image(frame),
            origin="lower",
            extent=(left, right, low, high),
            norm=self.colours.norm,
            cmap=self.colours.cmap,
            interpolation="nearest",
        )
        return drawn
