"""The probability flow of linear systems is a known linear motion that keeps the density."""

import numpy as np
import pytest
from exact_scores import LinearScore, linear_dataset, particle_dataset, trapped
from scipy.linalg import expm

from ergodica.data import check
from ergodica.models.score import entropy_production, probability_flow
from ergodica.numerics.errors import ParameterError


def states(found):
    """(member, t, sites * degrees)."""
    x = np.concatenate([found.position.values, found.propulsion.values], axis=-1)
    return x.reshape(*x.shape[:2], -1)


@pytest.mark.parametrize("given", [{}, {"particles": 3, "spring": 0.4, "dimensions": 1, "rate": 0.2}])
def test_states_turn_by_the_matrix_of_the_flow(given):
    ds, network = particle_dataset(20, members=2, **given)
    drift, noise, covariance = trapped(**given)
    flow = drift + noise @ np.linalg.inv(covariance)
    found = probability_flow(network, ds, t_end=30.0, dt=0.5, snapshots=4)
    start = states(found)[:, 0]
    for k, t in enumerate(found.t.values):
        # (rate h)^5/120 a step for rates of about 1 at most, 60 steps
        np.testing.assert_allclose(states(found)[:, k], start @ expm(flow * t).T, atol=2e-4, rtol=0)
    velocity = found.velocity.values.reshape(*found.velocity.shape[:2], -1)
    np.testing.assert_allclose(velocity[:, 2], states(found)[:, 2] @ flow.T, atol=1e-10)
    assert not check(found)


def test_a_trapped_particle_goes_round_at_the_frequency_of_the_closed_form():
    ds, network = particle_dataset(8)
    frequency = 0.0632456
    drift, noise, covariance = trapped()
    assert np.sqrt(np.sqrt(np.linalg.det(drift + noise @ np.linalg.inv(covariance)))) == pytest.approx(
        frequency, abs=1e-7
    )
    found = probability_flow(network, ds, t_end=2 * np.pi / frequency, dt=1.0, snapshots=3)
    # of the error of Runge-Kutta and of the six digits of the frequency
    np.testing.assert_allclose(states(found)[:, 2], states(found)[:, 0], atol=1e-4)
    np.testing.assert_allclose(states(found)[:, 1], -states(found)[:, 0], atol=1e-4)


def test_the_covariance_of_an_ensemble_stays():
    drift = np.array([[-1.0, -2.0], [2.0, -1.0]])
    ds, network = linear_dataset(drift, np.eye(2), 2, members=300, seed=4)
    covariance = np.linalg.inv(network.precision.numpy())
    # whitened, so that the sample has the covariance exactly and the flow must keep it exactly
    x = ds.state.values.reshape(-1, 2)
    x = (x - x.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T @ np.linalg.cholesky(covariance).T
    exact = ds.assign(
        state=ds.state.copy(data=x.reshape(ds.state.shape)),
        drift=ds.drift.copy(data=(x @ drift.T).reshape(ds.state.shape)),
    )
    found = probability_flow(network, exact, t_end=5.0, dt=0.02, snapshots=2)
    # 250 steps of error (2 h)^5/120
    np.testing.assert_allclose(np.cov(found.state.values[:, -1].T), covariance, atol=1e-6)
    again = probability_flow(network, exact, t_end=5.0, dt=0.02, snapshots=2, drift=lambda x: x @ drift.T)
    np.testing.assert_allclose(again.state, found.state, atol=1e-9)


def test_borders_are_wrapped():
    ds, _ = particle_dataset(30, particles=5)
    drift = 0.3 * ds.propulsion
    ds = ds.assign(position=ds.position % 6.0, drift=drift, drift_divergence=0 * ds.drift_divergence)
    ds = ds.assign(box=("space", [6.0, 6.0]))
    # free particles are evenly spread: s = (0, -g), the propulsion stays and drives
    precision = np.kron(np.eye(5), np.diag([0.0, 0, 1, 1]))
    network = LinearScore(["position_x", "position_y", "propulsion_x", "propulsion_y"], precision)
    found = probability_flow(network, ds, t_end=100.0, dt=5.0, snapshots=3)
    moved = found.position.isel(t=0) + 100.0 * float(ds.propulsion_speed) * found.propulsion.isel(t=0)
    apart = (found.position.isel(t=-1) - moved + 3.0) % 6.0 - 3.0
    assert np.abs(apart).max() < 1e-9
    assert float(found.position.min()) >= 0
    assert float(found.position.max()) < 6.0
    np.testing.assert_allclose(found.box, ds.box)


def test_the_flow_has_what_further_steps_need():
    ds, network = particle_dataset(6)
    found = probability_flow(network, ds, t_end=1.0, dt=0.5, snapshots=20)
    with pytest.raises(ParameterError, match="drift"):
        entropy_production(network, found)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"t_end": 0.0}, "t_end"),
        ({"dt": -1.0}, "dt"),
        ({"snapshots": 1}, "snapshots"),
        ({"drift": lambda x: 2 * x}, "drift of the dataset"),
        ({"dt": 400.0, "t_end": 1e5}, "run away"),
    ],
)
def test_what_cannot_work_is_refused(changes, message):
    ds, network = particle_dataset(12)
    with pytest.raises(ParameterError, match=message):
        probability_flow(network, ds, **{"t_end": 1.0, "dt": 0.5, "snapshots": 3, **changes})


def test_a_drift_that_is_not_linear_must_be_given():
    ds, network = particle_dataset(50)
    with pytest.raises(ParameterError, match="not linear"):
        probability_flow(network, ds.assign(drift=ds.drift + ds.position**3), t_end=1.0, dt=0.5)
