"""Orders of the schemes, from moments that are computed and not sampled."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.arrays import CPU
from ergodica.sims.simulation import Draw


def linear_map(simulation, dt, particles=64):
    """Matrix M and noise L L^T of one step (x, g) -> M (x, g) + L n of free particles in a trap.

    The step is linear in its state, and two runs with the same numbers have the same noise: differences give M.
    """

    def after(x, g):
        initial = np.stack([np.full((particles, 1), x), np.full((particles, 1), g)], axis=1)
        if simulation.propulsion_name is None:
            initial = initial[:, 0]
        one = simulation.changed(initial=initial, particles=particles, dt=dt)
        draw = Draw(seed=1, member=0)
        steps = one.stepper(dt, draws=[draw], device=CPU, threads=1)
        state = one.initial_state([draw])
        steps.advance(state, 0, 1)
        return np.stack([state["position"][0, :, 0], state["propulsion"][0, :, 0]])

    still = after(0.0, 0.0)
    return np.stack([(after(1.0, 0.0) - still)[:, 0], (after(0.0, 1.0) - still)[:, 0]], axis=1), still


def noise_of(still, particles=64):
    """L from what particles at rest in the origin did, and the normals that they were given: exact, as n > 2."""
    from ergodica.sims.particles.noise import fill_normals

    normals = np.empty((4, particles))
    order = np.arange(particles, dtype=np.int32)
    fill_normals(order, 0, particles, np.uint64(1), np.int64(0), np.int64(0), 2, 1, normals)
    found, *_ = np.linalg.lstsq(normals[:2].T, still.T, rcond=None)
    assert np.abs(normals[:2].T @ found - still.T).max() < 1e-12  # the step takes no other numbers
    return found.T


def stationary(m, spread):
    """Covariance C = M C M^T + L L^T."""
    n = len(m)
    flat = np.linalg.solve(np.eye(n * n) - np.kron(m, m), (spread @ spread.T).ravel())
    return flat.reshape(n, n)


def slope(steps, errors):
    """Exponent of errors ~ dt^p by regression."""
    return np.polyfit(np.log(steps), np.log(np.abs(errors)), 1)[0]


STEPS = np.array([0.4, 0.2, 0.1, 0.05])


@pytest.mark.parametrize(("scheme", "order"), [("euler", 1), ("heun", 2)])
def test_spurious_entropy_production_of_passive_particles_vanishes_with_the_order_of_the_scheme(
    scheme, order
):
    """sigma = <b^2>/eps + <div b> of a Brownian particle in a trap is 0; a scheme leaves O(dt^p)."""
    trap, eps = 0.7, 0.4
    found = []
    for dt in STEPS:
        simulation = sims.ActiveOU(
            dimensions=1,
            pair_force="none",
            trap=trap,
            temperature=eps,
            speed=0.0,
            scheme=scheme,
            particles=64,
        )
        m, still = linear_map(simulation, dt)
        variance = stationary(m, noise_of(still))[0, 0]
        found.append(trap**2 * variance / eps - trap)
    # the next order bends the line by some percent at the coarsest step
    assert slope(STEPS, found) == pytest.approx(order, abs=0.2)
    if scheme == "euler":  # A/(1 - A dt/2) - A
        np.testing.assert_allclose(found, trap / (1 - trap * STEPS / 2) - trap, rtol=1e-6)


@pytest.mark.parametrize(("scheme", "order"), [("euler", 1), ("heun", 2)])
def test_moments_and_entropy_production_of_active_particles_have_the_order_of_the_scheme(scheme, order):
    v, trap, gamma, eps = 0.8, 0.5, 0.6, 0.3
    truth = np.array(
        [[eps / trap + v**2 / (trap * (trap + gamma)), v / (trap + gamma)], [v / (trap + gamma), 1.0]]
    )
    errors, produced = [], []
    for dt in STEPS:
        simulation = sims.ActiveOU(
            dimensions=1, pair_force="none", trap=trap, temperature=eps, speed=v, relaxation_rate=gamma, scheme=scheme,
            particles=64,
        )  # fmt: skip
        m, still = linear_map(simulation, dt)
        c = stationary(m, noise_of(still))
        assert c[1, 1] == pytest.approx(1.0, abs=1e-9)  # g is exact for any dt
        errors.append(np.abs(c - truth).max())
        b = np.array([-trap, v])
        produced.append(b @ c @ b / eps - trap - v**2 * gamma / (eps * (trap + gamma)))
    assert slope(STEPS, errors) == pytest.approx(order, abs=0.25)
    assert slope(STEPS, produced) == pytest.approx(order, abs=0.25)


def test_interacting_particles_follow_their_flow_to_second_order_without_noise():
    """Two overlapping discs with a fixed heading: halving dt of Heun's scheme divides the error by four."""
    start = np.array([[[0.0, 0.0], [1.0, 0.0]], [[0.6, 0.3], [-0.6, 0.8]]])
    ends = {}
    for dt in (0.02, 0.01, 0.00125):
        simulation = sims.ActiveBrownian(
            particles=2, pair_force="softplus", stiffness=3.0, softness=3.0, initial=start,
            rotational_diffusion=0.0, dt=dt, scheme="heun", box=40.0,
        )  # fmt: skip
        ends[dt] = simulation.run(t_end=1.0, snapshots=2, threads=1, record="unwrapped").unwrapped[-1].values
    coarse, fine = (np.abs(ends[dt] - ends[0.00125]).max() for dt in (0.02, 0.01))
    assert coarse / fine == pytest.approx(4.0, rel=0.1)
