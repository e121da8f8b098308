"""The variational approach: singular values in closed form, by brute force, and scores."""

import numpy as np
import pytest
from koopman_systems import as_run, linear_run
from scipy.linalg import sqrtm

from ergodica import data
from ergodica.models.koopman import VAMP
from ergodica.models.koopman.dictionaries import Identity, Polynomial
from ergodica.numerics.errors import ParameterError

TURNING = np.array([[0.7, -0.5], [0.3, 0.6]])


def runs(matrix: np.ndarray, members: int, snapshots: int, seed: int = 0) -> np.ndarray:
    """x_n+1 = A x_n + white noise of size 1, from its stationary state, (members, snapshots, features)."""
    rng = np.random.default_rng(seed)
    n = len(matrix)
    x = rng.multivariate_normal(np.zeros(n), stationary(matrix), size=members)
    kept = [x]
    for _ in range(snapshots - 1):
        x = x @ matrix.T + rng.standard_normal((members, n))
        kept.append(x)
    return np.stack(kept, axis=1)


def stationary(matrix: np.ndarray) -> np.ndarray:
    n = len(matrix)
    return np.linalg.solve(np.eye(n * n) - np.kron(matrix, matrix), np.eye(n).ravel()).reshape(n, n)


def test_singular_values_of_a_linear_process_that_turns():
    covariance = np.real(sqrtm(stationary(TURNING)))
    for lag in (1, 3):
        step = np.linalg.matrix_power(TURNING, lag)
        truth = np.linalg.svd(np.linalg.solve(covariance, step @ covariance), compute_uv=False)
        found = [
            VAMP(dictionary=Identity(), lag=lag).fit(as_run(part)).arrays["singular_values"]
            for part in np.split(runs(TURNING, 160, 100), 8)
        ]
        error = np.std(found, axis=0, ddof=1) / np.sqrt(8)
        # canonical correlations of n pairs are high by at most about 1 / n, of 2000 here
        assert (abs(np.mean(found, axis=0) - truth) < 4 * error + 1e-3).all()


def test_singular_values_of_a_reversible_process_are_its_powers():
    decay, lag = 0.9, 2
    x = runs(np.array([[decay]]), 200, 100)
    model = VAMP(dictionary=Polynomial(degree=3), rank=3, lag=lag)
    found = [model.fit(as_run(part)).arrays["singular_values"] for part in np.split(x, 8)]
    truth = decay ** (lag * np.arange(1.0, 4.0))
    error = np.std(found, axis=0, ddof=1) / np.sqrt(8)
    assert (abs(np.mean(found, axis=0) - truth) < 4 * error + 5e-3).all()
    whole = model.fit(as_run(x))
    times = whole.singular_values()
    assert abs(times.timescale.values + lag / np.log(times.singular_value.values)).max() < 1e-12
    # eigenvalues of one step, the constant first
    assert abs(whole.spectrum[0] - decay ** np.arange(4.0)).max() < 0.03
    assert data.check(times) == []


def brute_force(x: np.ndarray, lag: int) -> np.ndarray:
    now, then = (part - part.mean(axis=0) for part in (x[:-lag], x[lag:]))
    roots = [np.linalg.inv(np.real(sqrtm(one.T @ one))) for one in (now, then)]
    return np.linalg.svd(roots[0] @ now.T @ then @ roots[1], compute_uv=False)


@pytest.mark.parametrize("lag", [1, 4])
def test_singular_values_and_functions_are_those_of_the_covariances(lag):
    x = runs(TURNING, 1, 300)[0] + 5.0
    model = VAMP(dictionary=Identity(), lag=lag).fit(as_run(x))
    truth = brute_force(x, lag)
    assert abs(model.arrays["singular_values"] - truth).max() < 1e-12
    f = model.singular_functions(as_run(x)).singular_function.values
    now = f[:-lag]
    # mean 0, mean square 1 and uncorrelated over the snapshots that have a later one
    assert abs(now.mean(axis=0)).max() < 1e-12
    assert abs(now.T @ now / len(now) - np.eye(2)).max() < 1e-12
    assert abs(model.score() - 1 - (truth**2).sum()) < 1e-12
    assert abs(model.score(power=1) - 1 - truth.sum()) < 1e-12


def test_the_score_of_another_run_chooses_the_dictionary():
    x = runs(np.array([[0.9]]), 4, 200, seed=3)
    fit, other = as_run(x[:2]), as_run(x[2:])
    right, poor = (
        VAMP(dictionary=one, rank=8).fit(fit) for one in (Polynomial(degree=2), Polynomial(degree=9))
    )
    # eight functions of 400 snapshots learn their noise
    assert poor.score() > right.score()
    assert VAMP(dictionary=Identity()).fit(fit).score(other) < right.score(other)
    for model in (right, poor):
        assert model.score(other) < model.score() + 0.3


def test_a_rotation_is_foreseen_wholly_and_forecast():
    angle = 0.3
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    run = linear_run(turn, 100)
    for lag in (1, 7):
        model = VAMP(dictionary=Identity(), rank=5, lag=lag).fit(run)
        assert abs(model.arrays["singular_values"] - 1).max() < 1e-12
        assert (model.arrays["singular_values"] <= 1).all()
        made = model.linear_rollout(run.isel(t=slice(0, 60)), 40).state.values
        assert abs(made - run.state.values[60:]).max() < 1e-10


def test_what_does_not_vary_tells_nothing_of_the_future_but_itself():
    for size in (0.0, 1.0, 1e8):
        model = VAMP().fit(as_run(np.full((30, 2), size)))
        assert len(model.arrays["singular_values"]) == 0
        assert abs(model.spectrum[0] - 1).max() < 1e-12
        assert model.score() == 1.0
        assert (
            abs(model.linear_rollout(as_run(np.full((30, 2), size)), 3).state.values - size).max()
            <= 1e-14 * size
        )


def test_what_cannot_be_is_refused():
    run = linear_run(TURNING, 20)
    for ask, words in (
        (lambda: VAMP(rank=0), "rank"),
        (lambda: VAMP(lag=0), "lag"),
        (lambda: VAMP(lag=19).fit(run), "lag: must leave two pairs"),
        (lambda: VAMP(dictionary=Identity()).fit(run).score(power=3), "power"),
        (lambda: VAMP(dictionary=Identity(), lag=4).fit(run).score(run.isel(t=slice(0, 5))), "lag"),
        (lambda: VAMP().singular_values(), "fit"),
    ):
        with pytest.raises(ParameterError, match=words):
            ask()
