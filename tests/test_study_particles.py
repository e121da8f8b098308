"""The studies of particles: what they say of runs whose truth is known."""

import json
import math

import numpy as np
import pytest
import xarray as xr

from ergodica import sims
from ergodica.numerics.geometry import Box
from ergodica.numerics.neighbours import pairs_within
from ergodica.scripts.studies import particle_endurance, particle_figures, phase_diagram, slab_coexistence


@pytest.fixture(scope="module")
def short_run() -> xr.Dataset:
    simulation = sims.ActiveBrownian(particles=64, packing_fraction=0.3, dt=2e-3)
    return simulation.run(t_end=2.0, snapshots=5, seed=1, record=("unwrapped",), threads=1)


def test_an_honest_run_loses_nothing(short_run):
    found = particle_endurance.endured(short_run)
    assert found["not_finite"] == found["outside"] == found["lost"] == 0
    assert found["heading_error"] < 1e-14  # one Newton step to the unit circle a step
    assert 0.5 < found["largest_speed"] < 2.0  # v0 = 1, and what neighbours push


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("position", math.nan, "not_finite"),
        ("position", -0.5, "outside"),
        ("unwrapped", 0.123, "lost"),
        ("heading", math.inf, "not_finite"),
    ],
)
def test_a_lost_particle_is_seen(short_run, name, value, count):
    harmed = short_run.copy(deep=True)
    harmed[name].values[2, 5, 0] = value
    assert particle_endurance.endured(harmed)[count] >= 1


def test_every_point_of_the_phase_diagram_is_in_its_file():
    assert set(phase_diagram.rows()) == set(phase_diagram.points())


def test_the_binodal_rises_with_activity_as_far_as_its_errors_tell():
    ds = phase_diagram.diagram(phase_diagram.rows())
    for phase, sign in (("gas", -1), ("liquid", 1)):
        density, error = (ds[f"{phase}_{what}"].values for what in ("density", "error"))
        seen = np.isfinite(density)
        assert seen.sum() >= 4
        step, spread = np.diff(density[seen]) * sign, np.hypot(error[seen][1:], error[seen][:-1])
        assert (step > -3 * spread).all()


def test_the_binodal_on_the_page_is_that_of_the_file_and_says_where_runs_are_not_steady():
    page = (phase_diagram.documents.ROOT / "docs" / "particles.md").read_text()
    ds = phase_diagram.diagram(phase_diagram.rows())
    told = 0
    for point, row in phase_diagram.rows().items():
        if point.particles == phase_diagram.PLANE or row["phases"] != 2:
            continue
        size = f", N = {point.particles}" if point.particles == phase_diagram.LARGE else ""
        mark = " †" if abs(row["drift"]) > 3 else ""
        numbers = (
            f"{row[f'{phase}_{what}']:.3f}"[1:]
            for phase in ("gas", "liquid")
            for what in ("density", "error")
        )
        assert "| {:g}{}{} | {} ± {} | {} ± {} |".format(point.peclet, size, mark, *numbers) in page
        if not size:
            assert bool(ds["unsteady"].sel(peclet=point.peclet)) is bool(mark)
        told += bool(mark)
    assert told == 3


def test_the_slab_on_the_page_is_that_of_the_file():
    page = (phase_diagram.documents.ROOT / "docs" / "particles.md").read_text()
    routes = json.loads(slab_coexistence.RESULT.read_text())["routes"]
    for route, times in (("profile", 2), ("areas", 1), ("cells", 2)):
        for phase in ("gas", "liquid"):
            said = "{:.3f} ± {:.3f}".format(*routes[route][phase]).replace("0.", ".")
            assert page.replace("\n", " ").count(said) >= times


def test_a_study_that_was_stopped_goes_on(tmp_path, monkeypatch):
    done = phase_diagram.rows()
    some = dict(list(done.items())[:5])
    monkeypatch.setattr(phase_diagram, "RESULT", tmp_path / "points.json")
    assert phase_diagram.rows() == {}
    phase_diagram.write(some)
    assert phase_diagram.rows() == some


def test_steady_and_drifting_series_are_told_apart():
    noise = np.random.default_rng(3).normal(size=800)
    error, drift = phase_diagram.steadiness(noise)
    assert error == pytest.approx(1 / math.sqrt(800), rel=0.8)  # from 8 blocks: known to a quarter
    assert abs(drift) < 5  # Student's t with few degrees of freedom
    assert phase_diagram.steadiness(noise + np.repeat([0.0, 1.0], 400))[1] > 5  # 1/(.1 sqrt(2/4)) = 14


def test_a_profile_of_known_plateaus_is_fitted():
    x = np.linspace(-39, 39, 40)
    truth = slab_coexistence.step(x, 0.13, 0.91, 19.0, 4.0)
    noisy = truth + 0.02 * np.random.default_rng(1).normal(size=(50, 40))
    gas, liquid, half, _ = slab_coexistence.by_profile(x, noisy)
    # 50 x 10 stripes or more in either plateau: .02/sqrt(500) = .001
    assert (gas, liquid) == (pytest.approx(0.13, abs=0.004), pytest.approx(0.91, abs=0.004))
    assert half == pytest.approx(19.0, abs=0.3)


@pytest.mark.parametrize(("phase", "fraction"), [("gas", 0.15), ("liquid", 0.9)])
def test_the_peak_of_areas_lies_at_the_density(phase, fraction):
    shape = slab_coexistence.AROUND[phase]
    mean = slab_coexistence.DISC / fraction
    areas = np.random.default_rng(2).gamma(shape, mean / shape, 20_000)
    # the peak of 20,000 areas spread by 1/sqrt(30) at most is known to better than 1 %
    assert slab_coexistence.peak(areas, areas, phase) == pytest.approx(fraction, rel=0.01)


def test_the_slab_is_a_lattice_without_overlaps_that_closes():
    length = math.sqrt(400 * slab_coexistence.DISC / 0.5)
    places = slab_coexistence.slab(400, length)
    assert (places >= 0).all()
    assert (places < length).all()
    pairs = pairs_within(places, 1.3, Box((length, length)))
    assert pairs.distances.min() > 0.999  # contacts at 1, stretched to close
    assert len(pairs.first) > 2.5 * 400  # six neighbours inside, fewer at the edges


def test_the_closed_form_begins_straight_and_ends_diffusive():
    v, rate, diffusion = (
        particle_figures.FREE[name] for name in ("speed", "rotational_diffusion", "temperature")
    )
    early, late = particle_figures.free_motion(np.array([1e-3, 1e6]))
    assert early == pytest.approx(4 * diffusion * 1e-3 + (v * 1e-3) ** 2, rel=1e-4)
    assert late / (4 * 1e6) == pytest.approx(diffusion + v**2 / (2 * rate), rel=1e-4)


def test_the_billion_steps_of_the_file_lost_nothing():
    row = json.loads(particle_endurance.RESULT.read_text())
    assert row["particle_steps"] >= 1e9
    assert row["not_finite"] == row["outside"] == row["lost"] == 0
