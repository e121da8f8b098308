"""World lines: where particles on a line are over time."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.companions import BOX
from ergodica.data.pictures.dots import dots
from ergodica.data.pictures.labels import dim_label, label
from ergodica.data.pictures.lines import COLOURS, tidy, tight
from ergodica.data.pictures.registry import Panel
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

FEW = 30
"""More particles than this are dots, or an image of their density."""
POINTS, VALUES = 4000, 4_000_000
OF_A_PERIOD = 0.5
"""A step longer than this share of the box went across its border."""


def world_lines(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw the paths of particles on a line, over time.

    Args:
        variable: dims `(t, particle, space)` with one component, with or without a leading `member`; its coordinate
            `box(space)` is the length of a ring, across whose border no line is drawn.
        ax: the axes.
        member: which member; the first unless told.

    Returns:
        A line a particle, at most 30; or dots of all.

    Raises:
        ValueError: no frames.
    """
    require_frames(variable)
    words = member_words(variable, member)
    variable = one_member(variable, member).isel(space=0)
    count, frames = variable.sizes["particle"], variable.sizes["t"]
    few = count <= FEW
    length = float(variable[BOX]) if BOX in variable.coords else np.nan
    variable = variable.isel(t=evenly(frames, POINTS if few else max(2, VALUES // count)))
    t = positions(variable, "t")
    values = np.asarray(variable.transpose("particle", "t").values, dtype=np.float64)
    artists: list[Artist] = []
    if few:
        for number, path in enumerate(values):
            artists += ax.plot(*_broken(t, path, length), color=COLOURS[number % len(COLOURS)], linewidth=0.9)
    else:
        artists.append(dots(ax, np.tile(t, count), values.ravel(), colour=COLOURS[0]))
    ax.set_xlabel(dim_label(variable, "t"))
    ax.set_ylabel(label(variable))
    tight(ax, t)
    if np.nanmin(values, initial=np.inf) >= 0 and np.nanmax(values, initial=-np.inf) <= length:
        ax.set_ylim(0.0, length)
    tidy(ax)
    if words:
        ax.set_title(words, fontsize="medium")
    return artists


def panels(variable: "xr.DataArray", *, member: int | None = None, **options: Any) -> list[Panel]:
    """One panel over time."""
    return [Panel(draw=lambda ax: world_lines(variable, ax, member=member))]


def _broken(t: np.ndarray, path: np.ndarray, length: float) -> tuple[np.ndarray, np.ndarray]:
    """A path with a gap wherever it goes across the border of a ring."""
    jumps = np.flatnonzero(np.abs(np.diff(path)) > OF_A_PERIOD * length) + 1
    return np.insert(t, jumps, np.nan), np.insert(path, jumps, np.nan)
