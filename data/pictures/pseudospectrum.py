"""Pseudospectra: how near each point of the plane is to the spectrum of an operator."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.eigenvalues import LEAST
from ergodica.data.pictures.field import LONGEST
from ergodica.data.pictures.image import SEQUENTIAL, colour_bar, image
from ergodica.data.pictures.labels import dim_label, label
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.scales import cells
from ergodica.data.pictures.select import require_frames
from ergodica.data.pictures.thin import positions

FEW = 0.005
"""Share of the points that may be below the range of the colours."""

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def pseudospectrum(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw residuals over the plane in colours of their logarithm, a line at each decade, and the unit circle.

    Both axes have one scale, unless the plane is so long that little would be seen.

    Args:
        variable: positive, `(imaginary_part, real_part)`.
        ax: the axes.

    Returns:
        The image, the lines and the circle.

    Raises:
        ValueError: not two dimensions.
    """
    from matplotlib.colors import LogNorm

    require_frames(variable)
    if variable.ndim != 2:
        raise ValueError(
            f"{variable.name}: a pseudospectrum must have two dimensions, got {dict(variable.sizes)}; select"
        )
    up, across = (str(dim) for dim in variable.dims)
    values = np.asarray(variable.values, dtype=np.float64)
    x, y = positions(variable, across), positions(variable, up)
    finite = values[np.isfinite(values)]
    # a point that hits an eigenvalue has round-off for a residual, which must not take all colours
    low, high = np.quantile(finite, [FEW, 1.0]) if finite.size else (LEAST, 1.0)
    low = max(low, LEAST)
    values = np.clip(values, low, None)
    drawn = image(ax, cells(x)[0], cells(y)[0], values, LogNorm(low, max(high, 1.001 * low)), SEQUENTIAL)
    artists: list[Artist] = [drawn]  # type: ignore[list-item]
    decades = 10.0 ** np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    if len(decades) and min(values.shape) > 1:
        lines = ax.contour(x, y, values, levels=decades, colors="white", linewidths=0.9)
        ax.clabel(lines, fmt="%g", fontsize="small")
        artists.append(lines)
    angle = np.linspace(0, 2 * np.pi, 361)
    artists += ax.plot(np.cos(angle), np.sin(angle), color="white", linewidth=1.0, linestyle="--")
    ax.set_xlim(cells(x)[0][0], cells(x)[0][-1])
    ax.set_ylim(cells(y)[0][0], cells(y)[0][-1])
    if 1 / LONGEST < np.ptp(ax.get_ylim()) / np.ptp(ax.get_xlim()) < LONGEST:
        ax.set_aspect("equal")  # so that the circle is one
    ax.set_xlabel(dim_label(variable, across))
    ax.set_ylabel(dim_label(variable, up))
    colour_bar(ax, drawn, label(variable))
    return artists


PSEUDOSPECTRUM = register(Picture(kind="pseudospectrum", draw=pseudospectrum, shape="map"))
