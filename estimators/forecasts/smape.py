"""Symmetric mean absolute percentage error."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.forecasts.pairs import scored
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label

FULL = 200.0

CLAIMS = Claims(
    needs="numbers at 2 times or more; means something where 0 is far or the values cross it rarely",
    cost="O(n d)",
    invariances={"scale": 1e-12, "sign": 1e-12, "exchange": 1e-12, "order": 1e-10, "reversal": 1e-10},
    exact=(
        Exact(name="equal", sample=lambda rng: (one := rng.normal(size=(50, 1)), one), value=0.0),
        Exact(
            name="three times the truth",
            sample=lambda rng: (3 * (one := rng.normal(size=(50, 1))), one),
            value=100.0,
            bias=1e-11,
            source="200 |3y - y|/(4 |y|)",
        ),
        Exact(name="other sign", sample=lambda rng: (-(one := rng.normal(size=(50, 1))), one), value=200.0),
    ),
)


@register(family="forecasts", takes={"forecast": "samples", "truth": "samples"}, claims=CLAIMS)
def smape(
    forecast: Any,
    truth: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
) -> Any:
    """Symmetric mean absolute percentage error of a forecast, from 0 to 200.

    s = 200 mean |f - y|/(|f| + |y|)

    The mean is over time and components; where both are 0 the forecast is right and adds 0.

    Args:
        forecast, truth: what was said and what came, DataArrays or plain arrays of real numbers.
        dim: the dimension of time, or several; every other one is mapped.
        feature_dim: the components, averaged over; None for scalars.

    Returns:
        DataArray over the other dimensions, or an array, in percent: 0 for a perfect forecast, 200 where the sign is
        always wrong. NaN where a lane holds NaN or infinity.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: fewer than 2 times, or coordinates that do not match.

    Good values: below 20 a forecast is close; that of the attractor's mean scores 80 to 200. Some libraries divide by
    |f| + |y| without the 2: their scale ends at 100.

    Source: Makridakis 1993, Int. J. Forecast. 9, 527; Gilpin 2021, arXiv 2110.05266, for chaotic flows.
    """
    label = Label(
        name="smape", units="%", long_name="symmetric mean absolute percentage error", method="smape()"
    )
    return scored(_smape, forecast, truth, label=label, dim=dim, feature_dim=feature_dim)


def _smape(f: Array, y: Array) -> Array:
    # divided before it is added, so that the largest numbers do not overflow
    sizes = np.abs(f) / 2 + np.abs(y) / 2
    shares = np.abs(f / 2 - y / 2) / np.where(sizes > 0, sizes, 1.0)
    return np.asarray(FULL * shares.reshape(len(f), -1).mean(axis=1))
