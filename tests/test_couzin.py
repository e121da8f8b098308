"""Couzin's rule on one and two individuals, against what the paper says exactly."""

import numpy as np
import pytest

from ergodica import sims

# a step is a handful of operations on numbers of order 10: some 1e-15 each
ROUND_OFF = 1e-13
TURN = np.radians(40.0) * 0.1  # the default turning rate in the default step


def stepped(positions, headings, steps=1, **changes):
    """Positions and headings after some steps, without noise unless asked."""
    start = np.stack([np.asarray(positions, float), np.asarray(headings, float)], axis=1)
    n, _, d = start.shape
    parameters = {"noise": 0.0, **changes}
    simulation = sims.Couzin(particles=n, dimensions=d, initial=start, **parameters)
    ds = simulation.run(t_end=0.1 * steps, snapshots=2)
    return ds.position.values[-1], ds.heading.values[-1]


def angle(a, b):
    """Angle between unit vectors, exact also where it is small."""
    return 2 * np.arctan2(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))


def in_space(vector, d):
    return np.array([*vector, 0.0][:d])


@pytest.mark.parametrize("d", [2, 3])
def test_a_lone_fish_swims_straight(d):
    h = np.array([0.6, 0.8, 0.0][:d])
    x, v = stepped([np.zeros(d)], [h], steps=100)
    assert np.abs(x[0] - 30.0 * h).max() < 100 * ROUND_OFF  # the round-off of each step adds up
    assert np.abs(v[0] - h).max() < ROUND_OFF


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize(
    ("distance", "towards"),
    [(0.5, (-1.0, 0.0)), (2.0, (0.0, -1.0)), (8.0, (1.0, 0.0))],
    ids=["repulsion", "orientation", "attraction"],
)
def test_each_zone_turns_a_fish_by_the_full_angle_of_a_step(d, distance, towards):
    # the first swims along y and sees the second, at its side, swim along -y
    up = in_space((0.0, 1.0), d)
    _, v = stepped([np.zeros(d), in_space((distance, 0.0), d)], [up, -up])
    wanted = in_space(towards, d)
    assert abs(angle(v[0], up) - TURN) < ROUND_OFF
    if distance != 2.0:
        assert abs(angle(v[0], wanted) - (np.pi / 2 - TURN)) < ROUND_OFF
    else:
        assert abs(angle(v[0], wanted) - (np.pi - TURN)) < ROUND_OFF  # straight behind, by the full limit


@pytest.mark.parametrize("d", [2, 3])
def test_nobody_acts_beyond_the_zone_of_attraction(d):
    up = in_space((0.0, 1.0), d)
    _, v = stepped([np.zeros(d), in_space((17.6, 0.0), d)], [up, -up])
    assert np.abs(v - [up, -up]).max() < ROUND_OFF


@pytest.mark.parametrize("d", [2, 3])
def test_a_smaller_turn_than_the_limit_ends_at_the_wanted_direction(d):
    small = 0.5 * TURN
    h = in_space((np.cos(small), np.sin(small)), d)
    _, v = stepped([np.zeros(d), in_space((8.0, 0.0), d)], [h, in_space((-1.0, 0.0), d)])
    assert np.abs(v[0] - in_space((1.0, 0.0), d)).max() < ROUND_OFF


@pytest.mark.parametrize("d", [2, 3])
def test_orientation_and_attraction_are_averaged(d):
    # one at 2 in orientation with heading z or -x, one at 8 in attraction
    ahead, aside = in_space((1.0, 0.0), d), in_space((0.0, 1.0), d)
    places = [np.zeros(d), 2.0 * ahead, 8.0 * aside]
    _, v = stepped(places, [ahead, ahead, -aside], turning_rate=5000.0)
    assert np.abs(v[0] - (ahead + aside) / np.sqrt(2)).max() < ROUND_OFF


