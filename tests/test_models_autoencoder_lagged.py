"""Eigenvalues of learned observables over more than one step."""

import numpy as np
import pytest
from autoencoder_runs import dataset, linear_run, turning

from ergodica import data, models
from ergodica.models.koopman import Dense, KoopmanAutoencoder
from ergodica.numerics.errors import ParameterError

DT = 0.1
EXACT = (np.log(0.95) + 0.3j) / DT
"""Rate of `turning()`."""


def fitted(values, **settings):
    model = KoopmanAutoencoder(latent=2, horizon=3, encoder=Dense(width=4, depth=1), **settings)
    return model.fit(dataset(values, dt=DT), steps=1, batch=16, learning_rate=1e-12)


def rates(found):
    return found.growth_rate.values + 1j * found.continuous_eigenvalue_imag.values


@pytest.mark.parametrize("lag", [1, 2, 5])
@pytest.mark.parametrize("lookback", [1, 3])
def test_rates_of_what_closes_do_not_depend_on_the_lag(lag, lookback):
    found = fitted(linear_run(turning()), lookback=lookback).lagged_eigenvalues(lag)
    # the ridge of 1e-8, whose weight is that of the large observables
    assert abs(rates(found) - EXACT).min() < 1e-4
    assert found.attrs["lag"] == lag
    assert f"{lag} steps at once" in found.title
    eigenvalue = found.eigenvalue_real.values + 1j * found.eigenvalue_imag.values
    np.testing.assert_allclose(abs(eigenvalue), np.exp(found.growth_rate.values * lag * DT), rtol=1e-10)


def test_one_step_is_the_operator_itself():
    model = fitted(linear_run(turning(), noise=0.2))
    own, found = model.eigenvalues(), model.lagged_eigenvalues(1)
    for name in ("eigenvalue_real", "eigenvalue_imag", "growth_rate", "residual"):
        np.testing.assert_allclose(found[name], own[name], rtol=1e-6, atol=1e-9)


def test_operators_and_residuals_over_a_lag_are_those_of_plain_least_squares():
    values, lag = linear_run(turning(), noise=0.2), 4
    model = fitted(values)
    z = model.lift(values.reshape(-1, 1, 2)).reshape(*values.shape[:2], -1)
    before, after = (part.reshape(-1, z.shape[-1]) for part in (z[:, :-lag], z[:, lag:]))
    operator = np.linalg.lstsq(before, after, rcond=None)[0]
    found = model.lagged_eigenvalues(lag)
    expected, vectors = np.linalg.eig(operator)
    eigenvalue = found.eigenvalue_real.values + 1j * found.eigenvalue_imag.values
    for one, residual in zip(eigenvalue, found.residual.values, strict=True):
        k = abs(expected - one).argmin()
        # the ridge of 1e-8 is left out here
        assert abs(expected[k] - one) < 1e-4
        phi = before @ vectors[:, k]
        missed = np.linalg.norm(after @ vectors[:, k] - expected[k] * phi) / np.linalg.norm(phi)
        assert residual == pytest.approx(missed, rel=1e-2, abs=1e-4)


def test_what_does_not_close_biases_rates_less_over_a_longer_lag():
    # noise of the measurement scales every eigenvalue by signal/(signal + noise), once for any lag
    rng = np.random.default_rng(0)
    values = linear_run(turning(modulus=0.99), members=200)
    values = values + 0.5 * rng.normal(size=values.shape)
    model = fitted(values)
    off = [abs(rates(model.lagged_eigenvalues(lag)) - (np.log(0.99) + 0.3j) / DT).min() for lag in (1, 8)]
    assert off[0] > 1
    assert off[1] < off[0] / 4


def test_lags_that_cannot_be_are_refused_and_a_loaded_model_needs_a_run(tmp_path):
    values = linear_run(turning(), snapshots=12)
    model = fitted(values, lookback=2)
    for lag in (0, 1.5, 11):
        with pytest.raises(ParameterError, match="lag: must be"):
            model.lagged_eigenvalues(lag)
    models.save(model, tmp_path / "net")
    loaded = models.load(tmp_path / "net")
    with pytest.raises(ParameterError, match="source: must be given"):
        loaded.lagged_eigenvalues(2)
    found = loaded.lagged_eigenvalues(2, dataset(values, dt=DT))
    np.testing.assert_array_equal(found.growth_rate, model.lagged_eigenvalues(2).growth_rate)


@pytest.mark.parametrize("lookback", [1, 2])
def test_standard_errors_over_a_lag_are_the_scatter_over_runs(lookback):
    # pairs that are a lag apart overlap: errors drawn one by one would be too small by a factor of about two
    lag = 4
    model = fitted(linear_run(turning(), members=40, noise=0.3), lookback=lookback)
    runs = [dataset(linear_run(turning(), members=40, seed=seed, noise=0.3), dt=DT) for seed in range(1, 41)]
    made = [model.lagged_eigenvalues(lag, run, intervals=40) for run in runs[:3]]
    found = np.array([model.lagged_eigenvalues(lag, run).eigenvalue_real.values[0] for run in runs])
    error = np.mean([one.eigenvalue_standard_error_real.values[0] for one in made])
    # 40 runs and three times 40 refits: 11 % and 9 %
    assert 0.6 < error / found.std(ddof=1) < 1.6
    for one in made:
        assert data.check(one) == []
        assert "given the observables" in one.title
        assert (
            one.growth_rate_low.values[0] < one.growth_rate.values[0] < one.growth_rate_high.values[0]
        ).all()
        width = (one.eigenvalue_high_real - one.eigenvalue_low_real).values[0]
        rates = (one.growth_rate_high - one.growth_rate_low).values[0]
        assert width > 0
        assert rates > 0
