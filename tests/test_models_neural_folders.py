"""Models that train networks are written where they are asked to, gone on with and never written over unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ergodica import data, models
from ergodica.data.file_errors import OutputExists
from ergodica.models.forecast import (
    LSTM,
    NVAR,
    Conserved,
    Ensemble,
    ExpertMixture,
    NBeats,
    NeuralForecaster,
    NeuralKalman,
    NeuralODE,
    Persistence,
    ShallowPLRNN,
    TransformerForecaster,
)
from ergodica.models.forecast.forecaster import Forecaster
from ergodica.models.koopman import DMD, KoopmanAutoencoder
from ergodica.numerics.errors import ParameterError

NETWORKS = (LSTM, NBeats, NeuralKalman, NeuralODE, ShallowPLRNN, TransformerForecaster)
OPTIONS: dict[str, Any] = {"steps": 30, "batch": 8, "seed": 1, "learning_rate": 0.02, "check_every": 10}


def tiny() -> LSTM:
    return LSTM(lookback=4, ahead=2, width=4)


HOLDING: dict[str, tuple[Any, Any]] = {
    "network": (tiny, LSTM),
    "ensemble": (lambda: Ensemble(of=tiny(), size=2, resampled=False), Ensemble),
    "resampled": (lambda: Ensemble(of=tiny(), size=2), Ensemble),
    "mixture": (lambda: ExpertMixture(experts=2, expert=tiny()), ExpertMixture),
    "conserved": (lambda: Conserved(of=tiny(), quantities=("x**2 + v**2",)), Conserved),
}


def oscillator(snapshots: int = 60) -> xr.Dataset:
    """Two circles, turned in opposite directions: two laws."""
    angle = np.array([[0.2], [-0.3]]) * np.arange(snapshots)
    noise = 0.01 * np.random.default_rng(0).normal(size=(2, 2, snapshots))
    return data.from_arrays(
        {"x": np.cos(angle) + noise[0], "v": np.sin(angle) + noise[1]},
        title="oscillators",
        t=0.2 * np.arange(snapshots),
        dims={"x": ("member", "t"), "v": ("member", "t")},
        units={"x": "1", "v": "1"},
    )


def forecast_of(model: Forecaster) -> np.ndarray:
    return model.forecast(horizon=5)["x"].values


def test_models_that_train_networks_say_so() -> None:
    models_of_networks = [kind() for kind in NETWORKS] + [made() for made, _ in HOLDING.values()]
    assert all(isinstance(kind(), NeuralForecaster) for kind in NETWORKS)
    assert all(one.by_gradients for one in [*models_of_networks, KoopmanAutoencoder()])
    plain = (Persistence(), Ensemble(of=NVAR()), ExpertMixture(), DMD())
    assert not any(one.by_gradients for one in plain)


@pytest.mark.parametrize("name", HOLDING)
@pytest.mark.filterwarnings("ignore:conserved")
def test_a_model_that_was_stopped_is_gone_on_with_and_never_replaced_unasked(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, kind = HOLDING[name]
    straight = made().fit(oscillator(), ["x", "v"], out=tmp_path / "a", **OPTIONS)
    assert isinstance(models.load(tmp_path / "a"), kind)
    assert np.array_equal(forecast_of(models.load(tmp_path / "a")), forecast_of(straight))
    with pytest.raises(OutputExists, match="use resume=True to go on with its training, overwrite=True"):
        made().fit(oscillator(), ["x", "v"], out=tmp_path / "a", **OPTIONS)

    loss, calls, last = LSTM._loss, [], 15 if name in ("network", "conserved") else 50

    def stopping(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == last:
            raise KeyboardInterrupt
        return loss(*given)

    with monkeypatch.context() as patched:
        patched.setattr(LSTM, "_loss", stopping)
        with pytest.raises(KeyboardInterrupt):
            made().fit(oscillator(), ["x", "v"], out=tmp_path / "b", **OPTIONS)
    assert not (tmp_path / "b" / "network.json").exists()
    resumed = made().fit(oscillator(), ["x", "v"], out=tmp_path / "b", resume=True, **OPTIONS)
    assert np.array_equal(forecast_of(resumed), forecast_of(straight))
    other = made().fit(oscillator(), ["x", "v"], out=tmp_path / "a", overwrite=True, **{**OPTIONS, "seed": 2})
    assert np.array_equal(forecast_of(models.load(tmp_path / "a")), forecast_of(other))
    assert not np.array_equal(forecast_of(other), forecast_of(straight))


@pytest.mark.parametrize("plain", [Persistence(), Ensemble(of=NVAR(), size=1), ExpertMixture(experts=1)])
def test_options_of_a_training_are_refused_by_models_without_one(plain: Forecaster, tmp_path: Path) -> None:
    for options in ({"steps": 3}, {"out": tmp_path / "kept"}):
        with pytest.raises(ParameterError, match="is for models that are trained by gradients"):
            plain.fit(oscillator(), **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", [NBeats, ShallowPLRNN, TransformerForecaster])
def test_windows_fit_the_length_of_the_data(kind: type[NeuralForecaster], tmp_path: Path) -> None:
    settings: dict[str, Any] = {"width": 4} if kind is not ShallowPLRNN else {"hidden": 4}
    made = kind(**settings)
    config = dict(made.config)
    for snapshots in (60, 40, 100):
        made.fit(oscillator(snapshots), ["x", "v"], steps=1, batch=4)
        assert made.config == config  # what was left to the fit is left to the next one
        assert made.window <= snapshots
    if kind is not ShallowPLRNN:
        assert (made.lookback, made.window) == (25, 50)
    for model in (made, Ensemble(of=kind(**settings), size=1).fit(oscillator(), steps=1, batch=4)):
        models.save(model, tmp_path / model.name)
        again = models.load(tmp_path / model.name)
        assert np.array_equal(forecast_of(again), forecast_of(model))
