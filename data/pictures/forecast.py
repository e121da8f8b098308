"""Forecasts: bands of what may come, what came, and the orbit of both; of fields maps of both."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.declarations import FORECAST, MEMBER, REALIZATION
from ergodica.data.pictures.companions import TRUTH
from ergodica.data.pictures.field import field
from ergodica.data.pictures.image import linear_norm
from ergodica.data.pictures.labels import NARROW, dim_label, label, units_of
from ergodica.data.pictures.lines import COLOURS, legend, line, quantile, tidy, tight
from ergodica.data.pictures.portrait import component_names, is_counted, name_axes
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COMPONENTS = 4
BANDS = ((0.05, 0.95, 0.18), (0.25, 0.75, 0.3))
"""Shares below and above, and how dark."""
SPACE = ("x", "y", "z")
ERROR = "size of the error"
# the first and the last point lie on the frame, which hides none of them
DOTS: dict[str, Any] = {"linestyle": "none", "marker": ".", "markersize": 4, "clip_on": False, "zorder": 3}
RINGS: dict[str, Any] = DOTS | {"marker": "o", "markersize": 5, "fillstyle": "none"}
"""Of maps, where nothing lies between two points: the forecast within what came."""
BENEATH: dict[str, Any] = {"color": "0.65", "linewidth": 2.0}
"""Of an orbit, wide and pale enough to be seen beneath a forecast that is right."""


def forecast(
    variable: "xr.DataArray", ax: "Axes", *, member: int | None = None, component: int = 0
) -> "list[Artist]":
    """Draw a forecast over time: its median with bands of 50 and 90 % of the draws, and what came where it is known.

    Where `t` counts iterations, values are dots and what came are rings: nothing lies between them.

    Args:
        variable: dims `(t,)`, `(t, realization)`, either with a last `component` or others, which are named by their
            places, and with or without a leading `member`; a coordinate `truth` over the same dims but `realization`
            is what came.
        ax: the axes.
        member: which member; the first unless told.
        component: number of the component.

    Raises:
        ValueError: no frames.
    """
    require_frames(variable)
    words = member_words(variable, member)
    variable = _in_components(one_member(variable, member))
    name = str(variable.name)
    if "component" in variable.dims:
        name = component_names(variable)[component]
        variable = variable.isel(component=component)
    t, values = positions(variable, "t"), _draws(variable)
    colour = COLOURS[0]
    artists: list[Artist] = []
    if len(values) > 1:
        for low, high, dark in BANDS:
            edges = quantile(values, low), quantile(values, high)
            said = f"{high - low:.0%} of the draws".replace("%", r" %")
            artists.append(
                ax.fill_between(t, edges[0], edges[1], color=colour, alpha=dark, linewidth=0, label=said)
            )
    middle = np.median(values, axis=0)
    dots, rings = (DOTS, RINGS) if is_counted(variable) else ({}, {"linestyle": "--"})
    artists += line(ax, t, middle, color=colour, label="median" if len(values) > 1 else "forecast", **dots)
    if TRUTH in variable.coords:
        came = np.asarray(variable[TRUTH].values, dtype=np.float64)
        artists += line(ax, t, came, **({"color": "black", "linewidth": 1.0, "label": "what came"} | rings))
    ax.set_xlabel(dim_label(variable, "t"))
    ax.set_ylabel(label(variable, width=NARROW) if name == variable.name else name + units_of(variable))
    if words:
        ax.set_title(words, fontsize="medium")
    tight(ax, t)
    tidy(ax)
    legend(ax)
    return artists


def overlay(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw the orbit of one draw of a forecast over that of what came, in the plane or in space; of a map as points.

    Args:
        variable: as of `forecast`, with two components or more; three where the axes are in space.
        ax: plane or three-dimensional axes.
        member: which member; the first unless told.
    """
    axes = 3 if ax.name == "3d" else 2
    variable = one_member(variable, member).isel(component=slice(0, axes))
    artists: list[Artist] = []
    dots, rings = (DOTS, RINGS) if is_counted(variable) else ({}, {})
    if TRUTH in variable.coords:
        came = variable[TRUTH].transpose("component", "t").values
        artists += ax.plot(*came, label="what came", **({"color": "0.35"} | rings if rings else BENEATH))
    several = REALIZATION in variable.dims
    shown = variable.isel({REALIZATION: 0}) if several else variable
    points = shown.transpose("component", "t").values
    words = "one draw" if several else "forecast"
    artists += ax.plot(*points, color=COLOURS[0], linewidth=0.7, label=words, **dots)
    artists += ax.plot(
        *points[:, :1], color=COLOURS[1], marker="o", markersize=5, linestyle="none", label="its start"
    )
    name_axes(ax, component_names(variable))
    if axes == 2:
        tidy(ax)
    legend(ax)
    return artists


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """The orbit and up to four components over time; of a field maps of the mean, of what came, and of the error."""
    if set(variable.dims) & set(SPACE):
        return _maps(variable, member)
    orbit = variable.sizes.get("component", 1)
    variable = _in_components(variable)
    count = variable.sizes.get("component", 1)
    found = [
        Panel(draw=partial(forecast, variable, member=member, component=number))
        for number in range(min(count, COMPONENTS))
    ]
    if count > COMPONENTS:
        found[0] = _entitled(found[0], f"the first {COMPONENTS} of {count} components")
    if orbit >= 2 and variable.sizes["t"] > 1:
        drawn = Panel(
            draw=lambda ax: overlay(variable, ax, member=member),
            shape="map",
            projection="3d" if orbit >= 3 else None,
        )
        found.insert(0, drawn)
    return found


