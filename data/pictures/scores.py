"""Scores of models on systems: a map of all, and how many systems each model does so well on."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.pictures.image import MISSING, SEQUENTIAL, colour_bar
from ergodica.data.pictures.labels import label
from ergodica.data.pictures.lines import legend, style, tidy
from ergodica.data.pictures.registry import Panel, Picture, register
from ergodica.data.pictures.score_medians import FAILED, larger_is_better, over_starts
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
AT_THE_EDGE: dict[str, Any] = {"clip_on": False, "zorder": 3}
"""A line along the frame lies on it in its full width."""


def scores(variable: "xr.DataArray", ax: "Axes", *, condition: int = 0) -> "list[Artist]":
    """Draw scores as colours, models over systems, both ordered by their medians.

    Args:
        variable: dims `(system, model)`, with or without `condition`, `start` (the median is taken) and `horizon` (the
            last one is taken), names in the coordinates `system_name` and so on; a failure, see `over_starts`, counts
            as the worst score; what is not finite is left grey.
        ax: the axes.
        condition: number of the condition.

    Returns:
        The mesh.

    Raises:
        ValueError: no systems or models.
    """
    table = _table(variable, condition)
    easy, best = _ranked(variable, table, axis=1), _ranked(variable, table)
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
    beyond = np.nanmin(table, initial=np.inf) < norm.vmin
    colour_bar(ax, drawn, label(variable), "min" if beyond else "neither")
    _entitle(variable, ax, condition)
    return [drawn]


def distribution(
    variable: "xr.DataArray", ax: "Axes", *, condition: int = 0, named: bool = True
) -> "list[Artist]":
    """Draw for each model the share of systems on which its score is at most x; at least x where larger is better.

    A line that ends below 1 belongs to a model that failed on the others. A model has the look of its number in the
    dataset: the same in all panels, whoever is best, and also where more models stand behind it.

    Args:
        variable, ax, condition: as of `scores`.
        named: with a legend.
    """
    table, falling = _table(variable, condition), larger_is_better(variable)
    # the same axis for all conditions, so that their panels compare
    low, high, wide = _limits(variable)
    artists: list[Artist] = []
    models = _names(variable, "model")
    for i in _ranked(variable, table):
        known = np.sort(table[np.isfinite(table[:, i]), i])
        if len(known):
            count = np.arange(len(known) + 1)
            at = np.maximum([low if falling else known[0], *known], low)
            share = (len(known) - count if falling else count) / np.count_nonzero(~np.isnan(table[:, i]))
            look = style(int(i)) | AT_THE_EDGE
            artists += ax.step(at, share, where="post", label=models[i], linewidth=1.5, **look)
    if wide:
        ax.set_xscale("log")
    if high > low:
        ax.set_xlim(low, high)
    ax.set_ylim(0, 1.02)
    ax.set_yticks(np.linspace(0, 1, 5))
    ax.set_xlabel(label(variable))
    ax.set_ylabel(f"share of systems {'above' if falling else 'below'}")
    _entitle(variable, ax, condition)
    tidy(ax)
    if named:
        legend(ax, least=1, columns=3)
    return artists


def panels(variable: "xr.DataArray") -> list[Panel]:
    """The map of the first condition, and the distribution of each, up to six."""
    lines, known = [], np.zeros(variable.sizes.get("model", 1), bool)
    for i in range(min(variable.sizes.get("condition", 1), MOST_CONDITIONS)):
        drawn = np.isfinite(_table(variable, i)).any(axis=0)
        # a model looks the same in all panels: a legend where one is drawn for the first time
        lines.append(
            Panel(draw=partial(distribution, variable, condition=i, named=bool((drawn & ~known).any())))
        )
        known |= drawn
    return [Panel(draw=partial(scores, variable), shape="map"), *lines]


def _table(variable: "xr.DataArray", condition: int) -> np.ndarray:
    """(systems, models); NaN where nothing was tried."""
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
    failed = variable.coords.get(FAILED)
    found = over_starts(variable.drop_vars(FAILED, errors="ignore"), failed)
    return np.asarray(found.transpose("system", "model").values, dtype=np.float64)


def _ranked(variable: "xr.DataArray", table: np.ndarray, axis: int = 0) -> np.ndarray:
    """Numbers of the models, or along `axis=1` of the systems, the best median first."""
    medians = np.full(table.shape[1 - axis], np.nan)
    tried = ~np.isnan(table).all(axis=axis)
    medians[tried] = np.nanmedian(np.compress(tried, table, axis=1 - axis), axis=axis)
    return np.argsort(-medians if larger_is_better(variable) else medians, kind="stable")


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
