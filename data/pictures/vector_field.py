"""Vector fields, such as a current over places: their size as a map with arrows, on one axis as lines."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.image import SEQUENTIAL, colour_bar, image
from ergodica.data.pictures.labels import dim_label, label
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
    size = np.sqrt((values**2).sum(axis=0))
    top = float(np.nanmax(size)) if np.isfinite(size).any() else 0.0
    drawn = image(ax, edges(x), edges(y), size, Normalize(0.0, top or 1.0), SEQUENTIAL)
    artists: list[Any] = [drawn]
    rows, columns = evenly(len(y), ARROWS), evenly(len(x), ARROWS)
    if len(values) >= 2 and top > 0:
        some = values[:2][:, rows][:, :, columns]
        apart = min(np.ptp(x) / max(len(columns) - 1, 1), np.ptp(y) / max(len(rows) - 1, 1)) or 1.0
        longest = float(np.nanmax(np.hypot(*some))) or 1.0
        artists.append(
            ax.quiver(
                x[columns], y[rows], *some, color="white", pivot="mid", units="xy", angles="xy", scale_units="xy",
                scale=longest / (LENGTH * apart), width=0.09 * apart,
            )
        )  # fmt: skip
    ax.set_xlabel(dim_label(variable, places[1]))
    ax.set_ylabel(dim_label(variable, places[0]))
    colour_bar(ax, drawn, label(variable))
    return artists


def _lines(variable: "xr.DataArray", ax: "Axes", values: np.ndarray, place: str) -> "list[Artist]":
    x = positions(variable, place)
    named = variable.coords.get(f"{SPACE}_name")
    names = (
        [str(one) for one in named.values] if named is not None else [str(one) for one in range(len(values))]
    )
    artists: list[Artist] = []
    for number, (name, one) in enumerate(zip(names, values, strict=True)):
        artists += line(ax, x, one, label=name, **style(number))
    ax.axhline(0.0, color=COLOURS[-1], linewidth=0.6, alpha=0.5, zorder=0)
    ax.set_xlabel(dim_label(variable, place))
    ax.set_ylabel(label(variable))
    tight(ax, x)
    tidy(ax)
    legend(ax)
    return artists


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """A map where there is a plane of places, lines over one axis."""
    plane = len({*variable.dims} - {SPACE, "member", "t"}) == 2
    return [
        Panel(draw=lambda ax: vector_field(variable, ax, member=member), shape="map" if plane else "line")
    ]


VECTOR_FIELD = register(Picture(kind="vector_field", draw=vector_field, panels=panels, shape="map"))
