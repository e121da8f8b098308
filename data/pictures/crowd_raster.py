"""Very many agents as an image: how dense they are, or the mean of what they are coloured by."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.crowd import Crowd, Frame
from ergodica.data.pictures.crowd_colours import DENSITY, NONE, Colours, colouring
from ergodica.data.pictures.crowd_density import Grid, density, grid_over, mean, quantity
from ergodica.data.pictures.image import SEQUENTIAL
from ergodica.data.pictures.labels import plain
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
        frames: the frames by which colours are chosen.
        color: "density", also for None and "none", or what `colouring` knows.
    """

    def __init__(self, crowd: Crowd, frames: list[int], color: str | None) -> None:
        self.crowd = crowd
        self.averaged = None if color in (None, DENSITY, NONE) else colouring(crowd, color, frames)
        self.colours = self._of_density(frames) if self.averaged is None else self._of_mean(self.averaged)

    def image(self, frame: Frame, grid: Grid) -> np.ndarray:
        """Numbers of the cells, shape `(rows, columns)`."""
        if self.averaged is None:
            return density(self.crowd, frame, grid).T
        return mean(grid, self.averaged.values(frame), self.averaged.angle).T

    def draw(self, ax: Any, frame: Frame) -> "list[Artist]":
        """The image of one frame; nothing where nobody is."""
        if not frame.seen.size:
            return []
        grid = grid_over(self.crowd, frame)
        (left, low), (right, high) = grid.low, grid.low + grid.size
        limits = ax.get_xlim(), ax.get_ylim()
        if self.averaged is None:
            # beyond the grid there is nobody
            ax.set_facecolor(self.colours.cmap(0.0))
        drawn: Artist = ax.imshow(
            self.image(frame, grid),
            origin="lower",
            extent=(left, right, low, high),
            norm=self.colours.norm,
            cmap=self.colours.cmap,
        )
        ax.set_xlim(limits[0])
        ax.set_ylim(limits[1])
        return [drawn]

    def _of_density(self, frames: list[int]) -> Colours:
        from matplotlib import colormaps
        from matplotlib.colors import Normalize

        shown = [self.crowd.frame(frames[one]) for one in evenly(len(frames), SAMPLES)]
        found = [
            self.image(frame, grid_over(self.crowd, frame)).ravel() for frame in shown if frame.seen.size
        ]
        top = float(np.percentile(np.concatenate(found), BRIGHTEST)) if found else 1.0
        cmap = colormaps[SEQUENTIAL]
        return Colours(lambda frame: frame.seen, Normalize(0.0, top or 1.0), cmap, quantity(self.crowd))

    def _of_mean(self, colours: Colours) -> Colours:
        # nobody is no value: paper is left as it is
        cmap = colours.cmap.with_extremes(bad=(1.0, 1.0, 1.0, 0.0))
        text = plain(f"mean {colours.text}".replace("\n", " "))
        return Colours(colours.values, colours.norm, cmap, text, colours.ticks, colours.angle)
