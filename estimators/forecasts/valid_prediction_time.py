"""Valid prediction time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.forecasts.nrmse import mean_of_changing, squared_errors
from ergodica.estimators.forecasts.pairs import aligned, scored
from ergodica.estimators.labelled import Dim, describe
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, sample_spacing
from ergodica.numerics.errors import ParameterError

THRESHOLD = 0.4


def _growing(rng: np.random.Generator) -> tuple[Array, Array]:
    """A sinusoid, and one that is wrong by exp(i/10 - 5) of its standard deviation."""
    truth = np.sin(2 * np.pi * np.arange(200)[:, np.newaxis] / 50)
    return truth + truth.std() * np.exp(np.arange(200)[:, np.newaxis] / 10 - 5), truth


CLAIMS = Claims(
    needs="evenly spaced paths, of one time with dt and scale; NaN where nothing changes",
    cost="O(n d)",
    invariances={"shift": 1e-12, "scale": 1e-12, "sign": 1e-12},
    exact=(
        Exact(
            name="equal",
            sample=lambda rng: (one := rng.normal(size=(50, 2)), one),
            value=5.0,
            source="50 steps of 0.1: to the end",
        ),
        Exact(
            name="an error that grows by a tenth a step",
            sample=_growing,
            value=4.1,
            bias=1e-9,
            source="exp(i/10 - 5) > .4 from i = 41 on, steps of 0.1",
        ),
    ),
)


@register(family="forecasts", takes={"forecast": "path", "truth": "path"}, claims=CLAIMS)
def valid_prediction_time(
    forecast: Any,
    truth: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    threshold: float = THRESHOLD,
    scale: Any = None,
    exponent: Any = None,
    dt: float | None = None,
) -> Any:
    """Valid prediction time: how long a forecast stays within a share of the standard deviation.

    T = dt #{leading times with e_i <= threshold},  e_i = sqrt(mean over j of ((f_ij - y_ij)/s_j)^2)

    The first value of a forecast is one step ahead, so k valid ones are valid for a time k dt.

    Args:
        forecast, truth: what was said and what came, DataArrays or plain arrays of real numbers.
        dim: the dimension of time; every other one is mapped.
        feature_dim: the components j; None for scalars.
        threshold: of the error, positive.
        scale: s, as for `nrmse`: best the standard deviation of a long run.
        exponent: the largest Lyapunov exponent, positive, in the unit of 1/t: the result is then in Lyapunov times. A
            number, or an array over the other dimensions.
        dt: time between samples; None takes the coordinate's.

    Returns:
        DataArray over the other dimensions, or an array, in the unit of `dt`, or in Lyapunov times. At most the length
        of the forecast: a value that reaches it is a lower bound. NaN where nothing changes, or a lane holds NaN or
        infinity.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: a threshold, scale or exponent that is not positive, uneven times, or one time without `dt`.

    Good values: threshold=.4; some papers take .3 or .5, or the norm of the whole state in place of each component.

    Source: Vlachas et al. 2020, Neural Netw. 126, 191, eq. 19.
    """
    if not isinstance(threshold, int | float) or not 0 < threshold < np.inf:
        raise ParameterError(f"threshold: must be a positive number, got {threshold!r}; use 0.4")
    if exponent is not None and not (np.asarray(exponent) > 0).all():
        raise ParameterError(
            f"exponent: must be positive, got {np.min(exponent):g}; a system without chaos has no Lyapunov time, "
            "leave it out"
        )
    forecast, truth = aligned(forecast, truth)
    spacing = sample_spacing(forecast, dim, dt)

    def valid(squares: Array) -> Array:
        wrong = squares > threshold**2
        steps = np.where(wrong.any(axis=1), wrong.argmax(axis=1), squares.shape[1])
        return np.asarray(np.where(np.isnan(squares).any(axis=1), np.nan, steps * spacing))

    def of_own_scale(f: Array, y: Array) -> Array:
        return valid(mean_of_changing(squared_errors(f, y)))

    def of_unit_scale(f: Array, y: Array) -> Array:
        return valid(((f - y) ** 2).mean(axis=2))

    method = f"first normalised error above {threshold:g}"
    units, words = "1", "valid prediction time"
    if exponent is not None:
        words += " in Lyapunov times"
    elif hasattr(forecast, "coords") and isinstance(dim, str) and dim in forecast.coords:
        units = str(forecast[dim].attrs.get("units", "1")) or "1"
    label = Label(name="valid_prediction_time", units=units, long_name=words, method=method)
    function = of_own_scale if scale is None else of_unit_scale
    found = scored(
        function,
        forecast,
        truth,
        label=label,
        dim=dim,
        feature_dim=feature_dim,
        scale=scale,
        ordered=True,
        least=1,
    )
    if exponent is None:
        return found
    return describe(found * exponent, label.name, units, words, method)
