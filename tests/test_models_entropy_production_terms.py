"""What a pass sums, against plain formulas of the same rows: references beside the data, and parities."""

import numpy as np
import pytest
from exact_scores import LinearScore, linear_dataset, particle_dataset, trapped

from ergodica.data import from_arrays
from ergodica.models.score import ScoreEnsemble, entropy_production

ALL = ("lower_bound", "fokker_planck_residual")
NOT_COMPARED = ("fokker_planck_residual",)  # of an exact score: rounding


@pytest.mark.parametrize("count", [1, 2])
def test_a_correction_to_the_passive_score_gives_what_the_whole_score_gives(count):
    ring = {"particles": 3, "spring": 0.2}
    ds, whole = particle_dataset(300, **ring)
    drift, noise, _ = trapped(**{**ring, "speed": 0.0})
    passive = np.linalg.solve(noise, drift)
    corrections = [
        LinearScore(whole.degrees, whole.precision.numpy() + passive, reference="equilibrium")
        for _ in range(count)
    ]
    network = corrections[0] if count == 1 else ScoreEnsemble(corrections)
    found, expected = (entropy_production(one, ds, record=ALL) for one in (network, whole))
    for name in expected.data_vars:
        if name not in NOT_COMPARED and not name.endswith("standard_error"):
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-11)
    assert found.fokker_planck_residual < 1e-10


@pytest.mark.filterwarnings("ignore:total. must be that without a score")
def test_a_matrix_is_split_as_the_function_of_its_drift_is():
    """Two odd momenta, joined by friction without symmetry."""
    drift = np.array([[0.0, 1.0, 0.0], [-1.0, -0.7, 0.4], [0.2, -0.9, -0.8]])
    ds, network = linear_dataset(drift, np.diag([0.0, 0.3, 0.5]), 400, names=["x", "p", "q"])
    odd = {"p": "odd", "q": "odd"}
    found = entropy_production(network, ds, parity=odd)
    kept = drift * [[0, 0, 0], [0, 1, 1], [0, 1, 1]]
    velocity = ds.state.values @ kept.T + ds.state.values @ network.precision.numpy() * [0.0, 0.3, 0.5]
    np.testing.assert_allclose(
        found.by_degree_of_freedom, (velocity**2).mean(axis=0) / [np.inf, 0.3, 0.5], rtol=1e-10, atol=1e-20
    )
    # all of the drift, whatever is odd
    even = entropy_production(network, ds.assign(diffusion_matrix=ds.diffusion_matrix + 0.1 * np.eye(3)))
    other = entropy_production(
        network, ds.assign(diffusion_matrix=ds.diffusion_matrix + 0.1 * np.eye(3)), parity=odd
    )
    np.testing.assert_allclose(other.drift_residual, even.drift_residual, rtol=1e-12)
    assert abs(float(other.total - even.total)) > 0.1


def test_a_reversible_drift_that_spreads_counts_in_identity_and_bound():
    """b = -p + c p^2 with p odd: the square is reversible."""
    c, noise, frames = 0.3, 0.5, 64
    p = np.random.default_rng(0).normal(size=(frames, 1))
    ds = from_arrays(
        {
            "state": p,
            "drift": -p + c * p**2,
            "drift_divergence": (-1 + 2 * c * p)[:, 0],
            "diffusion": np.array([noise]),
        },
        title="odd",
        t=np.arange(frames, dtype=float),
        dims={"state": ("t", "component"), "drift": ("t", "component"), "diffusion": ("component",)},
        units=dict.fromkeys(("state", "drift", "drift_divergence", "diffusion"), "1"),
        coordinates={"component": ["p"]},
    )
    found = entropy_production(
        LinearScore(["p"], [[1.5]]),
        ds,
        parity={"p": "odd"},
        drift=lambda x: -x + c * x**2,
        record=("lower_bound",),
    )
    s = -1.5 * p
    # central differences with steps of 1e-5 are off by 1e-10
    np.testing.assert_allclose(found.identity_total, np.mean(p**2 / noise - 1 - 2 * c * p), rtol=1e-8)
    bound = np.mean(p**2 / noise - 2 - noise * s**2 + 2 * noise * 1.5)
    np.testing.assert_allclose(found.by_variable_lower_bound[0], bound, rtol=1e-8)
    np.testing.assert_allclose(found.total, np.mean((-p - noise * s) ** 2) / noise, rtol=1e-10)


def test_one_odd_axis_of_the_propulsion_takes_its_own_push_alone():
    ds, network = particle_dataset(400)
    odd = entropy_production(network, ds, parity={"propulsion_x": "odd"})
    all_odd, even = (entropy_production(network, ds, parity=p) for p in ({"propulsion": "odd"}, "even"))
    expected = np.where([True, False, True, False], all_odd.by_degree_of_freedom, even.by_degree_of_freedom)
    np.testing.assert_allclose(odd.by_degree_of_freedom, expected, rtol=1e-12)
    assert abs(all_odd.by_degree_of_freedom - even.by_degree_of_freedom)[:2].min() > 0.01


def test_a_rate_per_particle_has_the_error_of_the_total_shared_out():
    ds, network = particle_dataset(100, particles=4, spring=0.1)
    found = entropy_production(network, ds)
    for end in ("", "_standard_error"):
        np.testing.assert_allclose(found["total_per_particle" + end], found["total" + end] / 4)


@pytest.mark.filterwarnings("ignore:total. must be that without a score")
def test_residuals_of_a_wrong_score_are_those_of_plain_sums():
    drift, noise = np.array([[-1.0, -2.0], [1.0, -1.5]]), np.array([[1.0, 0.4], [0.4, 0.5]])
    ds, exact = linear_dataset(drift, noise, 300, seed=2)
    matrix = exact.precision.numpy() @ [[1.2, 0.1], [0.0, 0.7]]
    found = entropy_production(LinearScore(exact.degrees, matrix), ds, record=ALL)
    x = ds.state.values
    s, b, spread = -x @ matrix.T, x @ drift.T, -np.trace(noise @ matrix)
    scale = np.trace(drift) + (b * s).sum(axis=1)
    residual = scale - spread - (s * (s @ noise)).sum(axis=1)
    expected = np.sqrt((residual**2).mean() / (scale**2).mean())
    np.testing.assert_allclose(found.fokker_planck_residual, expected, rtol=1e-10)
    mismatch = (s * (s @ noise)).sum(axis=1).mean() + 2 * spread - np.trace(drift)
    np.testing.assert_allclose(found.score_error_squared, mismatch / -np.trace(drift), rtol=1e-10)
    np.testing.assert_allclose(found.drift_residual, scale.mean(), rtol=1e-10)


def test_a_float32_file_far_from_zero_is_still_linear():
    ds, network = linear_dataset([[0.0, 1.0], [-1.0, -0.7]], np.diag([0.0, 0.35]), 300, names=["x", "p"])
    shift = np.array([1000.0, 0.0])
    far = ds.assign(state=(ds.state + shift).astype(np.float32), drift=ds.drift.astype(np.float32))
    network.mean = network.precision.new_tensor(shift)
    found = entropy_production(network, far, parity={"p": "odd"})
    # the velocity is off by the rounding of p and of the mean drift, 1e-4 times D^-1 of 3
    assert abs(found.total) < 1e-6
