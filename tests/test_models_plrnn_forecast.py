"""Shallow piecewise-linear networks as forecasters: trained, stopped, saved, read from parts of a state."""

import signal

import numpy as np
import pytest
from lorenz_series import as_run, lorenz_run

from ergodica import models
from ergodica.models.forecast.shallow_plrnn import ShallowPLRNN
from ergodica.numerics.errors import ParameterError

SHORT = {"sequence": 60, "lookback": 20, "delays": 1, "hidden": 30}
FAST = {"steps": 60, "batch": 8, "check_every": 30}


@pytest.fixture(scope="module")
def run():
    return lorenz_run(700, dt=0.03)


@pytest.fixture(scope="module")
def fitted(run):
    return ShallowPLRNN(**SHORT).fit(run.isel(t=slice(0, 600)), seed=3, **FAST)


def error(model, run, first, ahead=8):
    """Of a forecast from `first` on, in standard deviations."""
    made = model.forecast(run.isel(t=slice(first - 40, first)), horizon=ahead)["state"].values
    truth = run["state"].values[first : first + ahead]
    return np.sqrt(np.mean(((made - truth) / run["state"].values.std(axis=0)) ** 2))


def test_forecasts_of_a_chaotic_flow_beat_persistence(run, fitted):
    persistence = models.forecast.Persistence().fit(run.isel(t=slice(0, 600)))
    starts = (605, 630, 655, 680)
    errors = [[error(model, run, first) for first in starts] for model in (fitted, persistence)]
    assert np.median(errors[0]) < 0.25 * np.median(errors[1])


def test_a_forecast_is_the_map_applied_again_and_again(run, fitted):
    context = run.isel(t=slice(600, 620))
    made = fitted.forecast(context, horizon=30)["state"].values
    mean, scale = fitted.arrays["mean"], fitted.arrays["scale"]
    A, W1, W2, h1, h2 = (one.detach().double().numpy() for one in fitted.network.weights)

    def advanced(z):
        return A * z + W1 @ (np.maximum(z @ W2 + h2, 0) - np.maximum(z @ W2, 0)) + h1

    signals = (context["state"].values - mean) / scale
    z = signals[0]
    for s in signals[1:]:
        z = (1 - fitted.notes["gain"]) * advanced(z) + fitted.notes["gain"] * s
    for n in range(30):
        z = advanced(z)
        # contexts and forecasts are handed over in single precision, and the state is one of chaos
        np.testing.assert_allclose((made[n] - mean) / scale, z, atol=1e-4)


def test_a_saved_model_forecasts_the_same(tmp_path, run, fitted):
    models.save(fitted, tmp_path / "net")
    loaded = models.load(tmp_path / "net")
    assert loaded.config == fitted.config
    for draws in (None, 3):
        ours, theirs = (m.forecast(run, horizon=9, members=draws, seed=1) for m in (fitted, loaded))
        np.testing.assert_array_equal(ours["state"].values, theirs["state"].values)


class Interrupted(ShallowPLRNN):
    """Meets an interrupt in its 20th loss."""

    calls = 0

    def _loss(self, network, batch, draws):
        self.calls += 1
        if self.calls == 20:
            signal.raise_signal(signal.SIGINT)
        return super()._loss(network, batch, draws)

    def __repr__(self):
        return repr(ShallowPLRNN(**SHORT))


def test_a_training_that_was_stopped_goes_on_to_the_same_model(tmp_path, run, fitted):
    known = run.isel(t=slice(0, 600))
    with pytest.raises(KeyboardInterrupt):
        Interrupted(**SHORT).fit(known, out=tmp_path / "net", seed=3, **FAST)
    resumed = ShallowPLRNN(**SHORT).fit(known, out=tmp_path / "net", resume=True, seed=3, **FAST)
    for name, values in fitted.state().items():
        np.testing.assert_array_equal(values, resumed.state()[name])


def test_draws_spread_as_errors_grow(run, fitted):
    spread = (
        fitted.forecast(run, horizon=40, members=40, seed=0)["state"].std("realization").mean("component")
    )
    assert (spread.values > 0).all()
    assert spread[-10:].mean() > 2 * spread[:2].mean()


