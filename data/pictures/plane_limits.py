"""Limits of a plane: the curves between which its points lie, such as those of complexity."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import dim_label, label
from ergodica.data.pictures.lines import tidy
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import listed

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

GREY = "0.55"


def plane_limits(data: "xr.DataArray | xr.Dataset", ax: "Axes") -> "list[Artist]":
    """Draw curves over one dimension in grey, behind the points of `plane`.

    Args:
        data: a variable over one dimension, or a dataset of such variables.
        ax: the axes.

    Returns:
        One line a variable.

    Raises:
        ValueError: other dims.
    """
    import xarray as xr

    curves = listed(data) if isinstance(data, xr.Dataset) else [data]
    artists: list[Artist] = []
    for curve in curves:
        if curve.ndim != 1:
            raise ValueError(
                f"{curve.name}: a limit of a plane must have one dimension, got {dict(curve.sizes)}; select"
            )
        dim = str(curve.dims[0])
        across = np.asarray(curve[dim].values, dtype=np.float64)
        artists += ax.plot(across, curve.values, color=GREY, linewidth=1.0, zorder=0)
        ax.set_xlabel(dim_label(curve, dim))
        ax.set_ylabel(label(curve))
    tidy(ax)
    return artists


PLANE_LIMITS = register(Picture(kind="plane_limits", draw=plane_limits, shape="map"))
