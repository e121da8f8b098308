"""What active matter cannot do is refused in one line that says why, and where."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError

CLOSE = np.stack([np.array([[5.0, 5.0], [5.0, 5.5], [1.0, 1.0]]), np.tile([1.0, 0.0], (3, 1))], axis=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"particles": 0}, "particles: must be greater than or equal to 1"),
        ({"dimensions": 4}, "dimensions: "),
        ({"dimensions": 1}, "dimensions: must be 2 or 3"),
        ({"pair_force": "harmonc"}, "pair_force: 'harmonc' is not known; did you mean 'harmonic'"),
        (
            {"packing_fraction": 0.95, "pair_force": "wca"},
            "packing_fraction: the particles must fit, at most 0.9069",
        ),
        ({"packing_fraction": 20.0}, "packing_fraction: the particles must fit, at most 8"),
        ({"packing_fraction": 0.5, "box": 10.0}, "packing_fraction: must not be given beside box"),
        ({"particles": 3, "box": 1.5}, "pair_force: must reach at most half of the periodic box"),
        ({"box": 20.0, "trap": 1.0}, "trap: must be 0 in a periodic box"),
        ({"box": 10.0, "trap": [0.0, 1.0]}, "trap: must be 0 in a periodic box"),  # too small as well
        ({"stiffness": 1e4, "dt": 1e-3}, "dt: must be at most 3.33e-05 for the stiffness"),
        ({"pair_force": "none", "trap": 500.0, "dt": 0.01}, "dt: must be at most 0.004"),
        ({"dt": 0.0}, "dt: "),
        ({"temperature": -1.0}, "temperature: "),
        ({"speed": float("nan")}, "speed: "),
        (
            {"initial": "latice", "packing_fraction": 0.5},
            "initial: 'latice' is not known; did you mean 'lattice'",
        ),
        ({"initial": CLOSE[:2], "particles": 3}, "initial: must have shape"),
        ({"initial": CLOSE * 2, "particles": 3}, "initial: headings must be unit vectors"),
        (
            {"initial": CLOSE, "particles": 3, "pair_force": "wca", "stiffness": 0.1, "dt": 1e-4},
            "initial: particles must lie at least 0.8 apart for wca, got 0.5 between 0 and 1",
        ),
        (
            {"initial": "clustered", "packing_fraction": 0.9, "particles": 500},
            "initial: the cluster must fit into the box",
        ),
    ],
)
def test_parameters_that_cannot_work_are_refused(changes, words):
    with pytest.raises(ParameterError, match=words) as caught:
        sims.ActiveBrownian(**changes)
    assert "\n" not in str(caught.value)


def test_hard_particles_start_apart_at_any_fraction_that_fits():
    """In space .73 is just below the densest packing of .74, and far above what random places reach unpushed."""
    one = sims.Brownian(
        particles=100,
        dimensions=3,
        packing_fraction=0.73,
        pair_force="wca",
        stiffness=0.01,
        temperature=0.01,
        dt=1e-3,
    )
    ds = one.run(t_end=0.01, snapshots=2, threads=1)
    assert np.isfinite(ds.position).all()


def test_members_must_agree_and_may_differ():
    one = sims.ActiveOU(particles=20, pair_force="none", trap=0.1, speed=[0.1, 0.2], temperature=[0.0, 0.1])
    with pytest.raises(ParameterError, match="members: must equal the 2 values of"):
        one.run(t_end=1.0, snapshots=2, members=3)
    ds = one.run(t_end=1.0, snapshots=2, members=2, threads=1)
    np.testing.assert_array_equal(ds.position_diffusion, [0.0, 0.1])
    alone = sims.ActiveOU(particles=20, pair_force="none", trap=0.1, speed=0.1, temperature=0.0)
    np.testing.assert_array_equal(alone.run(t_end=1.0, snapshots=2, threads=1).position, ds.position[0])


@pytest.mark.parametrize("start", ["random", "lattice", "clustered"])
@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 37, 400])
def test_starts_have_every_particle_in_the_box_and_hardly_overlap(start, d, count):
    one = sims.Brownian(particles=count, dimensions=d, box={1: 2000.0, 2: 40.0, 3: 16.0}[d], initial=start)
    from ergodica.sims.particles.starts import closest
    from ergodica.sims.simulation import Draw

    places = one.initial_state([Draw(seed=4, member=0)])["position"][0]
    assert places.shape == (count, d)
    assert ((places >= 0) & (places < one.box_length)).all()
    assert closest(places, 1.0, one.region)[0] > 0.9
