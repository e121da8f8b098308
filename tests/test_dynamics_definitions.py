"""Definitions: read without compiling anything, immutable, and refused with one line where they cannot work."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.latex import equations
from ergodica.sims.dynamics.tables import definition_of, from_equations

LORENZ = {"x": "sigma*(y - x)", "y": "x*(rho - z) - y", "z": "x*y - beta*z"}
VALUES = {"sigma": 10.0, "rho": (28.0, "Rayleigh number"), "beta": "8/3"}
EVERY = [(kind, name) for kind in ("flow", "map") for name in definitions(kind)]  # type: ignore[arg-type]


def lorenz(**more):
    return from_equations(LORENZ, VALUES, **more)


def test_reading_a_system_imports_no_compiler():
    program = """
import sys
from ergodica.sims.dynamics.catalogue import definitions
flows = definitions("flow")
assert not flows._read
flows["lorenz63"].initial_point()
print([m for m in ("sympy", "numba", "xarray", "pandas", "matplotlib", "torch") if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_definition_of_the_catalogue_is_complete(kind, name):
    definition = definitions(kind)[name]
    assert definition.name == name
    assert definition.title
    assert definition.about
    assert definition.reference
    assert all(p.meaning for p in definition.parameters.values())
    assert definition.initial_point().shape == (definition.size(),) == (len(definition.components()),)
    assert definition_of(definition.table(), name, kind) == definition
    assert pickle.loads(pickle.dumps(definition)) == definition


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_equation_is_understood_by_matplotlib(kind, name):
    from matplotlib.mathtext import MathTextParser

    for line in equations(definitions(kind)[name]):
        MathTextParser("path").parse(f"${line}$")


def test_equations_keep_their_order_and_names_in_latex():
    assert equations(lorenz())[:2] == [
        r"\dot{x} = \sigma \left(y - x\right)",
        r"\dot{y} = x \left(\rho - z\right) - y",
    ]


def test_aliases_lead_to_their_system_and_typos_to_the_nearest_name():
    flows = definitions("flow")
    assert flows["Lorenz"] is flows["lorenz63"]
    with pytest.raises(ParameterError, match="'lorenz64' is no flow of the catalogue; did you mean 'lorenz"):
        flows["lorenz64"]
    assert "lorenz64" not in flows
    assert flows.get("lorenz64") is None


def test_values_vector_and_initial_point_follow_the_parameters():
    definition = from_equations({"x[i]": "F - x[i]"}, {"F": 8}, {"x[i]": "F + sin(2*pi*i/n)"}, sites={"n": 4})
    assert definition.size({"n": 7}) == 7
    assert definition.components({"n": 2}) == ("x[0]", "x[1]")
    assert np.allclose(definition.initial_point({"F": 1}), [1, 2, 1, 0])
    assert definition.vector({"F": "1/4"}).tolist() == [4.0, 0.25]


def test_a_definition_cannot_be_changed():
    definition = lorenz()
    with pytest.raises(TypeError):
        definition.parameters["sigma"] = None
    with pytest.raises(AttributeError):
        definition.name = "other"


WRONG = [
    ({"x": "sgima*x"}, {"sigma": 1}, {}, "equations.x: 'sgima' is not known; did you mean 'sigma'"),
    ({"x": "sinn(x)"}, {}, {}, "'sinn' is no function of an expression; did you mean 'sin'"),
    ({"x": "x +"}, {}, {}, "must be an expression such as"),
    ({"x": "__import__('os')"}, {}, {}, "equations.x"),
    ({"x": "x.real"}, {}, {}, "equations.x: may hold numbers"),
    ({"x": "[x]"}, {}, {}, "equations.x: may hold numbers"),
    ({"x": "True*x"}, {}, {}, "equations.x: may hold numbers"),
    ({"x": "x > 0"}, {}, {}, "comparisons inside where"),
    ({"x": "where(x, 1, 2)"}, {}, {}, "first argument of where must be a comparison"),
    ({"x": "arctan2(x)"}, {}, {}, "arctan2 takes 2 arguments"),
    ({"x": "1e999*x"}, {}, {}, "numbers must be finite"),
    ({"x": "-" * 200 + "x"}, {}, {}, "nest at most"),
    ({"x": "x"}, {"x": 1}, {}, "names must differ, got 'x' twice"),
    ({"x": "x"}, {"a": 1}, {}, "a: must occur in an expression"),
    ({"t": "t"}, {}, {}, "'t' has a meaning of its own"),
    ({"sin": "1"}, {}, {}, "'sin' has a meaning of its own"),
    ({"lambda": "1"}, {}, {}, "'lambda' is a reserved word of Python"),
    ({"x": "a*x"}, {"a": "1/0"}, {}, "parameters.a: must be a finite number"),
    ({"x": "a*x"}, {"a": None}, {}, "parameters.a: must be a number"),
    ({"x": "a*x"}, {"a": "b"}, {}, "parameters.a: 'b' is not known"),
    ({"x": "lag(x, tau)"}, {}, {}, "lag: 'tau' is no parameter"),
    ({"x": "lag(y, tau)"}, {"tau": 1}, {}, "lag: 'y' is no component"),
    ({"x": "lag(x, 2)"}, {}, {}, "lag takes lag"),
    ({"x": "x"}, {}, {"initial": {"y": 1}}, "initial.y: is no component"),
    ({"x": "x[i]"}, {}, {}, "'x' has no sites"),
    ({"x[i]": "-x[i]"}, {}, {}, r"equations.x\[i\]: a component at each site needs \[sites\]"),
    ({"x[i]": "-x"}, {}, {"sites": {"n": 4}}, r"got none named; write x\[i\]"),
    ({"x[i]": "-x[2*i]"}, {}, {"sites": {"n": 4}}, "sites are written"),
    ({"x[i]": "-x[j]"}, {}, {"sites": {"n": 4}}, "the site 'j' is not known"),
    ({"x[i]": "sum(j, sum(k, x[k]))"}, {}, {"sites": {"n": 4}}, "a sum inside a sum"),
    ({"x[i]": "x[i+3] - x[i-1]"}, {}, {"sites": {"n": 3}}, "whole number of sites from 5"),
    ({"x": "sum(j, x)"}, {}, {}, "sum goes over"),
    ({"x": "-x"}, {}, {"noise": {"y": "1"}}, "noise.y: is no component"),
    ({"x": "-x"}, {}, {"class": "forced"}, "class: must be 'dissipative' by what the equations hold"),
    ({"x": "-x*t"}, {}, {"class": "dissipative"}, "class: must be 'forced' by what the equations hold"),
    ({"x": "-x"}, {}, {"class": "chaotic"}, "class: 'chaotic' is not known"),
    ({"x": "-x"}, {}, {"refrence": ""}, "refrence: a definition has no such entry; did you mean 'reference'"),
    ({"x": "-x"}, {}, {"unbounded": ["y"]}, "unbounded: 'y' is no component"),
    ({}, {}, {}, "equations: must be given"),
]


@pytest.mark.parametrize(("given", "values", "more", "message"), WRONG)
def test_what_cannot_work_is_refused_in_one_line(given, values, more, message):
    with pytest.raises(ParameterError, match=message) as raised:
        from_equations(given, values, **{"initial": {}, **more})
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"simga": 1}, "has no 'simga'; did you mean 'sigma'"),
        ({"sigma": float("nan")}, "parameters.sigma: must be a finite number"),
        ({"sigma": [1]}, "parameters.sigma: must be a number"),
    ],
)
def test_given_parameters_are_checked(given, message):
    with pytest.raises(ParameterError, match=message):
        lorenz().values(given)


def test_a_missing_initial_value_is_named():
    with pytest.raises(ParameterError, match=r"initial\.y: must be given"):
        definition_of({"equations": LORENZ, "parameters": VALUES, "initial": {"x": 1}}, "lorenz", "flow")


def test_a_separable_energy_keeps_its_parts_apart():
    table = {
        "hamiltonian": {"positions": ["x"], "momenta": ["p"], "kinetic": "p**2/2*x", "potential": "x**2"},
        "initial": {"x": 1, "p": 0},
    }
    with pytest.raises(ParameterError, match=r"hamiltonian\.kinetic: must hold momenta only, got 'x'"):
        definition_of(table, "wrong", "flow")
