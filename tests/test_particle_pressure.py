"""Pressures: a lattice, the derivative of the energy by the volume, free active particles, an active gas."""

from __future__ import annotations

import numpy as np
import pytest
from particle_sets import independent, run, triangular

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.neighbours import pairs_within


def spring(r):
    return 3.0 * np.maximum(1.2 - r, 0.0)


def test_a_lattice_has_three_bonds_a_particle():
    x, box = triangular(8, 8)
    found = est.virial_pressure(run(x, box), force=spring, radius=1.2)
    exact = 3 * 64 * 1.0 * spring(1.0) / (2 * np.prod(box))
    np.testing.assert_allclose(found, exact, rtol=1e-12)
    assert "3.0 * np.maximum" in found.attrs["method"]


@pytest.mark.parametrize("d", [2, 3])
def test_the_virial_is_the_slope_of_the_energy_over_the_volume(d):
    box = np.array([6.0, 5.0, 4.0])[:d]
    x = independent(1, 150, box, seed=d)[0]

    def energy(scale):
        r = pairs_within(x * scale, 1.2, box * scale).distances
        return 1.5 * (np.maximum(1.2 - r, 0.0) ** 2).sum()

    h = 1e-5
    volume = np.prod(box)
    slope = (energy(1 + h) - energy(1 - h)) / (volume * ((1 + h) ** d - (1 - h) ** d))
    found = est.virial_pressure(run(x, box), force=spring, radius=1.2)
    # central differences of a piecewise parabola: h times the share of pairs at the cut-off, and 1e-16/h
    np.testing.assert_allclose(found, -slope, rtol=1e-4)


@pytest.mark.parametrize("d", [2, 3])
def test_free_active_particles_have_the_ideal_pressure(d):
    box = np.array([6.0, 5.0, 4.0])[:d]
    rng = np.random.default_rng(d)
    x = independent(3, 50, box, seed=d)
    heading = rng.normal(size=x.shape)
    heading /= np.linalg.norm(heading, axis=-1, keepdims=True)
    ds = run(x, box, heading=heading, drift=1.5 * heading).assign(
        propulsion_speed=1.5, heading_diffusion=0.25
    )
    exact = 50 * 1.5**2 / (d * (d - 1) * 0.25 * np.prod(box))
    np.testing.assert_allclose(est.active_pressure(ds), exact, rtol=1e-12)
    given = ds.drop_vars(["propulsion_speed", "heading_diffusion"])
    found = est.active_pressure(given, speed=1.5, persistence=1 / ((d - 1) * 0.25))
    np.testing.assert_allclose(found, exact, rtol=1e-12)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("diffusion", [None, 0.25])
def test_tumbles_end_the_persistence_of_headings(d, diffusion):
    box = np.array([6.0, 5.0, 4.0])[:d]
    rng = np.random.default_rng(d)
    x = independent(2, 40, box, seed=d)
    heading = rng.normal(size=x.shape)
    heading /= np.linalg.norm(heading, axis=-1, keepdims=True)
    ds = run(x, box, heading=heading, drift=1.5 * heading).assign(propulsion_speed=1.5, tumbling=0.4)
    if diffusion is not None:
        ds = ds.assign(heading_diffusion=diffusion)
    rate = 0.4 + (d - 1) * (diffusion or 0.0)
    exact = 40 * 1.5**2 / (d * rate * np.prod(box))
    np.testing.assert_allclose(est.active_pressure(ds), exact, rtol=1e-12)


def test_a_run_and_tumble_dataset_has_the_ideal_pressure():
    from ergodica import sims

    simulation = sims.RunAndTumble(
        particles=20, packing_fraction=0.1, tumbling_rate=0.5, stiffness=0.0, temperature=0.0
    )
    ds = simulation.run(t_end=0.1, snapshots=2, record=("drift",), progress=False)
    v0, area = float(ds.propulsion_speed), float(ds.box.prod())
    # without forces drift is v0 times the heading, and its persistence time 1/0.5
    exact = 20 * v0**2 / 0.5 / (2 * area)
    np.testing.assert_allclose(est.active_pressure(ds), exact, rtol=1e-10)


def test_propulsions_of_variance_one_have_the_ideal_pressure():
    x = independent(20, 500, [6.0, 5.0], seed=1)
    g = np.random.default_rng(2).normal(size=x.shape)
    ds = run(x, [6.0, 5.0], propulsion=g, drift=0.3 * g).assign(propulsion_speed=0.3, propulsion_rate=0.1)
    # 20,000 squares, each of relative variance 2
    mean = float(est.active_pressure(ds).mean()) / (500 * 0.3**2 / 0.1 / 30)
    assert abs(mean - 1) < 4 * np.sqrt(2 / 20_000)


def test_what_cannot_be_is_refused():
    ds = run(independent(1, 10, [4.0, 4.0], seed=0), 4.0)
    for call, words in (
        (lambda: est.virial_pressure(ds, force=spring, radius=2.5), "at most half"),
        (lambda: est.virial_pressure(ds, force=lambda r: 1.0, radius=2.0), "a number for each"),
        (lambda: est.virial_pressure(ds, force=3.0, radius=2.0), "a function of distances"),
        (lambda: est.virial_pressure(ds.drop_vars("box"), force=spring, radius=2.0), "must be periodic"),
        (lambda: est.active_pressure(ds), "must hold heading"),
        (
            lambda: est.active_pressure(ds.assign(heading=ds.position)),
            r'must hold drift.*record=\("drift",\)',
        ),
        (
            lambda: est.active_pressure(ds.assign(heading=ds.position, drift=ds.position)),
            "speed: must be given",
        ),
        (
            lambda: est.active_pressure(ds.assign(heading=ds.position, drift=ds.position), speed=1.0),
            "persistence: must be given where heading_diffusion or tumbling",
        ),
        (
            lambda: est.active_pressure(
                ds.assign(heading=ds.position, drift=ds.position, heading_diffusion=0.0), speed=1.0
            ),
            "persistence: must be finite",
        ),
    ):
        with pytest.raises(ParameterError, match=words):
            call()
