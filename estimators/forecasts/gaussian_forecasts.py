"""Scores of forecasts that say a mean and a standard deviation."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.forecasts.interval_coverage import LEVEL, check_level
from ergodica.estimators.forecasts.pairs import aligned
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.numerics.errors import ParameterError

TAKES = {"mean": "series", "deviation": "weights", "truth": "series"}


def _calibrated(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    return np.zeros(1000), np.ones(1000), rng.normal(size=1000)


def _claims(*exact: Exact) -> Claims:
    return Claims(
        needs="a mean and a standard deviation >= 0 at each time",
        cost="O(n)",
        invariances={"order": 1e-12, "reversal": 1e-12},
        exact=exact,
    )


@register(
    family="forecasts",
    takes=TAKES,
    claims=_claims(
        Exact(
            name="the truth's own Gaussian",
            sample=_calibrated,
            value=1 / math.sqrt(math.pi),
            spread=0.0106,
            source="E|X - Y|/2 of two standard Gaussians",
        ),
        Exact(
            name="its mean",
            sample=lambda rng: (np.ones(9), np.full(9, 2.0), np.ones(9)),
            value=2 * (math.sqrt(2) - 1) / math.sqrt(math.pi),
            bias=1e-15,
            source="2 s phi(0) - s/sqrt(pi)",
        ),
    ),
)
def gaussian_crps(mean: Any, deviation: Any, truth: Any, *, dim: Dim = None) -> Any:
    """Continuous ranked probability score of a Gaussian forecast, averaged over time.

    c = mean over times of s [z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)],  z = (y - m)/s

    Args:
        mean, deviation: m and s of the forecast, s >= 0; DataArrays or plain arrays of real numbers.
        truth: what came, y.
        dim: the dimension that is averaged over, or several, such as "t"; every other one is mapped.

    Returns:
        DataArray over the other dimensions, or an array, in the unit of the data: |y - m| where s = 0, .2337 s
        where the truth is the mean. NaN where a lane holds NaN or infinity.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: a negative deviation, or dimensions that do not match.

    Good values: compare with `crps` of draws, which it is the limit of.

    Source: Gneiting, Raftery, Westveld, Goldman 2005, Mon. Weather Rev. 133, 1098, eq. 5.
    """
    from scipy.special import ndtr

    def score(m: Array, s: Array, y: Array) -> Array:
        z = (y - m) / np.where(s > 0, s, 1.0)
        bell = np.exp(-(z**2) / 2) * math.sqrt(2 / math.pi)
        return np.where(s > 0, s * (z * (2 * ndtr(z) - 1) + bell - 1 / math.sqrt(math.pi)), np.abs(y - m))

    units = str(getattr(truth, "attrs", {}).get("units", "1")) or "1"
    label = Label(
        name="gaussian_crps",
        units=units,
        long_name="continuous ranked probability score of a Gaussian",
        method="gaussian_crps()",
    )
    return _averaged(score, mean, deviation, truth, label, dim)


@register(
    family="forecasts",
    takes=TAKES,
    claims=_claims(
        Exact(
            name="the truth's own Gaussian",
            sample=_calibrated,
            value=0.9,
            spread=math.sqrt(0.09 / 1000),
            source="its quantiles",
        ),
    ),
)
def gaussian_coverage(mean: Any, deviation: Any, truth: Any, *, dim: Dim = None, level: float = LEVEL) -> Any:
    """Coverage of a Gaussian forecast: how often the truth lies in its central interval.

    c = share of times with |y - m| <= s Phi^-1((1 + level)/2)

    Args:
        mean, deviation: m and s of the forecast, s >= 0; DataArrays or plain arrays of real numbers.
        truth: what came, y.
        dim: the dimension that is counted over, or several, such as "t"; every other one is mapped.
        level: between 0 and 1.

    Returns:
        DataArray over the other dimensions, or an array, from 0 to 1. NaN where a lane holds NaN or infinity.

    Raises:
        TypeError: data that are no real numbers.
        ValueError: a level out of range, a negative deviation, dimensions that do not match.

    Good values: as for `interval_coverage`.

    Source: Gneiting, Balabdaoui, Raftery 2007, J. R. Stat. Soc. B 69, 243.
    """
    from scipy.special import ndtri

    check_level(level)
    reach = float(ndtri((1 + level) / 2))
    label = Label(
        name="gaussian_coverage",
        units="1",
        long_name=f"share of truths within the interval of {100 * level:g} %",
        method=f"gaussian_coverage(level={level:g})",
    )
    return _averaged(
        lambda m, s, y: (np.abs(y - m) <= reach * s).astype(np.float64), mean, deviation, truth, label, dim
    )


def _averaged(
    score: Callable[[Array, Array, Array], Array],
    mean: Any,
    deviation: Any,
    truth: Any,
    label: Label,
    dim: Dim,
) -> Any:
    """The mean over time of the score of each value."""

    def lanes(m: NDArray[Any], s: NDArray[Any], y: NDArray[Any]) -> Array:
        if (s < 0).any():
            raise ParameterError(f"deviation: must be >= 0, got {s.min():g}; give the standard deviation")
        return np.asarray(score(*(one.astype(np.float64) for one in (m, s, y))).mean(axis=-1))

    mean, truth = aligned(mean, truth)
    deviation = aligned(mean, deviation)[1]
    return estimate(
        lanes,
        {"mean": mean, "deviation": deviation, "truth": truth},
        label=label,
        dim=dim,
        vectors=False,
        continuous=False,
        least=1,
    )
