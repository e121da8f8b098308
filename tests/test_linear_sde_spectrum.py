"""Drift matrices made for given eigenvalues of the map from snapshot to snapshot."""

import numpy as np
import pytest
from scipy.linalg import expm

from ergodica import sims
from ergodica.numerics.errors import ParameterError

PAIRS = [0.99 * np.exp(0.3j), 0.99 * np.exp(-0.3j), 0.95 * np.exp(1.1j), 0.95 * np.exp(-1.1j), 0.8]


def farthest(found, wanted):
    """Largest distance of the wanted numbers from the nearest found."""
    return max(np.abs(np.asarray(found) - one).min() for one in wanted)


@pytest.mark.parametrize("condition", [1.0, 5.0])
@pytest.mark.parametrize("dt", [0.01, 1.0, 7.0])
def test_the_map_between_snapshots_has_the_eigenvalues(dt, condition):
    drift = sims.drift_of_eigenvalues(PAIRS, dt=dt, condition=condition, seed=2)
    assert drift.shape == (5, 5)
    # round-off of 5 x 5 matrices, times the condition
    assert farthest(np.linalg.eigvals(expm(drift * dt)), PAIRS) < 1e-13


@pytest.mark.parametrize("eigenvalues", [0.5, [1.0], [1.1, 0.3], [0.5j, -0.5j], [0.9, 0.9, 1e-8]])
def test_growing_fast_and_repeated_ones_are_made_too(eigenvalues):
    drift = sims.drift_of_eigenvalues(eigenvalues, condition=3.0)
    found = np.linalg.eigvals(expm(drift))
    assert found.size == np.size(eigenvalues)
    assert farthest(found, np.atleast_1d(eigenvalues)) < 1e-13


def test_a_basis_makes_the_matrix_as_far_from_normal_as_asked():
    drift = sims.drift_of_eigenvalues(PAIRS, condition=1.0)
    np.testing.assert_allclose(
        drift @ drift.T, drift.T @ drift, rtol=0, atol=1e-16
    )  # round-off of products of 1
    skewed = sims.drift_of_eigenvalues(PAIRS, condition=50.0, seed=1)
    assert np.linalg.norm(skewed @ skewed.T - skewed.T @ skewed) > np.linalg.norm(skewed)
    largest = max(np.linalg.norm(expm(skewed * k), 2) for k in range(30))
    assert 2 < largest <= 50 * (1 + 1e-9)  # |e^(M t)| <= condition max |lambda|^t
    other = sims.drift_of_eigenvalues(PAIRS, condition=50.0, seed=2)
    assert np.abs(other - skewed).max() > 1e-3


def test_a_run_without_noise_follows_the_map_and_shows_its_eigenvalues():
    drift = sims.drift_of_eigenvalues(PAIRS, dt=0.1, condition=5.0)
    system = sims.LinearSDE(drift_matrix=drift, diffusion_matrix=np.zeros((5, 5)), initial=np.ones(5))
    ds = system.run(t_end=6.0, snapshots=61)
    x = ds.state.values
    operator = np.linalg.lstsq(x[:-1], x[1:], rcond=None)[0]
    # exact data: round-off over the smallest singular value of the states, some 1e-2
    assert farthest(np.linalg.eigvals(operator), PAIRS) < 1e-12
    assert float(ds.entropy_production_rate) == 0.0
    assert not ds.covariance.any()


def test_members_may_start_at_points_of_their_own_without_noise():
    drift = sims.drift_of_eigenvalues([0.9, 0.5])
    starts = np.random.default_rng(0).uniform(-1, 1, (7, 2))
    system = sims.LinearSDE(drift_matrix=drift, diffusion_matrix=np.zeros((2, 2)), initial=starts)
    ds = system.run(t_end=3.0, snapshots=4, members=7)
    np.testing.assert_allclose(ds.state.values[:, 3], starts * [0.9**3, 0.5**3], rtol=1e-14)


@pytest.mark.parametrize(
    ("eigenvalues", "changes", "words"),
    [
        ([], {}, "eigenvalues: must be finite numbers other than 0"),
        ([0.0], {}, "eigenvalues: must be finite numbers other than 0"),
        ([np.nan], {}, "eigenvalues: must be finite numbers other than 0"),
        ("fast", {}, "eigenvalues: must be finite numbers other than 0"),
        ([0.5j], {}, "eigenvalues: must have the conjugate of each complex one, got 0"),
        ([-0.5, 0.5], {}, "eigenvalues: a real one must be above 0, got -0.5"),
        ([0.5], {"dt": 0.0}, "dt: must be above 0"),
        ([0.5], {"dt": "0.1"}, "dt: must be above 0, got '0.1'"),
        ([0.5], {"condition": 0.5}, "condition: must be from 1"),
        ([0.5], {"condition": None}, "condition: must be from 1"),
        ([0.5, 0.4], {"condition": 2.0, "seed": -1}, "seed: must be a whole number"),
    ],
)
def test_what_no_flow_has_is_refused(eigenvalues, changes, words):
    with pytest.raises(ParameterError, match=words) as caught:
        sims.drift_of_eigenvalues(eigenvalues, **changes)
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value)
