"""Steps of whole schools: against all pairs in plain numpy, under symmetries, on threads, across a resume."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics import Box

# sums of some 50 unit vectors in another order, and a division by their length, which is rarely below 0.01
AGREES = 1e-12


def school(n, d, spread, seed=0, box=None):
    """Random positions and headings, (n, 2, d)."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, box, (n, d)) if box else spread * rng.normal(size=(n, d))
    headings = rng.normal(size=(n, d))
    return np.stack([places, headings / np.linalg.norm(headings, axis=1, keepdims=True)], axis=1)


def by_all_pairs(start, simulation, dt):
    """One noiseless step of the paper's rule, written plainly."""
    places, v = start[:, 0], start[:, 1]
    r_r = simulation.repulsion_radius
    r_o = r_r + simulation.orientation_width
    r_a = r_o + simulation.attraction_width
    box = simulation.region
    new = v.copy()
    for i in range(len(places)):
        away = box.displacement(places[i], places)
        distance = np.linalg.norm(away, axis=1)
        others = np.arange(len(places)) != i
        towards = away / np.where(others, distance, 1.0)[:, None]
        close = others & (distance <= r_r)
        seen = others & (towards @ v[i] >= np.cos(np.radians(simulation.field_of_view) / 2))
        aligned = seen & (distance > r_r) & (distance <= r_o)
        drawn = seen & (distance > r_o) & (distance <= r_a)
        wanted = (v[aligned].sum(axis=0) + towards[drawn].sum(axis=0)) / 2
        if close.any():
            wanted = -towards[close].sum(axis=0)
        if np.linalg.norm(wanted) > 1e-12:
            wanted /= np.linalg.norm(wanted)
            angle = np.arccos(np.clip(wanted @ v[i], -1, 1))
            limit = np.radians(simulation.turning_rate) * dt
            beside = wanted - (wanted @ v[i]) * v[i]
            if angle <= limit:
                new[i] = wanted
            else:
                beside /= np.linalg.norm(beside)
                new[i] = np.cos(limit) * v[i] + np.sin(limit) * beside
    return box.wrap(places + simulation.speed * dt * new), new


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("box", [None, 12.0, 40.0])
@pytest.mark.parametrize("turning_rate", [40.0, 2000.0])
def test_a_step_is_that_of_all_pairs(d, box, turning_rate):
    for seed in range(3):
        start = school(150, d, 3.0, seed, box)
        simulation = sims.Couzin(
            particles=150,
            dimensions=d,
            box=box,
            initial=start,
            noise=0.0,
            turning_rate=turning_rate,
            orientation_width=1.5,
            attraction_width=3.0,
        )
        ds = simulation.run(t_end=0.1, snapshots=2)
        places, headings = by_all_pairs(start, simulation, 0.1)
        assert np.abs(ds.heading.values[1] - headings).max() < AGREES
        region = Box.open(d) if box is None else Box.periodic_cube(box, d)
        assert region.distance(ds.position.values[1], places).max() < AGREES


def rotation(d, seed=5):
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))
    q[:, 0] *= np.linalg.det(q)
    return q


@pytest.mark.parametrize("d", [2, 3])
def test_a_step_without_noise_turns_and_moves_with_the_school(d):
    start, turn, shift = school(80, d, 3.0), rotation(d), np.arange(3.0)[:d]
    moved = np.stack([start[:, 0] @ turn.T + shift, start[:, 1] @ turn.T], axis=1)
    ends = []
    for one in (start, moved):
        ds = sims.Couzin(particles=80, dimensions=d, initial=one, noise=0.0).run(t_end=0.1, snapshots=2)
        ends.append((ds.position.values[1], ds.heading.values[1]))
    (x, v), (moved_x, moved_v) = ends
    assert np.abs(x @ turn.T + shift - moved_x).max() < AGREES
    assert np.abs(v @ turn.T - moved_v).max() < AGREES


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("box", [None, 80.0])
def test_bits_are_the_same_on_any_number_of_threads(d, box):
    n = 9000  # enough for a single school to be shared between threads
    simulation = sims.Couzin(
        particles=n,
        dimensions=d,
        box=box,
        initial="sphere" if box is None else "box",
        orientation_width=0.5,
        attraction_width=1.0,
    )
    runs = [simulation.run(t_end=0.5, snapshots=2, seed=4, threads=k) for k in (1, 2)]
    for other in runs[1:]:
        assert runs[0].position.identical(other.position)
        assert runs[0].heading.identical(other.heading)


def test_a_member_is_the_same_in_an_ensemble_of_any_size_on_any_number_of_threads():
    simulation = sims.Couzin(particles=30, orientation_width=[0.0, 2.0, 4.0, 6.0, 8.0])
    many = simulation.run(t_end=5.0, snapshots=6, members=5, seed=2, threads=2)
    alone = simulation.run(t_end=5.0, snapshots=6, members=5, seed=2, threads=1)
    assert many.identical(alone.assign_attrs(many.attrs))
    few = sims.Couzin(particles=30, orientation_width=[0.0, 2.0]).run(
        t_end=5.0, snapshots=6, members=2, seed=2
    )
    assert (few.position.values == many.position.values[:2]).all()


def test_a_run_goes_on_bit_for_bit(tmp_path):
    simulation = sims.Couzin(particles=40, box=50.0, initial="box", speed_deviation=0.3, zone_deviation=0.1)
    whole = simulation.run(t_end=20.0, snapshots=21, seed=1, record=["unwrapped"])
    out = tmp_path / "school.nc"
    simulation.run(t_end=10.0, snapshots=11, seed=1, record=["unwrapped"], out=out)
    more = simulation.run(t_end=20.0, snapshots=21, seed=1, record=["unwrapped"], out=out, resume=True)
    for name in ("position", "heading", "unwrapped"):
        assert (whole[name].values == more[name].values).all()
    assert sims.from_dataset(whole) == simulation


def test_unwrapped_positions_go_on_across_borders():
    start = np.zeros((1, 2, 3))
    start[0, 1, 1] = -1.0
    simulation = sims.Couzin(particles=1, box=40.0, initial=start, noise=0.0)
    ds = simulation.run(t_end=100.0, snapshots=101, record=["unwrapped"])
    assert (
        np.abs(ds.unwrapped.values[:, 0, 1] + 3.0 * ds.t.values).max() < 1e-10
    )  # a thousand rounded steps of 0.3
    assert ((ds.position >= 0) & (ds.position < 40)).all()
    assert ds.box.values.tolist() == [40.0] * 3


def test_headings_stay_unit_vectors():
    ds = sims.Couzin.preset("swarm").run(t_end=200.0, snapshots=21)
    # 2000 steps that each divide by the length
    assert np.abs(np.linalg.norm(ds.heading.values, axis=-1) - 1).max() < 1e-14


def test_a_snapshot_starts_another_run():
    first = sims.Couzin(particles=20).run(t_end=5.0, snapshots=6, members=3)
    last = first.isel(t=-1)
    second = sims.Couzin(particles=20, orientation_width=5.0, initial=last).run(
        t_end=1.0, snapshots=2, members=3
    )
    assert (second.position.values[:, 0] == last.position.values).all()
    assert (second.heading.values[:, 0] == last.heading.values).all()
    assert sims.from_dataset(second).run(t_end=1.0, snapshots=2, members=3).position.equals(second.position)
