"""Error of the correlation dimension of a forecast."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.labelled import Dim, describe, is_labelled
from ergodica.estimators.recurrence.correlation_dimension import correlation_dimension
from ergodica.estimators.registry import register


def _square_and_line(rng: np.random.Generator) -> tuple[Array, Array]:
    line = rng.random(2000)
    return np.stack([line, line], axis=1), rng.random((2000, 2))


CLAIMS = Claims(
    needs="vectors in order, for a dimension D about 10^(2+0.4 D) of them, and two windows of Theiler",
    cost="O(n log n)",
    exact=(
        Exact(name="equal", sample=lambda rng: (one := rng.normal(size=(500, 2)), one), value=0.0),
        Exact(
            name="a line for a square",
            sample=_square_and_line,
            value=1.0,
            bias=0.03,
            spread=0.025,
            source="dimensions 1 and 2",
        ),
    ),
)


@register(family="forecasts", takes={"forecast": "path", "truth": "path"}, claims=CLAIMS)
def correlation_dimension_error(
    forecast: Any,
    truth: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    theiler: int = 0,
) -> Any:
    """Error of the correlation dimension of a forecast: how far it is from that of the truth.

    e = |D2(f) - D2(y)|

    Args:
        forecast, truth: paths, DataArrays or plain arrays of real numbers, of any length.
        dim: the dimension of time; every other one is mapped.
        feature_dim: the components; None for scalars.
        theiler: window of Theiler in samples, see `correlation_dimension`; a few correlation times for flows.

    Returns:
        DataArray over the other dimensions (`lane0`, ... of a plain array), without unit. NaN where one of the two has
        no dimension, as a forecast that came to rest.

    Raises:
        TypeError, ValueError: as for `correlation_dimension`.

    Good values: 20,000 samples of each, theiler of one period. Values below the standard errors of the two dimensions
    say that they are equal.

    Source: Grassberger and Procaccia 1983, Physica D 9, 189; Gilpin 2021, arXiv 2110.05266, as a score.
    """
    found = [
        correlation_dimension(_real(one), dim=dim, feature_dim=feature_dim, theiler=theiler).dimension
        for one in (forecast, truth)
    ]
    return describe(
        abs(found[0] - found[1]),
        "correlation_dimension_error",
        "1",
        "error of the correlation dimension",
        f"correlation_dimension_error(theiler={theiler})",
    )


def _real(x: Any) -> Any:
    """Whole numbers as what they measure."""
    x = x if is_labelled(x) else np.asarray(x)
    return x.astype(np.float64) if x.dtype.kind in "iu" else x
