"""Poincare sections: where an orbit crosses a surface, and the map from a crossing to the next."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.dots import dots
from ergodica.data.pictures.lines import COLOURS, legend, tidy
from ergodica.data.pictures.portrait import (
    MANY_POINTS,
    Components,
    chosen,
    component_names,
    graph,
    name_axes,
    number_of,
    orbits_of,
)
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import evenly

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

ON_SURFACE = 1e-6
"""A component that varies less than this share of the one that varies most is the surface's own."""


def section(
    variable: "xr.DataArray", ax: "Axes", *, member: int | None = None, components: Components | None = None
) -> "list[Artist]":
    """Draw the crossings over two components.

    Args:
        variable: dims `(crossing, component)`, with or without a leading `member`.
        ax: the axes.
        member: this member alone; up to six evenly chosen ones, each in its colour, unless told.
        components: names or numbers of two; those of the attribute `plotted_components`, or the first two that
            vary on the surface, unless told.

    Returns:
        The points.

    Raises:
        ValueError: no crossings, other dims, or no such component.
    """
    orbits, words = orbits_of(_checked(variable), member)
    shown = [chosen(one, components or usual(variable, orbits[0]), 2) for one in orbits]
    names = shown[0][1]
    if len(names) < 2:
        raise ValueError(
            f"{variable.name}: a section needs two components, got {len(names)}; draw its return map"
        )
    artists = []
    for number, (one, _) in enumerate(shown):
        one = one.isel(crossing=evenly(one.sizes["crossing"], MANY_POINTS // len(shown)))
        points = np.asarray(one.transpose("component", "crossing").values, dtype=np.float64)
        colour = COLOURS[number % len(COLOURS)]
        artists.append(dots(ax, points[0], points[1], colour=colour))
        if len(orbits) > 1:
            ax.plot([], [], color=colour, marker="o", linestyle="none", markersize=4, label=words[number])
    name_axes(ax, names)
    if len(orbits) == 1 and words[0]:
        ax.set_title(words[0], fontsize="medium")
    tidy(ax)
    legend(ax)
    return artists


def return_map(
    variable: "xr.DataArray",
    ax: "Axes",
    *,
    member: int | None = None,
    component: str | int | None = None,
) -> "list[Artist]":
    """Draw a component at each crossing over its value at the one before, with the diagonal.

    Args:
        variable: as for `section`.
        ax: the axes.
        member: which member; the first unless told.
        component: name or number; the first of the section's picture unless told.

    Raises:
        ValueError: no crossings, other dims, or no such component.
    """
    one = one_member(_checked(variable), member)
    one = one.isel(crossing=slice(0, MANY_POINTS))
    index = number_of(one, usual(variable, one)[0] if component is None else component)
    name = component_names(one)[index]
    values = np.asarray(one.isel(component=index).values, dtype=np.float64)
    names = (f"{name} at a crossing", f"{name} at the next")
    return graph(ax, values, names, member_words(variable, member))


def usual(variable: "xr.DataArray", one: "xr.DataArray") -> list[int]:
    """The two components that are drawn unless told."""
    asked = str(variable.attrs.get("plotted_components", "")).split(", ")
    known = (
        [str(name) for name in one.coords["component_name"].values] if "component_name" in one.coords else []
    )
    return [known.index(name) for name in asked] if set(asked) <= set(known) else varying(one)[:2]


def varying(variable: "xr.DataArray") -> list[int]:
    """Numbers of the components that vary on the surface, at least two when there are two."""
    values = np.asarray(variable.transpose("component", "crossing").values, dtype=np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    count = len(values)
    if not np.isfinite(values).any(axis=1).all():
        return list(range(count))
    spread = np.nanmax(values, axis=1) - np.nanmin(values, axis=1)
    found = [int(one) for one in np.flatnonzero(spread > ON_SURFACE * spread.max())]
    return found + [one for one in range(count) if one not in found][: max(0, 2 - len(found))]


def panels(
    variable: "xr.DataArray", *, member: int | None = None, components: Components | None = None
) -> list[Panel]:
    """The section where there are components enough, and its return map."""
    found = [
        Panel(
            draw=lambda ax: return_map(
                variable, ax, member=member, component=components[0] if components else None
            ),
            shape="map",
            sort="return map",
        )
    ]
    if variable.sizes.get("component", 1) >= 2:
        shown = Panel(
            draw=lambda ax: section(variable, ax, member=member, components=components), shape="map"
        )
        found.insert(0, shown)
    return found


def _checked(variable: "xr.DataArray") -> "xr.DataArray":
    dims = {str(dim) for dim in variable.dims} - {"member"}
    if dims != {"crossing", "component"}:
        raise ValueError(
            f"{variable.name}: a section must have dims (crossing, component), got {variable.dims}; rename them"
        )
    require_frames(variable)
    return variable


SECTION = register(Picture(kind="section", draw=section, panels=panels, shape="map", takes=("components",)))
