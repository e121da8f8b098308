"""Series: numbers over time, such as an energy or an entropy; many members as a band with their median."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.labels import (
    NARROW,
    dim_label,
    label,
    noun,
    plain,
    shared,
    short,
    shorts,
    units_of,
)
from ergodica.data.pictures.lines import legend, say_members, set_apart, style, tidy, tight
from ergodica.data.pictures.member_parameters import in_shades, say_differing
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import listed, require_frames, rows, some_members
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

MOST_LINES = 12
DECADES = 16
SPAN_FOR_LOG = 100.0
# lines whose peaks differ by more than this cannot share a linear axis
COMPARABLE = 20.0


def series(data: "xr.DataArray | xr.Dataset", ax: "Axes") -> "list[Artist]":
    """Draw one series, or all variables of a dataset on common axes with a legend.

    The vertical axis is logarithmic when no value is negative and they span more than two decades, or the peaks of
    the lines differ by more than a factor of 20.

    Args:
        data: dims `(t,)`, or any one dimension instead of `t`; `member` beside it gives a line each, more than six a
            band and their median, `member` alone a point each; further dimensions (the order of an entropy, say) a
            line for each place along them, at most 12.
        ax: the axes.

    Returns:
        The lines.

    Raises:
        ValueError: no frames.
    """
    whole = listed(data)
    members = [some_members(one) for one in whole]
    artists: list[Artist] = []
    number = 0
    drawn: list[np.ndarray] = []
    strong: list[Any] = []
    for variable, words in zip(members, shorts(members, said=True), strict=True):
        require_frames(variable)
        along = _along(variable)
        x = positions(variable, along)
        others = [str(dim) for dim in variable.dims if dim not in (along, "member")]
        values, places = rows(variable.transpose(*others, ..., along), along)
        groups = _groups(places, others)
        chosen = list(groups)
        for key in [chosen[index] for index in evenly(len(chosen), MOST_LINES)]:
            name = _name(variable, words if len(members) > 1 else "", dict(zip(others, key, strict=True)))
            lines = np.asarray(values[groups[key]], dtype=np.float64)
            drawn.append(lines.ravel())
            artists += in_shades(ax, x, lines, variable, **style(number), label=name)
            strong.append(artists[-1])
            number += 1
        if along == "member":
            _apart(ax, artists, x)
        else:
            tight(ax, x)
        ax.set_xlabel(dim_label(variable, along))
    first = members[0]
    ax.set_ylabel(label(first, width=NARROW) if len(members) == 1 else _common(members))
    say_members(ax, first.sizes.get("member", 1), whole[0].sizes.get("member"))
    say_differing(ax, first)
    _choose_scale(ax, drawn)
    set_apart(strong, ax)
    tidy(ax)
    legend(ax)
    return artists


def _apart(ax: "Axes", points: "list[Artist]", x: np.ndarray) -> None:
    """A point for each member: nothing lies between two of them."""
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    for one in points:
        if isinstance(one, Line2D):
            one.set(linestyle="none", marker="o", markersize=5.0 if len(x) <= MOST_LINES else 2.5)
    ax.set_xlim(float(x.min()) - 0.5, float(x.max()) + 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _along(variable: "xr.DataArray") -> str:
    if "t" in variable.dims:
        return "t"
    return str(variable.dims[-1]) if variable.ndim else "t"


def _groups(places: list[dict[str, int]], others: list[str]) -> dict[tuple[int, ...], list[int]]:
    found: dict[tuple[int, ...], list[int]] = {}
    for index, place in enumerate(places):
        found.setdefault(tuple(place[dim] for dim in others), []).append(index)
    return found


def _name(variable: "xr.DataArray", words: str, place: dict[str, int]) -> str:
    parts = [words or short(variable)] if words or not place else []
    for dim, index in place.items():
        if f"{dim}_name" in variable.coords:
            parts.append(plain(str(variable[f"{dim}_name"].values[index])))
            continue
        value = variable[dim].values[index] if dim in variable.coords else index
        number = np.issubdtype(np.asarray(value).dtype, np.number)
        parts.append(plain(f"{dim} = {value:g}" if number else f"{dim} {value}"))
    return ", ".join(parts)


def _common(members: "list[xr.DataArray]") -> str:
    word = shared({noun(one) for one in members})
    units = units_of(members[0])
    return f"{word}{units}" if word else units.strip(" ()") or "value"


def _choose_scale(ax: "Axes", values: list[np.ndarray]) -> None:
    everything = np.concatenate(values)
    finite = everything[np.isfinite(everything)]
    positive = finite[finite > 0]
    if not positive.size or (finite < 0).any():
        return
    peaks = [float(np.nanmax(one)) for one in values if (one > 0).any()]
    if positive.max() > SPAN_FOR_LOG * positive.min() or max(peaks) > COMPARABLE * min(peaks):
        ax.set_yscale("log")
        # below this all is rounding
        if positive.max() > positive.min() * 10.0**DECADES:
            ax.set_ylim(bottom=positive.max() * 10.0**-DECADES)


SERIES = register(Picture(kind="series", draw=series))
