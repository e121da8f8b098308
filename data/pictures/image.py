"""A map over two axes with its colour bar: what fields and spectra over time share."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

SEQUENTIAL = "viridis"
DIVERGING = "RdBu_r"
MISSING = "0.8"
UNIFORM = 1e-6
# values that all lie above this share of the largest are told apart better without zero
FAR_FROM_ZERO = 0.5
# a smaller spread, relative to the values, may be rounding of single precision
SPREAD = 1e-6


def image(
    ax: "Axes", x: np.ndarray, y: np.ndarray, values: np.ndarray, norm: "Normalize", cmap: str
) -> "ScalarMappable":
    """Draw `values` (rows over `y`, columns over `x`) between cell edges; missing cells are grey.

    Args:
        ax: the axes.
        x: edges of the columns, shape `(c + 1,)`.
        y: edges of the rows, shape `(r + 1,)`.
        values: shape `(r, c)`, NaN allowed.
        norm: from values to colours.
        cmap: name of the colour map.
    """
    from matplotlib import colormaps

    colours = colormaps[cmap].with_extremes(bad=MISSING)
    drawn: ScalarMappable
    if _uniform(x) and _uniform(y):
        extent = (x[0], _end(x), y[0], _end(y))
        drawn = ax.imshow(values, origin="lower", aspect="auto", extent=extent, norm=norm, cmap=colours)
    else:
        drawn = ax.pcolormesh(x, y, values, norm=norm, cmap=colours, rasterized=True)
    # the last block may reach beyond the data
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    return drawn


def linear_norm(values: np.ndarray, limits: tuple[float, float] | None = None) -> "tuple[Normalize, str]":
    """Norm and colour map: diverging about zero when both signs are there, else sequential.

    The sequential one starts from zero, or from the value nearest to zero where that is more than half of the
    farthest.
    """
    from matplotlib.colors import Normalize

    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    cmap = SEQUENTIAL
    if low < 0 < high:
        high = max(-low, high)
        low, cmap = -high, DIVERGING
    else:
        near, far = (low, high) if low >= 0 else (-high, -low)
        varied = far - near > SPREAD * far
        near, far = near if varied and near > FAR_FROM_ZERO * far else 0.0, far or 1.0
        low, high = (near, far) if low >= 0 else (-far, -near)
    low, high = limits or (low, high)
    return Normalize(low, high), cmap


def starting(norm: "Normalize") -> str:
    """Words for a colour bar from which zero is missing."""
    low, high = norm.vmin, norm.vmax
    return ", colours not from 0" if low is not None and high is not None and low * high > 0 else ""


def colour_bar(ax: "Axes", drawn: "ScalarMappable", text: str, extend: str = "neither") -> Any:
    """A slim colour bar to the right of `ax`; `extend` says at which end an arrow stands for what is beyond."""
    figure = ax.get_figure()
    return (
        None
        if figure is None
        else figure.colorbar(drawn, ax=ax, label=text, extend=extend, pad=0.02, fraction=0.06, aspect=30)
    )


def _uniform(edges: np.ndarray) -> bool:
    steps = np.diff(edges)[:-1] if len(edges) > 2 else np.diff(edges)
    last_is_shorter = bool(edges[-1] - edges[-2] <= steps[0] * (1 + UNIFORM))
    return bool(np.allclose(steps, steps[0], rtol=UNIFORM, atol=0)) and last_is_shorter


def _end(edges: np.ndarray) -> float:
    return float(edges[0] + (edges[1] - edges[0]) * (len(edges) - 1))
