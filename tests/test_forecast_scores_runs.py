"""Scores of whole runs: what a forecaster gave, beside a run that goes on."""

import math
import warnings

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.data import from_arrays
from ergodica.estimators.forecasts import runs
from ergodica.numerics.errors import ParameterError


def run(values, first=0.0, dt=0.5):
    """States of members over time."""
    values = np.asarray(values)
    made = from_arrays(
        {"state": values},
        title="states",
        dims={"state": ("member", "t", "component")},
        coordinates={"t": first + dt * np.arange(values.shape[1]), "component": ["u", "v", "w"]},
        units={"state": "1"},
        kinds={"state": "states"},
    )
    return made


def example(draws=None):
    rng = np.random.default_rng(0)
    whole = run(rng.normal(size=(2, 90, 3)).cumsum(axis=1))
    training, truth = whole.isel(t=slice(60)), whole
    shape = (2, 30, 3) if draws is None else (2, 30, draws, 3)
    dims = ("member", "t", "component") if draws is None else ("member", "t", "realization", "component")
    centre = whole.state.isel(t=slice(60, None)).values
    centre = centre if draws is None else centre[:, :, None]
    forecast = xr.Dataset(
        {"state": (dims, centre + rng.normal(size=shape))}, {"t": 30 + 0.5 * np.arange(30) + 1e-14}
    ).assign_coords(component_name=whole.component_name)
    return forecast, truth, training


def test_all_scores_are_those_of_each_score_by_itself():
    forecast, truth, training = example()
    found = est.forecast_scores(forecast, truth, training=training, exponent=0.5, horizons=(1, 10, 30))
    assert set(found.data_vars) == {"smape", "nrmse", "mase", "valid_prediction_time"}
    assert found.smape.dims == ("horizon", "member")
    f, y = forecast.state.values, truth.state.isel(t=slice(60, None)).values
    scale = training.state.values.std(axis=(0, 1))
    one = est.smape(f[:, :10], y[:, :10], dim=1, feature_dim=2)
    np.testing.assert_allclose(found.smape.sel(horizon=10), one, rtol=1e-12)
    one = est.nrmse(f, y, dim=1, feature_dim=2, scale=scale)
    np.testing.assert_allclose(found.nrmse.sel(horizon=30), one, rtol=1e-12)
    first = 200 * (abs(f - y) / (abs(f) + abs(y)))[:, 0].mean(axis=1)
    np.testing.assert_allclose(found.smape.sel(horizon=1), first, rtol=1e-12)
    naive = abs(np.diff(training.state.values, axis=1)).mean(axis=1)
    wanted = (abs(f - y).mean(axis=1) / naive).mean(axis=1)
    np.testing.assert_allclose(found.mase.sel(horizon=30), wanted, rtol=1e-12)
    time = est.valid_prediction_time(f, y, dim=1, feature_dim=2, scale=scale, dt=0.5, exponent=0.5)
    np.testing.assert_allclose(found.valid_prediction_time, time, rtol=1e-12)


@pytest.mark.parametrize(("error", "valid"), [(0.1, 0.5), (9.0, 0.0)])
def test_one_snapshot_ahead_is_scored_too(error, valid):
    _, truth, training = example()
    forecast = truth.isel(t=[60]) + error * training.state.std(("member", "t"))
    found = est.forecast_scores(forecast, truth, training=training)
    assert found.sizes["horizon"] == 1
    np.testing.assert_allclose(found.nrmse, error)
    # one step of .5, or none
    np.testing.assert_array_equal(found.valid_prediction_time, valid)


def test_draws_add_crps_and_coverage():
    forecast, truth, training = example(draws=19)
    found = est.forecast_scores(forecast, truth, training=training)
    assert {"crps", "interval_coverage"} <= set(found.data_vars)
    scale = training.state.values.std(axis=(0, 1))
    f = (forecast.state / scale).transpose("member", "t", "component", "realization").values
    y = truth.state.isel(t=slice(60, None)).values / scale
    one = est.crps(f.reshape(2, 90, 19), y.reshape(2, 90), dim=1)
    np.testing.assert_allclose(found.crps.isel(horizon=0), one, rtol=1e-12)
    middle = est.forecast_scores(forecast.median("realization"), truth, training=training)
    np.testing.assert_allclose(found.smape, middle.smape, rtol=1e-12)


def test_without_members_or_training_there_are_fewer():
    forecast, truth, _ = example()
    found = est.forecast_scores(forecast.isel(member=0), truth.isel(member=0))
    assert found.smape.dims == ("horizon",)
    assert set(found.data_vars) == {"smape", "nrmse", "valid_prediction_time"}


def test_a_forecast_of_one_component_is_scored_beside_that_one():
    forecast, truth, training = example()
    one, wanted = forecast.isel(component=[1]), truth.isel(component=[1])
    found = est.forecast_scores(one, truth, training=training.isel(component=[1]))
    xr.testing.assert_allclose(
        found, est.forecast_scores(one, wanted, training=training.isel(component=[1])), rtol=1e-12
    )
    whole = est.forecast_scores(one, truth, training=training)
    xr.testing.assert_allclose(whole, found, rtol=1e-12)


