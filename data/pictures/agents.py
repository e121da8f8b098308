"""Agents: positions of particles in the plane or in space."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.labels import plain, stamp, units_of
from ergodica.data.pictures.lines import COLOURS
from ergodica.data.pictures.registry import Movie, Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import evenly

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

PARTICLES = 20_000


def agents(
    variable: "xr.DataArray", ax: "Axes", *, member: int | None = None, frame: int = -1
) -> "list[Artist]":
    """Draw where the particles are at one frame.

    Args:
        variable: dims `(t, particle, space)` or `(particle, space)`, with or without a leading `member`.
        ax: plane axes, or three-dimensional ones.
        member: which member; the first unless told.
        frame: which frame; the last unless told.

    Returns:
        The scatter; at most 20,000 evenly chosen particles.

    Raises:
        ValueError: no frames, or dims other than these.
    """
    require_frames(variable)
    words = member_words(variable, member)
    variable = one_member(variable, member)
    variable = variable.isel(t=frame) if "t" in variable.dims else variable
    points = _points(variable, 3 if ax.name == "3d" else 2)
    drawn = _scatter(ax, points[0])
    _frame(ax, variable, points)
    when = stamp(np.atleast_1d(variable["t"].values), variable["t"])[0] if "t" in variable.coords else ""
    ax.set_title(", ".join(part for part in (words, when) if part), fontsize="medium")
    return [drawn]


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """The last frame, in space when positions have three components."""
    projection: Any = "3d" if variable.sizes.get("space", 2) >= 3 else None
    return [Panel(draw=lambda ax: agents(variable, ax, member=member), shape="map", projection=projection)]


def movie(variable: "xr.DataArray", ax: "Axes", frames: np.ndarray, *, member: int | None = None) -> Movie:
    """The particles in the plane of the first two components."""
    variable = one_member(variable, member).isel(t=frames)
    points = _points(variable, 2)
    drawn = _scatter(ax, points[0])
    _frame(ax, variable, points)
    return Movie(artists=[drawn], update=lambda frame: drawn.set_offsets(points[frame].T))


def _points(variable: "xr.DataArray", axes: int) -> np.ndarray:
    dims = {str(dim) for dim in variable.dims}
    if dims - {"t"} != {"particle", "space"} or variable.sizes["space"] < axes:
        raise ValueError(
            f"{variable.name}: agents here must have dims (t, particle, space) with {axes} components, "
            f"got {dict(variable.sizes)}; rename or select"
        )
    if "t" not in variable.dims:
        variable = variable.expand_dims("t")
    chosen = variable.isel(particle=evenly(variable.sizes["particle"], PARTICLES), space=slice(0, axes))
    return np.asarray(chosen.transpose("t", "space", "particle").values, dtype=np.float64)


def _frame(ax: "Axes", variable: "xr.DataArray", points: np.ndarray) -> None:
    finite = np.where(np.isfinite(points), points, np.nan)
    units = plain(units_of(variable))
    names = (
        [str(one) for one in variable["space_name"].values]
        if "space_name" in variable.coords
        else list("xyz")
    )
    ax.set_xlabel(f"${names[0]}${units}")
    ax.set_ylabel(f"${names[1]}${units}")
    if np.isnan(finite).all():
        return
    low, high = np.nanmin(finite, axis=(0, 2)), np.nanmax(finite, axis=(0, 2))
    room = 0.04 * float(np.max(high - low) or 1.0)
    ax.set_xlim(low[0] - room, high[0] + room)
    ax.set_ylim(low[1] - room, high[1] + room)
    ax.set_aspect("equal")
    if ax.name == "3d":
        ax.set_zlim(low[2] - room, high[2] + room)  # type: ignore[attr-defined]
        ax.set_zlabel(f"${names[2]}${units}")  # type: ignore[attr-defined]


def _scatter(ax: Any, points: np.ndarray) -> Any:
    size = float(np.clip(4000 / max(points.shape[1], 1), 2, 30))
    return ax.scatter(*points, s=size, color=COLOURS[0], linewidths=0)


AGENTS = register(Picture(kind="agents", draw=agents, panels=panels, movie=movie, shape="map"))
