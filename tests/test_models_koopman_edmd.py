"""EDMD finds the spectra that are known, by least squares that keep their digits."""

import math

import numpy as np
import pytest
from koopman_systems import (
    EIGENVALUES,
    LAM,
    MU,
    as_run,
    disc,
    duffing,
    farthest,
    flow,
    linear_run,
    lorenz,
    matrix_of,
    slow_manifold,
)

from ergodica.models.koopman import EDMD
from ergodica.models.koopman.dictionaries import Fourier, Identity, Polynomial, Radial, RandomFourier
from ergodica.models.koopman.windows import ROWS
from ergodica.numerics.errors import ParameterError


def test_a_linear_system_gives_its_eigenvalues_to_round_off():
    model = EDMD(dictionary=Identity()).fit(linear_run(matrix_of(EIGENVALUES), 200))
    # the data have a condition of some thousands, times 1e-16
    assert farthest(model.spectrum[0], EIGENVALUES) < 1e-12
    assert model.operator.shape == (5, 5)


def test_process_noise_leaves_the_error_of_least_squares():
    # 10,000 snapshots: median of the worst of five 5e-3, 1e-2 at 90 %; eight seeds are all below .015 then
    worst = [
        farthest(
            EDMD(dictionary=Identity())
            .fit(linear_run(matrix_of(EIGENVALUES), 10_000, 1.0, seed))
            .spectrum[0],
            EIGENVALUES,
        )
        for seed in range(8)
    ]
    assert max(worst) < 0.015
    assert 2e-3 < np.median(worst) < 1e-2


def test_the_slow_manifold_has_mu_lambda_and_two_mu():
    model = EDMD(dictionary=Polynomial(degree=2)).fit(slow_manifold())
    truth = np.exp(0.1 * np.array([0.0, MU, 2 * MU, LAM]))
    assert farthest(model.spectrum[0], truth) < 1e-12  # an exact invariant subspace, from closed forms


@pytest.mark.parametrize(
    ("centre", "eigenvalues"),
    [((1.0, 0.0), (-0.25 + 1.391941j, -0.25 - 1.391941j)), ((0.0, 0.0), (0.780776, -1.280776))],
    ids=["focus", "saddle"],
)
def test_duffing_has_its_local_spectra(centre, eigenvalues):
    # eigenfunctions near a point are power series: degree 5 in a disc of .2 leaves (.2)^6 of them
    run = flow(duffing, disc(centre, 0.2, 60), 9, 0.05)
    found = EDMD(dictionary=Polynomial(degree=5)).fit(run).eigenvalues()
    values = (found.continuous_eigenvalue_real + 1j * found.continuous_eigenvalue_imag).values
    assert farthest(values, np.array(eigenvalues)) < 2e-4


def test_delays_make_one_component_of_a_linear_system_enough():
    # the characteristic polynomial: x of five modes follows from five snapshots
    x = linear_run(matrix_of(EIGENVALUES), 200).state.values
    model = EDMD(dictionary=Identity(), delays=5).fit(as_run(x[:, :1]))
    assert farthest(model.spectrum[0], EIGENVALUES) < 1e-9  # delays are nearly dependent: a condition of 1e5
    assert model.lookback == 5


def test_polynomials_of_a_lorenz_step_forecast_when_lifted_anew_and_not_linearly():
    run = flow(
        lorenz, disc((1.0, 1.0), 0.5, 3) @ np.array([[1, 0, 0], [0, 1, 0]]) + [0, 0, 20], 1200, 0.01, 4
    )
    values = run.state.values[:, 200:]
    model = EDMD(dictionary=Polynomial(degree=3)).fit(as_run(values, 0.01))
    starts = values[:, :-50:10].reshape(-1, 1, 3)
    truth = np.stack([values[:, k : len(values[0]) - 50 + k : 10] for k in range(1, 51)], axis=2).reshape(
        -1, 50, 3
    )
    spread = values.std(axis=(0, 1))
    errors = {
        name: np.sqrt((((made - truth)[:, -1] / spread) ** 2).mean())
        for name, made in (
            ("linear", model.linear_steps(starts, 50)),
            ("re-encoded", model.reencoded_steps(starts, 50)),
        )
    }
    # .84 and 1e-3 over long runs; the margin is for a short one
    assert errors["linear"] > 0.5
    assert errors["re-encoded"] < 5e-3


@pytest.mark.parametrize(
    "dictionary",
    [
        Identity(),
        Polynomial(degree=4, basis="monomial"),
        Radial(centres=20),
        RandomFourier(features=20),
        Fourier(order=2) + Identity(),
    ],
    ids=lambda one: one.name,
)
def test_features_in_the_dictionary_are_decoded_exactly(dictionary):
    run = slow_manifold()
    values = run.state.values.reshape(-1, 1, 2)
    model = EDMD(dictionary=dictionary).fit(run)
    assert abs(model.decode(model.lift(values)) - values[:, 0]).max() < 1e-12


