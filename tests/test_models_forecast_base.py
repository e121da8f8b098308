"""What the base does for every forecaster: shapes, times, refusals, divergence, spread."""

import numpy as np
import pytest
from forecast_series import linear_process, series

from ergodica import data, models
from ergodica.models.forecast import NVAR, Conserved, EchoState, Ensemble, Linear, Persistence
from ergodica.models.forecast.forecaster import _held
from ergodica.models.forecast.spread import drawn
from ergodica.numerics.errors import ParameterError

ECHO = EchoState(units=12, warm_up=10, spectral_radius=0.4, input_scale=0.3, leak=1.0, bias=1.0, ridge=1e-6)


def all_kinds():
    """One of each forecaster, not fitted."""
    return [
        Persistence(),
        Linear(),
        NVAR(),
        EchoState(**ECHO.config),
        Ensemble(of=Linear(lags=2, ridge=1e-6), size=2),
        Conserved(of=Linear(lags=1, ridge=1e-6), quantities="sum(state)"),
    ]


def ids(model):
    """Its name."""
    return model.name


def walk(*shape, seed=0):
    """Values that keep their sum over the last axis, when it has more than one entry."""
    x = np.random.default_rng(seed).normal(size=shape)
    if shape[-1] > 1:
        x -= x.mean(axis=-1, keepdims=True)
    return 0.1 * x.cumsum(axis=-2)


