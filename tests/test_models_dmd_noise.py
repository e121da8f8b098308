"""Eigenvalues of noisy snapshots: the Cramer-Rao bound, the number of eigenvalues, errors, and another code."""

import numpy as np
import pytest
from koopman_systems import EIGENVALUES, as_run, farthest

from ergodica.models.koopman import DMD, BaggedDMD, OptimisedDMD
from ergodica.models.koopman.exchange import exchanged
from ergodica.models.koopman.exponential_fit import exponentials_in
from ergodica.models.koopman.exponentials import eigenvalues_of, factors_of
from ergodica.models.koopman.variable_projection import best_exponentials
from ergodica.numerics.errors import ParameterError

SNAPSHOTS = 60


def oscillations(features: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Snapshots (60, features) with white noise of this share of their root mean square, modes, and its size."""
    rng = np.random.default_rng([seed, features])
    modes = rng.standard_normal((5, features)) + 1j * rng.standard_normal((5, features))
    modes[[1, 3]], modes[4] = modes[[0, 2]].conj(), modes[4].real
    modes /= np.linalg.norm(modes, axis=1, keepdims=True)
    clean = (EIGENVALUES ** np.arange(SNAPSHOTS)[:, None] @ modes).real
    size = noise * np.sqrt((clean**2).mean())
    return clean + size * rng.standard_normal(clean.shape), modes, size


def cramer_rao(modes: np.ndarray, size: float) -> np.ndarray:
    """Least root mean square error of each eigenvalue that an unbiased estimate can have."""
    n = np.arange(SNAPSHOTS)[:, None]
    powers, slopes = EIGENVALUES**n, n * EIGENVALUES ** np.maximum(n - 1, 0)
    held = np.linalg.qr(powers)[0]
    outside = slopes - held @ (held.conj().T @ slopes)
    information = (outside.conj().T @ outside) * (modes.conj() @ modes.T)
    return size * np.sqrt(np.diag(np.linalg.inv(information)).real)


@pytest.mark.parametrize("features", [2, 5, 40])
def test_errors_are_those_of_the_cramer_rao_bound(features):
    ratios = []
    for seed in range(20):
        y, modes, size = oscillations(features, 0.03, seed)
        found = eigenvalues_of(exponentials_in(y[None], 5)[1])
        error = abs(found[:, None] - EIGENVALUES).min(axis=0)
        ratios.append((error / cramer_rao(modes, size)) ** 2)
    # 20 squares, of two normal numbers for a pair, of one for the real eigenvalue: errors of 22 and 32 %
    mean = np.mean(ratios, axis=0)
    assert (abs(mean[:4] - 1) < 4 * 0.22).all()
    assert abs(mean[4] - 1) < 4 * 0.32


def test_least_squares_over_steps_is_biased_by_noise_and_over_the_trajectory_is_not():
    found = {DMD: [], OptimisedDMD: []}
    for seed in range(8):
        y, *_ = oscillations(5, 0.1, seed)
        for kind, errors in found.items():
            values = kind(rank=5).fit(as_run(y)).spectrum[0]
            errors.append(farthest(values, EIGENVALUES))
    assert np.median(found[OptimisedDMD]) < 0.1 * np.median(found[DMD])


@pytest.mark.parametrize("features", [1, 5])
def test_the_criterion_finds_the_number_of_eigenvalues(features):
    for seed in range(2):
        y, *_ = oscillations(features, 0.01, seed)
        found = OptimisedDMD().fit(as_run(y)).spectrum[0]
        assert len(found) == 5
        # what the fits of other ranks left changes nothing
        assert (found == OptimisedDMD(rank=5).fit(as_run(y)).spectrum[0]).all()


def test_exchanges_find_the_way_out_of_local_minima():
    better = 0
    for seed in range(12):
        y, *_ = oscillations(2, 0.3, seed)
        series, found = exponentials_in(y[None], 5)
        truth = factors_of(EIGENVALUES)
        _, costs = best_exponentials(np.stack([truth, found]), series)
        # as good as what lies nearest to the truth, which a fit to data does not know
        assert costs[1] < costs[0] * (1 + 1e-6)
        # a start in a wrong place: two oscillations where there are none
        wrong = factors_of(
            np.array([0.9 * np.exp(2j), 0.9 * np.exp(-2j), 0.9 * np.exp(2.6j), 0.9 * np.exp(-2.6j), 0.5])
        )
        stuck, cost = best_exponentials(wrong[None], series)
        _, left = exchanged(stuck[0], cost[0], series)
        assert left < costs[1] * (1 + 1e-6)
        better += left < 0.99 * cost[0]
    assert better > 0


def test_standard_errors_of_resampled_residuals_and_of_trials_are_those_of_the_bound():
    y, modes, size = oscillations(5, 0.03, 4)
    bound = np.sort(cramer_rao(modes, size))
    for model in (OptimisedDMD(rank=5), BaggedDMD(rank=5, trials=100)):
        made = model.fit(as_run(y)).eigenvalues(intervals=100)
        error = np.hypot(made.eigenvalue_standard_error_real, made.eigenvalue_standard_error_imag)
        ratio = np.sort(error.values) / bound
        # 100 refits leave 7 %, and the size of the noise is itself estimated; trials of .6 are short of snapshots
        assert (ratio > 0.6).all()
        assert (ratio < 1.8).all()
        low, high = made.eigenvalue_low_real.values, made.eigenvalue_high_real.values
        assert (low < made.eigenvalue_real.values).all()
        assert (made.eigenvalue_real.values < high).all()


def test_bagging_is_the_same_again_with_its_seed():
    y, *_ = oscillations(3, 0.1, 0)
    one, same, other = (
        BaggedDMD(rank=5, trials=10, seed=seed).fit(as_run(y)).spectrum[0] for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()
    with pytest.raises(ParameterError, match="block"):
        BaggedDMD(rank=5, trials=10).fit(as_run(y)).eigenvalues(intervals=40, block=5)


@pytest.mark.filterwarnings("ignore::UserWarning:pydmd")
def test_pydmd_ends_at_the_same_minimum():
    from pydmd import BOPDMD

    for seed in range(2):
        y, *_ = oscillations(6, 0.02, seed)
        peer = BOPDMD(svd_rank=5, use_proj=False, varpro_opts_dict={"tol": 1e-12, "eps_stall": 1e-14})
        peer.fit(y.T, np.arange(SNAPSHOTS, dtype=float))
        found = OptimisedDMD(rank=5).fit(as_run(y)).spectrum[0]
        # both stop where a step gains nothing in the sum of squares: to the root of round-off
        assert farthest(np.exp(peer.eigs), found) < 1e-6
