"""Basins of attraction: which attractor each starting point goes to."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import dim_label, plain
from ergodica.data.pictures.lines import COLOURS
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import edges, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

DIVERGED, UNDECIDED, MISSING = -1, 0, -2
GREYS = {MISSING: "1.0", DIVERGED: "0.25", UNDECIDED: "0.8"}
WORDS = {MISSING: "no value", DIVERGED: "diverges", UNDECIDED: "undecided"}
MOST_NAMED = 12
CELLS = 1600


def basins(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw a colour for each attractor over the plane of starting points.

    Args:
        variable: whole numbers over `(vertical component, horizontal component)`, with or without `member`: 1, 2,
            ... the attractor, 0 undecided, -1 divergence; attributes `flag_values` and `flag_meanings` name them
            otherwise. NaN is left white.
        ax: the axes.
        member: which member; the first unless told.

    Returns:
        The image.

    Raises:
        ValueError: no values, other than two dimensions, or numbers that are not whole.
    """
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    require_frames(variable)
    words = member_words(variable, member)
    variable = one_member(variable, member)
    if variable.ndim != 2:
        raise ValueError(
            f"{variable.name}: basins must have two dimensions, got {dict(variable.sizes)}; select two"
        )
    up, across = (str(dim) for dim in variable.dims)
    # whole numbers are not averaged: of a fine grid every n-th point is shown
    every = [max(1, -(-variable.sizes[dim] // CELLS)) for dim in (up, across)]
    variable = variable.isel({up: slice(None, None, every[0]), across: slice(None, None, every[1])})
    values = np.asarray(variable.values, dtype=np.float64)
    values = np.where(np.isfinite(values), values, MISSING)
    if (values != np.round(values)).any():
        wrong = values[values != np.round(values)][0]
        raise ValueError(f"{variable.name}: basins must be whole numbers, got {wrong:g}; round them")
    found, index = np.unique(values.astype(np.int64), return_inverse=True)
    colours = ListedColormap([_colour(int(one)) for one in found])
    norm = BoundaryNorm(np.arange(len(found) + 1) - 0.5, len(found))
    drawn = ax.pcolormesh(
        edges(positions(variable, across)),
        edges(positions(variable, up)),
        index.reshape(values.shape),
        cmap=colours,
        norm=norm,
        rasterized=True,
    )
    ax.set_xlabel(dim_label(variable, across))
    ax.set_ylabel(dim_label(variable, up))
    if words:
        ax.set_title(words, fontsize="medium")
    names = _names(variable)
    share = np.bincount(index.ravel(), minlength=len(found)) / index.size
    patches = [
        Patch(color=_colour(int(one)), label=f"{names.get(int(one), f'attractor {one}')}, {part:.0%}")
        for one, part in zip(found, share, strict=True)
        if one != MISSING
    ][:MOST_NAMED]
    if patches:
        ax.legend(
            handles=patches,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            borderaxespad=0.0,
            frameon=False,
            fontsize="small",
            ncols=min(3, len(patches)),
            columnspacing=1.2,
        )
        if words:
            from ergodica.data.pictures.lines import entitle

            entitle(ax, words)
    return [drawn]


def _colour(number: int) -> str:
    if number in GREYS:
        return GREYS[number]
    shades = (*COLOURS[:-1], "#F0E442", "#332288", "#882255", "#44AA99", "#999933")
    return shades[(number - 1) % len(shades)]


def _names(variable: "xr.DataArray") -> dict[int, str]:
    meanings = str(variable.attrs.get("flag_meanings", "")).split()
    flags = np.atleast_1d(variable.attrs.get("flag_values", []))
    named = (
        {int(flag): plain(text.replace("_", " ")) for flag, text in zip(flags, meanings, strict=True)}
        if len(meanings) == len(flags)
        else {}
    )
    return WORDS | named


BASINS = register(Picture(kind="basins", draw=basins, shape="map"))
