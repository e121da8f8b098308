"""Scores of forecasts against loops over their definitions, closed forms and each other."""

import math

import numpy as np
import pytest
import xarray as xr
from forecast_series import series

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError


def pair(n=60, d=3, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(n, d)).cumsum(axis=0) * [1.0, 5.0, 0.2][:d]
    return truth + 0.3 * rng.normal(size=(n, d)), truth


def path(values, first=0.1, dt=0.1):
    t = first + dt * np.arange(len(values))
    return xr.DataArray(values, dims=("t", "component"), coords={"t": ("t", t, {"units": "s"})})


def test_errors_are_their_definitions_value_by_value():
    f, y = pair()
    n, d = f.shape
    loops = [(i, j) for i in range(n) for j in range(d)]
    wanted = 200 / (n * d) * sum(abs(f[i, j] - y[i, j]) / (abs(f[i, j]) + abs(y[i, j])) for i, j in loops)
    assert math.isclose(est.smape(f, y, dim=0, feature_dim=1), wanted, rel_tol=1e-12)
    wanted = math.sqrt(sum(((f[i, j] - y[i, j]) / y[:, j].std()) ** 2 for i, j in loops) / (n * d))
    assert math.isclose(est.nrmse(f, y, dim=0, feature_dim=1), wanted, rel_tol=1e-12)
    training = pair(seed=3)[1][:, 0]
    steps = [abs(training[i + 4] - training[i]) for i in range(n - 4)]
    wanted = np.mean(abs(f[:, 0] - y[:, 0])) / np.mean(steps)
    assert math.isclose(est.mase(f[:, 0], y[:, 0], training, lag=4), wanted, rel_tol=1e-12)


def test_zero_for_zero_is_right_and_sizes_do_not_overflow():
    assert est.smape(np.zeros(4), np.zeros(4)) == 0
    assert est.smape(np.full(4, 1e308), np.full(4, -1e308)) == 200


@pytest.mark.parametrize("threshold", [0.1, 0.4, 100.0])
def test_valid_time_counts_the_steps_before_the_first_that_is_wrong(threshold):
    f, y = pair()
    errors = np.sqrt((((f - y) / y.std(axis=0)) ** 2).mean(axis=1))
    steps = next((i for i, error in enumerate(errors) if error > threshold), len(errors))
    found = est.valid_prediction_time(path(f), path(y), dim="t", feature_dim="component", threshold=threshold)
    assert math.isclose(found, 0.1 * steps, abs_tol=1e-12)
    assert found.units == "s"
    lyapunov = est.valid_prediction_time(
        path(f), path(y), dim="t", feature_dim="component", threshold=threshold, exponent=0.9
    )
    assert math.isclose(lyapunov, 0.09 * steps, abs_tol=1e-12)
    assert lyapunov.units == "1"


def test_a_scale_takes_the_place_of_the_own_deviation():
    f, y = pair()
    scale = xr.DataArray(y.std(axis=0), dims="component")
    own = est.nrmse(path(f), path(y), dim="t", feature_dim="component")
    given = est.nrmse(path(f), path(y), dim="t", feature_dim="component", scale=scale)
    np.testing.assert_allclose(given, own, rtol=1e-12)
    doubled = est.nrmse(f, y, dim=0, feature_dim=1, scale=2 * scale.values)
    np.testing.assert_allclose(doubled, own / 2, rtol=1e-12)
    # of components along the first axis, as many of them as of times, and of labels in any order
    turned = est.nrmse(f[:3].T, y[:3].T, dim=1, feature_dim=0, scale=scale.values)
    assert turned == est.nrmse(f[:3], y[:3], dim=0, feature_dim=1, scale=scale.values)
    labelled = est.nrmse(path(f).T, path(y).T, dim="t", feature_dim="component", scale=scale.values)
    np.testing.assert_allclose(labelled, own, rtol=1e-12)
    with pytest.raises(ParameterError, match="scale: must be positive"):
        est.nrmse(f, y, dim=0, feature_dim=1, scale=[1.0, 0.0, 1.0])


def test_components_that_never_change_are_left_out():
    f, y = pair()
    wider = [np.column_stack([one, np.full(len(one), value)]) for one, value in ((f, 0.4), (y, 0.3))]
    for score in (est.nrmse, est.spectral_hellinger, est.log_spectral_distance, est.state_space_divergence):
        np.testing.assert_allclose(
            score(*wider, dim=0, feature_dim=1), score(f, y, dim=0, feature_dim=1), rtol=1e-9
        )


