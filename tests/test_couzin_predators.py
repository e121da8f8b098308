"""Predators: exact geometry of flight and pursuit, symmetries, threads, files."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError

ROUND_OFF = 1e-13  # a handful of operations on numbers of order 10
AGREES = 1e-12  # sums of some 50 unit vectors in another order
TURN = np.radians(40.0) * 0.1
FREE = 5000.0  # a turning rate that limits nothing


def in_space(vector, d):
    return np.array([*vector, 0.0][:d])


def start(places, headings):
    return np.stack([np.asarray(places, float), np.asarray(headings, float)], axis=1)


def stepped(school, hunters, **changes):
    """The dataset of one step without noise."""
    n, _, d = school.shape
    given = {
        "noise": 0.0,
        "initial": school,
        "predator_initial": hunters,
        "predators": len(hunters),
        **changes,
    }
    return sims.Couzin(particles=n, dimensions=d, **given).run(t_end=0.1, snapshots=2)


def random_school(n, d, seed=0, spread=4.0):
    rng = np.random.default_rng(seed)
    headings = rng.normal(size=(n, d))
    return start(spread * rng.normal(size=(n, d)), headings / np.linalg.norm(headings, axis=1, keepdims=True))


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("rate", [40.0, FREE])
def test_an_individual_flees_straight_away_within_its_turn(d, rate):
    ahead, aside = in_space((1.0, 0.0), d), in_space((0.0, 1.0), d)
    ds = stepped(start([0 * ahead], [aside]), start([3.0 * ahead], [-ahead]), turning_rate=rate)
    angle = min(np.pi / 2, np.radians(rate) * 0.1)
    wanted = np.cos(angle) * aside - np.sin(angle) * ahead
    assert np.abs(ds.heading.values[1, 0] - wanted).max() < ROUND_OFF
    assert np.abs(ds.position.values[1, 0] - 0.3 * wanted).max() < ROUND_OFF


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize(("distance", "flees"), [(4.999, True), (5.001, False)])
def test_nobody_flees_beyond_the_radius(d, distance, flees):
    ahead, aside = in_space((1.0, 0.0), d), in_space((0.0, 1.0), d)
    ds = stepped(start([0 * ahead], [aside]), start([distance * ahead], [aside]))
    assert (np.abs(ds.heading.values[1, 0] - aside).max() > 1e-3) == flees


@pytest.mark.parametrize("d", [2, 3])
def test_flight_goes_before_repulsion_and_preference_and_has_no_blind_volume(d):
    ahead, aside = in_space((1.0, 0.0), d), in_space((0.0, 1.0), d)
    school = start([0 * ahead, 0.5 * aside], [ahead, ahead])
    ds = stepped(school, start([-4.0 * ahead], [ahead]), turning_rate=FREE, field_of_view=10.0, informed=1.0)
    assert np.abs(ds.heading.values[1, 0] - ahead).max() < ROUND_OFF


def test_unit_vectors_away_from_several_predators_add_up():
    ahead, aside = np.eye(2)
    ds = stepped(
        start([0 * ahead], [-ahead]), start([2 * ahead, 4 * aside], [ahead, ahead]), turning_rate=FREE
    )
    assert np.abs(ds.heading.values[1, 0] + (ahead + aside) / np.sqrt(2)).max() < ROUND_OFF


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize(
    ("pursuit", "wanted"), [("nearest", (0.0, 1.0)), ("centre", (13.0, 9.0))], ids=["nearest", "centre"]
)
def test_a_predator_turns_towards_what_it_pursues(d, pursuit, wanted):
    ahead, aside = in_space((1.0, 0.0), d), in_space((0.0, 1.0), d)
    wanted = in_space(wanted, d) / np.linalg.norm(wanted)
    school = start([13.0 * ahead, 9.0 * aside, -60.0 * ahead], [ahead] * 3)  # the last is beyond its sight
    hunter = start([0 * ahead], [-aside])
    ds = stepped(school, hunter, pursuit=pursuit, predator_turning_rate=FREE)
    assert np.abs(ds.predator_heading.values[1, 0] - wanted).max() < ROUND_OFF
    assert np.abs(ds.predator_position.values[1, 0] - 0.6 * wanted).max() < ROUND_OFF
    limited = stepped(school, hunter, pursuit=pursuit).predator_heading.values[1, 0]
    cosine, sine = -limited @ aside, np.linalg.norm(limited + (-limited @ aside) * aside)
    assert abs(np.arctan2(sine, cosine) - TURN) < ROUND_OFF  # also straight behind, as for the nearest


def test_a_predator_that_sees_nobody_swims_on():
    ds = stepped(start([[30.0, 0.0]], [[1.0, 0.0]]), start([[0.0, 0.0]], [[0.6, 0.8]]), sight=29.0)
    assert np.abs(ds.predator_position.values[1, 0] - [0.36, 0.48]).max() < ROUND_OFF


def test_flight_and_pursuit_take_the_short_way_across_a_border():
    up = np.array([0.0, 1.0])
    ds = stepped(start([[1.0, 20.0]], [up]), start([[38.0, 20.0]], [up]), box=40.0)
    assert ds.heading.values[1, 0, 0] > 0.01
    assert ds.predator_heading.values[1, 0, 0] > 0.01


def test_who_is_left_in_peace_swims_as_without_predators():
    school = {"particles": 60, "noise": 0.1}
    free = sims.Couzin(**school).run(t_end=2.0, snapshots=3, seed=3)
    watched = sims.Couzin(predators=2, predator_speed=0.0, flight_radius=0.0, **school)
    ds = watched.run(t_end=2.0, snapshots=3, seed=3)
    assert (ds.position.values == free.position.values).all()
    assert (ds.heading.values == free.heading.values).all()


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("pursuit", ["nearest", "centre"])
def test_a_step_turns_and_moves_with_school_and_predators(d, pursuit):
    q, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(d, d)))
    q[:, 0] *= np.linalg.det(q)
    shift = np.arange(3.0)[:d]
    both = random_school(80, d), random_school(3, d, seed=1, spread=8.0)
    moved = [np.stack([one[:, 0] @ q.T + shift, one[:, 1] @ q.T], axis=1) for one in both]
    first, second = (stepped(*pair, pursuit=pursuit, flight_radius=6.0) for pair in (both, moved))
    fled = stepped(both[0], both[1], flight_radius=0.0)
    assert not np.allclose(fled.heading[1], first.heading[1])  # some do flee
    for name in ("predator_", ""):
        x, v = first[f"{name}position"].values[1], first[f"{name}heading"].values[1]
        assert np.abs(x @ q.T + shift - second[f"{name}position"].values[1]).max() < AGREES
        assert np.abs(v @ q.T - second[f"{name}heading"].values[1]).max() < AGREES


@pytest.mark.parametrize("box", [None, 80.0])
def test_bits_are_the_same_on_any_number_of_threads(box):
    simulation = sims.Couzin(
        particles=9000,
        box=box,
        initial="sphere" if box is None else "box",
        orientation_width=0.5,
        attraction_width=1.0,
        predators=3,
        pursuit="centre",
    )
    runs = [simulation.run(t_end=0.5, snapshots=2, seed=4, threads=k) for k in (1, 2)]
    assert runs[0].identical(runs[1].assign_attrs(runs[0].attrs))


def test_a_run_with_predators_goes_on_bit_for_bit(tmp_path):
    simulation = sims.Couzin(particles=40, box=50.0, initial="box", predators=2, sight=[20.0, 30.0])
    whole = simulation.run(t_end=20.0, snapshots=21, seed=1, members=2)
    path = tmp_path / "school.nc"
    simulation.run(t_end=8.0, snapshots=9, seed=1, members=2, out=path).close()
    more = simulation.run(t_end=20.0, snapshots=21, seed=1, members=2, out=path, resume=True)
    for name in ("position", "heading", "predator_position", "predator_heading"):
        assert (whole[name].values == more[name].values).all()
    assert sims.from_dataset(more) == simulation
    last = whole.isel(t=-1)
    second = simulation.changed(initial=last, predator_initial=last).run(t_end=1.0, snapshots=2, members=2)
    assert (second.predator_position.values[:, 0] == last.predator_position.values).all()
    again = sims.from_dataset(second).run(t_end=1.0, snapshots=2, members=2)
    assert again.predator_position.equals(second.predator_position)


@pytest.mark.parametrize("d", [2, 3])
def test_predators_start_outside_of_the_school_and_head_for_it(d):
    ds = sims.Couzin(dimensions=d, predators=4).run(t_end=0.1, snapshots=2)
    places, hunters = ds.position.values[0], ds.predator_position.values[0]
    away = hunters - places.mean(axis=0)
    reach = np.linalg.norm(places - places.mean(axis=0), axis=1).max() + 5.0
    assert np.abs(np.linalg.norm(away, axis=1) - reach).max() < AGREES
    assert np.abs(away + reach * ds.predator_heading.values[0]).max() < AGREES


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"predators": -1}, "predators: must be greater than or equal to 0"),
        ({"predators": 1, "flight_radius": -1.0}, "flight_radius: "),
        ({"predators": 1, "flight_radius": 30.0, "box": 40.0}, "flight_radius: must reach at most half"),
        ({"predators": 1, "pursuit": "center"}, "pursuit: 'center' is not known; did you mean 'centre'"),
        ({"predators": 1, "predator_initial": "inside"}, "predator_initial: 'inside' is not known"),
        ({"predators": 1, "predator_initial": np.zeros((2, 2, 3))}, "predator_initial: must have shape"),
        (
            {"predators": 1, "predator_initial": np.ones((1, 2, 3))},
            "predator_initial: headings must be unit vectors, .* predator 0",
        ),
        ({"predator_initial": np.ones((1, 2, 3))}, "predator_initial: is for predators, got none"),
        ({"predators": 1, "predator_initial": "from-file"}, "predator_initial: 'from-file' needs its file"),
    ],
)
def test_predators_that_cannot_work_are_refused(changes, words):
    with pytest.raises(ParameterError, match=words) as caught:
        sims.Couzin(**changes)
    assert "\n" not in str(caught.value)
