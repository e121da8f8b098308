"""Transitions: how often a process went from each state to each other, as a table in colours."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.image import colour_bar, image, linear_norm
from ergodica.data.pictures.labels import label, plain
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

WRITTEN = 8
NAMED = 20
DARK = 0.6
"""Share of the colours below which white letters are read."""


def transitions(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw counts at the last snapshot, from the state of a row to that of a column; pairs without any are grey.

    Args:
        variable: dims `(t, from, to)`, whatever the last two are called, with or without `t` and a leading `member`.
        ax: the axes.
        member: which member; the first unless told.

    Returns:
        The image, and up to eight states its numbers.

    Raises:
        ValueError: no frames, or other dimensions.
    """
    require_frames(variable)
    words = member_words(variable, member)
    one = one_member(variable, member)
    one = one.isel(t=-1) if "t" in one.dims else one
    if one.ndim != 2:
        raise ValueError(
            f"{variable.name}: transitions must have dims (t, from, to), got {variable.dims}; choose with isel"
        )
    counts = np.asarray(one.values, dtype=np.float64)
    shown = np.where(counts > 0, counts, np.nan)
    norm, cmap = linear_norm(shown)
    rows, columns = (np.arange(size + 1) - 0.5 for size in shown.shape)
    drawn = image(ax, columns, rows, shown, norm, cmap)
    ax.invert_yaxis()  # the first state on top, as in a matrix
    ax.grid(False)
    for axis, dim, side in ((ax.yaxis, one.dims[0], "from"), (ax.xaxis, one.dims[1], "to")):
        axis.set_label_text(side)
        if f"{dim}_name" in one.coords and one.sizes[dim] <= NAMED:
            axis.set_ticks(range(one.sizes[dim]), [plain(str(name)) for name in one[f"{dim}_name"].values])
    colour_bar(ax, drawn, label(variable))
    artists: list[Any] = [drawn]
    if len(counts) <= WRITTEN:
        for (row, column), count in np.ndenumerate(counts):
            if count > 0:
                colour = "white" if norm(count) < DARK else "black"
                number = ax.text(
                    column, row, f"{count:.4g}", color=colour, ha="center", va="center", size="small"
                )
                artists.append(number)
    if words:
        ax.set_title(words, fontsize="medium")
    return artists


TRANSITIONS = register(Picture(kind="transitions", draw=transitions, shape="map"))
