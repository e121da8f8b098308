"""Autoregressions: exact where the truth is a polynomial map, and the parts that they are made of."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from forecast_series import LORENZ_DT, LORENZ_RATE, linear_process, logistic, lorenz, series

from ergodica import models
from ergodica.models.forecast import NVAR, Linear
from ergodica.models.forecast.block_validation import blocks_of
from ergodica.models.forecast.monomials import Monomials, monomial_count
from ergodica.models.forecast.ridge import ridge_path
from ergodica.models.forecast.validation import rollout_score
from ergodica.numerics.errors import ParameterError


def test_monomials_are_all_products_up_to_the_degree():
    x = np.random.default_rng(0).normal(size=(5, 4))
    found = Monomials.up_to(4, 3)(x)
    wanted = np.stack(
        [x[:, one].prod(axis=1) for p in (1, 2, 3) for one in combinations_with_replacement(range(4), p)],
        axis=1,
    )
    assert found.shape[1] == monomial_count(4, 3)
    # products of up to three numbers in another order
    np.testing.assert_allclose(found, wanted, rtol=1e-15)


def test_ridge_path_solves_the_penalised_normal_equations():
    rng = np.random.default_rng(1)
    features, targets = rng.normal(size=(60, 5)) * [1, 2, 3, 4, 5] + 7, rng.normal(size=(60, 2))
    ridges = (0.0, 1e-3, 0.7)
    weights, freedom = ridge_path(features, targets, ridges)
    z = (features - features.mean(0)) / features.std(0)
    for at, ridge in enumerate(ridges):
        inner = z.T @ z + 60 * ridge * np.eye(5)
        wanted = np.linalg.solve(inner, z.T @ (targets - targets.mean(0)))
        # well conditioned: both routes to round-off
        np.testing.assert_allclose(weights[at, :-1] * features.std(0)[:, None], wanted, atol=1e-12)
        made = features @ weights[at, :-1] + weights[at, -1]
        np.testing.assert_allclose(made.mean(0), targets.mean(0), atol=1e-12)
        assert freedom[at] == pytest.approx(1 + np.trace(np.linalg.solve(inner, z.T @ z)))


def test_rollouts_over_a_block_begin_after_what_is_before_them():
    values = np.arange(3 * 50, dtype=float).reshape(3, 50, 1)
    blocks = blocks_of(values, "nvar")
    before, came = blocks.around(values, blocks.split[-1], 4, 16)
    assert before.shape == (16, 4, 1)
    assert came.shape == (16, 5, 1)
    assert came[:, 0].min() == 40
    assert came[:, -1].max() == 149
    assert set(came[:, 0, 0] // 50) == {0, 1, 2}
    assert ((came[:, 0] % 50) >= 40).all()
    np.testing.assert_array_equal(before[:, -1] + 1, came[:, 0])


def test_score_of_rollouts_prefers_the_smaller_error_and_takes_infinity():
    truth = np.zeros((4, 10, 2))
    made = np.stack([truth + 1e-6, truth + 1e-3, np.full_like(truth, np.nan)])
    scores = rollout_score(made, truth)
    assert scores[0] < scores[1] < scores[2] < np.inf


def test_a_quadratic_map_is_found_exactly():
    x = logistic(200)
    found = NVAR(delays=1, degree=2, ridge=0.0).fit(series(x[:, None]))
    after = found.forecast(horizon=12).state.values[:, 0]
    wanted = logistic(12, x=3.9 * x[-1] * (1 - x[-1]))
    # round-off, 1e-15, grows by 3.9 a step at the most: 1e-15 * 3.9^12 = 1e-8
    np.testing.assert_allclose(after, wanted, atol=1e-7)


def test_settings_that_are_chosen_find_the_map_among_all():
    x = logistic(300)
    found = NVAR().fit(series(x[:, None]))
    after = found.forecast(horizon=10).state.values[:, 0]
    np.testing.assert_allclose(after, logistic(10, x=3.9 * x[-1] * (1 - x[-1])), atol=1e-6)


def test_lorenz_is_forecast_for_fourteen_lyapunov_times():
    values = lorenz(21, 1250)
    found = NVAR(delays=2, spacing=1, degree=4).fit(series(values[0, :1000], dt=LORENZ_DT))
    made = found.continued(values[1:, :2], 1248)
    wrong = np.sqrt((((made - values[1:, 2:]) / values.std(axis=(0, 1))) ** 2).mean(axis=-1)) > 0.4
    valid = np.where(wrong.any(axis=-1), wrong.argmax(axis=-1), 1248) * LORENZ_DT * LORENZ_RATE
    assert np.median(valid) >= 14


def test_spaced_delays_of_several_members_are_least_squares_of_their_monomials():
    rng = np.random.default_rng(4)
    # bounded: a linear process through tanh, so that cubic monomials stay small
    x = np.stack([np.tanh(linear_process(np.array([[0.8, 0.5], [-0.5, 0.8]]), 0.3, 80, s)) for s in range(3)])
    found = NVAR(delays=2, spacing=3, degree=3, ridge=0.0).fit(series(x))
    z = (x - x.mean(axis=(0, 1))) / x.std(axis=(0, 1))

    def monomials(now, back):
        w = np.concatenate([now, back])
        return [
            1.0,
            *(np.prod(w[list(one)]) for p in (1, 2, 3) for one in combinations_with_replacement(range(4), p)),
        ]

    rows = [monomials(own[n], own[n - 3]) for own in z for n in range(3, 79)]
    after = [own[n + 1] - own[n] for own in z for n in range(3, 79)]
    weights = np.linalg.lstsq(np.array(rows), np.array(after), rcond=None)[0]
    start = rng.permutation(z)[:, :4]
    wanted = [list(one) for one in start]
    for own in wanted:
        for _ in range(5):
            own.append(own[-1] + np.array(monomials(own[-1], own[-4])) @ weights)
    made = found.continued(start * x.std(axis=(0, 1)) + x.mean(axis=(0, 1)), 5)
    # two solvers of a problem with a condition number of 1e2 to 1e3, over five steps
    np.testing.assert_allclose(
        (made - x.mean(axis=(0, 1))) / x.std(axis=(0, 1)), np.array(wanted)[:, 4:], atol=1e-9
    )


def test_errors_are_as_large_as_those_of_new_data():
    # white noise: the error of the next value has the variance 1, whatever the 13 coefficients of 48 rows explain
    spread = []
    for seed in range(40):
        x = np.random.default_rng(seed).normal(size=(60, 1))
        found = Linear(lags=12, ridge=0.0).fit(series(x))
        spread.append((found.arrays["errors"] * found.arrays["scale"]).var())
    # 40 variances of 35 degrees of freedom: 4 %; as the fit leaves them they are 13/48 smaller
    assert np.mean(spread) == pytest.approx(1.0, abs=0.12)


def test_linear_is_least_squares_of_the_increments():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(100, 3)).cumsum(axis=0)
    found = Linear(lags=2, ridge=0.0).fit(series(x))
    rows = np.column_stack([x[1:-1], x[:-2], np.ones(98)])
    weights = np.linalg.lstsq(rows, x[2:], rcond=None)[0]
    wanted = np.concatenate([x[-1], x[-2], [1.0]]) @ weights
    np.testing.assert_allclose(found.forecast(horizon=1).state.values[0], wanted, rtol=1e-10)


@pytest.mark.parametrize("made", [Linear(), NVAR(), NVAR(degree=2), Linear(lags=3, ridge=1e-3)])
def test_saved_models_forecast_as_before(made, tmp_path):
    x = np.random.default_rng(3).normal(size=(60, 2)).cumsum(axis=0)
    made.fit(series(x))
    models.save(made, tmp_path / "net")
    again = models.load(tmp_path / "net")
    for members in (None, 3):
        a, b = (one.forecast(horizon=4, members=members, seed=5).state for one in (made, again))
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("kind", "setting", "value"),
    [
        (NVAR, "delays", 0),
        (NVAR, "spacing", 1.5),
        (NVAR, "degree", "many"),
        (NVAR, "ridge", -1.0),
        (NVAR, "ridge", np.float32("inf")),
        (Linear, "lags", True),
        (Linear, "ridge", float("nan")),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(kind, setting, value):
    with pytest.raises(ParameterError, match=f"^{setting}: must be .*; use "):
        kind(**{setting: value})


def test_too_many_monomials_are_refused():
    with pytest.raises(ParameterError, match=r"^degree: must give at most"):
        NVAR(degree=9).fit(series(np.random.default_rng(0).normal(size=(50, 20))))


def test_too_short_data_are_refused():
    with pytest.raises(ParameterError, match=r"^ds: must have at least 10 snapshots where nvar chooses"):
        NVAR().fit(series(np.arange(9.0)[:, None]))
    with pytest.raises(ParameterError, match=r"^ds: must have"):
        NVAR(delays=5, spacing=3, degree=1, ridge=0.1).fit(series(np.arange(13.0)[:, None]))
