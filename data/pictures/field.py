"""Fields: values over space, `(t, x)` or `(t, y, x)`, real or complex.

Over time a field is a space-time map with space across and time upwards, as soliton and fibre optics papers
have it; at a single time it is a line (or, in two dimensions, a map).
"""

from typing import TYPE_CHECKING, Literal

import numpy as np

from ergodica.data.pictures.image import colour_bar, image, linear_norm, starting
from ergodica.data.pictures.labels import NARROW, dim_label, label, magnitude, stamp, symbol, units_of
from ergodica.data.pictures.lines import COLOURS, legend, line, style, tidy, tight, tight_upwards
from ergodica.data.pictures.registry import Movie, Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import edges, evenly, positions, thin_map

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

HEADROOM = 1.08
MOVING_POINTS = 8000
# a peak higher than at both ends by this factor is worth a line of its own
NOTABLE = 1.02
# a map in space longer than this does not keep its proportions
LONGEST = 4.0


def field(
    variable: "xr.DataArray",
    ax: "Axes",
    *,
    member: int | None = None,
    horizontal: Literal["space", "time"] = "space",
    limits: tuple[float, float] | None = None,
    cmap: str | None = None,
) -> "list[Artist]":
    """Draw a field: |psi| of a complex one, the signed value of a real one.

    Args:
        variable: dims `(t, x)`, `(x,)`, `(t, y, x)` or `(y, x)`, with or without a leading `member`; or one
            place over `(t,)` or `(member,)`. One frame of `(t, x)` is a line; of `(t, y, x)` the last is shown.
        ax: the axes.
        member: which member of an ensemble; the first unless told.
        horizontal: what a space-time map has across.
        limits: of the colours; from 0 to the largest value, from the smallest one where that is more than half
            of the largest, symmetric when both signs occur.
        cmap: colour map; viridis for one sign, RdBu for two.

    Returns:
        The image, or the lines.

    Raises:
        ValueError: no frames, or more than two dimensions of space.
    """
    require_frames(variable)
    words = ""
    if variable.dims != ("member",):
        words, variable = member_words(variable, member), one_member(variable, member)
    if "t" in variable.dims and (variable.ndim == 3 or (variable.ndim == 2 and variable.sizes["t"] == 1)):
        variable = variable.isel(t=-1)
    if variable.ndim == 1:
        artists = profile(variable, ax)
    elif variable.ndim == 2:
        down, across = (str(dim) for dim in variable.dims)
        if down == "t" and horizontal == "time":
            down, across = across, down
        artists = [_map(variable, ax, down, across, limits, cmap)]
    else:
        raise ValueError(
            f"{variable.name}: a field must have at most two dimensions of space, got {variable.dims}; "
            f"select one place along {variable.dims[-1]} with isel"
        )
    when = _when(variable)
    heading = ", ".join(part for part in (words, when) if part)
    if heading:
        ax.set_title(heading, fontsize="medium")
    return artists


