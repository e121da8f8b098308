"""Vicsek's model against plain Python, closed forms and its known states."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.neighbours import neighbours_within

SMALL = {"particles": 300, "box": 10.0}


@pytest.mark.parametrize("d", [2, 3])
def test_without_noise_each_takes_the_mean_heading_of_those_within_the_radius(d):
    one = sims.Vicsek(particles=300, dimensions=d, box=10.0 if d == 2 else 7.0, noise=0.0, speed=0.4)
    ds = one.run(t_end=6, snapshots=7, seed=1, record="unwrapped", threads=1)
    x, h = ds.unwrapped[0].values, ds.heading[0].values
    for step in range(1, 7):
        found = neighbours_within(one.region.wrap(x), 1.0, one.region)
        total = h.copy()
        np.add.at(total, found.owners, h[found.indices])
        h = total / np.linalg.norm(total, axis=1, keepdims=True)
        x = x + 0.4 * h
        np.testing.assert_allclose(ds.heading[step], h, atol=1e-10)
        np.testing.assert_allclose(ds.unwrapped[step], x, atol=1e-10)


@pytest.mark.parametrize("noise", [0.3, 0.7])
@pytest.mark.parametrize("d", [2, 3])
def test_angular_noise_has_the_mean_cosine_of_its_cap(d, noise):
    """sin(eta pi)/(eta pi) in the plane, 1 - eta in space, whatever the neighbours where all are aligned."""
    one = sims.Vicsek(
        particles=20_000, dimensions=d, box=100.0 if d == 2 else 20.0, noise=noise, initial="aligned"
    )
    cosine = one.run(t_end=1, snapshots=2, seed=2, threads=1).heading[1, :, 0].values
    truth = np.sinc(noise) if d == 2 else 1 - noise
    # five standard errors
    assert cosine.mean() == pytest.approx(truth, abs=5 * cosine.std() / np.sqrt(20_000))


def test_a_lone_particle_with_vectorial_noise_has_the_closed_form():
    """h + eta xi over its length: <cos> = (1/2pi) int (1 + eta cos a)/|...| da, by quadrature."""
    one = sims.Vicsek(particles=20_000, box=4000.0, noise=0.6, noise_kind="vectorial", initial="aligned")
    cosine = one.run(t_end=1, snapshots=2, seed=3, threads=1).heading[1, :, 0].values
    a = (np.arange(4096) + 0.5) / 4096 * 2 * np.pi
    truth = ((1 + 0.6 * np.cos(a)) / np.hypot(1 + 0.6 * np.cos(a), 0.6 * np.sin(a))).mean()
    assert cosine.mean() == pytest.approx(truth, abs=5 * cosine.std() / np.sqrt(20_000))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_is_there_below_the_onset_and_not_above(seed):
    low, high = (
        sims.Vicsek(particles=1024, box=22.6, noise=noise, initial="aligned").run(
            t_end=200, snapshots=51, seed=seed, threads=1
        )
        for noise in (0.2, 0.8)
    )
    assert float(low.order_parameter[25:].mean()) > 0.8
    # sqrt(pi/(4 N)) = .03 for independent headings, and some correlation
    assert float(high.order_parameter[25:].mean()) < 0.1


def test_resumed_runs_and_members_repeat_the_bits(tmp_path):
    one, out = sims.Vicsek(**SMALL), tmp_path / "flock.nc"
    one.run(t_end=10, snapshots=6, seed=4, out=out, threads=1)
    extended = one.run(t_end=20, snapshots=11, seed=4, out=out, resume=True, threads=1)
    member = one.run(t_end=20, snapshots=11, seed=4, members=2, threads=1).isel(member=0)
    for name in ("position", "heading", "order_parameter"):
        np.testing.assert_array_equal(extended[name].values, member[name].values)
    assert sims.from_dataset(extended) == one
    last = extended.isel(t=-1)
    further = sims.Vicsek(**SMALL, initial=last).run(t_end=1, snapshots=2, threads=1)
    np.testing.assert_array_equal(further.position[0], last.position)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"particles": 0}, "particles: must be greater"),
        (
            {"box": 1.5},
            "alignment_radius: must reach at most half .* use box=2 or more, or a smaller alignment_radius",
        ),
        ({"noise": 1.5}, "noise: "),
        ({"noise_kind": "angle"}, "noise_kind: "),
        ({"initial": "alined"}, "initial: 'alined' is not known; did you mean 'aligned'"),
        ({"initial": np.zeros((2, 2, 2)), "particles": 2}, "initial: headings must be unit vectors"),
    ],
)
def test_parameters_that_cannot_work_are_refused(changes, words):
    with pytest.raises(ParameterError, match=words) as caught:
        sims.Vicsek(**changes)
    assert "\n" not in str(caught.value)


def test_time_counts_whole_steps():
    with pytest.raises(ParameterError, match="snapshots: must divide t_end into whole steps"):
        sims.Vicsek(**SMALL).run(t_end=1.5, snapshots=2)
