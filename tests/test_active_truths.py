"""Statistics of active particles against closed forms."""

import numpy as np
import pytest

from ergodica import sims

FIVE = 5.0  # standard errors, of the sample itself, that a mean may lie from its truth


def close(values, truth, sigmas=FIVE):
    """Whether the mean of independent values lies within some standard errors of the truth."""
    values = np.asarray(values, float).ravel()
    error = values.std() / np.sqrt(values.size)
    assert abs(values.mean() - truth) < sigmas * error, (values.mean(), truth, error)
    return error


def sums_of_headings(q, steps):
    """<|h_0 + ... + h_{n-1}|^2> of headings whose correlation falls by q a step, for n = steps."""
    k = np.arange(1, steps)
    return steps + 2 * np.sum((steps - k) * q**k)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("cls", "d", "rate"), [
    (sims.ActiveBrownian, 2, {"rotational_diffusion": 0.5}),
    (sims.ActiveBrownian, 3, {"rotational_diffusion": 0.25}),
    (sims.RunAndTumble, 2, {"tumbling_rate": 0.5}),
    (sims.RunAndTumble, 3, {"tumbling_rate": 0.5}),
    (sims.RunAndTumble, 1, {"tumbling_rate": 0.5}),
])  # fmt: skip
def test_free_displacement_is_that_of_persistent_motion_for_coarse_steps(cls, d, rate, seed):
    """The headings are exact for any dt, so that the sum over steps has a closed form also for dt = 0.4/rate."""
    dt, eps, v = 0.8, 0.3, 1.3
    simulation = cls(
        dimensions=d,
        particles=20_000,
        pair_force="none",
        speed=v,
        temperature=eps,
        dt=dt,
        initial="lattice",
        **rate,
    )
    ds = simulation.run(t_end=8 * dt, snapshots=5, seed=seed, threads=1)
    for k in (1, 4):
        moved = ((ds.position[k] - ds.position[0]) ** 2).sum("space")
        close(moved, 2 * d * eps * 2 * k * dt + v**2 * dt**2 * sums_of_headings(np.exp(-0.5 * dt), 2 * k))
    close((ds.heading[0] * ds.heading[3]).sum("space"), np.exp(-0.5 * 6 * dt))


def test_displacement_tends_to_the_closed_form_with_small_steps():
    v, rotation, eps, t = 1.0, 0.5, 0.2, 4.0
    simulation = sims.ActiveBrownian(
        particles=20_000,
        pair_force="none",
        speed=v,
        temperature=eps,
        rotational_diffusion=rotation,
        dt=0.02,
        scheme="heun",
    )
    ds = simulation.run(t_end=t, snapshots=2, seed=3, threads=1)
    truth = 4 * eps * t + 2 * v**2 / rotation**2 * (rotation * t - 1 + np.exp(-rotation * t))
    close(((ds.position[1] - ds.position[0]) ** 2).sum("space"), truth)


@pytest.mark.parametrize("spread", [0.003, 0.2, 1.5])
def test_headings_on_the_sphere_have_the_moments_of_diffusion_after_one_step(spread):
    """<P_l(h.h')> = e^{-l(l+1) D dt} for every l, which a normal angle along a tangent misses by O(dt^2)."""
    simulation = sims.ActiveBrownian(
        particles=60_000,
        dimensions=3,
        pair_force="none",
        rotational_diffusion=spread,
        dt=1.0,
        initial="lattice",
    )
    ds = simulation.run(t_end=1.0, snapshots=2, seed=1, threads=1)
    c = (ds.heading[0] * ds.heading[1]).sum("space").values
    for degree in (1, 2, 3):
        close(np.polynomial.Legendre.basis(degree)(c), np.exp(-degree * (degree + 1) * spread))


def test_trapped_ornstein_uhlenbeck_particles_have_the_covariances_and_the_entropy_production_of_the_closed_form():
    v, trap, gamma, eps = 0.3, 0.05, 0.1, 0.1
    simulation = sims.ActiveOU(
        particles=15_000, pair_force="none", trap=trap, speed=v, relaxation_rate=gamma, temperature=eps, dt=0.2,
        scheme="heun",
    )  # fmt: skip
    ds = simulation.run(
        t_end=60.0, snapshots=2, warm_up=150.0, seed=4, record=("drift", "drift_divergence"), threads=1
    ).isel(t=-1)
    x, g = ds.position.values, ds.propulsion.values
    # the scheme's own error at A dt = .01 is 1e-4, the sample's 1e-2
    close(x * g, v / (trap + gamma))
    close(g * g, 1.0)
    close(x * x, eps / trap + v**2 / (trap * (trap + gamma)))
    sigma = (ds.drift**2).values / float(ds.position_diffusion) + ds.drift_divergence.values[:, None] / 2
    close(sigma, 0.6)
    covariance = np.cov(x.ravel(), g.ravel())
    score = -np.linalg.inv(covariance)
    # mean of |v_g|^2 / gamma with v_g = -gamma g - gamma (score)_g
    flow = -gamma * np.array([0.0, 1.0]) - gamma * score[1]
    assert flow @ covariance @ flow / gamma == pytest.approx(0.04, rel=0.06)  # a sample of 30,000