def test_noise_is_averaged_out_of_the_start():
    # a turn by .3 a step, seen with noise of .3 standard deviations
    angles = 0.3 * np.arange(700) + np.array([0.0, 1.0])[:, None]
    clean = np.stack([np.cos(angles), np.sin(angles), np.cos(2 * angles)], axis=-1)
    noisy = clean + 0.2 * np.random.default_rng(0).standard_normal(clean.shape)
    model = ShallowPLRNN(**SHORT).fit(as_run(noisy, 0.1), **FAST)
    made = model.forecast(as_run(noisy[:, :600], 0.1), horizon=5)["state"].values
    assert model.notes["gain"] < 1
    # the noise of one snapshot is .2
    assert np.sqrt(np.mean((made - clean[:, 600:605]) ** 2)) < 0.15


def test_one_component_of_a_flow_is_forecast_from_its_delays():
    run = lorenz_run(900, dt=0.03)
    model = ShallowPLRNN(sequence=60, latent=4, delays=6, lookback=12).fit(
        run.isel(t=slice(0, 800)), variables=["x0"], **FAST
    )
    truth = run["state"].values[800:805, 0]
    made = model.forecast(run.isel(t=slice(0, 800)), horizon=5)["x0"].values
    held = np.abs(truth - run["state"].values[799, 0]).mean()
    assert np.abs(made - truth).mean() < 0.5 * held


def test_many_features_are_forecast_by_few_latents():
    angles = 0.2 * np.arange(500)
    modes = np.random.default_rng(0).standard_normal((2, 30))
    run = as_run(np.stack([np.cos(angles), np.sin(angles)], axis=-1) @ modes, 0.1)
    model = ShallowPLRNN(latent=2, sequence=60, lookback=10, delays=1).fit(run.isel(t=slice(0, 490)), **FAST)
    made = model.forecast(run.isel(t=slice(0, 490)), horizon=5)["state"].values
    assert made.shape == (5, 30)
    assert np.abs(made - run["state"].values[490:495]).max() < 0.3 * run["state"].values.std()


def test_a_map_is_learned():
    x = np.empty(600)
    x[0] = 0.3
    for n in range(599):
        x[n + 1] = 3.8 * x[n] * (1 - x[n])
    model = ShallowPLRNN(latent=1, delays=1, sequence=20, lookback=2).fit(
        as_run(x[:, None], 1.0), **{**FAST, "steps": 300, "learning_rate": 1e-2}
    )
    made = [
        model.forecast(as_run(x[k : k + 2, None], 1.0), horizon=1)["state"].item() for k in range(0, 500, 50)
    ]
    # fifty pieces of a parabola, with kinks where they were drawn; the standard deviation is .25
    assert np.abs(np.array(made) - x[2:502:50]).max() < 0.05


def test_a_constant_feature_stays(run):
    values = np.concatenate([run["state"].values, np.full((700, 1), 7.0)], axis=1)
    model = ShallowPLRNN(**SHORT).fit(as_run(values, 0.03), **FAST)
    # it has no scale; what is left is the map's error in units of 1
    assert np.abs(model.forecast(horizon=5)["state"].values[:, 3] - 7).max() < 0.1


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"hidden": 0}, "hidden: must be a whole number of at least 1"),
        ({"forcing": 1.5}, "forcing: must be a number from 0 to 1"),
        ({"forcing": "0.1"}, "forcing: must be a number from 0 to 1, got '0.1'"),
        ({"forcing": True}, "forcing: must be a number from 0 to 1, got True"),
        ({"delays": 40}, "lookback: must be from the 40 delays"),
        ({"latent": 7, "delays": 2}, "latent: must be at most the 6 values in 2 snapshots of 3 features"),
        ({"sequence": 900}, "ds: must have at least the"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(run, settings, rule):
    with pytest.raises(ParameterError, match=rule):
        ShallowPLRNN(**settings).fit(run, **FAST)
