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
PERIODS = 20
"""Of the fastest that is drawn: more are a band and no line."""


def eigenfunctions(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw the real parts of the leading eigenfunctions over time, one of each conjugate pair.

    Of a long run the first 20 periods of the fastest of them.

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
    chosen, names = chosen[:LINES], names[:LINES]
    variable, shown = _readable(variable, chosen)
    values = np.asarray(variable.transpose(MODE, "t").values)
    artists: list[Artist] = []
    for number, (place, name) in enumerate(zip(chosen, names, strict=True)):
        artists += line(ax, positions(variable, "t"), values[place].real, label=name, **style(number))
    ax.set_xlabel(dim_label(variable, "t"))
    real = "real part of " if np.iscomplexobj(values) else ""
    ax.set_ylabel(real + label(variable, width=30))
    tidy(ax)
    legend(ax, least=1, columns=2)
    if shown:
        ax.set_title(shown, loc="left", fontsize="medium")
    if words:
        ax.set_title(words, loc="right", fontsize="medium")
    return artists


def _readable(variable: "xr.DataArray", chosen: list[int]) -> "tuple[xr.DataArray, str]":
    """As many snapshots as can be told apart, and what to say of it."""
    eigenvalue = variable.coords.get("eigenvalue")
    if eigenvalue is None:
        return variable, ""
    turns = abs(np.angle(np.asarray(eigenvalue.values)[chosen]))
    fastest = chosen[int(np.argmax(turns))]
    # 0 and round-off of it: no period within the run
    count = 2 * np.pi * PERIODS / max(turns.max(), np.finfo(float).eps)
    if count >= variable.sizes["t"] - 1:
        return variable, ""
    number = positions(variable, MODE)[fastest]
    return variable.isel(t=slice(0, int(np.ceil(count)) + 1)), f"first {PERIODS} periods of mode {number:g}"


EIGENFUNCTIONS = register(Picture(kind="eigenfunctions", draw=eigenfunctions))
