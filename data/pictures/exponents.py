"""Exponents: rates with their errors around zero; over time the lines by which they settle."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import dim_label, label
from ergodica.data.pictures.lines import COLOURS, style, tidy, tight
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.select import require_frames
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

LINES = 12


def exponents(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw exponents as points over their index, or as lines over time, with a line at zero.

    Args:
        variable: dims `(index,)` or `(t, index)`, with or without `member`; at most twelve lines are drawn.
        ax: the axes.

    Raises:
        ValueError: no frames, or no dimension `index`.
    """
    from matplotlib.ticker import MaxNLocator

    if "index" not in variable.dims:
        raise ValueError(
            f"{variable.name}: exponents must have a dimension 'index', got {variable.dims}; rename it"
        )
    require_frames(variable)
    artists: list[Artist] = [ax.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)]
    index = positions(variable, "index")
    if "t" in variable.dims:
        t = positions(variable, "t")
        for number in range(min(LINES, len(index))):
            lines = np.asarray(variable.isel(index=number).transpose("t", ...).values)
            artists += ax.plot(t, lines.reshape(len(t), -1), **style(number))
        ax.set_xlabel(dim_label(variable, "t"))
        tight(ax, t)
    else:
        points = np.asarray(variable.transpose("index", ...).values).reshape(len(index), -1)
        artists += ax.plot(index, points, color=COLOURS[0], marker="o", markersize=4, linestyle="none")
        ax.set_xlabel(dim_label(variable, "index"))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel(label(variable))
    tidy(ax)
    return artists


def panels(variable: "xr.DataArray") -> list[Panel]:
    """One panel."""
    return [Panel(draw=lambda ax: exponents(variable, ax))]


EXPONENTS = register(Picture(kind="exponents", draw=exponents, panels=panels))
