"""Planes: points given by two numbers, such as entropy and complexity."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.image import SEQUENTIAL, colour_bar
from ergodica.data.pictures.labels import dim_label, label, plain
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import listed, require_frames
from ergodica.data.pictures.thin import evenly, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

POINTS = 20_000


def plane(data: "xr.DataArray | xr.Dataset", ax: "Axes") -> "list[Artist]":
    """Draw points in a plane, coloured by time where they have one.

    Args:
        data: a variable whose last dimension has size 2 (across, up), or a dataset of two variables.
        ax: the axes.

    Returns:
        The scatter; at most 20,000 evenly chosen points.

    Raises:
        ValueError: not two numbers a point, or no points.
    """
    (x, y), names = _pair(data)
    require_frames(x)
    order = [str(dim) for dim in x.dims]
    across = np.asarray(x.values, dtype=np.float64).ravel()
    up = np.asarray(y.transpose(*order).values, dtype=np.float64).ravel()
    chosen = evenly(across.size, POINTS)
    if "t" in order and x.sizes["t"] > 1:
        shape = [-1 if dim == "t" else 1 for dim in order]
        time = np.broadcast_to(positions(x, "t").reshape(shape), x.shape).ravel()
        drawn = ax.scatter(across[chosen], up[chosen], c=time[chosen], cmap=SEQUENTIAL, s=12, linewidths=0)
        colour_bar(ax, drawn, dim_label(x, "t"))
    else:
        drawn = ax.scatter(across[chosen], up[chosen], color=COLOURS[0], s=12, linewidths=0)
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])
    tidy(ax)
    return [drawn]


def _pair(data: "xr.DataArray | xr.Dataset") -> "tuple[tuple[xr.DataArray, xr.DataArray], tuple[str, str]]":
    import xarray as xr

    if isinstance(data, xr.Dataset):
        found = listed(data)
        if len(found) != 2:
            raise ValueError(
                f"plane: must be given two variables, got {len(found)}; select two of the dataset"
            )
        return (found[0], found[1]), (label(found[0]), label(found[1]))
    last = str(data.dims[-1]) if data.ndim else ""
    if not last or data.sizes[last] != 2:
        raise ValueError(
            f"{data.name}: a plane's last dimension must have size 2, got {dict(data.sizes)}; select two"
        )
    words = data.coords.get(f"{last}_name")
    words = data.coords.get(last) if words is None else words
    names = [str(one) for one in words.values] if words is not None else ["0", "1"]
    return (data.isel({last: 0}, drop=True), data.isel({last: 1}, drop=True)), (
        plain(names[0]),
        plain(names[1]),
    )


PLANE = register(Picture(kind="plane", draw=plane, shape="map"))