@pytest.mark.parametrize("d", [2, 3])
def test_repulsion_goes_before_all_else(d):
    ahead, aside = in_space((1.0, 0.0), d), in_space((0.0, 1.0), d)
    places = [np.zeros(d), 0.5 * ahead, 2.0 * aside, 3.0 * aside, 8.0 * aside]
    _, v = stepped(places, [aside, ahead, ahead, ahead, ahead], turning_rate=5000.0)
    assert np.abs(v[0] + ahead).max() < ROUND_OFF


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize(("distance", "seen"), [(0.5, True), (2.0, False), (8.0, False)])
def test_the_blind_volume_hides_the_outer_zones_only(d, distance, seen):
    ahead, aside = in_space((1.0, 0.0), d), in_space((0.0, 1.0), d)
    place = -distance * in_space((np.cos(0.1), np.sin(0.1)), d)  # behind, a little to one side
    _, v = stepped([np.zeros(d), place], [ahead, aside], turning_rate=5000.0)
    turned = angle(v[0], ahead) > 1e-3
    assert turned == seen
    _, v = stepped([np.zeros(d), place], [ahead, aside], turning_rate=5000.0, field_of_view=360.0)
    assert angle(v[0], ahead) > 1e-3


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize(("off", "seen"), [(-0.01, True), (0.01, False)])
def test_the_field_of_view_is_its_angle(d, off, seen):
    ahead = in_space((1.0, 0.0), d)
    edge = np.radians(135.0) + off
    _, v = stepped([np.zeros(d), 8.0 * in_space((np.cos(edge), np.sin(edge)), d)], [ahead, ahead])
    assert (angle(v[0], ahead) > 1e-3) == seen


@pytest.mark.parametrize("d", [2, 3])
def test_those_at_the_same_place_swim_on(d):
    ahead, aside = in_space((1.0, 0.0), d), in_space((0.0, 1.0), d)
    _, v = stepped([np.zeros(d)] * 2, [ahead, aside])
    assert np.abs(v - [ahead, aside]).max() < ROUND_OFF


def test_neighbours_are_met_across_a_periodic_border():
    up = np.array([0.0, 1.0])
    x, v = stepped([[0.5, 20.0], [39.5, 20.0]], [up, up], repulsion_radius=2.0, box=40.0)
    assert v[0, 0] > 0 > v[1, 0]
    assert abs(angle(v[0], up) - TURN) < ROUND_OFF
    assert (x >= 0).all()
    assert (x < 40.0).all()


def test_informed_individuals_weigh_their_direction():
    ahead, aside = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    informed = {"informed": 0.5, "preference": 0.75, "preferred_direction": (0.0, 2.0)}
    _, v = stepped([[0.0, 0.0], [2.0, 0.0]], [ahead, ahead], turning_rate=5000.0, **informed)
    assert np.abs(v[0] - (ahead + 0.75 * aside) / 1.25).max() < ROUND_OFF
    assert np.abs(v[1] - ahead).max() < ROUND_OFF


@pytest.mark.parametrize("d", [2, 3])
def test_headings_of_lone_fish_diffuse_by_the_wrapped_normal_law(d):
    # the cosine of a wrapped normal angle has the mean exp(-sigma^2/2), and turns about random axes multiply
    n, steps, sigma = 400, 20, 0.2
    start = np.zeros((n, 2, d))
    start[:, 0, 0] = 100.0 * np.arange(n)
    start[:, 1, 0] = 1.0
    simulation = sims.Couzin(
        particles=n, dimensions=d, initial=start, noise=sigma, turning_rate=1e5, attraction_width=1.0
    )
    ds = simulation.run(t_end=0.1 * steps, snapshots=2, members=5, seed=3)
    cosine = ds.heading.values[:, -1, :, 0].ravel()
    standard_error = cosine.std(ddof=1) / np.sqrt(cosine.size)
    assert abs(cosine.mean() - np.exp(-steps * sigma**2 / 2)) < 4 * standard_error
    aside = ds.heading.values[:, -1, :, 1:].reshape(-1, d - 1)  # isotropic around the start
    assert (np.abs(aside.mean(axis=0)) < 4 * aside.std(axis=0) / np.sqrt(len(aside))).all()
    assert abs(np.linalg.norm(ds.heading.values, axis=-1) - 1).max() < ROUND_OFF


def test_noise_of_a_time_does_not_depend_on_the_step():
    start = np.zeros((1, 2, 2))
    start[0, 1, 0] = 1.0
    means = []
    for dt in (0.1, 0.025):
        simulation = sims.Couzin(particles=1, dimensions=2, initial=start, noise=0.3, turning_rate=1e5, dt=dt)
        means.append(simulation.run(t_end=1.0, snapshots=2, members=2000).heading.values[:, -1, 0, 0])
    for cosine in means:
        assert abs(cosine.mean() - np.exp(-10 * 0.3**2 / 2)) < 4 * cosine.std(ddof=1) / np.sqrt(2000)