def _maps(variable: "xr.DataArray", member: int | None) -> list[Panel]:
    several = REALIZATION in variable.dims
    mean = variable.mean(REALIZATION, keep_attrs=True) if several else variable
    shown = {"mean of the draws" if several else "forecast": mean.drop_vars(TRUTH, errors="ignore")}
    if TRUTH in variable.coords:
        came = mean[TRUTH].drop_vars(TRUTH).assign_attrs(variable.attrs).rename(variable.name)
        shown["what came"] = came
        # of complex fields the size of the difference
        error = abs(mean.drop_vars(TRUTH) - came)
        shown[ERROR] = error.assign_attrs(variable.attrs).rename(variable.name)
    # what came and its forecast are told apart by eye, so by one scale
    look = _colours([one_member(one, member) for words, one in shown.items() if words != ERROR])
    found = []
    for words, one in shown.items():
        draw = partial(field, one, member=member, **({} if words == ERROR else look))
        found.append(_entitled(Panel(draw=draw, shape="map"), words))
    return found


def _colours(maps: "list[xr.DataArray]") -> dict[str, Any]:
    """Limits and colour map for all of these, in two dimensions of space at the time that is drawn."""
    drawn = [one.isel(t=-1) if one.ndim > 2 else one for one in maps]
    values = np.concatenate([one.values.ravel() for one in drawn])
    norm, cmap = linear_norm(np.abs(values) if np.iscomplexobj(values) else values)
    return {"limits": (norm.vmin, norm.vmax), "cmap": cmap}


def _in_components(variable: "xr.DataArray") -> "xr.DataArray":
    """Whatever lies over other dims, such as particles, as components named by their places."""
    import xarray as xr

    lead = [str(one) for one in variable.dims if one in (MEMBER, "t", REALIZATION)]
    places = [str(one) for one in variable.dims if one not in lead]
    if not places or places == ["component"]:
        return variable

    def flat(one: "xr.DataArray") -> "xr.Variable":
        kept = [str(dim) for dim in one.dims if dim in lead]
        values = one.transpose(*kept, *places).values
        return xr.Variable((*kept, "component"), values.reshape(*values.shape[: len(kept)], -1))

    shape = [variable.sizes[one] for one in places]
    names = [f"{variable.name}[{','.join(map(str, index))}]" for index in np.ndindex(*shape)]
    kept = {name: one for name, one in variable.coords.items() if set(one.dims) <= set(lead)}
    made = xr.DataArray(flat(variable), kept, name=variable.name, attrs=variable.attrs)
    made = made.assign_coords(component_name=("component", names))
    return made.assign_coords({TRUTH: flat(variable[TRUTH])}) if TRUTH in variable.coords else made


def _entitled(panel: Panel, words: str) -> Panel:
    def draw(ax: "Axes") -> "list[Artist]":
        artists = panel.draw(ax)
        ax.set_title(", ".join(filter(None, (words, ax.get_title()))), fontsize="medium")
        return artists

    return replace(panel, draw=draw)


def _draws(variable: "xr.DataArray") -> np.ndarray:
    """(draws, t), of one draw where there is no such dimension."""
    values = variable.transpose(..., "t").values
    return np.asarray(np.abs(values) if np.iscomplexobj(values) else values, dtype=np.float64).reshape(
        -1, variable.sizes["t"]
    )


PICTURE = register(Picture(kind=FORECAST, draw=forecast, panels=panels, takes=()))
