"""States: the components of an ordinary differential equation or map over time, and its phase portrait."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.labels import dim_label, label, plain, units_of
from ergodica.data.pictures.lines import COLOURS, ensemble, legend, style, tidy, tight
from ergodica.data.pictures.registry import Movie, Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COMPONENTS = 6
PORTRAIT_POINTS = 20_000


def states(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw each component over time, at most six; ensembles as faint lines with their median.

    Args:
        variable: dims `(t, component)`, with or without a leading `member`.
        ax: the axes.

    Raises:
        ValueError: no frames, or no `component`.
    """
    require_frames(variable)
    _require_component(variable)
    t, names = positions(variable, "t"), component_names(variable)
    artists: list[Artist] = []
    for number, name in enumerate(names[:COMPONENTS]):
        lines = np.asarray(variable.isel(component=number).transpose(..., "t").values, dtype=np.float64)
        artists += ensemble(ax, t, lines.reshape(-1, len(t)), **(style(number) | {"label": name}))
    ax.set_xlabel(dim_label(variable, "t"))
    ax.set_ylabel(label(variable) if len(names) > 1 else names[0] + units_of(variable))
    if len(names) > COMPONENTS:
        ax.set_title(f"the first {COMPONENTS} of {len(names)} components", fontsize="medium")
    tight(ax, t)
    tidy(ax)
    legend(ax)
    return artists


def portrait(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw the orbit in the plane of the first two components, or in space on axes with `projection="3d"`.

    Args:
        variable: dims `(t, component)`, with or without a leading `member`.
        ax: plane or three-dimensional axes.
        member: which member; the first unless told.

    Returns:
        The orbit (a line; at most 20,000 evenly chosen points) and its start.

    Raises:
        ValueError: no frames, or fewer components than the axes have.
    """
    require_frames(variable)
    _require_component(variable)
    axes = 3 if ax.name == "3d" else 2
    if variable.sizes["component"] < axes:
        raise ValueError(
            f"{variable.name}: a portrait here needs {axes} components, got {variable.sizes['component']}; "
            "use axes of fewer dimensions"
        )
    words, names = member_words(variable, member), component_names(variable)
    variable = one_member(variable, member)
    orbit = variable.isel(t=evenly(variable.sizes["t"], PORTRAIT_POINTS), component=slice(0, axes))
    points = np.asarray(orbit.transpose("component", "t").values, dtype=np.float64)
    artists: list[Artist] = [*ax.plot(*points, color=COLOURS[0], linewidth=0.6)]
    artists += ax.plot(
        *points[:, :1], color=COLOURS[1], marker="o", markersize=5, linestyle="none", label="start"
    )
    _name_axes(ax, names)
    if words:
        ax.set_title(words, fontsize="medium")
    if axes == 2:
        tidy(ax)
    return artists


def component_names(variable: "xr.DataArray") -> list[str]:
    """What the components are called: `component_name` where it is there, else `component 0`, ..."""
    words = variable.coords.get("component_name")
    count = variable.sizes["component"]
    if words is None:
        return [f"component {number}" for number in range(count)]
    return [f"${one}$" if len(one) == 1 and one.isalpha() else plain(one) for one in map(str, words.values)]


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """The portrait where there are components enough, and the lines."""
    found = [Panel(draw=lambda ax: states(variable, ax))]
    components = variable.sizes.get("component", 1)
    if components >= 2 and variable.sizes.get("t", 0) > 1:
        projection: Any = "3d" if components >= 3 else None
        portrayed = Panel(
            draw=lambda ax: portrait(variable, ax, member=member), shape="map", projection=projection
        )
        found.insert(0, portrayed)
    return found


def movie(variable: "xr.DataArray", ax: "Axes", frames: np.ndarray, *, member: int | None = None) -> Movie:
    """The orbit in the plane of the first two components, growing, with a point at its head."""
    _require_component(variable)
    variable = one_member(variable, member)
    # the orbit is drawn in full, whatever frames are shown
    kept = np.union1d(evenly(variable.sizes["t"], PORTRAIT_POINTS), frames)
    variable, heads = variable.isel(t=kept), np.searchsorted(kept, frames)
    names = component_names(variable)
    if variable.sizes["component"] < 2:
        points = np.stack([positions(variable, "t"), np.asarray(variable.isel(component=0).values)])
        names = [dim_label(variable, "t"), names[0]]
    else:
        points = np.asarray(variable.isel(component=slice(0, 2)).transpose("component", "t").values)
    (path,) = ax.plot(*points, color=COLOURS[0], linewidth=0.7)
    (head,) = ax.plot(*points[:, :1], color=COLOURS[1], marker="o", markersize=6, linestyle="none")
    # the limits are those of the whole orbit
    ax.set_xlim(ax.get_xlim())
    ax.set_ylim(ax.get_ylim())
    _name_axes(ax, names)
    tidy(ax)

    def update(frame: int) -> None:
        last = heads[frame]
        path.set_data(*points[:, : last + 1])
        head.set_data(*points[:, last : last + 1])

    return Movie(artists=[path, head], update=update)


def _require_component(variable: "xr.DataArray") -> None:
    if "component" not in variable.dims or "t" not in variable.dims:
        raise ValueError(
            f"{variable.name}: states must have dims (t, component), got {variable.dims}; rename them"
        )


def _name_axes(ax: "Axes", names: list[str]) -> None:
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])
    if ax.name == "3d":
        ax.set_zlabel(names[2])  # type: ignore[attr-defined]


STATES = register(Picture(kind="states", draw=states, panels=panels, movie=movie))
