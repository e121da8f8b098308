"""Events: what is known of each event, one after another, such as its time."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import label
from ergodica.data.pictures.lines import COLOURS, line, tidy, tight
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def events(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw values over the number of the event.

    Args:
        variable: dims `(t, event)`, -1 where there is no event, with or without a leading `member`.
        ax: the axes.
        member: which member; the first unless told.

    Raises:
        ValueError: no frames, or no event.
    """
    require_frames(variable)
    words = member_words(variable, member)
    one = one_member(variable, member)
    if set(one.dims) != {"t", "event"}:
        raise ValueError(
            f"{variable.name}: events must have dims (t, event), got {variable.dims}; rename them"
        )
    values = np.asarray(one.transpose("t", "event").values, dtype=np.float64).ravel()
    values = values[values >= 0]
    number = np.arange(1, len(values) + 1)
    artists = line(ax, number, values, color=COLOURS[0], linewidth=1.0, drawstyle="steps-post")
    tight(ax, number)
    ax.set_xlabel("number of the event")
    ax.set_ylabel(label(variable))
    tidy(ax)
    if words:
        ax.set_title(words, fontsize="medium")
    return artists


EVENTS = register(Picture(kind="events", draw=events))
