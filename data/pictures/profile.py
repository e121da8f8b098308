"""Profiles: a quantity over a distance, a lag or a value, such as g(r) or a correlation, its mean over time."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.companions import ERROR
from ergodica.data.pictures.labels import NARROW, dim_label, label
from ergodica.data.pictures.lines import COLOURS, FEW_MEMBERS, ensemble, say_members, tidy, tight
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import require_frames, some_members
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def profile(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw a quantity over its one dimension beside `t` and `member`.

    Args:
        variable: dims `(r,)`, `(t, r)`, or any name instead of `r`; the mean over `t` is drawn. `member` gives a
            line each, more than six a band and their median. A coordinate `standard_error` of the same dims is
            drawn as a band about a single line.
        ax: the axes.

    Returns:
        The lines and bands.

    Raises:
        ValueError: no frames, or further dimensions.
    """
    along, x, values = averaged(variable)
    artists = ensemble(ax, x, values, color=COLOURS[0])
    error = error_of(variable, along)
    if len(values) == 1 and error is not None:
        band = ax.fill_between(
            x, values[0] - error, values[0] + error, color=COLOURS[0], alpha=0.25, linewidth=0
        )
        artists.append(band)
    ax.set_xlabel(dim_label(variable, along))
    ax.set_ylabel(label(variable, width=NARROW))
    tight(ax, x)
    say(ax, variable, len(values))
    tidy(ax)
    return artists


def averaged(variable: "xr.DataArray") -> tuple[str, np.ndarray, np.ndarray]:
    """The dimension of a profile, its positions `(n,)`, and the means over time `(members, n)`.

    Raises:
        ValueError: no frames, or not one dimension beside `t` and `member`.
    """
    require_frames(variable)
    others = [str(dim) for dim in variable.dims if dim not in ("t", "member")]
    if len(others) != 1:
        raise ValueError(
            f"{variable.name}: a profile must have one dimension besides t and member, got {others}; select"
        )
    (along,) = others
    variable = variable.sortby(along) if along in variable.coords else variable
    some: Any = some_members(variable)
    some = some.mean("t", skipna=True) if "t" in some.dims else some
    values = np.asarray(some.transpose(..., along).values, dtype=np.float64)
    return along, positions(variable, along), np.atleast_2d(values)


def error_of(variable: "xr.DataArray", along: str) -> np.ndarray | None:
    """Standard errors of a single profile that is no mean of several."""
    if ERROR not in variable.coords or variable[ERROR].dims != (along,):
        return None
    return np.asarray(variable[ERROR].values, dtype=np.float64)


def say(ax: "Axes", variable: "xr.DataArray", members: int) -> None:
    """Say over how many frames and members the profile goes."""
    frames = variable.sizes.get("t", 1)
    say_members(ax, members, variable.sizes.get("member"), None if members > FEW_MEMBERS else "")
    words = [ax.get_title(), f"mean of {frames} times" if frames > 1 else ""]
    ax.set_title(", ".join(filter(None, words)), fontsize="medium")


PROFILE = register(Picture(kind="profile", draw=profile))
