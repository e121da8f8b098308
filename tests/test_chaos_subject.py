"""What is measured: a Flow's own parameters and initial point, and points given by component."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos.subject import first_points, start_of, subject

POINT = [0.0, 0.1, 0.05, 0.0]


def test_a_flow_keeps_its_initial_point():
    own = sims.Flow(system="henon-heiles", initial=POINT)
    options = {"t_end": 50.0, "transient": 0.0}
    found = sims.lyapunov_spectrum(own, **options)
    assert np.array_equal(
        found.exponent, sims.lyapunov_spectrum("henon-heiles", initial=POINT, **options).exponent
    )
    assert not np.array_equal(found.exponent, sims.lyapunov_spectrum("henon-heiles", **options).exponent)
    # the argument wins
    assert list(start_of(subject(own), [1.0, 2.0, 3.0, 4.0])) == [1.0, 2.0, 3.0, 4.0]


def test_points_by_component_keep_the_others():
    assert (
        list(start_of(subject("henon-heiles"), dict(zip(("x", "y", "px", "py"), POINT, strict=True))))
        == POINT
    )
    own = subject(sims.Flow(system="henon-heiles", initial=POINT))
    assert list(start_of(own, {"px": 0.2})) == [0.0, 0.1, 0.2, 0.0]
    expression = subject(sims.Flow(system="lorenz63", initial={"x": "2*rho"}), {"rho": 20.0})
    assert start_of(expression)[0] == 40.0


def test_every_function_takes_points_by_component():
    start = {"x": 0.2, "y": 0.1}
    given, plain = (
        sims.bifurcation_diagram(
            "henon", parameter="a", values=[1.2, 1.4], points=5, transient=0, initial=one
        )
        for one in (start, [0.2, 0.1])
    )
    assert np.array_equal(given.bifurcation, plain.bifurcation)
    assert np.array_equal(given.bifurcation[:, 0], [0.2, 0.2])
    ds = sims.finite_time_exponents("henon", windows=2, transient=0, initial=start)
    assert ds.equals(sims.finite_time_exponents("henon", windows=2, transient=0, initial=[0.2, 0.1]))


def test_points_of_a_flow_are_those_of_a_section():
    starts = np.array([[0.0, -0.2, 0.4, 0.1], [0.0, 0.1, 0.3, 0.0]])
    own = sims.Flow(system="henon-heiles", initial=starts)
    ds = sims.poincare_section(own, component="x", value=0.0, crossings=5)
    given = sims.poincare_section("henon-heiles", component="x", value=0.0, crossings=5, initial=starts)
    assert np.array_equal(ds.section, given.section)
    assert np.array_equal(first_points(subject(own), None, 2, np.ones(4), 0), starts)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"system": "lorenz63", "parameters": {"rho": [20, 28]}}, "one number for rho, got 2 of the Flow"),
        ({"system": "lorenz63", "spread": 0.1}, "system: without spread, got 0.1"),
        ({"system": "mackey-glass", "initial": {"x": "1 + sin(t)"}}, "a past; give numbers"),
        ({"system": "lorenz63", "initial": np.ones((4, 3))}, r"initial: finite, shape \(3,\) or \(1, 3\)"),
    ],
)
def test_what_one_orbit_has_not_is_refused(fields, words):
    with pytest.raises(ParameterError, match=words) as caught:
        sims.lyapunov_spectrum(sims.Flow(**fields))
    assert "\n" not in str(caught.value)


def test_a_number_in_place_of_one_a_member_is_enough():
    own = sims.Flow(system="lorenz63", parameters={"rho": [20, 28]})
    assert subject(own, {"rho": 24.0}).values["rho"] == 24.0


@pytest.mark.parametrize(
    ("initial", "words"),
    [
        ({"w": 1.0}, "lorenz63 has no component 'w'; known: x, y, z"),
        ({"x": np.nan}, "initial.x"),
        ([1.0, np.inf, 0.0], "initial: finite"),
        ("here", "numbers or values by component, got str"),
    ],
)
def test_points_that_cannot_be_are_refused(initial, words):
    with pytest.raises(ParameterError, match=words):
        sims.covariant_vectors("lorenz63", initial=initial)


@pytest.mark.parametrize(
    ("initial", "words"),
    [
        ([1, np.nan, 2], r"initial: finite, got nan for y; give"),
        ([[1, 1, 1], [1, 1, -np.inf]], r"initial: finite, got -inf for z of member 1; give"),
        ([1, 2], r"initial: finite, shape \(3,\) or \(members, 3\), got \(2,\)"),
    ],
)
def test_a_value_that_is_not_finite_is_named_with_its_place(initial, words):
    with pytest.raises(ParameterError, match=words):
        sims.lyapunov_spectrum("lorenz63", initial=initial)


def test_a_value_of_a_diagram_that_is_not_finite_is_named_with_its_place():
    with pytest.raises(
        ParameterError, match=r"values: finite numbers, got nan at place 1 of 2; leave it out"
    ):
        sims.bifurcation_diagram("logistic", parameter="r", values=[1.0, np.nan])
