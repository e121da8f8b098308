"""Agents: where particles are in the plane or in space and where they head; very many as a map of their density."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ergodica.data.pictures import path, world_lines
from ergodica.data.pictures.crowd import LOOKS, Crowd, crowd
from ergodica.data.pictures.crowd_colours import Colours, colouring
from ergodica.data.pictures.crowd_marks import LONGEST, OTHERS, marks, other_marks
from ergodica.data.pictures.crowd_raster import RASTER, Raster
from ergodica.data.pictures.crowd_view import View, check_view
from ergodica.data.pictures.labels import stamp
from ergodica.data.pictures.registry import Movie, Panel, Picture, register
from ergodica.data.pictures.select import member_words
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def agents(
    variable: "xr.DataArray",
    ax: "Axes",
    *,
    member: int | None = None,
    frame: int = -1,
    color: str | None = None,
    view: Sequence[float] | None = None,
) -> "list[Artist]":
    """Draw where the particles are at one frame and where they head.

    Particles with headings are darts, those with a radius are discs of their size, others dots. In space nearer ones
    are larger and darker. More than 50,000 of them (20,000 in space) are a map of their density in the plane of
    the first two components, or of the mean of what they are coloured by.

    Args:
        variable: dims `(t, particle, space)` or `(particle, space)`, with or without a leading `member`. Its
            coordinates may hold `heading`, `velocity` or `propulsion` over the same dims, `box(space)`, `radius` and
            numbers for each particle; a picture of a whole dataset puts them there.
        ax: plane axes, or three-dimensional ones.
        member: which member; the first unless told.
        frame: which frame; the last unless told.
        color: "heading", "speed", "density", "none", or the name of a number for each particle. Unless told the
            density of 1000 or more in a periodic plane, else the heading where there is one.
        view: elevation and azimuth in degrees from which space is seen.

    Returns:
        What is drawn.

    Raises:
        ValueError: no frames, dims other than these, or a colour or view that is not there.
    """
    words = member_words(variable, member)
    found = crowd(variable, 3 if ax.name == "3d" else 2, member)
    index = range(found.frames)[frame]
    when = (
        stamp(positions(found.variable, "t")[[index]], found.variable["t"])[0]
        if "t" in found.variable.coords
        else ""
    )
    scene = _Scene(found, ax, [index], color, view)
    ax.set_title(", ".join(part for part in (words, when) if part), fontsize="medium")
    return scene.draw(index)


def panels(
    variable: "xr.DataArray",
    *,
    member: int | None = None,
    color: str | None = None,
    view: Sequence[float] | None = None,
) -> list[Panel]:
    """The last frame, in space where positions have three components, if few; all frames on a line or of one."""
    check_view(view, projection(variable))
    if variable.sizes.get("space") == 1 and variable.sizes.get("t", 1) > 1:
        return world_lines.panels(variable, member=member)
    alone = variable.sizes.get("particle") == 1 and variable.sizes.get("space") == 2
    if alone and variable.sizes.get("t", 1) > 1 and color is None:
        return path.panels(variable, member=member)
    return [
        Panel(
            draw=lambda ax: agents(variable, ax, member=member, color=color, view=view),
            shape="map",
            projection=projection(variable),
        )
    ]


def movie(
    variable: "xr.DataArray",
    ax: "Axes",
    frames: np.ndarray,
    *,
    member: int | None = None,
    color: str | None = None,
    view: Sequence[float] | None = None,
    turn: float | None = None,
) -> Movie:
    """The particles as they move; in space the camera turns by `turn` degrees about the vertical, 0 unless told."""
    check_view(view, "3d" if ax.name == "3d" else None, turn)
    found = crowd(variable, 3 if ax.name == "3d" else 2, member)
    scene = _Scene(found, ax, [int(one) for one in frames], color, view)
    drawn: list[Artist] = scene.draw(int(frames[0]))

    def update(frame: int) -> None:
        while drawn:
            drawn.pop().remove()
        scene.look.turn((turn or 0.0) * frame / len(frames))
        drawn.extend(scene.draw(int(frames[frame])))

    # ticks move with a group that is followed, and all of it with a camera that turns
    return Movie(artists=[ax], update=update)


def projection(variable: "xr.DataArray") -> Literal["3d"] | None:
    """Axes in space for positions in space, unless only a map can show so many."""
    in_space = variable.sizes.get("space", 2) >= 3 and variable.sizes.get("particle", 0) <= RASTER[3]
    return "3d" if in_space else None


class _Scene:
    """Axes that are set up for all frames, and what fills them at one."""

    def __init__(
        self, found: Crowd, ax: Any, frames: list[int], color: str | None, view: Sequence[float] | None
    ) -> None:
        self.crowd, self.ax = found, ax
        looked_at = [frames[one] for one in evenly(len(frames), LOOKS)]
        self.look = View(found, ax, looked_at, view)
        self.colours: Colours | None = None
        self.raster: Raster | None = None
        if found.count > RASTER[found.variable.sizes["space"]]:
            self.raster = Raster(found, looked_at, color)
            self.raster.colours.bar(ax)
        else:
            self.colours = colouring(found, color, frames)
            if self.colours is not None:
                self.colours.bar(ax)

    def draw(self, index: int) -> "list[Artist]":
        frame = self.crowd.frame(index)
        self.look.follow(frame)
        if self.raster is not None:
            half = LONGEST * self.look.side / OTHERS
            return self.raster.draw(self.ax, frame) + other_marks(self.ax, frame, half, rim="white")
        return marks(self.ax, self.crowd, frame, self.colours, self.look.side)


AGENTS = register(
    Picture(
        kind="agents",
        draw=agents,
        panels=panels,
        movie=movie,
        shape="map",
        projection=projection,
        takes=("color", "view"),
        moves=("color", "view", "turn"),
    )
)
