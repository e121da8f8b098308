"""Eigenvalues of a step in the plane: around the unit circle, or as rates of growth and frequencies."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.image import SEQUENTIAL, colour_bar
from ergodica.data.pictures.labels import label, plain, units_of
from ergodica.data.pictures.lines import COLOURS, tidy
from ergodica.data.pictures.registry import Picture, register
from ergodica.data.pictures.select import require_frames
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize

MODE = "mode"
LEAST, LARGEST = 1e-16, 1.0
"""Residuals below round-off, and above one, have the colours of these."""
SIZE, LINE = 42.0, 1.4
ROOM = 0.08
SHARE, TICKS = 1e-3, 5
"""Least range of rates, of the largest; and intervals between labels of the real parts at most."""
DECADES = 1.0
"""Least range of the colours, so that residuals of one size are of one colour."""


def eigenvalues(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw eigenvalues as points of the complex plane, coloured by their residual, spurious ones hollow.

    Args:
        variable: complex, over `(mode,)`. Pure numbers are those of a step and have the unit circle beside them; those
            with a unit are rates, with the line between growth and decay. Coordinates over `mode` may hold `residual`,
            `spurious` (1 where it is), and the ends of intervals, `low` and `high`; a picture of a whole dataset puts
            them there. A real one is drawn as points over `mode`.
        ax: the axes.

    Returns:
        The circle or the line, the bars of the intervals, then the points.

    Raises:
        ValueError: not one dimension.
    """
    from matplotlib.ticker import MaxNLocator

    require_frames(variable)
    if variable.ndim != 1:
        raise ValueError(
            f"{variable.name}: eigenvalues must have one dimension, got {dict(variable.sizes)}; select"
        )
    if not np.iscomplexobj(variable):
        return _over_modes(variable, ax)
    z = np.asarray(variable.values)
    step = not units_of(variable)
    artists = _frame(z, step, ax)
    artists += _bars(variable, z, ax)
    artists += _points(variable, z, ax)
    names = ("real part", "imaginary part") if step else ("growth rate", "angular frequency")
    ax.set_xlabel(names[0] + units_of(variable))
    ax.set_ylabel(names[1] + units_of(variable))
    ax.set_title("of a step" if step else "rates", fontsize="medium", loc="left")
    if step:
        finite = abs(z[np.isfinite(z)])
        half = (1 + ROOM) * max(1.0, finite.max(initial=0.0))
        ax.set_xlim(-half, half)
        ax.set_ylim(-half, half)
        ax.set_aspect("equal")
    else:
        ax.margins(ROOM)
        _widen(z, ax)
    tidy(ax)
    # labels of more run into each other
    ax.xaxis.set_major_locator(MaxNLocator(TICKS))
    return artists


def _frame(z: np.ndarray, step: bool, ax: "Axes") -> "list[Artist]":
    if not step:
        return [ax.axvline(0.0, color="0.5", linewidth=1.0, zorder=0)]
    angle = np.linspace(0, 2 * np.pi, 361)
    artists: list[Artist] = list(ax.plot(np.cos(angle), np.sin(angle), color="0.5", linewidth=1.0, zorder=0))
    return artists


def _widen(z: np.ndarray, ax: "Axes") -> None:
    """No range that shows round-off alone."""
    least = SHARE * abs(z[np.isfinite(z)]).max(initial=0.0)
    for axis in (ax.xaxis, ax.yaxis):
        low, high = axis.get_view_interval()
        if high - low < least:
            middle = (low + high) / 2
            axis.set_view_interval(middle - least / 2, middle + least / 2, ignore=True)
    ax.ticklabel_format(scilimits=(-2, 4), useMathText=True)


def _bars(variable: "xr.DataArray", z: np.ndarray, ax: "Axes") -> "list[Artist]":
    if not {"low", "high"} <= set(variable.coords):
        return []
    low, high = (np.asarray(variable.coords[end].values) for end in ("low", "high"))
    look: dict[str, Any] = {"color": "0.35", "linewidth": 1.0, "zorder": 1}
    seen = np.isfinite(low) & np.isfinite(high)
    flat = ax.hlines(z.imag[seen], low.real[seen], high.real[seen], **look)
    # refits in which a real one is of a pair tell of the pairing, not of its frequency
    seen &= z.imag != 0
    upright = ax.vlines(z.real[seen], low.imag[seen], high.imag[seen], **look)
    return [flat, upright]


def _points(variable: "xr.DataArray", z: np.ndarray, ax: "Axes") -> "list[Artist]":
    from matplotlib import colormaps

    residual, spurious = (variable.coords.get(name) for name in ("residual", "spurious"))
    hollow = np.zeros(len(z), bool) if spurious is None else np.asarray(spurious.values) > 0
    colours: Any = [COLOURS[0]] * len(z)
    norm = None if residual is None else _norm(np.asarray(residual.values))
    if residual is not None and norm is not None:
        known = np.nan_to_num(np.clip(residual.values, LEAST, LARGEST), nan=LARGEST)
        colours = colormaps[SEQUENTIAL](norm(known))
    artists: list[Artist] = []
    for which, words, order in ((~hollow, "eigenvalue", 3), (hollow, _why(spurious), 2)):
        if not which.any():
            continue
        chosen = [one for one, there in zip(colours, which, strict=True) if there]
        filled = chosen if words == "eigenvalue" else "none"
        artists.append(
            ax.scatter(
                z.real[which],
                z.imag[which],
                s=SIZE,
                facecolors=filled,
                edgecolors=chosen,
                linewidths=LINE,
                zorder=order,
                label=words,
            )
        )
    if hollow.any():
        # above the axes: points may lie anywhere within
        place: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
        ax.legend(**place, ncols=2, frameon=False, fontsize="small", handletextpad=0.2, columnspacing=1.0)
    if residual is not None and norm is not None:
        from matplotlib.cm import ScalarMappable

        colour_bar(ax, ScalarMappable(norm, SEQUENTIAL), plain("residual"))
    return artists


def _why(spurious: "xr.DataArray | None") -> str:
    """The rule by which they are hollow: of a noisy process a right eigenvalue may be above it."""
    words = "" if spurious is None else str(spurious.attrs.get("long_name", ""))
    return words.partition("1 where the ")[2].replace(" is ", " ") or "spurious by its residual"


def _norm(residual: np.ndarray) -> "Normalize | None":
    from matplotlib.colors import LogNorm

    known = np.clip(residual[np.isfinite(residual)], LEAST, LARGEST)
    if not known.size:
        return None
    low, high = np.log10(known.min()), np.log10(known.max())
    more = max(0.0, DECADES - (high - low)) / 2
    return LogNorm(10 ** (low - more), 10 ** (high + more))


def _over_modes(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    from matplotlib.ticker import MaxNLocator

    values = np.asarray(variable.values, dtype=np.float64)
    artists: list[Artist] = list(
        ax.plot(positions(variable, str(variable.dims[0])), values, "o", color=COLOURS[0], markersize=5)
    )
    finite = values[np.isfinite(values)]
    if finite.size and finite.min() > 0 and finite.max() > 100 * finite.min():
        ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(plain(str(variable.dims[0])))
    ax.set_ylabel(label(variable))
    tidy(ax)
    return artists


EIGENVALUES = register(Picture(kind="eigenvalues", draw=eigenvalues, shape="map"))
