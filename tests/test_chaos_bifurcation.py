"""Bifurcation diagrams: cycles of the logistic map in closed form, and flows whose amplitude is known."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.data import check
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.chaos import bifurcation_diagram
from ergodica.sims.chaos.cycles import distinct_points
from ergodica.sims.dynamics.tables import from_equations
from ergodica.sims.loop import MemberWarning

SUPERSTABLE = [2.0, 1 + np.sqrt(5), 3.4985616993277016, 3.5546408627688]
"""Where 1/2 is on the cycle of 1, 2, 4, 8 points: r = 2, 1 + sqrt 5, and roots of f^4 and f^8 of 1/2 - 1/2."""


def logistic(values, **options):
    return bifurcation_diagram("logistic", parameter="r", values=values, **options)


def test_cycles_of_the_logistic_map_double():
    ds = logistic([2.8, 3.2, 3.5, 3.55, 3.566, 3.83, 3.9])
    assert list(ds.distinct_points) == [1, 2, 4, 8, 16, 3, 0]
    assert np.isnan(ds.stopped_at).all()


def test_superstable_cycles_hold_the_maximum():
    ds = logistic(SUPERSTABLE)
    assert list(ds.distinct_points) == [1, 2, 4, 8]
    # near them the cycle moves by some 100 (r - r0), and r0 is given to 1e-13
    assert (np.abs(ds.bifurcation - 0.5).min("point") < 1e-10).all()


@pytest.mark.parametrize(("doubling", "before"), [(3.0, 1), (1 + np.sqrt(6), 2)])
def test_the_first_doublings_are_where_they_are(doubling, before):
    # multipliers differ from -1 by some 10 (r - r0) at most, so that 20,000 iterations settle to 1e-8
    ds = logistic([doubling - 1e-3, doubling + 1e-3], transient=20_000)
    assert list(ds.distinct_points) == [before, 2 * before]


def test_points_of_the_two_cycle_have_their_closed_form():
    r = np.linspace(3.05, 3.4, 29)
    ds = logistic(r, points=6)
    root = np.sqrt((r - 3) * (r + 1))
    exact = np.stack([r + 1 - root, r + 1 + root], 1) / (2 * r)[:, None]
    assert np.allclose(np.sort(ds.bifurcation.values, 1)[:, [0, -1]], exact, atol=1e-12)
    assert ds.bifurcation.dims == ("r", "point")
    assert np.array_equal(ds.r, r)


def test_values_that_diverge_are_told_and_the_others_go_on():
    with pytest.warns(
        MemberWarning, match=r"2 of 4 orbits leave the finite numbers, the first that of r=4.1"
    ):
        ds = logistic([3.2, 3.9, 4.1, 4.2])
    assert np.isnan(ds.bifurcation[2:]).all()
    assert np.isfinite(ds.bifurcation[:2]).all()
    assert np.isfinite(ds.stopped_at[2:]).all()
    assert np.isnan(ds.stopped_at[:2]).all()
    x, n = 0.51, 0
    while np.isfinite(x):
        with np.errstate(over="ignore"):
            x, n = np.float64(4.1) * x * (1 - x), n + 1
    assert ds.stopped_at[2] == n - 1
    with pytest.raises(RunError, match="every orbit leaves the finite numbers"):
        logistic([4.1, 4.2])


def test_a_value_does_not_depend_on_its_neighbours_or_on_threads():
    values = np.linspace(3.4, 4.0, 61)
    both = [logistic(values, points=30, threads=threads) for threads in (1, 2)]
    assert np.array_equal(*[one.bifurcation for one in both])
    assert np.array_equal(logistic(values[40:41], points=30).bifurcation[0], both[0].bifurcation[40])


def test_a_hopf_bifurcation_has_the_amplitude_of_its_normal_form():
    own = from_equations(
        {"x": "mu*x - w*y - x*(x**2 + y**2)", "y": "w*x + mu*y - y*(x**2 + y**2)"},
        {"mu": 0.1, "w": 2.0},
        initial={"x": 0.3, "y": 0.1},
    )
    mu = np.array([-0.5, -0.3, 0.1, 0.25, 0.49])
    ds = bifurcation_diagram(own, parameter="mu", values=mu, points=5, transient=400.0)
    # r = sqrt(mu), circular; below zero the origin is where it rests
    assert np.allclose(ds.bifurcation[2:], np.sqrt(mu[2:, None]), atol=1e-9)
    assert np.allclose(ds.bifurcation[:2, 0], 0.0, atol=1e-9)
    assert list(ds.distinct_points) == [1, 1, 1, 1, 1]
    crossed = bifurcation_diagram(
        own, parameter="mu", values=mu[2:], component="y", points=5, plane=("x", 0.0), direction="down"
    )
    # turning to the left, x falls where y is above zero
    assert np.allclose(crossed.bifurcation, np.sqrt(mu[2:, None]), atol=1e-7)


def test_maxima_of_rossler_double():
    # Rossler 1976 with a = b = .2: cycles of 1, 2, 4 turns before the chaos of c = 5.7
    ds = bifurcation_diagram(
        "rossler", parameter="c", values=[2.6, 3.5, 4.0, 5.7], points=60, transient=1000.0
    )
    assert list(ds.distinct_points) == [1, 2, 4, 0]
    assert (ds.bifurcation > 0).all()


def test_a_forced_oscillator_at_the_beat_of_its_forcing():
    omega = np.array([0.5, 2.0])
    ds = bifurcation_diagram(
        from_equations(
            {"x": "v", "v": "-x - .5*v + cos(omega*t)"}, {"omega": 1.0}, initial={"x": 0.0, "v": 0.0}
        ),
        parameter="omega",
        values=omega,
        every=2 * np.pi / omega,
        points=4,
        transient=200.0,
    )
    # x(n T) = Re of the response at phase 0; e^(-.25 * 200) of the start is left
    response = 1 / (1 - omega**2 + 0.5j * omega)
    assert np.allclose(ds.bifurcation, response.real[:, None], atol=1e-7)
    assert list(ds.distinct_points) == [1, 1]


def test_the_dataset_keeps_the_contract():
    ds = bifurcation_diagram("henon", parameter="a", values=[1.4, 1.2, 1.0], component="y", points=10)
    assert not list(check(ds))
    assert ds.bifurcation.attrs["ergodica_kind"] == "bifurcation"
    assert ds.a.attrs["long_name"] == "strength of the folding"
    assert ds.ergodica.config["component"] == "y"


def test_lengths_of_cycles():
    n = np.arange(40)
    rows = [n % 3, n % 7, n * 0, n, np.where(n < 1, 1.0, np.nan), np.where(n < 6, n % 2, np.nan), n * np.nan]
    assert list(distinct_points(np.array(rows, float)[..., None])) == [3, 7, 1, 0, 1, 2, 0]


@pytest.mark.parametrize(
    ("system", "arguments", "words"),
    [
        ("logistc", {"parameter": "r", "values": [3.0]}, "did you mean 'logistic'"),
        ("logistic", {"parameter": "q", "values": [3.0]}, "has no 'q'"),
        ("logistic", {"parameter": "r", "values": []}, "values: finite numbers along one axis"),
        ("logistic", {"parameter": "r", "values": [3.0, np.nan]}, "values: finite"),
        ("logistic", {"parameter": "r", "values": [3.0, 3.2, 3.1]}, "strictly rising or falling"),
        ("logistic", {"parameter": "r", "values": [3.0], "component": "z"}, "component: logistic has no 'z'"),
        ("logistic", {"parameter": "r", "values": [3.0], "points": 0}, "points: a whole number"),
        ("logistic", {"parameter": "r", "values": [3.0], "transient": 0.5}, "whole number of iterations"),
        ("logistic", {"parameter": "r", "values": [3.0], "every": 1.0}, "every: for flows"),
        ("logistic", {"parameter": "r", "values": [3.0], "initial": [1, 2]}, "initial: finite, shape"),
        ("duffing", {"parameter": "gamma", "values": [0.1], "every": [1.0, 2.0]}, "one for each of 1 values"),
        (
            "duffing",
            {"parameter": "gamma", "values": [0.1], "plane": "x"},
            "plane: a component and its value",
        ),
        (
            "duffing",
            {"parameter": "gamma", "values": [0.1], "plane": ("x", 0.0), "every": 1.0},
            "every: instead of a surface",
        ),
        ("kuramoto", {"parameter": "n", "values": [8, 9]}, "leaves the number of components"),
        ("mackey-glass", {"parameter": "beta", "values": [0.1]}, "function over its delay"),
        ("white-noise", {"parameter": "sigma", "values": [0.1]}, "noise"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(system, arguments, words):
    with pytest.raises(ParameterError, match=words) as caught:
        bifurcation_diagram(system, **arguments)
    assert "\n" not in str(caught.value)
