"""Whether an estimate could have come of surrogates: a test of a hypothesis with any estimator."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.evaluated import one_array
from ergodica.estimators.labelled import unmasked
from ergodica.estimators.registry import register_around
from ergodica.estimators.surrogates.iterated_amplitude_adjusted import IteratedAmplitudeAdjusted
from ergodica.estimators.surrogates.method import SurrogateMethod, at_least
from ergodica.estimators.surrogates.surrogate import SURROGATE, check_method, surrogates_of
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

ALTERNATIVES = ("two-sided", "greater", "less")

BATCH_ELEMENTS = 2**20
"""Numbers of surrogates that are in memory together."""

ALIKE = 1e-12
"""Relative: estimates that differ by less differ by the order of their sums."""

WORDS = {
    "statistic": "{what}",
    "p_value": "p-value of the {what}",
    "z_score": "{what}, in standard deviations of the surrogates from their mean",
    "surrogate_mean": "mean {what} of the surrogates",
    "surrogate_spread": "standard deviation of the {what} of the surrogates",
}
OWN_UNITS = ("statistic", "surrogate_mean", "surrogate_spread")


@register_around
def surrogate_test(
    function: Callable[..., Any] | str,
    x: Any,
    *others: Any,
    dim: str = "t",
    feature_dim: str | None = None,
    method: SurrogateMethod = IteratedAmplitudeAdjusted(),
    count: int = 199,
    alternative: str = "two-sided",
    seed: int = 0,
    **options: Any,
) -> "xr.Dataset":
    """Any estimate of data beside that of their surrogates, and the probability of such a one by chance.

    p = (1 + #{T_k >= T})/(1 + count) for "greater", with <= for "less", twice the smaller of both for "two-sided"

    with T the estimate of the data and T_k of surrogate k. Where data and surrogates are alike under the hypothesis, as
    independent samples and Shuffle are, p is at most alpha in a share alpha of cases, exactly, whatever the estimate.
    Surrogates by phases are nearly alike: see IteratedAmplitudeAdjusted for data far from Gaussian.

    Args:
        function: an estimator of this package, or its name; or any function of arrays that takes `dim` and maps over
            dimensions that it does not know.
        x: the data of which surrogates are made: a DataArray with `dim`, or a plain array of one axis.
        others: further data that the function takes, as they are.
        dim: the dimension of order.
        feature_dim: components of vectors, for functions that take it.
        method: of the surrogates, and so the hypothesis: IteratedAmplitudeAdjusted() for linear correlations seen
            through an increasing function, Shuffle() for no order at all, CircularShift() for independence of the
            others.
        count: of surrogates, 19 or more.
        alternative: "two-sided", "greater" or "less": where the estimate would be against the hypothesis.
        seed: of the surrogates.
        options: what the function takes by keyword.

    Returns:
        Dataset over the dimensions of the estimate: `statistic`, `p_value`, `z_score`, `surrogate_mean` and
        `surrogate_spread` (ddof=1). NaN where the estimate, or that of a surrogate, is NaN. Estimates that differ by
        less than 1e-12 of their size are taken for equal; where all surrogates are, the spread is 0 and the z-score
        NaN. Where the function gives a Dataset, its variables lie along `quantity`, with their units in the coordinate
        `quantity_units` where they differ. Computed at once, also for chunked data.

    Raises:
        TypeError: a method that is none, or that has no chance in it, plain arrays of several axes.
        ValueError: a missing dimension, count or alternative out of range; and what the function raises.

    Good values: count=199 for p = .05, 1999 for p = .005.

    Source: Theiler, Eubank, Longtin, Galdrikian and Farmer 1992, Physica D 58, 77; Schreiber and Schmitz 2000, Physica
    D 142, 346, for ranks.
    """
    from ergodica.estimators.registry import find

    run = find(function).function if isinstance(function, str) else function
    if not callable(run):
        raise TypeError(
            f"function: must be an estimator or its name, got {function!r}; try est.ordinal_asymmetry"
        )
    check_method(method)
    if not method.random:
        raise TypeError(
            f"method: must draw at random, got {method!r}, of which there is one alone; use PhaseRandomized()"
        )
    at_least("count", count, 19)
    if alternative not in ALTERNATIVES:
        raise ParameterError(
            f"alternative: must be of {', '.join(ALTERNATIVES)}, got {alternative!r}; use 'two-sided'"
        )
    names = ("x", *(f"others[{i}]" for i in range(len(others))))
    data, *rest = (_named(name, one, dim) for name, one in zip(names, (x, *others), strict=True))
    if feature_dim is not None:
        options["feature_dim"] = feature_dim
    statistic = one_array(run(data, *rest, dim=dim, **options))
    step = max(1, BATCH_ELEMENTS // max(1, data.size))
    parts = []
    for first in range(0, count, step):
        numbers = range(first, min(first + step, count))
        made = surrogates_of(data, method, numbers, dim, feature_dim, seed)
        found = one_array(run(made, *rest, dim=dim, **options))
        if SURROGATE not in found.dims:
            raise TypeError(
                f"function: must map over dimensions that it does not know, got {found.dims} of data with a dimension "
                f"{SURROGATE!r}; reduce over dim alone"
            )
        parts.append(found.transpose(SURROGATE, *statistic.dims).values)
    chance = np.ascontiguousarray(np.concatenate(parts))  # sums in one order
    return _dataset(statistic, chance, alternative, method)


def p_value(statistic: Any, chance: Any, alternative: str) -> Any:
    """Rank-based p-value of each number among those along the first axis; NaN among NaN."""
    count = len(chance)
    alike = np.isclose(chance, statistic, rtol=ALIKE, atol=0.0)
    above = (1 + ((chance > statistic) | alike).sum(axis=0)) / (1 + count)
    below = (1 + ((chance < statistic) | alike).sum(axis=0)) / (1 + count)
    one = {"greater": above, "less": below, "two-sided": np.minimum(1.0, 2 * np.minimum(above, below))}[
        alternative
    ]
    return np.where(np.isnan(statistic) | np.isnan(chance).any(axis=0), np.nan, one)


def _named(name: str, x: Any, dim: str) -> Any:
    import xarray as xr

    if isinstance(x, xr.Dataset | xr.DataTree):
        raise TypeError(f"{name}: must be one variable, got a {type(x).__name__}; pass ds['name']")
    if not isinstance(x, xr.DataArray):
        x = unmasked(name, x)
        if x.ndim != 1:
            raise TypeError(
                f"{name}: plain arrays must have one axis, got {x.ndim}; name them with xarray.DataArray(x, dims=...)"
            )
        x = xr.DataArray(x, dims=dim)
    if dim not in x.dims:
        raise ValueError(f"dim: must be of {tuple(x.dims)}, got {dim!r}; name the dimension of order")
    return x


def _dataset(statistic: Any, chance: Any, alternative: str, method: SurrogateMethod) -> "xr.Dataset":
    import xarray as xr

    value = statistic.values
    mean, spread = chance.mean(axis=0), chance.std(axis=0, ddof=1)
    flat = np.isclose(chance.min(axis=0), chance.max(axis=0), rtol=ALIKE, atol=0.0)
    spread = np.where(flat, 0.0, spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, (value - mean) / spread, np.nan)
    found = {
        "statistic": value,
        "p_value": p_value(value, chance, alternative),
        "z_score": z,
        "surrogate_mean": mean,
        "surrogate_spread": spread,
    }
    what = str(statistic.attrs.get("long_name") or statistic.name or "estimate")
    own = {} if "quantity_units" in statistic.coords else {"units": str(statistic.attrs.get("units", "1"))}
    result = xr.Dataset()
    for name, numbers in found.items():
        result[name] = statistic.copy(data=numbers)
        result[name].attrs = {
            **(own if name in OWN_UNITS else {"units": "1"}),
            "long_name": WORDS[name].format(what=what),
            "method": f"{len(chance)} surrogates by {method!r}, {alternative}",
        }
    result.attrs = {
        "estimator": str(statistic.name or "estimate"),
        "surrogates": repr(method),
        "count": len(chance),
    }
    return result
