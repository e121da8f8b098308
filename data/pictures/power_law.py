"""Power laws: positive quantities over scales on logarithmic axes, such as a mean squared displacement."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import NARROW, dim_label, label
from ergodica.data.pictures.lines import COLOURS, ensemble, legend, tidy, tight
from ergodica.data.pictures.profile import averaged, error_of, say
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.scales import plain_decades

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

SLOPES = {1: ":", 2: "--"}
"""Guides of a displacement over time: diffusion and straight motion."""
LAG = "lag"


def power_law(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw a quantity over its one dimension beside `t` and `member`, both axes logarithmic.

    Over a `lag` two grey lines show the slopes 1 (diffusion) and 2 (straight motion). What is not positive, such as
    the displacement at lag 0, has no place and is left out.

    Args:
        variable: dims `(lag,)` or `(t, lag)`, any name instead of `lag`, with or without `member`; mean and bands as
            of a `profile`.
        ax: the axes.

    Returns:
        The lines and bands.

    Raises:
        ValueError: no frames, or further dimensions.
    """
    along, x, values = averaged(variable)
    error = error_of(variable, along)
    scales = x > 0
    x, values = x[scales], values[:, scales]
    values = np.where(values > 0, values, np.nan)
    artists = ensemble(ax, x, values, color=COLOURS[0])
    if len(values) == 1 and error is not None:
        low = np.where(values[0] > error[scales], values[0] - error[scales], np.nan)
        band = ax.fill_between(x, low, values[0] + error[scales], color=COLOURS[0], alpha=0.25, linewidth=0)
        artists.append(band)
    # where nothing is positive there is nothing to scale
    if len(x):
        ax.set_xscale("log")
    if np.isfinite(values).any():
        ax.set_yscale("log")
    tight(ax, x)
    if along == LAG:
        _guide(ax, x, values)
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        plain_decades(axis, *limits)
    ax.set_xlabel(dim_label(variable, along))
    ax.set_ylabel(label(variable, width=NARROW))
    say(ax, variable, len(values))
    tidy(ax)
    legend(ax)
    return artists


def _guide(ax: "Axes", x: np.ndarray, values: np.ndarray) -> None:
    """Straight motion from the first point, diffusion to the last, within the limits of the data."""
    known = np.flatnonzero(np.isfinite(values).all(axis=0))
    if len(known) < 2:
        return
    limits = ax.get_ylim()
    middle = np.exp(np.log(values[:, known]).mean(axis=0))
    for slope, place in ((2, 0), (1, -1)):
        line = middle[place] * (x / x[known[place]]) ** slope
        ax.plot(
            x, line, color="0.55", linestyle=SLOPES[slope], linewidth=0.9, label=f"slope {slope}", zorder=1
        )
    ax.set_ylim(limits)


POWER_LAW = register(Picture(kind="power_law", draw=power_law))
