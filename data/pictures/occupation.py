"""Occupation: the share of time that a process has spent in each of its states so far."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import dim_label, plain
from ergodica.data.pictures.lines import legend, say_members, style, tidy, tight
from ergodica.data.pictures.member_parameters import in_shades, say_differing
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import require_frames, some_members
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

STATES = 12
EARLY = 20
"""The first of so many parts of the record does not set the vertical axis."""
ROOM = 1.1


def occupation(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw the share of each state in the time so far, at most twelve states; of many members a band and the median.

    Args:
        variable: times in each state, dims `(t, state)` whatever the second is called, with or without a leading
            `member`; `<state>_name` names the lines.
        ax: the axes.

    Raises:
        ValueError: no frames, or other dimensions.
    """
    require_frames(variable)
    others = [str(dim) for dim in variable.dims if dim not in ("member", "t")]
    if "t" not in variable.dims or len(others) != 1:
        raise ValueError(
            f"{variable.name}: occupation must have dims (t, state), got {variable.dims}; choose with isel"
        )
    (along,) = others
    members = some_members(variable)
    t = positions(members, "t")
    values = np.asarray(members.transpose(..., along, "t").values, dtype=np.float64).reshape(
        -1, variable.sizes[along], len(t)
    )
    total = values.sum(axis=1, keepdims=True)
    shares = np.divide(values, total, out=np.full_like(values, np.nan), where=total > 0)
    named = f"{along}_name" in variable.coords
    names = variable[f"{along}_name"].values if named else [f"state {k}" for k in range(values.shape[1])]
    artists: list[Artist] = []
    for number, name in enumerate(names[:STATES]):
        artists += in_shades(ax, t, shares[:, number], members, **style(number), label=plain(str(name)))
    ax.set_xlabel(dim_label(variable, "t"))
    ax.set_ylabel("share of time in the state")
    # the state at the start has a share of 1 at first, which would press the others down
    late = shares[:, :, len(t) // EARLY :]
    ax.set_ylim(0.0, ROOM * float(np.nanmax(late)) if np.isfinite(late).any() else 1.0)
    say_members(ax, members.sizes.get("member", 1), variable.sizes.get("member"))
    say_differing(ax, members)
    if len(names) > STATES:
        words = [f"the first {STATES} of {len(names)} states", ax.get_title()]
        ax.set_title(", ".join(filter(None, words)), fontsize="medium")
    tight(ax, t)
    tidy(ax)
    legend(ax)
    return artists


OCCUPATION = register(Picture(kind="occupation", draw=occupation))
