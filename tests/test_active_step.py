"""The limit on the step: at it crowds of every kind stay calm, and what is thrown out is named."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.particles import harmonic, pair_force, softplus
from ergodica.sims.particles.overdamped import MemberValues
from ergodica.sims.particles.step_limit import soft_sums, trapped_density


def at_limit(part, make, **parameters):
    one = make(dt=1e-9, **parameters)
    return one.changed(dt=part * one.largest_dt(MemberValues(one, 0)))


def test_integrals_over_soft_forces_are_their_closed_forms():
    # k inside of a ball of 2a; potential k (2a - r)^2 / 2
    slopes, energy = soft_sums(harmonic.FORCE, (3.0, 2.0, 0.0), 2)
    assert slopes == pytest.approx(3.0 * np.pi * 4.0, rel=1e-3)
    assert energy == pytest.approx(3.0 * np.pi * 2.0**4 / 12, rel=1e-3)
    line, _ = soft_sums(softplus.FORCE, softplus.FORCE.numbers(3.0, 2.0, 7.5), 1)
    # on a line the integral of |dF/dr| is twice the force at 0
    assert line == pytest.approx(
        2 * pair_force.value(softplus.FORCE, 1e-9, softplus.FORCE.numbers(3.0, 2.0, 7.5)), rel=1e-3
    )


def test_the_density_in_a_trap_holds_all_particles():
    n0 = trapped_density(400, 0.5, 7.0, 2)
    edge = np.sqrt(2 * 7.0 * n0 / 0.5)
    r = np.linspace(0, edge, 100_001)
    assert np.trapezoid((n0 - 0.5 * r**2 / 14.0) * 2 * np.pi * r, r) == pytest.approx(400, rel=1e-6)


@pytest.mark.parametrize(
    "parameters",
    [
        {"packing_fraction": 0.9},
        {"packing_fraction": 4.0},
        {"packing_fraction": 1.5, "dimensions": 3},
        {"packing_fraction": 0.7, "function": sims.PairFunction(lambda r, p: 20.0 * (3.0 - r), reach=3.0)},
        {"trap": 50.0, "initial": "clustered"},
        {"trap": 0.5, "pair_force": "softplus", "stiffness": 2.5},
    ],
)
def test_passive_crowds_come_to_rest_just_below_the_limit(parameters):
    one = at_limit(0.9, sims.Brownian, particles=216, temperature=0.0, **parameters)
    ds = one.run(t_end=2000 * one.dt, snapshots=3, record=("drift",))
    first, _, last = np.sqrt((ds.drift**2).sum("space").mean("particle"))
    # an unstable mode would hold the drift at about the range of the force over a step
    assert last < 0.02 * 2 * one.radius / one.dt
    assert last < first


@pytest.mark.parametrize("scheme", ["euler", "heun"])
def test_hard_particles_that_heat_drives_into_each_other_stay_within_free_diffusion(scheme):
    one = at_limit(
        0.95,
        sims.Brownian,
        particles=256,
        packing_fraction=0.5,
        pair_force="wca",
        stiffness=1.0,
        scheme=scheme,
    )
    ds = one.run(t_end=4000 * one.dt, snapshots=2, record=("unwrapped",))
    moved = ((ds.unwrapped[1] - ds.unwrapped[0]) ** 2).sum("space").mean()
    assert moved < 4 * float(ds.t[1])  # repulsion slows them down


def test_a_step_that_heat_makes_too_long_for_hard_particles_is_refused():
    with pytest.raises(ParameterError, match=r"dt: must be at most 0\.000222 for the stiffness"):
        sims.Brownian(packing_fraction=0.5, pair_force="wca", stiffness=1.0, dt=1e-3)


def test_a_particle_that_is_thrown_out_stops_the_run():
    steep = sims.PairFunction(lambda r, p: (0.5 / r) ** 13, reach=1.0)
    close = np.array([[5.0, 5.0], [5.0, 5.02], [1.0, 1.0]])
    one = sims.Brownian(particles=3, box=10.0, function=steep, initial=close, temperature=0.0, dt=1e-4)
    with pytest.raises(
        RunError, match=r"particle [01] of member 0 is pushed by more than the range of its force"
    ):
        one.run(t_end=0.1, snapshots=11)
