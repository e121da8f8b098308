"""What `ergodica apply` does with a forecaster or a Koopman model."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.numerics.errors import ParameterError
from ergodica.scripts.inputs import open_run
from ergodica.scripts.list_systems import table
from ergodica.scripts.outputs import human, size
from ergodica.scripts.train_model import LEARNED_UNTIL

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models.forecast import Forecaster
    from ergodica.models.koopman import KoopmanModel

HORIZON, DRAWS, MODES = 100, 100, 12
FORECAST = ("horizon", "test")


def apply_model(folder: str, file: str, out: str | None, asked: dict[str, Any], *, force: bool) -> None:
    """Forecast, or give spectrum and modes, and write what came of it; `asked` holds the options that were given."""
    from ergodica.data import write_dataset
    from ergodica.models import load
    from ergodica.models.koopman import KoopmanModel
    from ergodica.scripts.apply import beside

    model = load(folder)
    koopman = isinstance(model, KoopmanModel)
    _check(asked, model.name, koopman=koopman)
    ahead = not koopman or "rollout" in asked
    target = beside(file, out, "forecast" if ahead else "koopman", force=force)
    with open_run(file) as run:
        ds, words = _forecast(model, run, asked) if ahead else _spectrum(model, run, asked)
    write_dataset(ds, target, overwrite=force)
    print(f"{target}: {human(size(target))}\n{words}")


def _check(asked: dict[str, Any], name: str, *, koopman: bool) -> None:
    """Refuse options that do nothing for this model."""
    others: tuple[str, ...] = ("members", "seed") if koopman else ("rollout", "intervals")
    if koopman and "rollout" in asked:
        others = (*others, "intervals")
    elif koopman:
        others = (*others, *FORECAST)
    for option in others:
        if option == "seed" and "intervals" in asked and koopman:
            continue
        if option in asked:
            remedy = (
                "give --rollout too, or leave it out" if koopman and option in FORECAST else "leave it out"
            )
            raise ParameterError(f"{option}: does nothing for {name}, got {asked[option]}; {remedy}")
    if all(option in asked for option in FORECAST):
        raise ParameterError("test: must be given without --horizon, as it is the horizon; leave one out")
    for option in (*FORECAST, "members"):
        least = 0 if option == "members" else 1
        if asked.get(option, least) < least:
            raise ParameterError(f"{option}: must be at least {least}, got {asked[option]}; use 100")


def _forecast(
    model: Forecaster | KoopmanModel, run: xr.Dataset, asked: dict[str, Any]
) -> tuple[xr.Dataset, str]:
    from ergodica.models.forecast import beside

    test = asked.get("test")
    known = run
    if test is not None:
        count = run.sizes.get("t", 0)
        # two at the least, which say how far apart snapshots are
        least = max(2, model.lookback)
        if test > count - least:
            raise ParameterError(
                f"test: must leave {least} or more of the {count} snapshots, which a forecast begins from, "
                f"got {test}; use fewer"
            )
        known = run.isel(t=slice(None, count - test))
        _warn_of_seen(model, run, known)
    made = _continued(model, known, test or asked.get("horizon", HORIZON), asked)
    if test is None:
        t = made["t"].values
        return made, f"{len(t)} snapshots from t = {t[0]:g} to {t[-1]:g}"
    made = beside(made, run.isel(t=slice(-test, None)))
    return made, _scores(made, run)


def _continued(model: Any, known: xr.Dataset, horizon: int, asked: dict[str, Any]) -> xr.Dataset:
    from ergodica.models.koopman import KoopmanModel

    if isinstance(model, KoopmanModel):
        rollout = {"linear": model.linear_rollout, "reencoded": model.reencoded_rollout}[asked["rollout"]]
        return rollout(known, horizon)
    draws = asked.get("members", DRAWS) or None
    made: xr.Dataset = model.forecast(known, horizon, members=draws, seed=asked.get("seed", 0))
    return made


def _warn_of_seen(model: Any, run: xr.Dataset, known: xr.Dataset) -> None:
    until, begins = model.notes.get(LEARNED_UNTIL), float(known["t"][-1])
    if (
        until is not None
        and until > begins
        and model.notes.get("file") == _whole(run.encoding.get("source", ""))
    ):
        warnings.warn(
            f"test: the model has learned from {model.notes['file']} up to t = {until:g}, and is tested from "
            f"{begins:g} on; train it with --leave-out {int((run['t'] > begins).sum())}",
            stacklevel=2,
        )


def _whole(path: str) -> str:
    return str(Path(path).resolve())


def _scores(made: xr.Dataset, run: xr.Dataset) -> str:
    """Scores of a forecast beside what came, the mean over the members, as lines of text.

    Errors are in deviations and steps of the whole run: a short test has neither of its own.
    """
    import xarray as xr

    from ergodica.estimators import forecast_scores
    from ergodica.models.forecast.beside_truth import split

    forecast, truth = split(made)
    steps = forecast.sizes["t"]
    horizons = sorted({one for one in (1, 10, 100, 1000) if one < steps} | {steps})
    whole = xr.Dataset({name: run.ergodica[name] for name in map(str, forecast.data_vars)})
    found = forecast_scores(forecast, truth, training=whole, horizons=horizons)
    found = found.mean("member") if "member" in found.dims else found
    rows = [("snapshots ahead", "".join(f"{one:>10}" for one in horizons))]
    for name, one in found.data_vars.items():
        if "horizon" in one.dims:
            rows.append((str(name), "".join(f"{value:10.4g}" for value in one.values)))
    rows.append(("valid prediction time", f"{float(found['valid_prediction_time']):10.4g}"))
    return table(rows)


def _spectrum(model: KoopmanModel, run: xr.Dataset, asked: dict[str, Any]) -> tuple[xr.Dataset, str]:
    import xarray as xr

    intervals = asked.get("intervals")
    eigenvalues = model.eigenvalues(
        intervals, seed=asked.get("seed", 0), source=None if intervals is None else run
    )
    on_run = model.residuals(run)
    modes = model.modes(None if model.affine_decoder else run)
    ds = eigenvalues.assign({name: on_run[name] for name in ("residual", "spurious")})
    # with what it says of intervals
    ds.attrs["title"] = ds.attrs["title"].replace("eigenvalues", "eigenvalues and modes", 1)
    return xr.merge([ds, modes], compat="override", combine_attrs="override"), _page(ds)


def _page(ds: xr.Dataset) -> str:
    """The leading eigenvalues as lines of text."""
    intervals = "growth_rate_low" in ds
    head = f"{'modulus':>10}{'growth rate':>14}{'frequency':>12}{'residual':>10}"
    rows = [("eigenvalue", head + ("  interval of the growth rate" if intervals else ""))]
    value = ds.ergodica.eigenvalue.values
    for number in range(min(MODES, len(value))):
        one = ds.isel(mode=number)
        words = f"{value[number].real:.5f} {value[number].imag:+.5f} i"
        flag = "  spurious" if int(one["spurious"]) else ""
        if intervals:
            flag = f"  {float(one['growth_rate_low']):.5g} to {float(one['growth_rate_high']):.5g}{flag}"
        rows.append(
            (
                words,
                f"{abs(value[number]):10.5f}{float(one['growth_rate']):14.5g}{float(one['frequency']):12.5g}"
                f"{float(one['residual']):10.2g}{flag}",
            )
        )
    more = f"\n  ... and {len(value) - MODES} more" if len(value) > MODES else ""
    return table(rows) + more
