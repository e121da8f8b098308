"""Forecasts follow their data: into other units, another order of components or members, other files."""

import numpy as np
import pytest
from forecast_series import series

from ergodica import data
from ergodica.models.forecast import (
    LSTM,
    NVAR,
    EchoState,
    Ensemble,
    ExpertMixture,
    Linear,
    Persistence,
    RandomFeatures,
)
from ergodica.numerics.errors import ParameterError

STEPS = 12


def all_kinds():
    """One of each forecaster without random numbers for its features, then those that have them."""
    return [
        Persistence(),
        Linear(),
        NVAR(delays=2, degree=2),
        Ensemble(of=Linear(lags=2), size=2),
        ExpertMixture(experts=1, degree=2),
        EchoState(units=15, warm_up=15, leak=1.0, bias=1.0, spectral_radius=0.4),
        RandomFeatures(units=10, size=2),
        LSTM(lookback=8, ahead=2, width=4),
    ]


def fitted(made, values):
    """A forecast, (members, steps, components)."""
    made = type(made)(**made.config) if made.name not in ("ensemble", "expert-mixture") else made
    training = {"steps": 3, "batch": 8} if made.by_gradients else {}
    return made.fit(series(values), **training).forecast(horizon=STEPS).state.values


@pytest.fixture(scope="module")
def two():
    """Two members of a noisy nonlinear oscillator with two components of unlike sizes."""
    rng = np.random.default_rng(1)
    x = np.empty((2, 90, 2))
    x[:, 0] = [[1.0, 0.0], [-0.3, 0.5]]
    for n in range(89):
        place, rate = x[:, n].T
        force = -place + 0.5 * (1 - place**2) * rate
        x[:, n + 1] = x[:, n] + 0.1 * np.stack([rate, force], axis=1) + 0.01 * rng.normal(size=(2, 2))
    return x * [1.0, 30.0]


@pytest.mark.parametrize("made", all_kinds(), ids=lambda one: one.name)
def test_other_units_and_another_order_give_the_same_forecast(made, two):
    plain, size = fitted(made, two), two.std(axis=(0, 1))
    # squares of 1e-200 vanish and those of 1e200 overflow; a sum with b loses digits of a x: round-off by a regression
    for a, b, error in ((1e-290, 0.0, 1e-9), (1e-8, 1e-7, 1e-9), (1e8, -3e9, 1e-9), (1e250, 0.0, 1e-9)):
        np.testing.assert_allclose((fitted(made, a * two + b) - b) / a / size, plain / size, atol=error)
    np.testing.assert_allclose(fitted(made, two[::-1])[::-1] / size, plain / size, atol=1e-9)
    if made.name not in ("echo-state", "random-features", "lstm"):
        np.testing.assert_allclose(fitted(made, two[..., ::-1])[..., ::-1] / size, plain / size, atol=1e-9)


@pytest.mark.parametrize("made", [Linear(), NVAR(delays=1, degree=2, ridge=1e-9)])
def test_chunks_files_and_single_precision_are_the_same_data(made, two, tmp_path):
    ds = series(two.astype(np.float32))
    plain = made.fit(series(two.astype(np.float32).astype(float))).forecast(horizon=STEPS).state.values
    data.write_dataset(ds, tmp_path / "run.zarr")
    data.write_dataset(ds, tmp_path / "run.nc")
    chunked = ds.chunk({"t": 17, "member": 1})
    for other in (ds, chunked, tmp_path / "run.zarr", str(tmp_path / "run.nc")):
        np.testing.assert_array_equal(made.fit(other).forecast(horizon=STEPS).state.values, plain)


def test_values_whose_differences_overflow_are_refused():
    with pytest.raises(ParameterError, match=r"^ds: must have values of at most 1e\+300"):
        Persistence().fit(series([[1e301], [-1e301], [0.0]]))
