"""Speeds and zones given for each individual: what they do, and that the file keeps them."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError

RNG = np.random.default_rng(2)
SPEEDS = RNG.uniform(1.0, 4.0, 30)
ZONES = np.cumsum(RNG.uniform(0.2, 5.0, (30, 3)), axis=1)


def test_each_individual_swims_at_its_speed():
    ds = sims.Couzin(particles=30, speeds=SPEEDS).run(t_end=0.1, snapshots=2)
    moved = np.linalg.norm(ds.position.values[1] - ds.position.values[0], axis=-1)
    assert np.abs(moved - 0.1 * SPEEDS).max() < 1e-14  # differences of positions of order 10


def test_equal_arrays_are_the_parameters():
    plain = sims.Couzin(particles=30, speed=2.0).run(t_end=2.0, snapshots=3)
    zones = np.tile([1.0, 3.5, 17.5], (30, 1))
    given = sims.Couzin(particles=30, speeds=np.full(30, 2.0), zones=zones).run(t_end=2.0, snapshots=3)
    assert given.position.equals(plain.position)


@pytest.mark.parametrize(("zones", "turned"), [((1, 2, 9), (True, False)), ((1, 7, 7), (False, True))])
def test_each_individual_has_zones_of_its_own(zones, turned):
    # two at a distance of 8, side by side: within the zone of attraction of the first, or of nobody but the second
    start = np.zeros((2, 2, 2))
    start[1, 0, 0], start[:, 1, 1] = 8.0, 1.0
    others = (1, 7, 7) if turned[0] else (1, 2, 9)
    ds = sims.Couzin(particles=2, dimensions=2, noise=0.0, initial=start, zones=[zones, others]).run(
        t_end=0.1, snapshots=2
    )
    assert tuple(ds.heading.values[1, :, 1] < 1 - 1e-6) == turned


@pytest.mark.parametrize("members", [None, 2])
def test_the_file_keeps_them(tmp_path, members):
    arrays = {"speeds": SPEEDS, "zones": ZONES}
    if members:
        arrays = {"speeds": np.stack([SPEEDS, 2 * SPEEDS]), "zones": ZONES}
    simulation = sims.Couzin(particles=30, **arrays)
    ds = simulation.run(t_end=2.0, snapshots=3, members=members, out=tmp_path / "school.nc")
    assert (ds.speeds.values == arrays["speeds"]).all()
    assert ds.zones.dims == ("particle", "zone")
    again = sims.from_dataset(ds)
    assert again == simulation
    assert again != simulation.changed(zones=1.5 * ZONES)
    assert again.run(t_end=2.0, snapshots=3, members=members).position.equals(ds.position)


def test_members_with_speeds_of_their_own_swim_alike_alone():
    both = sims.Couzin(particles=30, speeds=np.stack([SPEEDS, 2 * SPEEDS])).run(
        t_end=1.0, snapshots=2, members=2
    )
    alone = sims.Couzin(particles=30, speeds=SPEEDS).run(t_end=1.0, snapshots=2, members=2)
    assert (both.position.values[0] == alone.position.values[0]).all()
    assert not np.allclose(both.position.values[1], alone.position.values[1])
    with pytest.raises(ParameterError, match="members: must equal the 2 values of speeds"):
        sims.Couzin(particles=30, speeds=np.stack([SPEEDS, SPEEDS])).run(t_end=1.0, snapshots=2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"speeds": [1.0, 2.0]}, r"speeds: must have shape \(30,\)"),
        ({"speeds": 3.0}, r"speeds: must have shape \(30,\)"),
        ({"speeds": "3"}, r"speeds: must be an array of shape \(30,\), which only Python can give"),
        ({"speeds": "from-file"}, "speeds: 'from-file' needs its file"),
        ({"speeds": -SPEEDS}, "speeds: must be from 0 to 1e.09, got -.* for individual 0"),
        ({"speeds": SPEEDS * np.nan}, "speeds: must be finite"),
        ({"speeds": SPEEDS, "speed_deviation": 0.1}, "speed_deviation: must be 0 where speeds are given"),
        ({"zones": ZONES[:, ::-1]}, "zones: radii must ascend .* for individual 0; sort them"),
        ({"zones": ZONES[:, :2]}, r"zones: must have shape \(30, 3\)"),
        ({"zones": ZONES, "zone_deviation": [0.0, 0.1]}, "zone_deviation: must be 0 where zones are given"),
        ({"zones": ZONES, "box": 10.0}, "zones: must reach at most half of the periodic box"),
    ],
)
def test_arrays_that_cannot_work_are_refused(changes, words):
    with pytest.raises(ParameterError, match=words) as caught:
        sims.Couzin(particles=30, **changes)
    assert "\n" not in str(caught.value)
