"""Recurrence plots: when an orbit comes back to where it was."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.image import image
from ergodica.data.pictures.labels import dim_label
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import edges, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

CELLS = 1500
"""Most rows and columns that are drawn."""


def recurrence(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw recurrences in black, time upwards as to the right.

    Args:
        variable: 0 and 1 over `(t_row, t_column)`, with or without a leading `member`. Of more than 1500 rows blocks
            are drawn, as dark as the share of recurrences in them.
        ax: the axes.
        member: which member; the first unless told.

    Returns:
        The image.

    Raises:
        ValueError: other dimensions, or none of a kind.
    """
    from matplotlib.colors import Normalize

    require_frames(variable)
    words = member_words(variable, member)
    one = one_member(variable, member)
    if set(one.dims) != {"t_row", "t_column"}:
        raise ValueError(
            f"{variable.name}: a recurrence plot must have dims (t_row, t_column), got {variable.dims}; "
            "choose with isel"
        )
    one = one.transpose("t_row", "t_column")
    at = positions(one, "t_column")
    values = np.asarray(one.values, dtype=np.float64)
    block = -(-len(at) // CELLS)
    if block > 1:
        starts = np.arange(0, len(at), block)
        sizes = np.diff(np.append(starts, len(at)))
        sums = np.add.reduceat(np.add.reduceat(values, starts, axis=0), starts, axis=1)
        values = sums / np.outer(sizes, sizes)
    sides = edges(at, block)
    drawn: Any = image(
        ax, sides, sides, values, Normalize(0.0, max(float(np.nanmax(values, initial=0)), 1e-3)), "binary"
    )
    ax.set_aspect("equal")
    ax.grid(False)
    ax.set_xlabel(dim_label(one, "t_column"))
    ax.set_ylabel(dim_label(one, "t_row"))
    if words:
        ax.set_title(words, fontsize="medium")
    return [drawn]


RECURRENCE = register(Picture(kind="recurrence", draw=recurrence, shape="map"))
