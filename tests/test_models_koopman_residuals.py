"""Residuals tell eigenvalues of the system from those of the dictionary, and keep their digits."""

import numpy as np
import pytest
from koopman_systems import (
    EIGENVALUES,
    LAM,
    MU,
    as_run,
    disc,
    duffing,
    flow,
    linear_run,
    lorenz,
    matrix_of,
    pendulum,
    slow_manifold,
)

from ergodica import data
from ergodica.models.koopman import EDMD
from ergodica.models.koopman.dictionaries import Identity, Polynomial, RandomFourier
from ergodica.models.koopman.triangle import triangle
from ergodica.numerics.errors import ParameterError

TRUE = np.exp(0.1 * np.array([0.0, MU, 2 * MU, LAM]))


def eigenvalues_of(found) -> np.ndarray:
    return (found.eigenvalue_real + 1j * found.eigenvalue_imag).values


def test_residuals_of_the_slow_manifold_flag_what_degree_two_cannot_hold():
    # x y and y^2 lead out of the dictionary; 1, x, x^2 and y - c x^2 do not
    model = EDMD(dictionary=Polynomial(degree=2)).fit(slow_manifold())
    found = model.residuals(slow_manifold(seed=7))  # a run that it has not seen
    true = abs(eigenvalues_of(found)[:, None] - TRUE).min(axis=1) < 1e-8
    assert true.sum() == 4
    assert (found.residual.values[true] < 1e-12).all()
    assert (found.residual.values[~true] > 0.04).all()
    assert (found.spurious.values == ~true).all()


def test_residuals_of_a_random_dictionary_keep_what_it_holds():
    model = EDMD(dictionary=RandomFourier(features=40)).fit(slow_manifold())
    found = model.residuals(slow_manifold(seed=7))
    values = eigenvalues_of(found)
    # 1 and x are in it, x^2 and y - c x^2 nearly: their eigenvalues come to some digits
    for truth, digits in zip(TRUE, (1e-12, 1e-12, 1e-3, 1e-3), strict=True):
        at = abs(values - truth).argmin()
        assert abs(values[at] - truth) < digits
        assert found.spurious.values[at] == 0
    wrong = abs(values.imag) > 5e-3  # the system has real eigenvalues alone
    assert wrong.sum() > 10
    assert (found.spurious.values[wrong] == 1).all()
    # on the data that it was fitted to, 43 observables for 800 snapshots, many would pass
    assert (model.residuals().spurious.values[wrong] == 0).sum() > 5


def test_polynomials_of_the_pendulum_keep_functions_of_the_energy_alone():
    # its frequencies form a continuum, so that no eigenvalue but 1 is one
    starts = np.random.default_rng(5).uniform(-1.5, 1.5, (40, 2))
    found = EDMD(dictionary=Polynomial(degree=4)).fit(flow(pendulum, starts, 40, 0.1)).eigenvalues()
    kept = eigenvalues_of(found)[found.spurious.values == 0]
    assert len(kept) == 2  # the constant, and the energy to fourth order
    assert abs(kept - 1).max() < 1e-3
    assert found.spurious.values.sum() == 13


def test_the_focus_of_duffing_is_kept_and_what_it_is_not_is_flagged():
    found = (
        EDMD(dictionary=Polynomial(degree=5))
        .fit(flow(duffing, disc((1.0, 0.0), 0.4, 60), 9, 0.05))
        .eigenvalues()
    )
    rates = (found.continuous_eigenvalue_real + 1j * found.continuous_eigenvalue_imag).values
    at = abs(rates - (-0.25 + 1.391941j)).argmin()
    assert found.spurious.values[at] == 0
    assert found.spurious.values.sum() == 4


def test_residuals_are_those_of_the_gram_matrices():
    run = slow_manifold()
    model = EDMD(dictionary=Polynomial(degree=3)).fit(run)
    x = run.state.values
    before, after = (model.lift(part.reshape(-1, 1, 2)) for part in (x[:, :-1], x[:, 1:]))
    gram, cross, square = before.T @ before, before.T @ after, after.T @ after
    values, _, left = model.spectrum
    for value, g, residual in zip(values, left, model.residuals().residual.values, strict=True):
        form = square - value * cross.T - np.conj(value) * cross + abs(value) ** 2 * gram
        # row vectors: phi = z g, and the form is that of g* . g
        brute = (g.conj() @ form @ g).real / (g.conj() @ gram @ g).real
        assert residual**2 == pytest.approx(brute, abs=1e-13)  # the Gram route has 16 digits of the square


