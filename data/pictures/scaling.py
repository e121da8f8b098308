"""Slopes over a scale, such as the local slope of a correlation sum over its radius."""

from typing import TYPE_CHECKING

from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.series import series
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def scaling(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw lines over a logarithmic axis of scales.

    Args:
        variable: one dimension of positive scales, with or without further ones and `member`.
        ax: the axes.

    Raises:
        ValueError: no values.
    """
    artists = series(variable, ax)
    if (positions(variable, str(variable.dims[-1])) > 0).all():
        ax.set_xscale("log")
    ax.set_yscale("linear")
    return artists


SCALING = register(Picture(kind="scaling", draw=scaling))
