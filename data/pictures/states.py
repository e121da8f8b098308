"""States: the components of an ordinary differential equation or map over time, and its phase portrait."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.image import colour_bar, image, linear_norm, starting
from ergodica.data.pictures.labels import NARROW, dim_label, label, units_of
from ergodica.data.pictures.lines import (
    COLOURS,
    FEW_MEMBERS,
    legend,
    say_members,
    style,
    tidy,
    tight,
)
from ergodica.data.pictures.member_parameters import in_shades, say_differing
from ergodica.data.pictures.portrait import (
    POINTS,
    Components,
    chosen,
    component_names,
    is_counted,
    name_axes,
    portrait,
    successors,
)
from ergodica.data.pictures.registry import Movie, Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames, some_members
from ergodica.data.pictures.thin import evenly, positions, thin_map, thin_path

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COMPONENTS = 6
DOTS = 5000
SITES = 20
"""From so many components on all are shown, as an image."""


def states(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw each component over time, at most six; of many members a band with their median.

    Where `t` counts iterations, values are dots: nothing lies between them.

    Args:
        variable: dims `(t, component)`, with or without a leading `member`.
        ax: the axes.

    Raises:
        ValueError: no frames, or no `component`.
    """
    require_frames(variable)
    _require_component(variable)
    among = variable.sizes.get("member")
    variable = some_members(variable)
    if is_counted(variable):
        variable = variable.isel(t=evenly(variable.sizes["t"], DOTS))
    t, names = positions(variable, "t"), component_names(variable)
    artists: list[Artist] = []
    for number, name in enumerate(names[:COMPONENTS]):
        lines = np.asarray(variable.isel(component=number).transpose(..., "t").values, dtype=np.float64)
        lines = lines.reshape(-1, len(t))
        look = style(number) | {"label": name}
        if is_counted(variable) and len(lines) <= FEW_MEMBERS:
            points = np.tile(t, len(lines)), lines.ravel()
            artists += ax.plot(*points, **(look | {"linestyle": "none", "marker": ".", "markersize": 2}))
        else:
            artists += in_shades(ax, t, lines, variable, **look)
    ax.set_xlabel(dim_label(variable, "t"))
    ax.set_ylabel(label(variable) if len(names) > 1 else names[0] + units_of(variable))
    say_members(ax, variable.sizes.get("member", 1), among)
    if not is_counted(variable):
        say_differing(ax, variable)
    if len(names) > COMPONENTS:
        words = [f"the first {COMPONENTS} of {len(names)} components", ax.get_title()]
        ax.set_title(", ".join(filter(None, words)), fontsize="medium")
    tight(ax, t)
    tidy(ax)
    legend(ax)
    return artists


def sites(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw all components of a chain or lattice as an image over time.

    Args:
        variable: dims `(t, component)`, with or without a leading `member`.
        ax: the axes.
        member: which member; the first unless told.
    """
    require_frames(variable)
    _require_component(variable)
    words = member_words(variable, member)
    t, component, values = thin_map(one_member(variable, member), "t", "component")
    norm, cmap = linear_norm(values)
    drawn = image(ax, t, component, values.T, norm, cmap)
    ax.set_xlabel(dim_label(variable, "t"))
    ax.set_ylabel(dim_label(variable, "component"))
    bar = colour_bar(ax, drawn, "")
    # above, as beside it stands the label of the next axes
    bar.ax.set_title(label(variable, width=NARROW) + starting(norm), fontsize="medium")
    if words:
        ax.set_title(words, fontsize="medium")
    return [drawn]  # type: ignore[list-item]


def panels(
    variable: "xr.DataArray", *, member: int | None = None, components: Components | None = None
) -> list[Panel]:
    """The portrait where there are components enough, an image of many sites, and the lines."""
    if components is not None:
        _require_component(variable)
        shown, _ = chosen(variable, components, 3)
        return [
            Panel(
                draw=lambda ax: portrait(variable, ax, member=member, components=components),
                shape="map",
                projection="3d" if shown.sizes["component"] == 3 else None,
            ),
            Panel(draw=lambda ax: states(shown, ax)),
        ]
    found = [Panel(draw=lambda ax: states(variable, ax))]
    count = variable.sizes.get("component", 1)
    if count >= SITES and variable.sizes.get("t", 0) > 1:
        found.insert(0, Panel(draw=lambda ax: sites(variable, ax, member=member), shape="map"))
    elif count >= 2 and variable.sizes.get("t", 0) > 1:
        projection: Any = "3d" if count >= 3 else None
        portrayed = Panel(
            draw=lambda ax: portrait(variable, ax, member=member), shape="map", projection=projection
        )
        found.insert(0, portrayed)
    elif is_counted(variable) and variable.sizes.get("t", 0) > 1:
        found.insert(0, Panel(draw=lambda ax: successors(variable, ax, member=member), shape="map"))
    return found


def movie(variable: "xr.DataArray", ax: "Axes", frames: np.ndarray, *, member: int | None = None) -> Movie:
    """The orbit in the plane of the first two components, growing, with a point at its head."""
    _require_component(variable)
    variable = one_member(variable, member)
    seen = np.asarray(variable.isel(component=slice(0, 2)).transpose("component", "t").values, np.float64)
    # the orbit is drawn in full, whatever frames are shown
    kept = np.union1d(thin_path(seen, POINTS), frames)
    variable, heads = variable.isel(t=kept), np.searchsorted(kept, frames)
    names = component_names(variable)
    if variable.sizes["component"] < 2:
        points = np.stack([positions(variable, "t"), np.asarray(variable.isel(component=0).values)])
        names = [dim_label(variable, "t"), names[0]]
    else:
        points = np.asarray(variable.isel(component=slice(0, 2)).transpose("component", "t").values)
    look: dict[str, Any] = (
        {"linestyle": "none", "marker": ".", "markersize": 2} if is_counted(variable) else {"linewidth": 0.7}
    )
    (path,) = ax.plot(*points, color=COLOURS[0], **look)
    (head,) = ax.plot(*points[:, :1], color=COLOURS[1], marker="o", markersize=6, linestyle="none")
    # the limits are those of the whole orbit
    ax.set_xlim(ax.get_xlim())
    ax.set_ylim(ax.get_ylim())
    name_axes(ax, names)
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


STATES = register(Picture(kind="states", draw=states, panels=panels, movie=movie, takes=("components",)))
