"""Scores of models on systems: a map of all, and how many systems each model does so well on."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.pictures.image import MISSING, SEQUENTIAL, colour_bar
from ergodica.data.pictures.labels import label
from ergodica.data.pictures.lines import legend, style, tidy
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.select import require_frames

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize

NAMED_SYSTEMS = 40
DECADES = 5.0
"""Of a logarithmic scale, below the largest score; smaller ones lie at its end."""
WIDE = 1e3
MOST_CONDITIONS = 6


def scores(variable: "xr.DataArray", ax: "Axes", *, condition: int = 0) -> "list[Artist]":
    """Draw scores as colours, models over systems, both ordered by their medians.

    Args:
        variable: dims `(system, model)`, with or without `condition`, `start` (the median is taken) and `horizon` (the
            last one is taken), names in the coordinates `system_name` and so on; NaN is left grey.
        ax: the axes.
        condition: number of the condition.

    Returns:
        The mesh.

    Raises:
        ValueError: no systems or models.
    """
    table = _table(variable, condition)
    easy = np.argsort(_median(table, axis=1), kind="stable")
    best = _ranked(table)
    norm = _norm(variable)
    drawn = ax.pcolormesh(np.ma.masked_invalid(table[easy][:, best].T), norm=norm, cmap=SEQUENTIAL)
    ax.set_facecolor(MISSING)
    models, systems = _names(variable, "model"), _names(variable, "system")
    ax.set_yticks(np.arange(len(models)) + 0.5, [models[i] for i in best], fontsize="small")
    ax.invert_yaxis()
    if len(systems) <= NAMED_SYSTEMS:
        named = [systems[i] for i in easy]
        ax.set_xticks(np.arange(len(systems)) + 0.5, named, rotation=90, fontsize="small")
    ax.set_xlabel(f"{len(systems)} systems, by the median of the models")
    colour_bar(ax, drawn, label(variable))
    _entitle(variable, ax, condition)
    return [drawn]


def distribution(variable: "xr.DataArray", ax: "Axes", *, condition: int = 0) -> "list[Artist]":
    """Draw for each model the share of systems on which its score is at most x.

    A line that ends below 1 belongs to a model that failed on the others.

    Args:
        variable, ax, condition: as of `scores`.
    """
    table = _table(variable, condition)
    tried = int(np.isfinite(table).any(axis=1).sum())
    # the same axis for all conditions, so that their panels compare
    low, high, wide = _limits(variable)
    artists: list[Artist] = []
    models = _names(variable, "model")
    # a model keeps its look in the panels of all conditions
    look = {i: number for number, i in enumerate(_ranked(_table(variable, 0)))}
    for i in _ranked(table):
        known = np.sort(table[np.isfinite(table[:, i]), i])
        if len(known):
            at = np.maximum(known[[0, *range(len(known))]], low)
            share = np.arange(len(known) + 1) / tried
            artists += ax.step(at, share, where="post", label=models[i], linewidth=1.5, **style(look[i]))
    if wide:
        ax.set_xscale("log")
    if high > low:
        ax.set_xlim(low, high)
    ax.set_ylim(0, 1.02)
    ax.set_yticks(np.linspace(0, 1, 5))
    ax.set_xlabel(label(variable))
    ax.set_ylabel("share of systems")
    _entitle(variable, ax, condition)
    tidy(ax)
    legend(ax, least=1, columns=3)
    return artists


def panels(variable: "xr.DataArray") -> list[Panel]:
    """The map of the first condition, and the distribution of each, up to six."""
    count = variable.sizes.get("condition", 1)
    lines = [
        Panel(draw=partial(distribution, variable, condition=i)) for i in range(min(count, MOST_CONDITIONS))
    ]
    return [Panel(draw=partial(scores, variable), shape="map"), *lines]


def _table(variable: "xr.DataArray", condition: int) -> np.ndarray:
    """(systems, models)."""
    require_frames(variable)
    missing = {"system", "model"} - set(variable.dims)
    if missing:
        raise ValueError(
            f"{variable.name}: scores must have the dims system and model, got {variable.dims}; rename them"
        )
    if "condition" in variable.dims:
        variable = variable.isel(condition=condition)
    if "horizon" in variable.dims:
        variable = variable.isel(horizon=-1)
    values = variable.transpose("system", "model", ...).values
    return _median(np.asarray(values, dtype=np.float64).reshape(*values.shape[:2], -1), axis=2)


def _ranked(table: np.ndarray) -> np.ndarray:
    """Numbers of the models by their medians, a failure counted as the worst."""
    tried = np.isfinite(table).any(axis=1)
    medians = np.median(table[tried], axis=0) if tried.any() else np.zeros(table.shape[1])
    return np.argsort(medians, kind="stable")


def _median(values: np.ndarray, axis: int) -> np.ndarray:
    """Of the finite ones; infinite, so the last in order, where there is none."""
    finite = np.isfinite(values)
    none = ~finite.any(axis=axis, keepdims=True)
    return np.asarray(np.nanmedian(np.where(none, np.inf, np.where(finite, values, np.nan)), axis=axis))


def _limits(variable: "xr.DataArray") -> tuple[float, float, bool]:
    """Smallest and largest score of all conditions, and whether they are shown over decades."""
    tables = [_table(variable, i) for i in range(variable.sizes.get("condition", 1))]
    known = np.concatenate([one[np.isfinite(one)] for one in tables])
    if not len(known):
        return 0.0, 1.0, False
    low, high = float(known.min()), float(known.max())
    wide = low > 0 and high > WIDE * low
    return max(low, high / 10**DECADES) if wide else low, high, wide


def _norm(variable: "xr.DataArray") -> "Normalize":
    from matplotlib.colors import LogNorm, Normalize

    low, high, wide = _limits(variable)
    return LogNorm(low, high) if wide else Normalize(low, high)


def _names(variable: "xr.DataArray", dim: str) -> list[str]:
    name = f"{dim}_name" if f"{dim}_name" in variable.coords else dim
    if name not in variable.coords:
        return [str(i) for i in range(variable.sizes.get(dim, 1))]
    return [str(one) for one in np.atleast_1d(variable[name].values)]


def _entitle(variable: "xr.DataArray", ax: "Axes", condition: int) -> None:
    if "condition" in variable.dims:
        ax.set_title(_names(variable, "condition")[condition], fontsize="medium")


SCORES = register(Picture(kind="scores", draw=scores, panels=panels))
