"""Bifurcation diagrams: the points of an attractor over a parameter."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.dots import CELLS, FEW, shade
from ergodica.data.pictures.labels import dim_label, label, symbol_of
from ergodica.data.pictures.lines import tidy, tight
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.select import member_words, one_member, require_frames
from ergodica.data.pictures.thin import edges, positions

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COLOUR = "#08306b"
UNIFORM = 1e-6


def bifurcation(variable: "xr.DataArray", ax: "Axes", *, member: int | None = None) -> "list[Artist]":
    """Draw the points over the parameter, darker where they are denser.

    Args:
        variable: dims `(<parameter>, point)`, with or without a leading `member`; NaN where there are fewer
            points, all NaN where the orbit left.
        ax: the axes.
        member: which member; the first unless told.

    Returns:
        Dots for up to 20,000 points, else an image whose shade goes with the logarithm of the density at each
        value of the parameter.

    Raises:
        ValueError: no values, or other dims.
    """
    require_frames(variable)
    words = member_words(variable, member)
    variable = one_member(variable, member)
    others = [str(dim) for dim in variable.dims if dim != "point"]
    if len(others) != 1 or variable.ndim != 2:
        raise ValueError(
            f"{variable.name}: a bifurcation diagram must have dims (<parameter>, point), got {variable.dims}; "
            "rename them"
        )
    parameter = others[0]
    at = positions(variable, parameter)
    values = np.asarray(variable.transpose(parameter, "point").values, dtype=np.float64)
    artists: list[Artist] = []
    found = np.isfinite(values)
    if found.sum() <= FEW or not _uniform(at):
        rows, _ = np.nonzero(found)
        size = float(np.clip(4000 / max(len(rows), 1), 0.3, 12))
        artists.append(ax.scatter(at[rows], values[found], s=size, color=COLOUR, linewidths=0))
    else:
        artists.append(_density(ax, at, values, found))
    ax.set_xlabel(_named(variable, parameter))
    ax.set_ylabel(label(variable))
    if words:
        ax.set_title(words, fontsize="medium")
    tight(ax, at)
    tidy(ax)
    return artists


def _density(ax: "Axes", at: np.ndarray, values: np.ndarray, found: np.ndarray) -> "Artist":
    low, high = float(values[found].min()), float(values[found].max())
    room = 0.03 * (high - low) or 0.5
    rows = np.linspace(low - room, high + room, CELLS[0] + 1)
    columns = edges(at) if at[0] < at[-1] else edges(at)[::-1]
    wide = -(-len(at) // CELLS[1])
    index, _ = np.nonzero(found)
    index = index if at[0] < at[-1] else len(at) - 1 - index
    shape = (CELLS[0], -(-len(at) // wide))
    level = np.clip(np.searchsorted(rows, values[found], side="right") - 1, 0, CELLS[0] - 1)
    count = np.bincount(level * shape[1] + index // wide, minlength=shape[0] * shape[1])
    # the last column may stand for fewer values than the others
    last = columns[0] + (columns[1] - columns[0]) * wide * shape[1]
    return shade(ax, count.reshape(shape), [np.array([columns[0], last]), rows], COLOUR)


def _named(variable: "xr.DataArray", parameter: str) -> str:
    """The parameter's name as a symbol before what it means: `r, growth rate`."""
    words, name = dim_label(variable, parameter), f"${symbol_of(parameter)}$"
    return name if words == parameter else f"{name}, {words}"


def _uniform(at: np.ndarray) -> bool:
    steps = np.diff(at)
    return bool(len(at) > 1 and np.allclose(steps, steps[0], rtol=UNIFORM, atol=0) and steps[0] != 0)


def panels(variable: "xr.DataArray", *, member: int | None = None) -> list[Panel]:
    """One panel."""
    return [Panel(draw=lambda ax: bifurcation(variable, ax, member=member), shape="map")]


BIFURCATION = register(Picture(kind="bifurcation", draw=bifurcation, panels=panels, shape="map"))
