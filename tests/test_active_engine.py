"""The engine of overdamped particles: forces, neighbours, threads, resumed runs."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.arrays import CPU
from ergodica.numerics.errors import RunError
from ergodica.numerics.geometry import Box
from ergodica.sims.particles import drifts, pair_force, starts
from ergodica.sims.simulation import Draw

# a force with its numbers, and a distance at which it is smooth and strong
FORCES = {"harmonic": (3.0, 1.0, 0.0), "softplus": (3.0, 1.0, 8.0), "wca": (1.5, 1.0, 2 ** (-1 / 6))}


def forces_of_all_pairs(places, box, force, numbers):
    """Forces from all pairs, whatever their distance."""
    away = box.displacement(places[None], places[:, None])
    r = np.linalg.norm(away, axis=-1)
    out = np.zeros_like(places)
    for i, j in np.argwhere((r <= force.reach(numbers)) & ~np.eye(len(places), dtype=bool)):
        out[i] += pair_force.value(force, r[i, j], numbers) * away[i, j] / r[i, j]
    return out


@pytest.mark.parametrize("name", FORCES)
@pytest.mark.parametrize("d", [1, 2, 3])
def test_forces_are_those_of_all_pairs_and_divergences_their_derivatives(name, d):
    force, numbers = pair_force.named(name), FORCES[name]
    box = Box.periodic_cube({1: 30.0, 2: 9.0, 3: 7.9}[d], d)
    places = starts.random(Draw(seed=3, member=0), 24, 0.45, box)
    found, divergence = drifts.pair_drifts(force, numbers, places, box)
    np.testing.assert_allclose(
        found, forces_of_all_pairs(places, box, force, numbers), rtol=1e-10, atol=1e-10
    )
    h = 1e-5
    for i in range(0, 24, 5):
        total = 0.0
        for c in range(d):
            sides = []
            for sign in (1, -1):
                moved = places.copy()
                moved[i, c] += sign * h
                sides.append(drifts.pair_drifts(force, numbers, moved, box)[0][i, c])
            total += (sides[0] - sides[1]) / (2 * h)
        # h^2 times the third derivative, of some 1e4 for wca
        assert divergence[i] == pytest.approx(total, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("scheme", ["euler", "heun"])
def test_many_steps_with_lists_are_those_of_all_pairs(d, scheme):
    """Without noise, so that plain Python can follow; across borders and many new lists."""
    n, dt, steps = 40, 0.02, 150
    simulation = sims.ActiveBrownian if d > 1 else sims.RunAndTumble
    rate = {"rotational_diffusion": 0.0} if d > 1 else {"tumbling_rate": 0.0}
    one = simulation(
        particles=n, dimensions=d, packing_fraction={1: 0.7, 2: 0.6, 3: 0.4}[d], stiffness=4.0, dt=dt, scheme=scheme,
        **rate,
    )  # fmt: skip
    ds = one.run(t_end=steps * dt, snapshots=2, seed=2, threads=1, record=("unwrapped", "drift"))
    x, h = ds.unwrapped[0].values.copy(), ds.heading[0].values
    box, force, numbers = one.region, one.pair, (4.0, 1.0, 0.0)

    def drift(at):
        return h + forces_of_all_pairs(at, box, force, numbers)

    np.testing.assert_allclose(ds.drift[0], drift(x), atol=1e-12)
    for _ in range(steps):
        b = drift(x)
        x = x + dt * b if scheme == "euler" else x + 0.5 * dt * (b + drift(x + dt * b))
    # round-off of 150 steps of a system that is not yet chaotic
    np.testing.assert_allclose(ds.unwrapped[1], x, atol=1e-8)
    assert np.abs(np.floor(ds.unwrapped[1].values / one.box_length)).max() >= 1  # some crossed a border


def test_threads_members_and_where_a_run_is_cut_do_not_change_a_bit(tmp_path):
    """8500 particles are enough for a single member to be shared between threads."""
    one = sims.ActiveBrownian(
        particles=8500, packing_fraction=0.6, temperature=0.01, dt=2e-3, initial="lattice", scheme="heun"
    )
    out = tmp_path / "run.nc"
    serial = one.run(t_end=0.04, snapshots=3, seed=5, threads=1)
    assert not (serial.position[1] == serial.position[2]).any()
    one.run(t_end=0.02, snapshots=2, seed=5, threads=2, out=out)
    cut = one.run(t_end=0.04, snapshots=3, seed=5, threads=1, out=out, resume=True)
    members = one.run(t_end=0.04, snapshots=3, seed=5, members=2, threads=2)
    assert not (members.position[0, 2] == members.position[1, 2]).any()
    for name in ("position", "heading"):
        np.testing.assert_array_equal(cut[name].values, serial[name].values)
        np.testing.assert_array_equal(members[name].values[0], serial[name].values)


@pytest.mark.parametrize("scheme", ["euler", "heun"])
def test_a_resumed_run_and_a_member_of_an_ensemble_repeat_the_bits(tmp_path, scheme):
    one = sims.ActiveOU(particles=60, packing_fraction=0.5, speed=1.0, scheme=scheme)
    out = tmp_path / "run.nc"
    one.run(t_end=4.0, snapshots=5, seed=2, out=out, threads=1)
    extended = one.run(t_end=8.0, snapshots=9, seed=2, out=out, resume=True, threads=1)
    straight = one.run(t_end=8.0, snapshots=9, seed=2, members=3, threads=1).isel(member=0)
    for name in ("position", "propulsion"):
        np.testing.assert_array_equal(extended[name].values, straight[name].values)
    again = sims.from_dataset(extended)
    assert again == one


def test_a_run_goes_on_from_a_snapshot_and_is_rebuilt_with_its_start():
    first = sims.ActiveOU(particles=30, packing_fraction=0.4).run(t_end=2.0, snapshots=3, seed=1, threads=1)
    second = sims.ActiveOU(particles=30, packing_fraction=0.4, initial=first.isel(t=-1))
    ds = second.run(t_end=1.0, snapshots=2, threads=1)
    np.testing.assert_array_equal(ds.position[0], first.position[-1])
    np.testing.assert_array_equal(ds.propulsion[0], first.propulsion[-1])
    assert sims.from_dataset(ds) == second


def test_permuted_particles_move_alike():
    """The numbers of particles have no meaning but for their noise."""
    start = (
        sims.ActiveBrownian(particles=50, packing_fraction=0.6)
        .run(t_end=0.1, snapshots=2, threads=1)
        .isel(t=-1)
    )
    array = np.stack([start.position.values, start.heading.values], axis=1)
    order = np.random.default_rng(0).permutation(50)
    ends = []
    for chosen in (np.arange(50), order):
        one = sims.ActiveBrownian(
            particles=50, packing_fraction=0.6, rotational_diffusion=0.0, initial=array[chosen], dt=1e-3
        )
        ends.append(one.run(t_end=1.0, snapshots=2, threads=1).position[-1].values)
    np.testing.assert_allclose(ends[1], ends[0][order], atol=1e-9)


@pytest.mark.parametrize("force", ["none", "harmonic"])
def test_a_particle_that_is_lost_stops_the_run_with_its_number(force):
    one = sims.ActiveBrownian(particles=20, packing_fraction=0.3, pair_force=force)
    draw = Draw(seed=0, member=0)
    steps, state = one.stepper(1e-3, draws=[draw], device=CPU, threads=1), one.initial_state([draw])
    steps.advance(state, 0, 5)
    state["position"][0, 13, 1] = np.nan
    with pytest.raises(
        RunError, match="particle 13 of member 0 is no longer finite within the steps from 5 to 10"
    ):
        steps.advance(state, 5, 5)


def test_the_virial_of_a_passive_gas_is_that_of_its_pair_distances():
    """sum_i x_i . F_i over pairs equals sum over pairs of r F(r): the pair pressure two ways."""
    one = sims.Brownian(particles=200, packing_fraction=0.6, stiffness=50.0, temperature=0.5)
    ds = one.run(t_end=0.5, snapshots=2, seed=1, record="force", threads=1).isel(t=-1)
    from ergodica.numerics.neighbours import pairs_within

    pairs = pairs_within(ds.position.values, 1.0, one.region)
    strength = 50.0 * (1 - pairs.distances)
    total = np.zeros((200, 2))
    towards = pairs.displacements / pairs.distances[:, None] * strength[:, None]
    np.add.at(total, pairs.second, towards)
    np.add.at(total, pairs.first, -towards)
    np.testing.assert_allclose(ds.force, total, atol=1e-10)
    np.testing.assert_allclose(ds.force.sum("particle"), 0.0, atol=1e-9)  # Newton's third law


@pytest.mark.parametrize("cls", [sims.ActiveOU, sims.ActiveBrownian, sims.RunAndTumble, sims.Brownian])
def test_one_particle_in_the_smallest_box_and_two_in_open_space_move(cls):
    """The force reaches half of the box, so that lists have no skin and are made anew every step."""
    box = 4.0 if cls is sims.ActiveOU else 2.0
    ds = cls(particles=1, box=box, pair_force="harmonic", dt=1e-3).run(
        t_end=1.0, snapshots=3, threads=1, record="force"
    )
    assert np.isfinite(ds.position).all()
    assert (ds.force == 0).all()
    crowd = cls(particles=4, box=box, pair_force="harmonic", dt=1e-3).run(t_end=1.0, snapshots=3, threads=1)
    assert ((crowd.position >= 0) & (crowd.position < box)).all()
    both = cls(particles=2, temperature=0.1, dt=1e-3).run(t_end=1.0, snapshots=2, threads=1)
    assert (both.position[0] != both.position[1]).all()