def test_trapped_brownian_headings_spread_as_the_closed_form():
    v, trap, rotation, eps = 1.0, 0.5, 0.2, 0.05
    simulation = sims.ActiveBrownian(
        particles=15_000, pair_force="none", trap=trap, speed=v, rotational_diffusion=rotation, temperature=eps,
        dt=0.05, scheme="heun",
    )  # fmt: skip
    ds = simulation.run(t_end=30.0, snapshots=2, seed=5, threads=1)
    close((ds.position[-1] ** 2).sum("space"), 2 * eps / trap + v**2 / (trap * (trap + rotation)))


def test_the_ideal_active_gas_has_its_swim_pressure():
    """The virial of the propulsion, <x.v0 h>/d a particle, is v0^2/(d (d-1) D_r) once the start is forgotten."""
    for d, rotation in ((2, 0.5), (3, 0.25)):
        simulation = sims.ActiveBrownian(
            particles=20_000,
            dimensions=d,
            pair_force="none",
            box=30.0,
            rotational_diffusion=rotation,
            dt=0.05,
            scheme="heun",
        )
        ds = simulation.run(t_end=20.0, snapshots=2, seed=6, record="unwrapped", threads=1)
        way = ds.unwrapped[-1] - ds.unwrapped[0]
        close((way * ds.heading[-1]).sum("space") / d, 1 / (d * 0.5))


def test_passive_particles_obey_boltzmann_on_a_ring():
    """Two particles at a distance r have the weight e^{-U(r)/eps}, and no entropy production."""
    eps, k, beta, length = 0.3, 2.0, 4.0, 16.0
    simulation = sims.Brownian(
        particles=2, dimensions=1, box=length, radius=1.0, pair_force="softplus", stiffness=k, softness=beta,
        temperature=eps, dt=0.05, scheme="heun", initial="lattice",
    )  # fmt: skip
    ds = simulation.run(
        t_end=800.0,
        snapshots=81,
        warm_up=100.0,
        members=48,
        seed=7,
        record=("drift", "drift_divergence"),
        threads=1,
    )
    r = np.abs(ds.position.isel(particle=0, space=0) - ds.position.isel(particle=1, space=0))
    r = np.minimum(r, length - r)
    grid = (np.arange(4000) + 0.5) / 4000 * length / 2
    force = k * np.logaddexp(0, beta * (2 - grid)) / beta
    weight = np.exp(np.cumsum(force) * (grid[1] - grid[0]) / eps)  # U falls with r where F > 0
    weight /= weight.sum()
    for edge in (1.5, 2.0, 4.0):
        # a member's average is one independent value
        close((r < edge).mean("t"), weight[grid < edge].sum())
    sigma = (ds.drift**2).sum(("particle", "space")) / eps + ds.drift_divergence.sum("particle")
    close(sigma.mean("t"), 0.0)


def test_two_particles_on_a_ring_produce_the_entropy_of_the_effective_coordinate():
    """.39698599 for the distance, and v0'^2/eps' for the centre of mass."""
    simulation = sims.ActiveOU.preset("ring", dt=0.05, scheme="heun")
    ds = simulation.run(
        t_end=1500.0,
        snapshots=301,
        warm_up=60.0,
        members=64,
        seed=8,
        record=("drift", "drift_divergence"),
        threads=1,
    )
    eps = float(ds.position_diffusion)
    sigma = (ds.drift**2).sum(("particle", "space")) / eps + ds.drift_divergence.sum("particle")
    b = ds.drift.isel(space=0)
    between = (b[:, :, 0] - b[:, :, 1]) ** 2 / (2 * eps) + ds.drift_divergence.sum("particle")
    assert close(between.mean("t"), 0.39698599) < 0.01
    assert close(sigma.mean("t"), 0.39698599 + float(ds.propulsion_speed) ** 2 / eps) < 0.03
