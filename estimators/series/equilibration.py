"""Whether a run has settled, from when on, and how many independent samples it then holds."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims
from ergodica.estimators.labelled import core_axes, is_labelled
from ergodica.estimators.registry import register
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

LEAST_TIMES = 16
LEAST_KEPT = 8
"""Points that a stationary part has at least: the autocorrelation of fewer is noise."""

ENOUGH_SAMPLES = 30.0
"""Random walks of 100 to 10,000 steps have 10 at their best start, 1 % of them more than 25."""

LARGEST_DRIFT = 3.0
ROUND_OFF = 64 * np.finfo(np.float64).eps
UNEVEN = 1e-6  # of a time step

COARSE, FINE = 40, 8

OUTPUTS = {
    "start": "time from which on it is stationary",
    "correlation_time": "integrated autocorrelation time",
    "effective_samples": "number of independent samples",
    "mean": "mean of the stationary part",
    "standard_error": "standard error of the mean",
    "drift": "difference of the halves over its standard error",
    "settled": "whether it has settled",
}


@register(
    family="equilibration",
    takes={"x": "series"},
    claims=Claims(
        needs="a series at evenly spaced times, long beside its correlation time", cost="O(n log n)"
    ),
)
def equilibration(series: "xr.DataArray", dim: str = "t") -> "xr.Dataset":
    """From when on a series is stationary, and mean and error of what follows.

    The start is the one that leaves most independent samples: a late one leaves few points, an early one a
    relaxation, which is a long correlation.

    n_eff(s) = n(s) / g(s),  g(s) = 1 + 2 sum_m c_m / c_0,  start = argmax_s n_eff(s)

    with n(s) the points from s on and c_m their autocovariance at lag m, about their own mean. The sum is Geyer's
    initial monotone sequence: pairs c_2m + c_2m+1 up to the first that is not positive, none larger than the one
    before. g is 1 at least.

    Args:
        series: real, over `dim`; every other dimension is mapped, each series has a start of its own.
        dim: the time, evenly spaced; without a coordinate steps are counted. In one chunk where it is lazy.

    Returns:
        Over the other dimensions:
        `start`, in the unit of `dim`: a time of the series, so `series.where(series.t >= found.start)` is the
        stationary part;
        `correlation_time`, g times the step, in the unit of `dim`: the time that one independent sample takes, twice
        the relaxation time of an exponential;
        `effective_samples`, the duration of the stationary part over `correlation_time`;
        `mean` and `standard_error` of the stationary part, sqrt(c_0 / (n_eff - 1)), in the unit of the series;
        `drift`, the mean of its second half less that of the first over the standard error of this difference, each
        half with a correlation time of its own: a standard normal number where it is stationary;
        `settled`: the start is in the first half of the run, 30 effective samples or more, |drift| of 3 or less.

        A series with a value that is not finite is NaN and not settled. One that does not fluctuate by more than
        round-off, throughout or from some time on, has its start and its mean; the rest is NaN and it is not settled,
        because a state that stands still tells nothing about time.

    Raises:
        ParameterError: fewer than 16 times, times that are not finite, evenly spaced and ascending, complex values.
        TypeError: not a DataArray, or `dim` is not one name.
        ValueError: no such dimension, or in several chunks.

    Good values: runs of 100 correlation times and more. Of shorter ones the correlation time is too short, because the
    mean is that of the same few samples. What is slower than the run is not seen: a plateau between two relaxations
    is taken for the end. Where correlations oscillate or are negative, errors are too large.

    Source: Chodera 2016, J. Chem. Theory Comput. 12, 1799; Geyer 1992, Stat. Sci. 7, 473, section 3.3. What `settled`
    asks for is a choice of this package.
    """
    import xarray as xr

    times, units = _times(series, dim)

    def rows(values: Any) -> Array:
        flat = np.asarray(values, dtype=np.float64).reshape((-1, values.shape[-1]))
        found = np.array([_judged(row, times) for row in flat])
        return found.reshape((*values.shape[:-1], len(OUTPUTS)))

    found = xr.apply_ufunc(
        rows,
        series,
        input_core_dims=[[dim]],
        output_core_dims=[["output"]],
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"output_sizes": {"output": len(OUTPUTS)}},
        keep_attrs=False,
    )
    own = str(series.attrs.get("units", "1")) or "1"
    unit = {"start": units, "correlation_time": units, "mean": own, "standard_error": own}
    result = xr.Dataset()
    for number, (name, words) in enumerate(OUTPUTS.items()):
        values = found.isel(output=number)
        values = values == 1.0 if name == "settled" else values
        values.attrs = {
            "units": unit.get(name, "1"),
            "long_name": words,
            "method": "most effective samples; initial monotone sequence",
        }
        if set(values.dims) <= {"member"}:
            values.attrs["ergodica_kind"] = "series"
        result[name] = values
    for label, coordinate in series.coords.items():
        if label in result.coords:
            result.coords[label].attrs = dict(coordinate.attrs)
    return result


def _times(series: "xr.DataArray", dim: str) -> tuple[Array, str]:
    """The times, checked, and their unit."""
    if not is_labelled(series):
        raise TypeError(
            f"series: must be a DataArray, got {type(series).__name__}; use xarray.DataArray(x, dims='t')"
        )
    if not isinstance(dim, str):
        raise TypeError(f"dim: must be the name of one dimension, got {dim!r}; choose from {series.dims}")
    (axis,) = core_axes(series, dim)
    if series.dtype.kind == "c":
        raise ParameterError(f"series: must be real, got {series.dtype}; use abs(series) or its real part")
    if axis.size < LEAST_TIMES:
        raise ParameterError(
            f"{dim}: must have at least {LEAST_TIMES} times to be judged, got {axis.size}; take more snapshots"
        )
    if axis.values is None:
        return np.arange(axis.size, dtype=np.float64), "1"
    if axis.values.dtype.kind not in "iuf":
        raise ParameterError(
            f"{dim}: must hold numbers, got {axis.values.dtype}; use the time since the start"
        )
    t = np.asarray(axis.values, dtype=np.float64)
    if not np.isfinite(t).all():
        raise ParameterError(
            f"{dim}: must be finite to have lags, got {t[~np.isfinite(t)][0]}; select what is"
        )
    steps = np.diff(t)
    # of times in single precision the steps are rounded
    rounded = 2 * float(np.spacing(np.abs(axis.values).max())) if axis.values.dtype.kind == "f" else 0.0
    if not (np.ptp(steps) <= UNEVEN * steps.mean() + rounded and steps[0] > 0):
        raise ParameterError(
            f"{dim}: must be evenly spaced and ascend to have lags, "
            f"got steps from {steps.min():g} to {steps.max():g}; select with .sel({dim}=slice(...))"
        )
    return t, axis.units


def _judged(x: Array, t: Array) -> tuple[float, ...]:
    """The outputs, in their order, for one series."""
    nothing = (np.nan,) * len(OUTPUTS)
    if not np.isfinite(x).all():
        return nothing
    start, g = _best_start(x)
    scale = float(unit_scale(np.abs(x[start:]).max()))
    kept = x[start:] * scale
    half = len(kept) // 2
    halves = [(part, _inefficiency(part)) for part in (kept[:half], kept[half:])]
    if any(np.isinf(own) for _, own in halves):
        return (t[start], np.nan, np.nan, float(kept.mean()) / scale, np.nan, np.nan, 0.0)
    (early, before), (late, after) = (_mean_and_error(part, own) for part, own in halves)
    mean, error = _mean_and_error(kept, g)
    drift = (late - early) / math.hypot(before, after)
    samples = len(kept) / g
    settled = 2 * start <= len(x) and samples >= ENOUGH_SAMPLES and abs(drift) <= LARGEST_DRIFT
    step = (t[-1] - t[0]) / (len(t) - 1)
    return (t[start], g * step, samples, mean / scale, error / scale, drift, float(settled))


def _mean_and_error(x: Array, g: float) -> tuple[float, float]:
    """Mean and its standard error."""
    return float(x.mean()), math.sqrt(float(x.var()) / (len(x) / g - 1))


def _best_start(x: Array) -> tuple[int, float]:
    """The start that leaves most effective samples, and g from there: starts ever closer around the best."""
    last = len(x) - LEAST_KEPT
    # denser towards the beginning, where relaxations end
    starts = np.unique(np.rint(last * np.linspace(0.0, 1.0, COARSE + 1) ** 2).astype(np.int64))
    known: dict[int, float] = {}
    while True:
        known |= {s: _inefficiency(x[s:]) for s in map(int, starts) if s not in known}
        best = max(known, key=lambda s: (len(x) - s) / known[s])
        below = max((s for s in known if s < best), default=best)
        above = min((s for s in known if s > best), default=best)
        if above - below <= 2:
            return best, known[best]
        starts = np.unique(np.rint(np.linspace(below, above, FINE + 1)).astype(np.int64))


def _inefficiency(x: Array) -> float:
    """g, points an effective sample; infinite for what does not fluctuate."""
    from scipy.fft import irfft, next_fast_len, rfft

    n = len(x)
    largest = np.abs(x).max()
    scale = unit_scale(largest)
    y = x * scale
    y -= y.mean()
    if np.abs(y).max() <= ROUND_OFF * largest * scale:
        return np.inf
    transform = rfft(y, next_fast_len(2 * n, real=True))
    covariance = irfft(np.square(transform.real) + np.square(transform.imag), next_fast_len(2 * n, real=True))
    pairs = covariance[: n - n % 2].reshape(-1, 2).sum(1) / covariance[0]
    ends = np.flatnonzero(pairs <= 0)
    pairs = np.minimum.accumulate(pairs[: ends[0]] if len(ends) else pairs)
    return max(1.0, 2 * float(pairs.sum()) - 1)
