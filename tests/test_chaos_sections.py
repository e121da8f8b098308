"""Poincare sections: crossings lie on their surface, at the times that exact orbits have."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.data import check
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.chaos import poincare_section
from ergodica.sims.dynamics.tables import from_equations
from ergodica.sims.loop import MemberWarning

TURN = 2 * np.pi


@pytest.mark.parametrize(("value", "direction"), [(0.0, "up"), (0.3, "up"), (-0.7, "down")])
def test_a_harmonic_oscillator_crosses_a_line_once_a_period(value, direction):
    ds = poincare_section(
        "harmonic-oscillator", component="x", value=value, direction=direction, crossings=40, rtol=1e-13
    )
    # x = cos t
    first = np.arccos(value) if direction == "down" else TURN - np.arccos(value)
    # the phase error of 40 periods at 1e-13 a step
    assert np.abs(ds.crossing_time - first - TURN * np.arange(40)).max() < 1e-10
    assert np.abs(ds.section.sel(component=0) - value).max() < 1e-15
    speed = np.sqrt(1 - value**2) * (1 if direction == "up" else -1)
    assert np.abs(ds.section.sel(component=1) - speed).max() < 1e-11


def test_both_directions_take_turns_and_a_start_on_the_surface_is_no_crossing():
    both = poincare_section(
        "harmonic-oscillator", component="p", value=0.0, direction="both", crossings=20, rtol=1e-13
    )
    # p = -sin t starts on the surface
    assert np.abs(both.crossing_time - np.pi * np.arange(1, 21)).max() < 1e-10
    for direction, first in (("up", np.pi), ("down", TURN)):
        one = poincare_section(
            "harmonic-oscillator", component="p", value=0.0, direction=direction, crossings=3, rtol=1e-13
        )
        assert one.crossing_time[0] == pytest.approx(first, abs=1e-10)


def test_a_planet_crosses_its_axis_once_a_year():
    ds = poincare_section("kepler", component="y", value=0.0, crossings=20, rtol=1e-13)
    # on an ellipse of eccentricity .6 an error of the energy is one of the year, three halves of it a year
    assert np.abs(np.diff(ds.crossing_time) - TURN).max() < 1e-9
    assert np.abs(ds.section[:, 1]).max() < 1e-15
    assert np.abs(ds.section[:, 0] - 0.4).max() < 1e-9


@pytest.mark.parametrize(
    ("system", "component", "value"),
    [("lorenz63", "z", 27.0), ("rossler", "x", 0.0), ("chua", "x", 0.5), ("thomas", "x", None)],
)
def test_crossings_lie_on_the_plane_to_round_off(system, component, value):
    ds = poincare_section(system, component=component, value=value, crossings=200)
    on = ds.section.values[:, list(ds.component_name.values).index(component)]
    # a few spacings of numbers of the size of the attractor
    assert np.ptp(on) <= 1e-14 * max(1.0, np.abs(ds.section).max())
    assert (np.diff(ds.crossing_time) > 0).all()


def test_maxima_have_no_slope():
    ds = poincare_section("lorenz63", component="z", maxima=True, crossings=300)
    x, y, z = ds.section.values.T
    # z' = x y - beta z, of which both parts are some 100
    assert np.abs(x * y - 8 / 3 * z).max() < 1e-12
    # and the return map of Lorenz has one cusp: it rises to it and falls from it
    before, after = z[:-1], z[1:]
    order = np.argsort(before)
    top = np.argmax(after[order])
    rise = np.diff(after[order])
    assert (rise[: top - 2] > -1e-2).all()
    assert (rise[top + 2 :] < 1e-2).all()


def test_the_band_of_rossler_returns_by_a_map_with_one_hump():
    ds = poincare_section("rossler", component="x", value=0.0, direction="up", crossings=600)
    y = -ds.section.values[:, 1]
    before, after = y[:-1], y[1:]
    order = np.argsort(before)
    curve = after[order]
    top = int(np.argmax(curve))
    assert 0.2 < top / len(curve) < 0.95
    # one-dimensional up to the sheets of the attractor, whose distance is e^(-5.4 * 6) of the band
    assert (np.diff(curve[:top]) > -0.02).all()
    assert (np.diff(curve[top:]) < 0.02).all()


def energy(x, y, px, py):
    return (px**2 + py**2) / 2 + (x**2 + y**2) / 2 + x**2 * y - y**3 / 3


def test_sections_of_henon_and_heiles_keep_the_energy_of_each_orbit():
    level = 1 / 12
    y = np.array([-0.2, 0.0, 0.2])
    px = np.sqrt(2 * level - y**2 + 2 * y**3 / 3 - 0.05**2)
    starts = np.stack([0 * y, y, px, 0 * y + 0.05], 1)
    ds = poincare_section("henon-heiles", component="x", value=0.0, crossings=60, initial=starts, rtol=1e-12)
    assert ds.section.dims == ("member", "crossing", "component")
    x, y, px, py = np.moveaxis(ds.section.values, -1, 0)
    # 1e-12 a step, some 2000 steps
    assert np.abs(energy(x, y, px, py) - level).max() < 1e-10
    assert (px > 0).all()


def test_members_are_those_of_single_runs_on_any_threads():
    starts = np.array([[0.0, -0.2, 0.4, 0.1], [0.0, 0.1, 0.3, 0.0]])
    options = {"component": "x", "value": 0.0, "crossings": 20}
    both = poincare_section("henon-heiles", initial=starts, threads=1, **options)
    two = poincare_section("henon-heiles", initial=starts, threads=2, **options)
    assert np.array_equal(both.section, two.section)
    for member, start in enumerate(starts):
        one = poincare_section("henon-heiles", initial=start, **options)
        assert np.array_equal(both.section[member], one.section)


@pytest.fixture(scope="module")
def forced():
    return from_equations({"x": "v", "v": "-x - .5*v + cos(2*t)"}, {}, initial={"x": 0.0, "v": 0.0})


def test_a_forced_system_is_seen_at_the_phase_and_the_times_of_its_forcing(forced):
    # 100.1 is no multiple: the first beat after it is the 32nd
    every = np.pi
    ds = poincare_section(forced, every=every, crossings=9, transient=100.1)
    beats = every * np.arange(32, 41) - 100.1
    assert np.abs(ds.crossing_time - beats).max() < 1e-11
    # x = Re(A e^2it), of which e^(-.25 * 100) of the start is left
    response = 1 / (1 - 4 + 1j)
    assert np.abs(ds.section - [response.real, (2j * response).real]).max() < 1e-9
    # at two beats in three turns the phase moves by 3/4 of a turn a beat, so that a shift by one would show
    ds = poincare_section(forced, every=0.75 * every, crossings=9, transient=100.1)
    t = 0.75 * every * np.arange(43, 52)
    assert np.abs(ds.crossing_time - (t - 100.1)).max() < 1e-11
    assert np.abs(ds.section[:, 0] - (response * np.exp(2j * t)).real).max() < 1e-9
    assert ds.ergodica.config["surface"].startswith("multiples")


def test_a_strobe_takes_the_tolerance_the_threads_and_the_end(forced):
    t = np.pi * np.arange(4)
    free = from_equations({"x": "v", "v": "-x"}, {}, initial={"x": 1.0, "v": 0.0})
    errors = []
    for rtol in (1e-4, 1e-12):
        ds = poincare_section(free, every=np.pi, crossings=50, transient=0.0, t_end=3.5 * np.pi, rtol=rtol)
        assert np.allclose(ds.crossing_time, t, atol=1e-12)
        errors.append(float(np.abs(ds.section[:, 0] - np.cos(t)).max()))
    # errors follow the tolerance of a step, of some tens of steps
    assert errors[1] < 1e-10 < 1e-7 < errors[0] < 1e-2
    starts = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    options = {"every": 1.0, "crossings": 5, "transient": 0.0, "initial": starts}
    one, two = (poincare_section(forced, threads=threads, **options) for threads in (1, 2))
    assert np.array_equal(one.section, two.section)
    with pytest.raises(RunError, match="no crossing"):
        poincare_section(free, every=np.pi, transient=0.1, t_end=1.0)


def test_without_a_component_the_first_is_taken():
    one = poincare_section("rossler", crossings=5)
    assert one.section.identical(poincare_section("rossler", component="x", crossings=5).section)


def test_a_hamiltonian_section_is_drawn_over_the_pair_beside_the_plane():
    from ergodica.data.pictures.section import usual

    starts = np.array([[0.0, -0.1, 0.4, 0.1], [0.0, 0.1, 0.4, 0.05]])
    for component, pair in (("x", [1, 3]), ("px", [1, 3]), ("py", [0, 2])):
        options = {"component": component, "value": 0.0, "direction": "both", "crossings": 20}
        ds = poincare_section("henon-heiles", initial=starts, **options)
        assert usual(ds.section, ds.section[0]) == pair
    ds = poincare_section("rossler", component="y", value=0.0, crossings=20)
    assert usual(ds.section, ds.section) == [0, 2]


def test_the_dataset_keeps_the_contract():
    ds = poincare_section("rossler", component="x", crossings=5)
    assert not list(check(ds))
    assert ds.section.attrs["ergodica_kind"] == "section"
    assert list(ds.component_name.values) == ["x", "y", "z"]


def test_an_orbit_that_stops_is_told_and_the_others_go_on():
    # the first falls into the well, the second is beyond the saddle and escapes in finite time
    starts = np.array([[0.0, 0.1, 0.3, 0.0], [0.0, 2.0, 0.1, 1.0]])
    with pytest.warns(MemberWarning, match=r"1 of 2 orbits stop, the first, of member 1, stops at t="):
        ds = poincare_section("henon-heiles", component="x", value=0.0, crossings=20, initial=starts)
    assert np.isfinite(ds.section[0]).all()
    assert np.isnan(ds.section[1, -1]).all()


@pytest.mark.parametrize(
    ("system", "arguments", "words"),
    [
        ("rosler", {"component": "x"}, "did you mean 'rossler'"),
        ("rossler", {"component": "w"}, "component: rossler has no 'w'"),
        ("henon", {"component": "x"}, "for flows, got the map henon"),
        ("mackey-glass", {"component": "x"}, "whose state is a function over its delay"),
        ("brownian", {"component": "x"}, "driven by noise"),
        ("rossler", {"component": "x", "direction": "sideways"}, "direction: up, down, both"),
        ("rossler", {"component": "x", "crossings": 0}, "crossings: a whole number of at least 1"),
        ("rossler", {"component": "x", "value": np.nan}, "value: a finite number, got nan"),
        ("rossler", {"component": "x", "value": "0"}, "value: a finite number, got '0'"),
        ("rossler", {"component": "x", "value": 0.0, "maxima": True}, "value: not with maxima"),
        ("rossler", {"component": "x", "transient": -1.0}, "transient: a finite number of at least 0"),
        ("rossler", {"component": "x", "rtol": 0.0}, "rtol: from 1e-14 to 0.01"),
        ("rossler", {"component": "x", "initial": [1.0]}, r"initial: finite, shape \(3,\)"),
        ("duffing", {"component": "x", "every": 1.0}, "every: instead of a surface"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(system, arguments, words):
    with pytest.raises(ParameterError, match=words) as caught:
        poincare_section(system, **arguments)
    assert "\n" not in str(caught.value)


def test_a_surface_that_is_never_met_and_an_orbit_that_escapes():
    with pytest.raises(RunError, match=r"no crossing of x = 100 within"):
        poincare_section("rossler", component="x", value=100.0, crossings=3)
    with pytest.raises(RunError, match=r"grows without bound|stops at t=|finite numbers at t="):
        poincare_section("henon-heiles", component="x", value=0.0, initial=[0.0, 2.0, 0.1, 1.0])