def test_residuals_of_noise_are_its_variance():
    # E|phi'|^2 = E|phi|^2 in a stationary state, so that the residual is (1 - |lambda|^2)^1/2: flagged, but right
    run = linear_run(matrix_of(EIGENVALUES), 20_000, 1.0)
    found = EDMD(dictionary=Identity()).fit(run).residuals()
    expected = np.sqrt(1 - abs(eigenvalues_of(found)) ** 2)
    # a mean over 20,000 of a variable that is correlated over 100 steps: 1/sqrt(200), with a margin of three
    assert abs(found.residual.values / expected - 1).max() < 0.2
    assert (found.spurious.values == 1).all()


def test_residuals_on_an_attractor_say_how_far_from_the_unit_circle_an_eigenvalue_is():
    # functions keep their mean square there too; the two ends of 3 runs of 500 snapshots leave some thousandths
    run = flow(lorenz, [[1.0, 1.0, 20.0], [-3.0, 2.0, 25.0], [5.0, 1.0, 30.0]], 600, 0.02, 2)
    model = EDMD(dictionary=Polynomial(degree=3)).fit(as_run(run.state.values[:, 100:], 0.02))
    residual = model.residuals().residual.values
    assert abs(residual**2 + abs(model.spectrum[0]) ** 2 - 1).max() < 1e-2
    assert (residual[1:] > 0.1).all()


def test_an_eigenfunction_that_vanishes_on_the_data_has_no_residual():
    run = linear_run(matrix_of(EIGENVALUES), 100)
    model = EDMD(dictionary=Identity()).fit(run)
    found = model.residuals(as_run(np.zeros((10, 5))))
    assert found.residual.isnull().all()
    assert (found.spurious == 1).all()


def test_the_factor_of_blocks_is_that_of_the_whole_whatever_the_blocks():
    rng = np.random.default_rng(0)
    whole = rng.standard_normal((1000, 12))
    for sizes in ([1000], [1] * 20 + [980], [7] * 142 + [6], [500, 500]):
        factor = triangle(np.split(whole, np.cumsum(sizes)[:-1]))
        assert factor.shape == (12, 12)
        assert abs(factor.T @ factor - whole.T @ whole).max() < 1e-11
    assert triangle([whole[:5]]).shape == (5, 12)


def test_the_factor_keeps_singular_values_that_a_gram_matrix_loses():
    rng = np.random.default_rng(1)
    u, _ = np.linalg.qr(rng.standard_normal((2000, 6)))
    v, _ = np.linalg.qr(rng.standard_normal((6, 6)))
    sizes = 10.0 ** -np.arange(0, 12, 2)
    matrix = u * sizes @ v.T
    found = np.linalg.svd(triangle(np.split(matrix, 10)), compute_uv=False)
    assert abs(found / sizes - 1).max() < 1e-4  # 1e-16 beside the smallest, 1e-10
    gram = np.sqrt(abs(np.linalg.eigvalsh(matrix.T @ matrix)[::-1]))
    assert abs(gram / sizes - 1).max() > 0.1


def test_the_pseudospectrum_is_below_every_residual_and_vanishes_at_eigenvalues():
    run = slow_manifold()
    model = EDMD(dictionary=Polynomial(degree=2)).fit(run)
    found = model.pseudospectrum(np.sort(model.spectrum[0].real), np.array([-0.1, 0.0]))
    assert data.check(found) == []
    at_eigenvalues = found.residual.sel(imaginary_part=0.0).values[::-1]
    assert (at_eigenvalues <= model.residuals().residual.values + 1e-12).all()
    assert (at_eigenvalues[np.isin(np.arange(6), (0, 1, 2, 4))] < 1e-11).all()
    # brute force: the least eigenvalue of the form in the Gram matrices
    x = run.state.values
    before, after = (model.lift(part.reshape(-1, 1, 2)) for part in (x[:, :-1], x[:, 1:]))
    point = complex(found.real_part[2], -0.1)
    moved = after - point * before
    least = np.linalg.eigvals(np.linalg.solve(before.T @ before, moved.conj().T @ moved)).real.min()
    assert found.residual.values[0, 2] == pytest.approx(np.sqrt(least), rel=1e-9)


def test_grids_that_do_not_increase_are_refused():
    model = EDMD().fit(slow_manifold())
    with pytest.raises(ParameterError, match="imag: must be increasing"):
        model.pseudospectrum([0.0, 1.0], [1.0, 0.0])
