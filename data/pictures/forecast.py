"""Forecasts: bands of what may come, what came, and the orbit of both; of fields maps of both."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.companions import TRUTH
from ergodica.data.pictures.field import field
from ergodica.data.pictures.labels import NARROW, dim_label, label, units_of
from ergodica.data.pictures.lines import COLOURS, legend, line, quantile, tidy, tight
from ergodica.data.pictures.portrait import component_names, name_axes
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

REALIZATION = "realization"
COMPONENTS = 4
BANDS = ((0.05, 0.95, 0.18), (0.25, 0.75, 0.3))
"""Shares below and above, and how dark."""
SPACE = ("x", "y", "z")


def forecast(
    variable: "xr.DataArray", ax: "Axes", *, member: int | None = None, component: int = 0
) -> "list[Artist]":
    """Draw a forecast over time: its median with bands of 50 and 90 % of the draws, and what came where it is known.

    Args:
        variable: dims `(t,)`, `(t, realization)`, either with a last `component`, and with or without a leading
            `member`; a coordinate `truth` over the same dims but `realization` is what came.
        ax: the axes.
        member: which member; the first unless told.
        component: number of the component.

    Raises:
        ValueError: no frames.
    """
    require_frames(variable)
    words = member_words(variable, member)
    variable = one_member(variable, member)
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
    artists += line(ax, t, middle, color=colour, label="median" if len(values) > 1 else "forecast")
    if TRUTH in variable.coords:
        came = np.asarray(variable[TRUTH].values, dtype=np.float64)
        artists += line(ax, t, came, color="black", linewidth=1.0, linestyle="--", label="what came")
    ax.set_xlabel(dim_label(variable, "t"))
    ax.set_ylabel(
        name + units_of(variable) if "component" in variable.coords else label(variable, width=NARROW)
    )
    if words:
        ax.set_title(words, fontsize="medium")
    tight(ax, t)
    tidy(ax)
    legend(ax)
    return artists


def overlay(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw the orbit of one draw of a forecast over that of what came, in the plane or in space.

    Args:
        variable: as of `forecast`, with two components or more; three where the axes are in space.
        ax: plane or three-dimensional axes.
        member: which member; the first unless told.
    """
    axes = 3 if ax.name == "3d" else 2
    variable = one_member(variable, member).isel(component=slice(0, axes))
    artists: list[Artist] = []
    look: dict[str, Any] = {"linewidth": 0.7}
    if TRUTH in variable.coords:
        came = variable[TRUTH].transpose("component", "t").values
        artists += ax.plot(*came, color="0.35", label="what came", **look)
    shown = variable.isel({REALIZATION: 0}) if REALIZATION in variable.dims else variable
    points = shown.transpose("component", "t").values
    artists += ax.plot(*points, color=COLOURS[0], label="forecast", **look)
    artists += ax.plot(*points[:, :1], color=COLOURS[1], marker="o", markersize=5, linestyle="none")
    name_axes(ax, component_names(variable))
    if axes == 2:
        tidy(ax)
    legend(ax)
    return artists


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """The orbit and up to four components over time; of a field maps of the mean, of what came, and of the error."""
    if set(variable.dims) & set(SPACE):
        return _maps(variable, member)
    count = variable.sizes.get("component", 1)
    found = [
        Panel(draw=partial(forecast, variable, member=member, component=number))
        for number in range(min(count, COMPONENTS))
    ]
    if count >= 2 and variable.sizes["t"] > 1:
        drawn = Panel(
            draw=lambda ax: overlay(variable, ax, member=member),
            shape="map",
            projection="3d" if count >= 3 else None,
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
        shown["size of the error"] = error.assign_attrs(variable.attrs).rename(variable.name)
    return [_entitled(one, words, member) for words, one in shown.items()]


def _entitled(variable: "xr.DataArray", words: str, member: int | None) -> Panel:
    def draw(ax: "Axes") -> "list[Artist]":
        artists = field(variable, ax, member=member)
        ax.set_title(", ".join(filter(None, (words, ax.get_title()))), fontsize="medium")
        return artists

    return Panel(draw=draw, shape="map")


def _draws(variable: "xr.DataArray") -> np.ndarray:
    """(draws, t), of one draw where there is no such dimension."""
    values = variable.transpose(..., "t").values
    return np.asarray(np.abs(values) if np.iscomplexobj(values) else values, dtype=np.float64).reshape(
        -1, variable.sizes["t"]
    )


FORECAST = register(Picture(kind="forecast", draw=forecast, panels=panels, takes=()))