def test_all_bases_of_polynomials_span_the_same():
    run = slow_manifold(seed=1)
    spectra = [
        EDMD(dictionary=Polynomial(degree=4, basis=basis)).fit(run).spectrum[0]
        for basis in ("chebyshev", "hermite", "monomial")
    ]
    # eigenvalues that are not of the system are those of an ill-conditioned matrix
    for one in spectra[1:]:
        assert farthest(one, spectra[0]) < 1e-7


def test_observables_that_were_uncorrelated_have_mean_square_one():
    run = slow_manifold()
    model = EDMD(dictionary=Polynomial(degree=3)).fit(run)
    z = model.lift(run.state.values[:, :-1].reshape(-1, 1, 2))
    assert abs(z.T @ z / len(z) - np.eye(10)).max() < 1e-10


def test_a_ridge_draws_towards_persistence_and_keeps_constants():
    run = slow_manifold()
    for ridge, nearest in ((1e9, 1e-6), (1e-3, 0.5)):
        model = EDMD(dictionary=Polynomial(degree=2), ridge=ridge).fit(run)
        values = model.spectrum[0]
        assert abs(values - 1).max() < nearest
        assert abs(values - 1).min() < 1e-12


def test_a_ridge_is_that_of_the_normal_equations():
    run = linear_run(matrix_of(EIGENVALUES), 300, 0.5)
    x = run.state.values
    size = np.sqrt((x**2).mean(axis=0))
    before, after = x[:-1] / size, x[1:] / size
    gram = before.T @ before / len(before) + 0.1 * np.eye(5)
    change = np.linalg.solve(gram, before.T @ (after - before) / len(before))
    truth = np.linalg.eigvals(np.eye(5) + change)
    found = EDMD(dictionary=Identity(), ridge=0.1).fit(run).spectrum[0]
    assert farthest(found, truth) < 1e-10


def test_a_long_run_is_lifted_in_blocks_and_gives_what_plain_least_squares_gives():
    run = linear_run(matrix_of(EIGENVALUES), 2 * ROWS + 77, 1.0)
    x = run.state.values
    truth = np.linalg.eigvals(np.linalg.lstsq(x[:-1], x[1:], rcond=None)[0])
    rows = []

    class Watched(Identity):
        def observables(self, points, learned):
            rows.append(len(points))
            return super().observables(points, learned)

    model = EDMD(dictionary=Watched()).fit(run)
    assert farthest(model.spectrum[0], truth) < 1e-12
    assert max(rows) <= ROWS + 1


def test_a_dictionary_is_told_of_all_members_and_of_a_share_of_a_long_run():
    told = []

    class Told(Identity):
        def learn(self, points):
            told.append(points)
            return super().learn(points)

    many = np.random.default_rng(0).standard_normal((50, 4, 1))
    EDMD(dictionary=Told(), delays=2).fit(as_run(many))
    assert told[0].shape == (150, 2)
    assert (told[0].min(), told[0].max()) == (many.min(), many.max())
    EDMD(dictionary=Told()).fit(as_run(np.random.default_rng(0).standard_normal((30_000, 1))))
    assert told[1].shape == (15_000, 1)


def test_constant_and_repeated_features_change_nothing():
    x = linear_run(matrix_of(EIGENVALUES), 200).state.values
    wide = np.concatenate([x, x[:, :2], np.full((200, 1), 0.0)], axis=1)
    model = EDMD(dictionary=Identity()).fit(as_run(wide))
    assert model.operator.shape == (5, 5)
    assert farthest(model.spectrum[0], EIGENVALUES) < 1e-11
    assert abs(model.linear_steps(wide[None, 150:151], 20)[0] - wide[151:171]).max() < 1e-10


def test_whole_numbers_single_precision_and_one_component_are_taken():
    x = np.round(1000 * np.cos(0.3 * np.arange(200))).astype(np.int32)[:, None]
    for values, error in ((x, 1e-2), (np.cos(0.3 * np.arange(200, dtype=np.float32))[:, None], 1e-4)):
        model = EDMD(dictionary=Identity(), delays=2).fit(as_run(values))
        assert farthest(model.spectrum[0], np.exp([0.3j, -0.3j])) < error  # rounding is noise


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"dictionary": "polynomial"}, "dictionary: must be a dictionary"),
        ({"delays": 0}, "delays: must be a whole number"),
        ({"ridge": -1.0}, "ridge: must be 0 or more"),
        ({"ridge": math.nan}, "ridge: must be 0 or more"),
        ({"tolerance": 0.0}, "tolerance: must be between 0 and 1"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, words):
    with pytest.raises(ParameterError, match=words):
        EDMD(**settings)


def test_data_that_cannot_work_are_refused():
    with pytest.raises(ParameterError, match="at least 6 snapshots"):
        EDMD(delays=5).fit(as_run(np.ones((5, 2))))
    with pytest.raises(ParameterError, match="finite"):
        EDMD().fit(as_run(np.array([[1.0], [np.nan], [2.0]])))
    with pytest.raises(ParameterError, match="must not vanish"):
        EDMD(dictionary=Identity()).fit(as_run(np.zeros((5, 2))))
    with pytest.raises(ParameterError, match="lower the degree 3 of 100 features"):
        EDMD(dictionary=Polynomial(degree=3)).fit(as_run(np.random.default_rng(0).random((9, 100))))