def test_times_that_differ_by_round_off_match_and_a_longer_truth_is_cut():
    f, y = pair()
    said = path(f[20:40], first=0.1 + 20 * 0.1 + 1e-13)
    wanted = est.smape(f[20:40], y[20:40], dim=0, feature_dim=1)
    assert est.smape(said, path(y), dim="t", feature_dim="component") == wanted
    with pytest.raises(ValueError, match="truth: must hold the t of the forecast"):
        est.smape(said.assign_coords(t=said.t + 0.04), path(y), dim="t", feature_dim="component")
    with pytest.raises(ValueError, match="truth: must hold the t of the forecast"):
        est.smape(said, path(y[:30]), dim="t", feature_dim="component")


def test_whole_numbers_and_single_precision_are_scored_in_double():
    f, y = pair()
    whole = est.smape(f.astype(int), y.astype(int), dim=0, feature_dim=1)
    assert whole == est.smape(f.astype(int).astype(float), y.astype(int).astype(float), dim=0, feature_dim=1)
    single = est.nrmse(f.astype(np.float32), y.astype(np.float32), dim=0, feature_dim=1)
    # float32 keeps 7 digits of values up to 100 standard deviations of an error of .3
    np.testing.assert_allclose(single, est.nrmse(f, y, dim=0, feature_dim=1), rtol=1e-5)


def test_every_other_dimension_is_mapped_so_horizons_and_draws_need_no_loop():
    f, y = pair()
    several = xr.concat([path(f), path(y), path(2 * y)], "realization")
    found = est.smape(several, path(y), dim="t", feature_dim="component")
    assert found.dims == ("realization",)
    np.testing.assert_allclose(found[1:], [0.0, 200 / 3], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda f, y: est.valid_prediction_time(f, y, dim=0, feature_dim=1, dt=1.0, threshold=0),
            "threshold",
        ),
        (lambda f, y: est.valid_prediction_time(f, y, dim=0, feature_dim=1, dt=1.0, exponent=-1), "exponent"),
        (lambda f, y: est.state_space_divergence(f, y, dim=0, feature_dim=1, bins=1), "bins"),
        (lambda f, y: est.state_space_divergence(f, y, dim=0, feature_dim=1, pseudocount=0), "pseudocount"),
        (lambda f, y: est.spectral_hellinger(f, y, dim=0, feature_dim=1, smoothing=-1), "smoothing"),
        (lambda f, y: est.mase(f[:, 0], y[:, 0], y[:, 0], lag=0), "lag"),
        (lambda f, y: est.interval_coverage(f, y[:, 0], level=1.0), "level"),
        (lambda f, y: est.interval_coverage(f, y[:, 0]), "realization: must hold at least 19"),
        (lambda f, y: est.crps(f[:, :1], y[:, 0]), "realization: must hold at least 2"),
        (lambda f, y: est.gaussian_crps(f[:, 0], -abs(y[:, 0]), y[:, 0]), "deviation"),
        (lambda f, y: est.crps(path(f), path(y)[:, 0], dim="t"), "realization: must be a dimension"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call(*pair())
    assert "; " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [1e-290, 1e-200, 1e200, 1e290])
def test_scores_without_unit_do_not_hang_on_the_size_of_the_numbers(size):
    # squares of the sizes vanish or overflow; numbers of other sizes round elsewhere
    f, y = np.random.default_rng(0).normal(size=(2, 50, 2))
    options = {"dim": 0, "feature_dim": 1}
    for score in (est.smape, est.nrmse, est.state_space_divergence, est.spectral_hellinger):
        np.testing.assert_allclose(score(size * f, size * y, **options), score(f, y, **options), rtol=1e-9)
    near = y + 0.1 * f
    times = [est.valid_prediction_time(one * near, one * y, dt=1.0, **options) for one in (1.0, size)]
    assert times[0] == times[1] > 0
    runs = [[series(one * values) for values in (near, y)] for one in (1.0, size)]
    found = [est.forecast_scores(forecast, truth, training=truth) for forecast, truth in runs]
    for name in ("nrmse", "mase", "valid_prediction_time"):
        np.testing.assert_allclose(found[1][name], found[0][name], rtol=1e-9)


def test_members_that_were_learned_from_and_are_others_set_one_scale_together():
    values = np.random.default_rng(0).normal(size=(3, 40, 2)).cumsum(axis=1)
    truth, training = series(values[:2, 30:]), series(values[:, :30])
    error = 0.1 * np.random.default_rng(1).normal(size=(2, 10, 2))
    forecast = truth.assign(state=truth.state + error)
    naive = abs(np.diff(values[:, :30], axis=1)).mean(axis=(0, 1))
    wanted = (abs(error).mean(axis=1) / naive).mean(axis=1)
    for other in (training, training.isel(member=slice(2, None, -1)).assign_coords(member=[5, 6, 7])):
        found = est.forecast_scores(forecast, truth, training=other)
        np.testing.assert_allclose(found.mase, wanted[None], rtol=1e-12)
    one = est.forecast_scores(forecast.isel(member=0), truth.isel(member=0), training=training)
    np.testing.assert_allclose(one.mase, wanted[:1], rtol=1e-12)