def profile(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """A field at one time over x, or at one place over t: |psi| with real and imaginary part, or the real value."""
    (dim,) = (str(one) for one in variable.dims)
    x, values = positions(variable, dim), np.asarray(variable.values)
    name = symbol(variable)
    if values.dtype.kind == "c":
        artists = [
            *line(ax, x, values.real, color=COLOURS[1], linewidth=1.0, label=rf"$\mathrm{{Re}}\,{name}$"),
            *line(ax, x, values.imag, color=COLOURS[2], linewidth=1.0, label=rf"$\mathrm{{Im}}\,{name}$"),
            *line(ax, x, np.abs(values), color=COLOURS[0], linewidth=2.0, label=rf"$|{name}|$"),
        ]
    else:
        artists = line(ax, x, values, color=COLOURS[0])
    ax.set_xlabel(dim_label(variable, dim))
    ax.set_ylabel(label(variable, width=NARROW))
    tight(ax, x)
    tidy(ax)
    legend(ax)
    return artists


def snapshots(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Three frames as lines over x: the first, the one with the highest peak or else the middle one, the last."""
    variable = one_member(variable, member)
    dim = next(str(one) for one in variable.dims if one != "t")
    x, frames = positions(variable, dim), _peaks(variable)
    times = positions(variable, "t")
    peaks = np.nan_to_num(frames)
    stands_out = peaks.max() > NOTABLE * max(peaks[0], peaks[-1])
    chosen = sorted({0, int(peaks.argmax()) if stands_out else len(times) // 2, len(times) - 1})
    words = stamp(times[chosen], variable.coords.get("t"))
    artists: list[Artist] = []
    for number, (index, text) in enumerate(zip(chosen, words, strict=True)):
        values = np.asarray(variable.isel(t=index).values)
        values = np.abs(values) if values.dtype.kind == "c" else values
        artists += line(ax, x, values, label=text, **style(number))
    ax.set_xlabel(dim_label(variable, dim))
    ax.set_ylabel(magnitude(variable) if variable.dtype.kind == "c" else label(variable, width=NARROW))
    tight(ax, x)
    tidy(ax)
    legend(ax)
    return artists


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """The map, and for a field over (t, x) three of its frames."""
    dims = [dim for dim in variable.dims if dim != "member"]
    if len(dims) < 2 or (len(dims) == 2 and variable.sizes.get("t", 0) == 1):
        return [Panel(draw=lambda ax: field(variable, ax, member=member))]
    found = [Panel(draw=lambda ax: field(variable, ax, member=member), shape="map")]
    if len(dims) == 2 and "t" in dims:
        found.append(Panel(draw=lambda ax: snapshots(variable, ax, member=member)))
    return found


def movie(variable: "xr.DataArray", ax: "Axes", frames: np.ndarray, *, member: int | None = None) -> Movie:
    """|psi| with the real part faint behind it, or the real value, over x; a map in two dimensions."""
    variable = one_member(variable, member).isel(t=frames)
    dims = [str(dim) for dim in variable.dims if dim != "t"]
    # more points than this a moving line cannot show
    variable = variable.isel({dim: evenly(variable.sizes[dim], MOVING_POINTS) for dim in dims})
    values = np.asarray(variable.transpose("t", *dims).values)
    size = np.abs(values) if values.dtype.kind == "c" else values
    if len(dims) == 2:
        norm, cmap = linear_norm(size)
        x, y = (edges(positions(variable, dim)) for dim in reversed(dims))
        drawn = image(ax, x, y, size[0], norm, cmap)
        _name_axes(ax, variable, dims[0], dims[1])
        colour_bar(ax, drawn, _quantity(variable) + starting(norm))
        # the frame of the axes goes over the image
        moving: list[Artist] = [drawn, *ax.spines.values()]  # type: ignore[list-item]
        return Movie(artists=moving, update=lambda frame: drawn.set_array(size[frame]))
    if len(dims) != 1:
        raise ValueError(
            f"{variable.name}: an animated field must have one or two dimensions of space, got {dims}"
        )
    x = positions(variable, dims[0])
    artists: list[Line2D] = []
    if values.dtype.kind == "c":
        artists += ax.plot(x, values.real[0], color=COLOURS[5], linewidth=0.9, alpha=0.7)
        artists[-1].set_label(rf"$\mathrm{{Re}}\,{symbol(variable)}$")
    artists += ax.plot(x, size[0], color=COLOURS[0], linewidth=2.0, label=_quantity(variable))
    shown = [values.real, size][-len(artists) :]
    low, high = _span([*shown])
    ax.set_ylim(low, high)
    ax.set_xlabel(dim_label(variable, dims[0]))
    ax.set_ylabel(_quantity(variable) if len(artists) == 1 else label(variable))
    tight(ax, x)
    tidy(ax)
    legend(ax)

    def update(frame: int) -> None:
        for artist, lines in zip(artists, shown, strict=True):
            artist.set_ydata(lines[frame])

    return Movie(artists=list(artists), update=update)


def _map(
    variable: "xr.DataArray",
    ax: "Axes",
    down: str,
    across: str,
    limits: tuple[float, float] | None,
    cmap: str | None,
) -> "Artist":
    y, x, values = thin_map(variable, down, across)
    norm, suited = linear_norm(values, limits)
    drawn = image(ax, x, y, values, norm, cmap or suited)
    _name_axes(ax, variable, down, across)
    # the cells of the first and the last frame reach beyond the run
    if "t" in (down, across):
        (tight if across == "t" else tight_upwards)(ax, positions(variable, "t"))
    colour_bar(ax, drawn, _quantity(variable) + starting(norm))
    return drawn  # type: ignore[return-value]


def _name_axes(ax: "Axes", variable: "xr.DataArray", down: str, across: str) -> None:
    keep_proportions(ax, variable, down, across)
    ax.set_xlabel(dim_label(variable, across))
    ax.set_ylabel(dim_label(variable, down))


def keep_proportions(ax: "Axes", variable: "xr.DataArray", down: str, across: str) -> None:
    """One scale for both axes of a plane, unless it is so long that little would be seen."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    shape = abs((high - low) / (right - left))
    if "t" not in (down, across) and 1 / LONGEST < shape < LONGEST and comparable(variable, down, across):
        ax.set_aspect("equal")


def comparable(variable: "xr.DataArray", one: str, other: str) -> bool:
    """Whether two axes have one unit and are of one thing: `position_x` and `propulsion_x` are not."""
    of_one = one.rpartition("_")[0] == other.rpartition("_")[0]
    return of_one and units_of(variable[one]) == units_of(variable[other])


def _quantity(variable: "xr.DataArray") -> str:
    return magnitude(variable) if variable.dtype.kind == "c" else label(variable)


def _when(variable: "xr.DataArray") -> str:
    if "t" in variable.dims or "t" not in variable.coords:
        return ""
    return stamp(np.atleast_1d(variable["t"].values), variable["t"])[0]


def _peaks(variable: "xr.DataArray") -> np.ndarray:
    _, _, values = thin_map(variable, "t", next(str(dim) for dim in variable.dims if dim != "t"), (2**31, 1))
    return np.abs(values[:, 0])


def _span(arrays: list[np.ndarray]) -> tuple[float, float]:
    finite = np.concatenate([one[np.isfinite(one)].ravel() for one in arrays])
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    low = min(low, 0.0)
    room = (HEADROOM - 1) * ((high - low) or 1.0)
    return (low - room if low < 0 else 0.0), high + room


FIELD = register(Picture(kind="field", draw=field, panels=panels, movie=movie, shape="map"))