def test_fields_and_several_variables_are_features_side_by_side():
    rng = np.random.default_rng(1)
    ds = xr.Dataset(
        {"u": (("t", "y", "x"), rng.normal(size=(12, 2, 3))), "s": ("t", rng.normal(size=12))},
        {"t": np.arange(12.0), "x": [0.0, 1.0, 2.0]},
    )
    assert runs.vectors(ds, ["u", "s"]).shape == (12, 7)
    noisy = ds + 0.1
    f = np.column_stack([noisy.u.values.reshape(12, 6), noisy.s.values])
    y = np.column_stack([ds.u.values.reshape(12, 6), ds.s.values])
    assert math.isclose(
        est.forecast_scores(noisy, ds).smape[0], est.smape(f, y, dim=0, feature_dim=1), rel_tol=1e-12
    )


def test_constant_features_set_no_scale():
    forecast, truth, training = example()
    wanted = est.forecast_scores(
        *(one.isel(component=[0, 1]) for one in (forecast, truth)),
        training=training.isel(component=[0, 1]),
    )
    for one in (forecast, truth, training):
        one["state"] = one.state.copy()
        one.state[..., 2] = 0.1  # whose deviation is 1e-17, not 0
    forecast.state[..., 2] += 1e-9
    found = est.forecast_scores(forecast, truth, training=training)
    xr.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_a_field_is_measured_by_its_deviation_over_all_places():
    x, t = np.linspace(-9.0, 9.0, 31), np.arange(40.0)
    # beside the pulse the field is all but constant
    pulse = np.exp(-(x**2)) * np.sin(0.3 * t)[:, None]
    ds = from_arrays(
        {"u": pulse}, title="u", t=t, dims={"u": ("t", "x")}, units={"u": "1"}, coordinates={"x": x}
    )
    forecast = ds.isel(t=slice(20, None)) + 0.01
    found = est.forecast_scores(forecast, ds, training=ds)
    deviation = np.sqrt(pulse.var(axis=0).mean())
    np.testing.assert_allclose(found.nrmse, 0.01 / deviation, rtol=1e-9)
    assert float(found.valid_prediction_time) == 20


def on_a_grid(seed=2):
    values = np.random.default_rng(seed).normal(size=(12, 2, 3))
    return xr.Dataset({"u": (("t", "y", "x"), values)}, {"t": np.arange(12.0), "x": [0.0, 1.0, 2.0]})


def test_points_in_space_are_those_of_the_same_place_in_any_order():
    truth = on_a_grid()
    forecast = truth + 0.3 * on_a_grid(seed=3)
    wanted = est.forecast_scores(forecast, truth, training=truth)
    for other in (truth.transpose("x", "t", "y"), truth.isel(x=[2, 1, 0])):
        found = est.forecast_scores(forecast, other, training=other)
        xr.testing.assert_allclose(found, wanted, rtol=1e-12)
    part = est.forecast_scores(forecast.isel(x=[0, 2]), truth, training=truth)
    cut = truth.isel(x=[0, 2])
    xr.testing.assert_allclose(
        part, est.forecast_scores(forecast.isel(x=[0, 2]), cut, training=cut), rtol=1e-12
    )
    with pytest.raises(ValueError, match="truth: must hold the x of the forecast"):
        est.forecast_scores(forecast.assign_coords(x=forecast.x + 0.5), truth)
    with pytest.raises(ParameterError, match="truth: must have 2 points along y"):
        est.forecast_scores(forecast, truth.isel(y=[0]))


def test_attractor_scores_are_those_of_each_and_say_when_they_compare_with_no_others():
    rng = np.random.default_rng(3)
    forecast, truth = (run(rng.normal(size=(1, n, 3)), first=first) for n, first in ((500, 7.0), (400, 0.0)))
    with pytest.warns(UserWarning, match="of 400 snapshots, the protocol has 100000"):
        found = est.attractor_scores(forecast, truth, theiler=0)
    f, y = forecast.state.values[:, -400:], truth.state.values
    for name in ("state_space_divergence", "spectral_hellinger", "log_spectral_distance"):
        wanted = getattr(est, name)(f, y, dim=1, feature_dim=2)
        np.testing.assert_allclose(found[name], wanted, rtol=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same = est.attractor_scores(truth, truth, theiler=0)
    assert (same.to_array() == 0).all()


def test_what_does_not_fit_together_is_refused_by_name():
    forecast, truth, training = example()
    with pytest.raises(ParameterError, match="truth: must have the variables of the forecast, state"):
        est.forecast_scores(forecast, truth.rename(state="other"))
    with pytest.raises(ParameterError, match="horizons: must be 1 to 30"):
        est.forecast_scores(forecast, truth, horizons=(31,))
    with pytest.raises(ValueError, match="truth: must hold the t of the forecast"):
        est.forecast_scores(forecast, training)
    with pytest.raises(ParameterError, match="forecast: must be a run"):
        est.forecast_scores(forecast.state, truth)
    with pytest.raises(ParameterError, match="truth: must change"):
        est.forecast_scores(forecast, truth * 0)
