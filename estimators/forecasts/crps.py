"""Continuous ranked probability score of draws."""

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


def _exchangeable(rng: np.random.Generator) -> tuple[Array, Array]:
    return rng.normal(size=(2000, 5)), rng.normal(size=2000)


CLAIMS = Claims(
    needs="two draws or more at each time",
    cost="O(n m log m) of m draws",
    invariances={"shift": 1e-11, "order": 1e-11, "sign": 1e-11, "reversal": 1e-11},
    exact=(
        Exact(
            name="draws that are the truth",
            sample=lambda rng: (np.repeat((one := rng.normal(size=50))[:, None], 4, axis=1), one),
            value=0.0,
        ),
        Exact(
            name="draws of the truth's own Gaussian",
            sample=_exchangeable,
            value=1 / math.sqrt(math.pi),
            spread=0.0105,
            source="E|X - Y|/2 of two standard Gaussians, whatever the number of draws",
        ),
    ),
)


@register(family="forecasts", takes={"forecast": "draws", "truth": "series"}, claims=CLAIMS)
def crps(
    forecast: Any, truth: Any, *, dim: Dim = None, realization: str | int = REALIZATION, fair: bool = True
) -> Any:
    """Continuous ranked probability score of the draws of a forecast, averaged over time.

    c = mean over times of [mean_i |f_i - y| - sum_(i<j) |f_i - f_j|/(m (m - 1))]

    It is the integral of the squared difference between the distribution of the forecast and the step at y, the mean
    absolute error where there is no spread, and least on average for the true distribution. Fair: in the mean over
    draws the value does not depend on their number m.

    Args:
        forecast: draws, a DataArray or a plain array of real numbers.
        truth: what came, the same dimensions but that of the draws.
        dim: the dimension that is averaged over, or several, such as "t"; of plain arrays the number of an axis of
            `truth`. Every other one is mapped.
        realization: the dimension of the draws; of plain arrays the number of an axis, by default the last.
        fair: False divides by m^2, the score of the draws as if they were the whole distribution.

    Returns:
        DataArray over the other dimensions, or an array, in the unit of the data. NaN where a lane holds NaN or
        infinity. A fair score may be negative by chance.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: fewer than 2 draws, or dimensions that do not match.

    Good values: 20 draws or more.

    Source: Gneiting and Raftery 2007, J. Am. Stat. Assoc. 102, 359; Ferro 2014, Q. J. R. Meteorol. Soc. 140, 1917.
    """
    units = str(getattr(truth, "attrs", {}).get("units", "1")) or "1"
    label = Label(
        name="crps", units=units, long_name="continuous ranked probability score", method=f"crps(fair={fair})"
    )

    def lanes(f: Array, y: Array) -> Array:
        m = f.shape[-1]
        # of sorted draws the k-th is larger than k others and smaller than m - 1 - k
        weights = 2 * np.arange(m) - (m - 1)
        apart = (np.sort(f, axis=-1) * weights).sum(axis=-1) / (m * (m - 1) if fair else m * m)
        return np.asarray((np.abs(f - y[..., np.newaxis]).mean(axis=-1) - apart).mean(axis=-1))

    return draws(lanes, forecast, truth, label=label, dim=dim, realization=realization, least_draws=2)
