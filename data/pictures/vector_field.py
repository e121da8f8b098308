"""Vector fields, such as a current over places: their size as a map with arrows, on one axis as lines."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.companions import ERROR
from ergodica.data.pictures.field import comparable, keep_proportions
from ergodica.data.pictures.image import SEQUENTIAL, colour_bar, image
from ergodica.data.pictures.labels import NARROW, dim_label, label
from ergodica.data.pictures.lines import COLOURS, legend, line, style, tidy, tight
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import edges, evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

SPACE = "space"
ARROWS = 22
"""Along each axis at most."""
LENGTH = 1.4
"""Of the longest arrow, in distances between arrows."""
WIDTH = 0.11
"""Of its shaft."""
UNLIKE = ",\ncomponents as shares of their axes"


def vector_field(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw vectors over places of the plane as a map of their size with arrows; over a line, each component.

    Args:
        variable: dims `space` and one or two of places, `(y, x, space)`, with or without `member` and `t`, whose last
            frame is shown. The first two components, along the last two dimensions of places in reverse, are arrows.
        ax: the axes.
        member: which member; the first unless told.

    Returns:
        The map and the arrows, or a line for each component.

    Raises:
        ValueError: no frames, or other dims.
    """
    require_frames(variable)
    words = member_words(variable, member)
    variable = one_member(variable, member)
    variable = variable.isel(t=-1) if "t" in variable.dims else variable
    places = [str(dim) for dim in variable.dims if dim != SPACE]
    if SPACE not in variable.dims or len(places) not in (1, 2):
        raise ValueError(
            f"{variable.name}: a vector field must have dims space and one or two of places, got "
            f"{dict(variable.sizes)}; select one place along the others with isel"
        )
    values = np.asarray(variable.transpose(SPACE, *places).values, dtype=np.float64)
    artists = (
        _map(variable, ax, values, places) if len(places) == 2 else _lines(variable, ax, values, places[0])
    )
    if words:
        ax.set_title(words, fontsize="medium")
    return artists


def _map(variable: "xr.DataArray", ax: "Axes", values: np.ndarray, places: list[str]) -> "list[Artist]":
    from matplotlib.colors import Normalize

    y, x = (positions(variable, dim) for dim in places)
    alike = comparable(variable, *places)
    # components of unlike things have a common size only as shares of what the axes show
    spans = np.ones(len(values)) if alike else np.array([np.ptp(edges(x)), np.ptp(edges(y))])
    shown = values if alike else values[:2] / spans[: len(values[:2]), None, None]
    size = np.sqrt((shown**2).sum(axis=0))
    top = float(np.nanmax(size)) if np.isfinite(size).any() else 0.0
    drawn = image(ax, edges(x), edges(y), size, Normalize(0.0, top or 1.0), SEQUENTIAL)
    artists: list[Any] = [drawn]
    if len(values) >= 2 and top > 0:
        artists.append(_arrows(ax, x, y, values[:2]))
    keep_proportions(ax, variable, *places)
    ax.set_xlabel(dim_label(variable, places[1]))
    ax.set_ylabel(dim_label(variable, places[0]))
    colour_bar(ax, drawn, label(variable) + ("" if alike else UNLIKE))
    return artists


def _arrows(ax: "Axes", x: np.ndarray, y: np.ndarray, values: np.ndarray) -> Any:
    """Along the flow, the longest as long as some places of arrows are apart on the picture."""
    rows, columns = evenly(len(y), ARROWS), evenly(len(x), ARROWS)
    some = values[:, rows][:, :, columns]
    apart = [
        np.ptp(one[chosen]) / max(len(chosen) - 1, 1) or np.ptp(edges(one))
        for one, chosen in ((x, columns), (y, rows))
    ]
    longest = float(np.nanmax(np.hypot(some[0] / apart[0], some[1] / apart[1]))) or 1.0
    return ax.quiver(
        x[columns], y[rows], *some, color="white", edgecolor="0.15", linewidth=0.4, pivot="mid", angles="xy",
        scale_units="xy", scale=longest / LENGTH, units="width", width=WIDTH / max(len(columns), len(rows)),
    )  # fmt: skip


def _lines(variable: "xr.DataArray", ax: "Axes", values: np.ndarray, place: str) -> "list[Artist]":
    x = positions(variable, place)
    named = variable.coords.get(f"{SPACE}_name")
    names = (
        [str(one) for one in named.values] if named is not None else [str(one) for one in range(len(values))]
    )
    artists: list[Artist] = []
    for number, (name, one) in enumerate(zip(names, values, strict=True)):
        artists += line(ax, x, one, label=name, **style(number))
    artists += _bands(variable, ax, x, values)
    ax.axhline(0.0, color=COLOURS[-1], linewidth=0.6, alpha=0.5, zorder=0)
    ax.set_xlabel(dim_label(variable, place))
    ax.set_ylabel(label(variable, width=NARROW))
    tight(ax, x)
    tidy(ax)
    legend(ax)
    return artists


def _bands(variable: "xr.DataArray", ax: "Axes", x: np.ndarray, values: np.ndarray) -> "list[Artist]":
    error = variable.coords.get(ERROR)
    if error is None or {*error.dims} != {*variable.dims}:
        return []
    half = np.asarray(error.transpose(SPACE, ...).values, dtype=np.float64)
    return [
        ax.fill_between(x, one - by, one + by, color=style(number)["color"], alpha=0.25, linewidth=0)
        for number, (one, by) in enumerate(zip(values, half, strict=True))
    ]


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """A map where there is a plane of places, lines over one axis."""
    plane = len({*variable.dims} - {SPACE, "member", "t"}) == 2
    return [
        Panel(draw=lambda ax: vector_field(variable, ax, member=member), shape="map" if plane else "line")
    ]


VECTOR_FIELD = register(Picture(kind="vector_field", draw=vector_field, panels=panels, shape="map"))
