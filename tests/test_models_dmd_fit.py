"""Sums of exponentials: the basis, its derivatives, and the Jacobian of variable projection by brute force."""

import numpy as np
import pytest
from koopman_systems import as_run

from ergodica.models.koopman import OptimisedDMD
from ergodica.models.koopman.esprit import directions_of, esprit
from ergodica.models.koopman.exponentials import eigenvalues_of, factors_of, sequences
from ergodica.models.koopman.variable_projection import _quadratic, best_exponentials

PAIR = 0.97 * np.exp(0.4j)
SETS = {
    "pairs and one": np.array([PAIR, PAIR.conj(), 0.9 * np.exp(2j), 0.9 * np.exp(-2j), 0.7]),
    "real": np.array([1.01, 0.6, -0.8, 0.3]),
    "one": np.array([0.5]),
    "a zero": np.array([0.9, 0.0]),
}


@pytest.mark.parametrize("values", SETS.values(), ids=SETS.keys())
def test_factors_hold_the_eigenvalues(values):
    found = eigenvalues_of(factors_of(values.astype(complex)))
    assert abs(np.sort_complex(found) - np.sort_complex(values.astype(complex))).max() < 1e-15


@pytest.mark.parametrize("values", SETS.values(), ids=SETS.keys())
@pytest.mark.parametrize("snapshots", [2, 3, 17, 64])
def test_the_basis_spans_the_powers(values, snapshots):
    basis, _ = sequences(factors_of(values.astype(complex)), snapshots)
    assert basis.shape == (len(values), snapshots)
    powers = (values.astype(complex) ** np.arange(snapshots)[:, None]).T
    left = powers - np.linalg.lstsq(basis.T, powers.T, rcond=None)[0].T @ basis
    assert abs(left).max() < 1e-12


@pytest.mark.parametrize(
    "theta",
    [factors_of(one.astype(complex)) for one in SETS.values()] + [np.array([0.9, 0.0])],
    ids=[*SETS, "a double root"],
)
def test_derivatives_are_those_of_differences(theta):
    _, slopes = sequences(theta, 20)
    step = 1e-6
    for j in range(len(theta)):
        if eigenvalues_of(theta)[0].real > 1:  # what grows is scaled by itself
            continue
        moved = np.stack([theta, theta])
        moved[:, j] += np.array([step, -step])
        up, down = sequences(moved, 20)[0]
        first = j // 2 * 2
        rows = slice(first, first + 2)
        # central differences: step^2 times a third derivative of up to 20^3
        assert abs(slopes[rows, j - first] - (up - down)[rows] / (2 * step)).max() < 1e-6


@pytest.mark.parametrize("some", [False, True], ids=["all", "some"])
@pytest.mark.parametrize("name", ["pairs and one", "real"])
def test_gradient_and_gram_matrix_of_the_projected_residual(name, some):
    rng = np.random.default_rng(0)
    theta = factors_of(SETS[name].astype(complex))
    y = rng.standard_normal((25, 3))
    kept = (rng.random((1, 25)) < 0.8).astype(float) if some else None
    rows = slice(None) if kept is None else kept[0] > 0

    def residual(at: np.ndarray) -> np.ndarray:
        basis = sequences(at, 25)[0].T[rows]
        return (y[rows] - basis @ np.linalg.lstsq(basis, y[rows], rcond=None)[0]).ravel()

    step = 1e-6
    columns = []
    for j in range(len(theta)):
        move = np.eye(len(theta))[j] * step
        columns.append((residual(theta + move) - residual(theta - move)) / (2 * step))
    jacobian = np.stack(columns, axis=1)
    cost, gradient, gram = _quadratic(theta[None], y, kept)
    assert abs(cost[0] - (residual(theta) ** 2).sum()) < 1e-12 * cost[0]
    scale = abs(jacobian).max()
    assert abs(gradient[0] - jacobian.T @ residual(theta)).max() < 1e-6 * scale
    assert abs(gram[0] - jacobian.T @ jacobian).max() < 1e-6 * scale**2


def test_no_start_overflows():
    y = np.ones((60, 1))
    theta, costs = best_exponentials(np.array([[1e308, -1e308], [1.0, 0.01], [0.0, 0.0]]), y)
    assert np.isfinite(theta).all()
    assert (costs <= 60 + 1e-9).all()


def test_a_long_slow_wave_keeps_its_digits():
    rate = 0.01
    values = np.exp([1j * rate, -1j * rate, -1e-4])
    basis, _ = sequences(factors_of(values), 20_000)
    n = np.arange(20_000)
    # 14 doublings of products of round-off
    assert abs(basis[0] - np.cos(rate * n)).max() < 1e-11
    assert abs(basis[1] * np.sin(rate) - np.sin(rate * n)).max() < 1e-11
    assert abs(basis[2] - np.exp(-1e-4 * n)).max() < 1e-11


@pytest.mark.parametrize("window", [6, 10, 30])
def test_windows_without_noise_tell_the_eigenvalues(window):
    values = SETS["pairs and one"]
    weights = np.random.default_rng(0).standard_normal((5, 2)) * np.array([[1, 1, 1, 1, 1.0]]).T
    weights = weights.astype(complex)
    weights[[1, 3]] = weights[[0, 2]]
    series = (values ** np.arange(40)[:, None] @ weights).real
    found = esprit(directions_of(series, window), 5)
    # eigenvectors of a Gram matrix, whose condition is a square
    assert abs(np.sort_complex(found) - np.sort_complex(values)).max() < 1e-5


def test_what_grows_beyond_all_numbers_is_scaled_without_warnings():
    # 1e40 to the eleventh overflows; warnings are errors here
    for eigenvalues in ([1e40, 0.5, 1e38], [3e40 * np.exp(0.3j), 3e40 * np.exp(-0.3j), -2e40]):
        basis, slopes = sequences(factors_of(np.array(eigenvalues, complex)), 12)
        assert np.isfinite(basis).all()
        assert np.isfinite(slopes).all()
        # the last snapshot is of the order of 1
        assert 0.1 < abs(basis[..., -1]).max() < 10
    x = np.array([0.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1e-40, 1.0])
    found = OptimisedDMD(rank=1).fit(as_run(x[:, None]))
    assert found.spectrum[0][0] == pytest.approx(1e40, rel=1e-6)
    assert np.isfinite(found.modes().state_real).all()