@pytest.mark.parametrize("made", all_kinds(), ids=ids)
@pytest.mark.parametrize("shape", [(60, 1), (60, 3), (3, 40, 2)])
def test_forecasts_follow_the_data_in_time_with_its_names(made, shape):
    if made.name == "conserved" and shape[-1] == 1:
        made.quantities = ("0 * sum(state)",)
    ds = series(walk(*shape), dt=0.25, start=3.0)
    made.fit(ds)
    lead = ds.state.dims[:-2]
    one, many = made.forecast(horizon=5), made.forecast(horizon=5, members=4, seed=1)
    assert one.state.dims == (*lead, "t", "component")
    assert many.state.dims == (*lead, "t", "realization", "component")
    np.testing.assert_allclose(one.t, ds.t.values[-1] + 0.25 * np.arange(1, 6))
    assert np.isfinite(many.state).all()
    np.testing.assert_array_equal(many.state, made.forecast(horizon=5, members=4, seed=1).state)
    assert not np.array_equal(many.state, made.forecast(horizon=5, members=4, seed=2).state)
    # from the end of the training data, or from the same snapshots given
    again = made.forecast(
        ds.isel(t=slice(-made.lookback, None)) if made.lookback > 1 else ds.isel(t=slice(-2, None))
    )
    np.testing.assert_allclose(again.state.isel(t=slice(0, 5)), one.state, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("made", all_kinds()[:5], ids=ids)
def test_data_that_do_not_fit_are_refused(made):
    ds = series(walk(60, 2), dt=0.5)
    made.fit(ds)
    with pytest.raises(ParameterError, match=r"^ds: must have the features"):
        made.forecast(series(walk(60, 3), dt=0.5))
    with pytest.raises(ParameterError, match=r"^ds: must have snapshots 0.5 apart"):
        made.forecast(series(walk(60, 2), dt=0.25))
    with pytest.raises(ParameterError, match=r"^horizon: must be a whole number"):
        made.forecast(horizon=0)
    with pytest.raises(ParameterError, match=r"^members: must be a whole number"):
        made.forecast(horizon=1, members=0)
    with pytest.raises(ParameterError, match=r"^seed: must be a whole number"):
        made.forecast(horizon=1, members=2, seed=-1)
    with pytest.raises(ParameterError, match=r"^ds: must have at least"):
        made.continued(np.zeros((1, made.lookback - 1, 2)), 3)
    for context in (np.zeros((1, 60, 3)), np.zeros((60, 2)), np.full((1, 60, 2), np.nan)):
        with pytest.raises(ParameterError, match=r"^context: must be finite numbers \(rows, snapshots, 2\)"):
            made.continued(context, 3)
    with pytest.raises(ParameterError, match=r"^ds: must have values of at most"):
        made.fit(series(1e303 * walk(60, 2)))
    broken = ds.copy(deep=True)
    broken.state.values[7, 1] = np.nan
    with pytest.raises(ParameterError, match=r"^state: must be finite"):
        made.fit(broken)


@pytest.mark.parametrize("made", all_kinds(), ids=ids)
def test_options_of_a_training_are_refused_where_there_is_none(made):
    with pytest.raises(ParameterError, match=r"^steps: is for models that are trained by gradients, got 5"):
        made.fit(series(walk(60, 2)), steps=5)


@pytest.mark.parametrize("made", all_kinds(), ids=ids)
def test_what_was_not_fitted_is_not_saved(tmp_path, made):
    with pytest.raises(ParameterError, match=f"fit: must be called first, got a {type(made).__name__}"):
        models.save(made, tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("made", all_kinds()[:5], ids=ids)
def test_a_forecaster_that_was_not_fitted_says_so(made):
    with pytest.raises(ParameterError, match=r"^fit: must be called first"):
        made.forecast(horizon=3)


@pytest.mark.parametrize(
    "made",
    [
        NVAR(),
        EchoState(**ECHO.config),
        Ensemble(of=NVAR(), size=2),
        Conserved(of=NVAR(), quantities="sum(state)"),
    ],
    ids=ids,
)
def test_a_fit_that_fails_leaves_what_was_learned_before(made):
    made.fit(series(walk(60, 2)))
    before = made.forecast(horizon=3).state
    with pytest.raises(ParameterError, match=r"^ds: must have at least"):
        made.fit(series(walk(9, 2)))
    np.testing.assert_array_equal(made.forecast(horizon=3).state, before)


@pytest.mark.parametrize("made", all_kinds(), ids=ids)
def test_constant_components_stay_constant(made):
    x = np.concatenate([walk(60, 2), np.full((60, 1), 0.1)], axis=1)
    found = made.fit(series(x))
    for members in (None, 2):
        last = found.forecast(horizon=20, members=members).state.values[..., 2]
        np.testing.assert_allclose(last, 0.1, rtol=1e-12)


def test_a_series_that_is_constant_altogether_stays_so():
    for made in (Persistence(), Linear(), NVAR(), EchoState(**ECHO.config)):
        found = made.fit(series(np.full((60, 2), 3.0))).forecast(horizon=5, members=2)
        np.testing.assert_allclose(found.state, 3.0, rtol=1e-12)


def test_rows_that_diverge_are_held_where_they_left_with_a_warning():
    t = np.arange(40.0)
    made = Linear(lags=1, ridge=0.0).fit(series(1.5 ** t[:, None]))
    with pytest.warns(UserWarning, match="1 of 1 diverged beyond 100 standard deviations"):
        found = made.forecast(horizon=60).state.values[:, 0]
    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0).all()
    assert np.ptp(found[-20:]) == 0


def test_draws_of_persistence_are_a_random_walk_without_drift():
    # steps of mean 1 and standard deviation .5: after n of them the spread is .5 sqrt(n) about the last value
    x = np.cumsum(1 + 0.5 * np.random.default_rng(0).normal(size=500))
    made = Persistence().fit(series(x[:, None])).forecast(horizon=25, members=4000).state.values[..., 0]
    # 4000 draws: the mean to 1.6 % of the spread, the spread to 1.1 %; the 500 steps give it to 3 %
    np.testing.assert_allclose(made.mean(axis=1), x[-1], atol=0.2)
    np.testing.assert_allclose(made.std(axis=1), 0.5 * np.sqrt(np.arange(1, 26)), rtol=0.1)


def test_persistence_keeps_no_more_steps_than_draws_need():
    found = Persistence().fit(series(walk(10_000, 2)))
    # a file of all steps would be as large as the data
    assert found.arrays["steps"].shape == (4096, 2)
    spread = found.forecast(horizon=1, members=2000).state.values[0].std(axis=0)
    # 2000 draws give a standard deviation to 1.6 %, 4096 steps to 1.1 %
    np.testing.assert_allclose(spread, 0.1 / np.sqrt(2), rtol=0.08)


def test_what_comes_back_from_beyond_the_bound_is_held_too():
    path = np.array([0.0, 50.0, 120.0, 3.0, np.nan, 2.0])[None, :, None] * [1.0, 0.1]
    with pytest.warns(UserWarning, match="1 of 1 diverged"):
        found = _held(path)
    np.testing.assert_array_equal(found[0, :, 0], [0, 50, 100, 100, 100, 100])
    np.testing.assert_array_equal(found[0, :, 1], [0, 5, 12, 12, 12, 12])


def test_components_have_units_of_their_own_and_a_field_has_one():
    rng = np.random.default_rng(0)
    u = rng.normal(size=(50, 3)) * [1.0, 10.0, 0.0] + [0.0, 5.0, 2.0]
    field = data.from_arrays(
        {"u": u},
        title="field",
        t=np.arange(50),
        dims={"u": ("t", "x")},
        kinds={"u": "field"},
        units={"u": "1", "t": "1", "x": "1"},
        coordinates={"x": np.arange(3.0)},
    )
    one, each = (Persistence().fit(ds).arrays["scale"] for ds in (field, series(u)))
    np.testing.assert_allclose(one[:2], np.sqrt(u.var(axis=0).mean()))
    np.testing.assert_allclose(each[:2], u.std(axis=0)[:2])
    assert each[2] == 1


def test_noise_of_the_dynamics_and_of_the_observation_are_the_errors_together():
    errors = np.random.default_rng(0).normal(size=(4000, 1))
    moved, seen = drawn(errors, 0.6, 200, 1000, np.random.default_rng(1))
    # 200,000 draws: variances to .3 %
    assert moved.var() == pytest.approx(0.36 * errors.var(), rel=0.02)
    assert seen.var() == pytest.approx(0.64 * errors.var(), rel=0.02)
    assert abs((moved * seen).mean()) < 0.01


def test_wide_fields_go_through_their_principal_components(tmp_path):
    t, x = np.arange(80), np.linspace(0, 2 * np.pi, 64, endpoint=False)
    u = np.sin(x - 0.2 * t[:, None]) + 0.3 * np.cos(2 * x + 0.5 * t[:, None]) + x
    ds = data.from_arrays(
        {"u": u[:, :, None].astype(np.float32)},
        title="waves",
        t=t,
        dims={"u": ("t", "x", "y")},
        kinds={"u": "field"},
        units={"u": "1", "t": "1", "x": "1", "y": "1"},
        coordinates={"x": x, "y": [0.0]},
    )
    ds.to_netcdf(tmp_path / "run.nc")
    for made in (Linear(), NVAR()):
        found = made.fit(tmp_path / "run.nc").forecast(horizon=10).u.values[:, :, 0]
        after = np.arange(80, 90)[:, None]
        wanted = np.sin(x - 0.2 * after) + 0.3 * np.cos(2 * x + 0.5 * after) + x
        # four directions, exactly linear: single precision of the file
        np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_draws_of_wide_fields_spread_as_the_data_also_where_no_component_holds_them():
    # nothing can be forecast of white noise, and no 24 directions hold that of 60 points
    x = np.random.default_rng(0).normal(size=(800, 60))
    made = Linear(lags=1, ridge=0.0).fit(series(x)).forecast(horizon=30, members=60).state.values
    # 1800 draws of each point: standard deviations to 1.7 %, 800 data to 2.5 %, four of both over 60 points
    np.testing.assert_allclose(made.std(axis=(0, 1)), 1.0, atol=0.12)


def test_draws_of_a_linear_process_cover_as_the_gaussian_of_its_noise():
    # x(n + 1) = A x(n) + s e: the forecast of lead m is Gaussian with covariance s^2 sum_k<m A^k A^k^T
    matrix, size = np.array([[0.92, 0.2], [-0.2, 0.92]]), 0.3
    found = Linear(lags=1, ridge=0.0).fit(series(linear_process(matrix, size, 4000, 0)))
    start = np.array([[[1.0, -1.0]]])
    made = found.continued(start, 8, members=6000, seed=0)[:, 0]
    covariance, power = np.zeros((2, 2)), np.eye(2)
    mean = start[0, 0]
    for lead in range(8):
        covariance = covariance + size**2 * power @ power.T
        power, mean = power @ matrix, matrix @ mean
        # coefficients have the standard error sqrt(.11 / 4000) = .005: over 8 steps of states of 1.4 it makes .06
        np.testing.assert_allclose(made[:, lead].mean(axis=0), mean, atol=0.15)
        np.testing.assert_allclose(made[:, lead].var(axis=0), np.diag(covariance), rtol=0.12)


def test_noise_that_is_only_seen_is_not_fed_back():
    # a wave with noise of the observation: the error stays at the noise, it does not add up
    t = np.arange(600)
    clean = np.stack([np.sin(0.1 * t), np.cos(0.1 * t)], axis=1)
    seen = clean + 0.05 * np.random.default_rng(0).normal(size=clean.shape)
    found = Linear(lags=12, ridge="auto").fit(series(seen[:500]))
    made = found.forecast(horizon=100, members=200).state.values
    error = abs(np.median(made, axis=1) - clean[500:])
    spread = made.std(axis=1).mean(axis=1)
    assert error.max() < 0.2
    # fed back at every step it would grow tenfold over 100 steps
    assert spread[-10:].mean() < 3 * spread[:10].mean()
