"""Mean absolute scaled error."""

from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.forecasts.pairs import scored
from ergodica.estimators.labelled import Dim, describe
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.numerics.errors import whole_number

CLAIMS = Claims(
    needs="series of 2 times or more, and a training series that changes",
    cost="O(n)",
    invariances={"shift": 1e-11, "scale": 1e-12, "sign": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(name="equal", sample=lambda rng: (one := rng.normal(size=50), one, one), value=0.0),
        Exact(
            name="half a step off",
            sample=lambda rng: (np.arange(20.0) + 0.5, np.arange(20.0), 3 + np.arange(20.0)),
            value=0.5,
            source="a ramp's naive error is its step",
        ),
    ),
)


@register(
    family="forecasts", takes={"forecast": "series", "truth": "series", "training": "series"}, claims=CLAIMS
)
def mase(forecast: Any, truth: Any, training: Any, *, dim: Dim = None, lag: int = 1) -> Any:
    """Mean absolute scaled error: of a forecast, in units of the naive error within the training series.

    m = mean |f - y| / mean |x_(i+lag) - x_i|

    Args:
        forecast, truth: what was said and what came, DataArrays or plain arrays of real numbers.
        training: x, the series that the forecast was learned from, of any length above `lag`.
        dim: the dimension of time; every other one is mapped. Components are lanes of their own: average over them.
        lag: of the naive forecast; 1, or a season.

    Returns:
        DataArray over the other dimensions, or an array, without unit: below 1 a forecast is better than the last value
        is for one step. NaN where the training series is constant, or a lane holds NaN or infinity.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: fewer than 2 times or `lag + 1` of training, or coordinates that do not match.

    Good values: lag=1. A smooth orbit sampled densely has a tiny naive error, so values of 10 to 100 are usual there.

    Source: Hyndman and Koehler 2006, Int. J. Forecast. 22, 679, eq. 4.
    """
    lag = whole_number("lag", lag, 1)
    label = Label(name="mase", units="1", long_name="mean absolute scaled error", method=f"mase(lag={lag})")
    error = scored(_absolute, forecast, truth, label=label, dim=dim)

    def naive(x: Array) -> Array:
        x = x.astype(np.float64)
        return np.asarray(np.abs(x[:, lag:] - x[:, :-lag]).mean(axis=1))

    step = estimate(
        naive,
        {"training": training},
        label=label,
        dim=dim,
        vectors=False,
        ordered=True,
        continuous=False,
        least=lag + 1,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        # a series that never changes has no scale
        ratio = error / (step.where(step > 0) if hasattr(step, "where") else np.where(step > 0, step, np.nan))
    return describe(ratio if hasattr(ratio, "dims") else np.asarray(ratio), *_words(label))


def _words(label: Label) -> tuple[str, str, str, str]:
    return label.name, label.units, label.long_name, label.method


def _absolute(f: Array, y: Array) -> Array:
    return np.asarray(np.abs(f - y).reshape(len(f), -1).mean(axis=1))
