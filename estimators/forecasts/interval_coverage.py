"""Coverage of the intervals of draws."""

import math
from typing import Any

import numpy as np

from ergodica.data.declarations import REALIZATION
from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.forecasts.pairs import draws
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label
from ergodica.numerics.errors import ParameterError

LEVEL = 0.9


def _exchangeable(rng: np.random.Generator) -> tuple[Array, Array]:
    return rng.normal(size=(1000, 19)), rng.normal(size=1000)


CLAIMS = Claims(
    needs="2/(1 - level) - 1 draws at each time, 19 for 90 %",
    cost="O(n m log m) of m draws",
    invariances={"shift": 1e-2, "scale": 1e-12, "sign": 1e-12, "order": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(
            name="draws of the truth's own Gaussian",
            sample=_exchangeable,
            value=0.9,
            spread=math.sqrt(0.09 / 1000),
            source="the rank of the truth among 19 draws is even over 20 places",
        ),
        Exact(
            name="far off",
            sample=lambda rng: (rng.random((50, 19)), 2 + rng.random(50)),
            value=0.0,
        ),
    ),
)


@register(family="forecasts", takes={"forecast": "draws", "truth": "series"}, claims=CLAIMS)
def interval_coverage(
    forecast: Any,
    truth: Any,
    *,
    dim: Dim = None,
    realization: str | int = REALIZATION,
    level: float = LEVEL,
) -> Any:
    """Coverage: how often the truth lies in the central interval of the draws of a forecast.

    c = share of times with q_(1-l)/2 <= y <= q_(1+l)/2, q_p the draw of rank p (m + 1), between two draws interpolated

    Draws from the distribution that the truth is from cover a share l, whatever their number m.

    Args:
        forecast: draws, a DataArray or a plain array of real numbers.
        truth: what came, the same dimensions but that of the draws.
        dim: the dimension that is counted over, or several, such as "t"; of plain
            arrays the number of an axis of `truth`. Every other one is mapped.
        realization: the dimension of the draws; of plain arrays the number of an axis, by default the last.
        level: l, between 0 and 1.

    Returns:
        DataArray over the other dimensions, or an array, from 0 to 1: below `level` the forecast is too sure, above it
        too careful. NaN where a lane holds NaN or infinity.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: a level out of range, fewer than 2/(1 - level) - 1 draws, dimensions that do not match.

    Good values: level=.9 with 19 or 39 draws, where the ranks are whole. Times of one orbit hang together: the spread
    of the share is that of the number of independent starts.

    Source: Gneiting, Balabdaoui, Raftery 2007, J. R. Stat. Soc. B 69, 243; Hyndman and Fan 1996, Am. Stat. 50, 361, 6.
    """
    check_level(level)
    least = math.ceil(2 / (1 - level) - 1 - 1e-9)
    label = Label(
        name="interval_coverage",
        units="1",
        long_name=f"share of truths within the interval of {100 * level:g} %",
        method=f"interval_coverage(level={level:g})",
    )

    def lanes(f: Array, y: Array) -> Array:
        ordered, m = np.sort(f, axis=-1), f.shape[-1]
        low, high = (_ranked(ordered, (1 + side * level) / 2 * (m + 1)) for side in (-1, 1))
        return np.asarray(((low <= y) & (y <= high)).mean(axis=-1))

    return draws(lanes, forecast, truth, label=label, dim=dim, realization=realization, least_draws=least)


def check_level(level: float) -> None:
    """Refuse what is no share.

    Raises:
        ParameterError: not between 0 and 1.
    """
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise ParameterError(f"level: must lie between 0 and 1, got {level!r}; use {LEVEL}")


def _ranked(ordered: Array, rank: float) -> Array:
    """The value of a rank from 1 to m, interpolated."""
    # a rank that is whole but for round-off is that draw
    rank = min(max(round(rank, 9), 1.0), float(ordered.shape[-1]))
    below = int(rank) - 1
    share = rank - 1 - below
    above = min(below + 1, ordered.shape[-1] - 1)
    return np.asarray(ordered[..., below] + share * (ordered[..., above] - ordered[..., below]))
