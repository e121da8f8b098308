"""The path of a single particle in the plane: a disc by itself says nothing of how it moves."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.crowd import crowd
from ergodica.data.pictures.labels import stamp
from ergodica.data.pictures.lines import COLOURS, legend, tidy
from ergodica.data.pictures.registry import Panel
from ergodica.data.pictures.select import member_words
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

POINTS = 20_000
ROOM = 1.1
OF_A_PERIOD = 0.5
"""A step longer than this share of the box went across its border."""


def path(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw where one particle was, from its first frame to its last.

    Args:
        variable: dims `(t, particle, space)` with one particle and two components, with or without a leading
            `member`; no line is drawn across the border of its coordinate `box(space)`.
        ax: the axes.
        member: which member; the first unless told.

    Returns:
        The line, the start and the end.

    Raises:
        ValueError: no frames.
    """
    found = crowd(variable, 2, member)
    frames = evenly(found.frames, POINTS)
    places = found.variable.isel(t=frames, particle=0).transpose("space", "t")
    points = np.asarray(places.values, dtype=np.float64)
    jumps = np.any(np.abs(np.diff(points)) > OF_A_PERIOD * found.box[:, None], axis=0)
    x, y = np.insert(points, np.flatnonzero(jumps) + 1, np.nan, axis=1)
    artists: list[Artist] = list(ax.plot(x, y, color=COLOURS[0], linewidth=1.0))
    ends = positions(found.variable, "t")[[0, -1]]
    for place, filled, text in zip(
        points[:, [0, -1]].T, (False, True), stamp(ends, found.variable["t"]), strict=True
    ):
        face = COLOURS[1] if filled else "white"
        artists.append(
            ax.scatter(place[0], place[1], s=36, facecolor=face, edgecolor=COLOURS[1], zorder=3, label=text)
        )
    known = points[:, np.isfinite(points).all(axis=0)]
    low, high = (known.min(axis=1), known.max(axis=1)) if known.size else (np.zeros(2), np.ones(2))
    half = ROOM * (float((high - low).max()) / 2 or 1.0)
    ax.set(
        xlim=(low + high)[0] / 2 + np.array([-half, half]), ylim=(low + high)[1] / 2 + np.array([-half, half])
    )
    ax.set_aspect("equal")
    ax.set_xlabel("$x$")
    ax.set_ylabel("$y$")
    tidy(ax)
    legend(ax)
    words = member_words(variable, member)
    if words:
        ax.set_title(words, fontsize="medium")
    return artists


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """One map."""
    return [Panel(draw=lambda ax: path(variable, ax, member=member), shape="map")]
