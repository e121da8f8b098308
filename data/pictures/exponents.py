"""Exponents: rates with their errors around zero; over time how they settle, or how they spread."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.labels import NARROW, dim_label, label, with_error
from ergodica.data.pictures.lines import COLOURS, ensemble, legend, median, style, tidy, tight
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.select import require_frames, some_members
from ergodica.data.pictures.thin import positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

LINES, BINS = 12, 80
WORDED = 8
"""Up to so many exponents have their value and error beside them."""
ERROR = "standard_error"
LEAST_FRAMES = 3
ROUND_OFF = 1e-13
ROUGH = 0.02
"""Exponents whose steps are of this share of their range do not settle: they are local ones."""


def exponents(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw exponents as points over their index, or as lines over time, with a line at zero.

    Args:
        variable: dims `(index,)` or `(t, index)`, with or without `member`; at most twelve lines are drawn. A
            coordinate `standard_error` along `index` becomes error bars.
        ax: the axes.

    Returns:
        The line at zero, then points or lines, then the error bars.

    Raises:
        ValueError: no frames, or no dimension `index`.
    """
    from matplotlib.ticker import MaxNLocator

    _check(variable)
    artists: list[Artist] = [ax.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)]
    index = positions(variable, "index")
    if "t" in variable.dims:
        variable = some_members(variable)
        t = positions(variable, "t")
        for number in range(min(LINES, len(index))):
            values = variable.isel(index=number).transpose(..., "t").values
            lines = np.asarray(values, dtype=np.float64).reshape(-1, len(t))
            artists += ensemble(ax, t, lines, **style(number), label=f"{index[number]:g}", linewidth=1.2)
        ax.set_xlabel(dim_label(variable, "t"))
        tight(ax, t)
    else:
        points = np.asarray(variable.transpose("index", ...).values).reshape(len(index), -1)
        artists += ax.plot(index, points, color=COLOURS[0], marker="o", markersize=4, linestyle="none")
        error = variable.coords.get(ERROR)
        if error is not None and error.dims == variable.dims:
            bars = ax.errorbar(
                index, points[:, 0], np.asarray(error.values), fmt="none", ecolor=COLOURS[1], capsize=4
            )
            artists += [*bars.lines[1], *bars.lines[2]]
            _word(ax, index, points[:, 0], np.asarray(error.values))
        ax.set_xlabel(dim_label(variable, "index"))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel(label(variable, width=NARROW))
    tidy(ax)
    if "t" in variable.dims:
        legend(ax, columns=6)
    return artists


def settling(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw how far averages up to t are from those at the end, on logarithmic axes, at most twelve.

    Args:
        variable: dims `(t, index)`, with or without `member`.
        ax: the axes.

    Returns:
        Lines, each with the value at its end in the legend; the end itself is not drawn.

    Raises:
        ValueError: no frames, or no dimension `index`.
    """
    _check(variable)
    variable = some_members(variable)
    t, index = positions(variable, "t"), positions(variable, "index")
    artists: list[Artist] = []
    for number in range(min(LINES, len(index))):
        values = np.asarray(variable.isel(index=number).transpose(..., "t").values, dtype=np.float64)
        values = values.reshape(-1, len(t))
        away = np.abs(values - values[:, -1:])[:, :-1]
        # round-off of a sum is no distance, and a logarithm has no zero
        away[away <= ROUND_OFF * np.abs(values[:, -1:])] = np.nan
        if not np.isfinite(away).any():
            continue
        name = f"{index[number]:g}: {median(values[:, -1:])[0]:.4g}"
        artists += ensemble(ax, t[:-1], away, **style(number), label=name, linewidth=0.9)
    ax.set_yscale("log")
    if t[0] > 0:
        ax.set_xscale("log")
    ax.set_xlabel(dim_label(variable, "t"))
    ax.set_ylabel("distance from\nthe value at the end")
    tight(ax, t[:-1])
    tidy(ax)
    legend(ax, least=1, columns=4)
    return artists


def _word(ax: "Axes", index: np.ndarray, values: np.ndarray, errors: np.ndarray) -> None:
    """Values with errors beside their points, as an axis of all exponents hides errors."""
    if len(index) > WORDED:
        return
    for place, value, error in zip(index, values, errors, strict=True):
        if np.isfinite(value):
            ax.annotate(
                with_error(value, error),
                (place, value),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize="small",
            )
    ax.margins(x=0.12, y=0.18)


def distribution(variable: "xr.DataArray", ax: "Axes") -> "list[Artist]":
    """Draw how local exponents are distributed over time and members, at most twelve.

    Args:
        variable: dims `(t, index)`, with or without `member`.
        ax: the axes.

    Raises:
        ValueError: no frames, or no dimension `index`.
    """
    _check(variable)
    variable = some_members(variable)
    index = positions(variable, "index")
    values = np.asarray(variable.transpose("index", ...).values, dtype=np.float64).reshape(len(index), -1)
    artists: list[Artist] = [ax.axvline(0.0, color="0.6", linewidth=0.8, zorder=0)]
    for number, one in enumerate(values[:LINES]):
        finite = one[np.isfinite(one)]
        if not finite.size:
            continue
        count, edges = np.histogram(finite, bins=BINS)
        density = count / finite.size / np.diff(edges)
        artists += ax.step(edges, np.append(density, density[-1]), where="post", **style(number))
        artists[-1].set_label(f"{index[number]:g}")
    ax.set_xlabel(label(variable))
    ax.set_ylabel("probability density")
    ax.set_ylim(bottom=0.0)
    tidy(ax)
    legend(ax, columns=6)
    return artists


def panels(variable: "xr.DataArray") -> list[Panel]:
    """One panel: points, or how averages settle; of local exponents lines and how they are distributed."""
    lines = Panel(draw=lambda ax: exponents(variable, ax))
    if "t" not in variable.dims or variable.sizes["t"] < LEAST_FRAMES:
        return [lines]
    if _rough(variable):
        return [lines, Panel(draw=lambda ax: distribution(variable, ax), sort="distribution")]
    return [Panel(draw=lambda ax: settling(variable, ax), sort="settling")]


def _rough(variable: "xr.DataArray") -> bool:
    some = some_members(variable).isel(index=0)
    late = np.asarray(some.transpose(..., "t").values, dtype=np.float64)[..., some.sizes["t"] // 2 :]
    steps = np.abs(np.diff(late, axis=-1))
    steps, spread = steps[np.isfinite(steps)], np.ptp(late[np.isfinite(late)]) if late.size else 0.0
    middle = float(np.median(np.abs(late[np.isfinite(late)]))) if np.isfinite(late).any() else 0.0
    return bool(steps.size and np.median(steps) > ROUGH * middle and spread > middle)


def _check(variable: "xr.DataArray") -> None:
    if "index" not in variable.dims:
        raise ValueError(
            f"{variable.name}: exponents must have a dimension 'index', got {variable.dims}; rename it"
        )
    require_frames(variable)


EXPONENTS = register(Picture(kind="exponents", draw=exponents, panels=panels))
