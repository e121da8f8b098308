"""Jumps: the state of a process that jumps between states, as steps over time."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import dim_label, label
from ergodica.data.pictures.lines import COLOURS, tidy, tight
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

CHANGES = 60
"""Of a longer record the beginning up to so many changes is drawn."""
FEW_STATES = 12


def jumps(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw the state over time as steps, each until the next snapshot; of a long record the beginning.

    Args:
        variable: whole numbers, dims `(t,)`, with or without a leading `member`.
        ax: the axes.
        member: which member; the first unless told.

    Raises:
        ValueError: no frames, or other dimensions.
    """
    from matplotlib.ticker import MaxNLocator

    require_frames(variable)
    if "t" not in variable.dims or not set(variable.dims) <= {"member", "t"}:
        raise ValueError(f"{variable.name}: jumps must have dims (t), got {variable.dims}; choose with isel")
    words = member_words(variable, member)
    one = one_member(variable, member)
    t, states = positions(one, "t"), np.asarray(one.values)
    changes = np.flatnonzero(np.diff(states) != 0)
    kept = slice(0, int(changes[CHANGES]) + 1 if len(changes) > CHANGES else len(states))
    artists: list[Artist] = list(
        ax.step(t[kept], states[kept], where="post", color=COLOURS[0], linewidth=1.0)
    )
    if len(changes) > CHANGES:
        words = ", ".join(filter(None, (f"the first {CHANGES} changes seen", words)))
    tight(ax, t[kept])
    ax.set_xlabel(dim_label(variable, "t"))
    ax.set_ylabel(label(variable))
    tidy(ax)
    low, high = int(states.min()), int(states.max())
    ax.set_ylim(low - 0.4, high + 0.4)
    if high - low < FEW_STATES:
        ax.set_yticks(range(low, high + 1))
    else:
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    if words:
        ax.set_title(words, fontsize="medium")
    return artists


JUMPS = register(Picture(kind="jumps", draw=jumps))
