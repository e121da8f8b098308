"""Eigenfunctions along a run: one oscillation, decay or constant each."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import dim_label, label
from ergodica.data.pictures.lines import legend, line, style, tidy
from ergodica.data.pictures.modes import MODE, chosen_modes
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

LINES = 5


def eigenfunctions(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw the real parts of the leading eigenfunctions over time, one of each conjugate pair.

    Args:
        variable: real or complex, `(t, mode)`, with or without `member`.
        ax: the axes.
        member: which member; the first unless told.

    Returns:
        The lines, at most five.

    Raises:
        ValueError: no time or no modes.
    """
    require_frames(variable)
    words = member_words(variable, member)
    variable = one_member(variable, member)
    if set(variable.dims) != {"t", MODE}:
        raise ValueError(
            f"{variable.name}: eigenfunctions must lie over t and mode, got {dict(variable.sizes)}; select"
        )
    chosen, names = chosen_modes(variable)
    values = np.asarray(variable.transpose(MODE, "t").values)
    artists: list[Artist] = []
    for number, (place, name) in enumerate(list(zip(chosen, names, strict=True))[:LINES]):
        artists += line(ax, positions(variable, "t"), values[place].real, label=name, **style(number))
    ax.set_xlabel(dim_label(variable, "t"))
    real = "real part of " if np.iscomplexobj(values) else ""
    ax.set_ylabel(real + label(variable, width=30))
    tidy(ax)
    legend(ax, least=1, columns=3)
    if words:
        ax.set_title(words, loc="right", fontsize="medium")
    return artists


EIGENFUNCTIONS = register(Picture(kind="eigenfunctions", draw=eigenfunctions))
