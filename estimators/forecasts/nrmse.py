"""Normalised root mean square error."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.forecasts.pairs import scored
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label
from ergodica.numerics.deviation import deviation

CLAIMS = Claims(
    needs="numbers at 2 times or more; NaN where nothing changes",
    cost="O(n d)",
    invariances={"shift": 1e-11, "scale": 1e-12, "sign": 1e-12, "order": 1e-11, "reversal": 1e-11},
    exact=(
        Exact(name="equal", sample=lambda rng: (one := rng.normal(size=(50, 2)), one), value=0.0),
        Exact(
            name="the mean",
            sample=lambda rng: (np.full((50, 1), (one := rng.normal(size=(50, 1))).mean()), one),
            value=1.0,
            bias=1e-12,
            source="its error is the standard deviation",
        ),
    ),
)


@register(family="forecasts", takes={"forecast": "path", "truth": "path"}, claims=CLAIMS)
def nrmse(
    forecast: Any,
    truth: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    scale: Any = None,
) -> Any:
    """Normalised root mean square error of a forecast.

    e = sqrt(mean over times and components of ((f_j - y_j)/s_j)^2)

    Args:
        forecast, truth: what was said and what came, DataArrays or plain arrays of real numbers.
        dim: the dimension of time, or several; every other one is mapped.
        feature_dim: the components j; None for scalars.
        scale: s, positive: a number, or an array over the components, best the standard deviation of a long run. None
            takes the standard deviation of `truth` along `dim`, and leaves components that do not change out.

    Returns:
        DataArray over the other dimensions, or an array, without unit: 1 for a forecast of the mean, sqrt(2) for an
        independent orbit. NaN where no component of the truth changes, or a lane holds NaN or infinity.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: fewer than 2 times, a scale that is not positive, or coordinates that do not match.

    Good values: scale=training.std("t"), so that a short test does not set its own measure.

    Source: Vlachas et al. 2020, Neural Netw. 126, 191, eq. 18.
    """
    label = Label(name="nrmse", units="1", long_name="normalised root mean square error", method="nrmse()")
    function = _of_own_scale if scale is None else _of_unit_scale
    return scored(function, forecast, truth, label=label, dim=dim, feature_dim=feature_dim, scale=scale)


def squared_errors(f: Array, y: Array) -> Array:
    """((f - y)/s)^2 of `(lanes, n, d)`, s the standard deviation of each component of y; NaN where y is constant."""
    changes = np.ptp(y, axis=1, keepdims=True) > 0
    return np.asarray(((f - y) / np.where(changes, deviation(y, axis=1), np.nan)) ** 2)


def mean_of_changing(squares: Array) -> Array:
    """Mean over components `(..., d)` without those that are NaN: `(...)`, NaN where none is left."""
    known = ~np.isnan(squares)
    count = known.sum(axis=-1)
    return np.asarray(np.where(known, squares, 0.0).sum(axis=-1) / np.where(count > 0, count, np.nan))


def _of_own_scale(f: Array, y: Array) -> Array:
    return np.asarray(np.sqrt(mean_of_changing(squared_errors(f, y)).mean(axis=1)))


def _of_unit_scale(f: Array, y: Array) -> Array:
    return np.asarray(np.sqrt(((f - y) ** 2).reshape(len(f), -1).mean(axis=1)))
