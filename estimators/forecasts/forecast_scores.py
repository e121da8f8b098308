"""All scores of a forecast at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.declarations import MEMBER, REALIZATION
from ergodica.estimators.forecasts.crps import crps
from ergodica.estimators.forecasts.interval_coverage import LEVEL, interval_coverage
from ergodica.estimators.forecasts.mase import mase
from ergodica.estimators.forecasts.nrmse import nrmse
from ergodica.estimators.forecasts.runs import FEATURE, LANES, beside, on_points, shared, vectors
from ergodica.estimators.forecasts.smape import smape
from ergodica.estimators.forecasts.valid_prediction_time import THRESHOLD, valid_prediction_time
from ergodica.estimators.samples import sample_spacing
from ergodica.numerics.deviation import root_mean_square, unit_scale
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    import xarray as xr

HORIZON, LEARNED = "horizon", "learned"
LONG = {HORIZON: "snapshots ahead, up to which errors are averaged"}


def forecast_scores(
    forecast: "xr.Dataset",
    truth: "xr.Dataset",
    *,
    training: "xr.Dataset | None" = None,
    exponent: float | None = None,
    horizons: Sequence[int] | None = None,
    threshold: float = THRESHOLD,
    level: float = LEVEL,
) -> "xr.Dataset":
    """All scores of a forecast beside what came.

    All components and variables count alike, measured by their standard deviations, fields by that over all their
    places. Where the forecast has draws, its median is what errors are of.

    Args:
        forecast: what `forecast` of a forecaster gave: variables over `t`, with or without `member`, `realization`.
        truth: a run that holds the same variables at these times, and may go on before and after.
        training: the run that was learned from; it sets the scale of errors, and mase needs it: of each member its own,
            of other members than those of the forecast that of all. None takes that of the truth at the times of the
            forecast.
        exponent: the largest Lyapunov exponent; the valid prediction time is then in Lyapunov times.
        horizons: numbers of snapshots, up to which errors are averaged; None for the whole forecast.
        threshold: of the valid prediction time.
        level: of the coverage.

    Returns:
        Dataset over `member`, where there is one: `smape`, `nrmse`, and `mase` where there is a training run, over
        `horizon`; `valid_prediction_time`; with draws `crps`, in standard deviations, and `interval_coverage` over
        `horizon` (where there are draws enough for the level).

    Raises:
        ParameterError: variables or times that the truth lacks, horizons beyond the forecast.

    Good values: horizons=(1, 10, 100, 200).

    Source: each score names its own.
    """
    import xarray as xr

    said, came, names = beside(forecast, truth)
    reference = came
    if training is not None:
        word = "training"
        reference = vectors(on_points(training, forecast, shared(forecast, training, word), word), names)
    steps = said.sizes["t"]
    chosen = [steps] if horizons is None else [whole_number("horizons", one, 1) for one in horizons]
    if not chosen or max(chosen) > steps:
        raise ParameterError(
            f"horizons: must be 1 to {steps} snapshots, the length of the forecast, got {chosen}; forecast further"
        )
    along = [d for d in reference.dims if d != FEATURE]
    unit = xr.DataArray(unit_scale(abs(reference).max(along)), dims=FEATURE)
    scale = _over_places((reference * unit).std(along) / unit, forecast, names)
    # the deviation of a constant is not 0 but round-off
    changes = np.asarray(reference.max(along) > reference.min(along))
    said, came, reference, scale = (one.isel({FEATURE: changes}) for one in (said, came, reference, scale))
    if not changes.any():
        raise ParameterError(
            f"truth: must change in {', '.join(names)}, got constants; score another variable"
        )
    if _of_others(reference, said):
        reference = reference.rename({MEMBER: LEARNED})
    middle = said.median(REALIZATION) if REALIZATION in said.dims else said
    options: dict[str, Any] = {"dim": "t", "feature_dim": FEATURE}
    found: dict[str, list[xr.DataArray]] = {}
    for horizon in chosen:
        # a mean over one time is the mean over that time twice
        cut = {"t": slice(0, horizon) if horizon > 1 else [0, 0]}
        f, y = middle.isel(cut), came.isel(cut)
        found.setdefault("smape", []).append(smape(f, y, **options))
        found.setdefault("nrmse", []).append(nrmse(f, y, scale=scale, **options))
        if training is not None:
            found.setdefault("mase", []).append(_over_learned(mase(f, y, reference, dim="t")))
        if REALIZATION in said.dims:
            for name, score in _of_draws(said.isel(cut) / scale, y / scale, level).items():
                found.setdefault(name, []).append(score)
    length = xr.Variable((HORIZON,), chosen, {"units": "1", "long_name": LONG[HORIZON]})
    scores = {name: xr.concat(parts, length) for name, parts in found.items()}
    scores["valid_prediction_time"] = valid_prediction_time(
        middle,
        came,
        threshold=threshold,
        scale=scale,
        exponent=exponent,
        # a single time has no spacing of its own
        dt=None if steps > 1 else sample_spacing(reference, "t"),
        **options,
    )
    return xr.Dataset(scores)


def _of_others(reference: "xr.DataArray", said: "xr.DataArray") -> bool:
    """Whether members were learned from that are not those of the forecast."""
    if MEMBER not in reference.dims:
        return False
    return MEMBER not in said.dims or not np.array_equal(reference[MEMBER], said[MEMBER])


def _over_learned(scores: "xr.DataArray") -> "xr.DataArray":
    """Scaled errors in the mean over features, by the mean naive error of all members that were learned from."""
    if LEARNED in scores.dims:
        with np.errstate(divide="ignore"):
            scores = (1 / (1 / scores).mean(LEARNED)).assign_attrs(scores.attrs)
    return scores.mean(FEATURE, keep_attrs=True)


def _over_places(scale: "xr.DataArray", forecast: "xr.Dataset", names: list[str]) -> "xr.DataArray":
    """Deviations of components as they are, of the places of a field all the root mean square over them.

    A place where nearly nothing happens would count for all others by its own.
    """
    scale, first = scale.copy(), 0
    for name in names:
        own = [dim for dim in forecast[name].dims if dim not in LANES]
        size = int(np.prod([forecast.sizes[dim] for dim in own]))
        if own != ["component"]:
            part = slice(first, first + size)
            scale[{FEATURE: part}] = root_mean_square(scale[{FEATURE: part}].values)
        first += size
    return scale


def _of_draws(said: "xr.DataArray", came: "xr.DataArray", level: float) -> "dict[str, xr.DataArray]":
    """Scores of the draws, averaged over times and features."""
    draws = said.sizes[REALIZATION]
    along = ("t", FEATURE)
    scores = {}
    if draws >= 2:
        scores["crps"] = crps(said, came, dim=along)
    if draws >= 2 / (1 - level) - 1 - 1e-9:
        scores["interval_coverage"] = interval_coverage(said, came, dim=along, level=level)
    return scores
