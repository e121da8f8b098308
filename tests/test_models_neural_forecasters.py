"""Forecasters by networks: they learn what has a closed form, and are kept, gone on with and repeated exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ergodica import data, models
from ergodica.data.file_errors import OutputExists
from ergodica.models.forecast import Persistence
from ergodica.models.forecast.lstm import LSTM
from ergodica.models.forecast.nbeats import NBeats
from ergodica.models.forecast.neural import NeuralForecaster
from ergodica.models.forecast.neural_kalman import NeuralKalman
from ergodica.models.forecast.neural_ode import NeuralODE
from ergodica.models.forecast.patches import EntropyPatches
from ergodica.models.forecast.transformer_forecast import TransformerForecaster
from ergodica.numerics.errors import ParameterError

SMALL: dict[str, tuple[type[NeuralForecaster], dict[str, Any]]] = {
    "lstm": (LSTM, {"lookback": 10, "ahead": 5, "width": 16}),
    "nbeats": (NBeats, {"lookback": 12, "ahead": 10, "width": 16, "blocks": 2, "noise": 0.0}),
    "neural-ode": (NeuralODE, {"lookback": 4, "ahead": 8, "width": 16, "hidden": 1, "noise": 0.0}),
    "transformer": (
        TransformerForecaster,
        {"lookback": 12, "ahead": 10, "width": 8, "heads": 2, "layers": 1},
    ),
    "entropy": (
        TransformerForecaster,
        {"patches": EntropyPatches(), "lookback": 12, "ahead": 10, "width": 8, "heads": 2, "layers": 1},
    ),
    "neural-kalman": (NeuralKalman, {"lookback": 30, "ahead": 5, "width": 8, "rounds": 2, "delays": 1}),
}
TRAINED = {
    "lstm": 80,
    "nbeats": 120,
    "neural-ode": 80,
    "transformer": 120,
    "entropy": 120,
    "neural-kalman": 40,
}


def oscillator(members: int = 2, snapshots: int = 160) -> xr.Dataset:
    """x = (cos, -sin)(.2 n + phase): a linear map of the plane."""
    angle = 0.2 * np.arange(snapshots) + np.arange(members)[:, None]
    state = np.stack([np.cos(angle), -np.sin(angle)], axis=-1)
    return data.from_arrays(
        {"state": state},
        title="oscillators",
        t=0.2 * np.arange(snapshots),
        dims={"state": ("member", "t", "component")},
        units={"state": "1"},
    )


def made(name: str, **changed: Any) -> NeuralForecaster:
    kind, settings = SMALL[name]
    return kind(**{**settings, **changed})


@pytest.fixture(scope="module")
def fitted() -> dict[str, NeuralForecaster]:
    learned = oscillator()
    return {
        name: made(name).fit(learned, steps=TRAINED[name], batch=32, learning_rate=1e-2) for name in SMALL
    }


@pytest.mark.parametrize("name", SMALL)
def test_an_oscillator_is_forecast_better_than_by_persistence(
    fitted: dict[str, NeuralForecaster], name: str
) -> None:
    whole = oscillator(snapshots=180)
    truth = whole["state"].isel(t=slice(160, 180))
    ours = fitted[name].forecast(horizon=20)["state"]
    still = Persistence().fit(oscillator()).forecast(horizon=20)["state"]
    error, known = (float(abs(one.values - truth.values).mean()) for one in (ours, still))
    # two thirds of a turn: persistence is wrong by about the radius, a short training by a part of it
    assert error < 0.3 * known, f"{error:.3f} beside {known:.3f}"


@pytest.mark.parametrize("name", SMALL)
def test_rows_are_forecast_as_if_alone(fitted: dict[str, NeuralForecaster], name: str) -> None:
    rows = oscillator(members=5)["state"].values[:, -40:]
    together = fitted[name].continued(rows, 15)
    alone = np.concatenate([fitted[name].continued(row[None], 15) for row in rows])
    # products of float32 in another order
    assert abs(together - alone).max() < 1e-4


@pytest.mark.parametrize("name", SMALL)
def test_a_kept_model_forecasts_the_same(
    fitted: dict[str, NeuralForecaster], name: str, tmp_path: Path
) -> None:
    models.save(fitted[name], tmp_path / "kept")
    again = models.load(tmp_path / "kept")
    assert again.config == fitted[name].config
    for members in (None, 3):
        one, other = (m.forecast(horizon=12, members=members)["state"].values for m in (fitted[name], again))
        assert np.array_equal(one, other)


@pytest.mark.parametrize("name", SMALL)
def test_a_training_goes_on_bit_for_bit_and_a_seed_repeats_it(name: str, tmp_path: Path) -> None:
    learned = oscillator(snapshots=60)
    learned["state"] += 0.1 * np.random.default_rng(0).normal(size=learned["state"].shape)
    options: dict[str, Any] = {"batch": 16, "seed": 3}
    straight = made(name).fit(learned, steps=6, out=tmp_path / "a", **options)
    model = made(name)
    stopped = {"on": True}
    if hasattr(model, "rounds"):
        model.rounds = 1
        straight = made(name, rounds=1).fit(learned, steps=6, **options)
    loss, calls = model._loss, []

    def stopping(*given: Any) -> Any:
        calls.append(1)
        if stopped["on"] and len(calls) == 4:
            raise KeyboardInterrupt
        return loss(*given)

    model._loss = stopping  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        model.fit(learned, steps=6, out=tmp_path / "b", **options)
    stopped["on"] = False
    model.fit(learned, steps=6, out=tmp_path / "b", resume=True, **options)
    other = made(name, **({"rounds": 1} if hasattr(model, "rounds") else {}))
    other.fit(learned, steps=6, seed=4, batch=16)
    one, two, three = (m.forecast(horizon=9)["state"].values for m in (straight, model, other))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, three)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("lstm", {"lookback": 1}, "lookback: "),
        ("lstm", {"noise": -0.1}, "noise: must be a number of at least 0, got -0.1"),
        ("nbeats", {"blocks": 0}, "blocks: "),
        ("neural-ode", {"gradient": "adjont"}, "did you mean 'adjoint'"),
        ("transformer", {"heads": 3}, "width: must be a multiple of the 3 heads, got 8; use 9"),
        ("transformer", {"patches": "plain"}, r"patches: must be PlainPatches\(\) or EntropyPatches\(\)"),
        ("neural-kalman", {"lookback": 20, "delays": 4}, "lookback: must be above the 25 snapshots"),
    ],
)
def test_settings_that_cannot_be_are_refused(name: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        made(name, **settings)


@pytest.mark.parametrize("name", SMALL)
def test_constant_features_stay(name: str) -> None:
    learned = oscillator(members=1, snapshots=60)
    learned["state"][..., 1] = 3.0
    made_of_it = made(name).fit(learned, steps=2, batch=8).forecast(horizon=3)["state"].values
    # of a network that learned for two steps: in units of the feature, whose spread is taken as 1
    assert abs(made_of_it[..., 1] - 3).max() < 0.5
    assert np.isfinite(made_of_it).all()


def test_what_cannot_be_fitted_is_refused(tmp_path: Path) -> None:
    learned = oscillator(snapshots=30)
    with pytest.raises(ParameterError, match="at least the 35 snapshots of a training window, got 30"):
        made("lstm", lookback=25, ahead=10).fit(learned, steps=1)
    with pytest.raises(ParameterError, match="at least 41 snapshots, got 30"):
        made("lstm", lookback=40).fit(learned, steps=1)
    wide = oscillator(snapshots=250).isel(component=[0] * 202).drop_vars("component", errors="ignore")
    with pytest.raises(
        ParameterError, match="at most 200 numbers in a state, features times delays, got 404"
    ):
        made("neural-kalman", delays=2).fit(wide, steps=1)
    for kind in (NBeats, TransformerForecaster):
        with pytest.raises(ParameterError, match="at most 158 features for a lookback of 100 and 100 ahead"):
            kind(lookback=100, ahead=100).fit(wide, steps=1)
    with pytest.raises(ParameterError, match="stepz: is no option of a training; did you mean 'steps'"):
        made("lstm").fit(learned, stepz=1)
    with pytest.raises(ParameterError, match="fit: must be called first"):
        made("lstm").forecast(horizon=3)
    made("lstm").fit(learned, steps=1, batch=4, out=tmp_path / "a")
    with pytest.raises(OutputExists, match="holds a model"):
        made("lstm").fit(learned, steps=1, batch=4, out=tmp_path / "a")
    with pytest.raises(ParameterError, match="to resume it"):
        made("lstm", noise=0.5).fit(learned, steps=1, batch=4, out=tmp_path / "a", resume=True)
