"""Flows given by a function of the user's: the same kernels as from equations, kept on disk likewise."""

from __future__ import annotations

import pickle
import textwrap

import numpy as np
import processes
import pytest

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.functions import from_function
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.dynamics.layout import LANES, blocks_of
from ergodica.sims.dynamics.tables import from_equations
from ergodica.sims.engines.lanes_rk4 import LanesRK4


def lorenz(t, u, p, du):
    x, y, z = u[0], u[1], u[2]
    du[0] = p[0] * (y - x)
    du[1] = x * (p[1] - z) - y
    du[2] = x * y - p[2] * z


def lorenz_jacobian(t, u, p, J):
    J[0, 0], J[0, 1], J[0, 2] = -p[0], p[0], 0.0
    J[1, 0], J[1, 1], J[1, 2] = p[1] - u[2], -1.0, -u[0]
    J[2, 0], J[2, 1], J[2, 2] = u[1], u[0], -p[2]


def henon(t, u, p, new):
    x = u[0]
    new[0] = 1 - p[0] * x * x + u[1]
    new[1] = p[1] * x


PARAMETERS = {"sigma": 10.0, "rho": (28.0, "Rayleigh number"), "beta": "8/3"}
MINE = from_function(lorenz, {"x": 1, "y": 2, "z": 20}, PARAMETERS, name="mine")
BOOK = definitions("flow")["lorenz63"]


def test_the_definition_has_names_values_and_a_start():
    assert MINE.components() == ("x", "y", "z")
    assert MINE.vector({"rho": 30}).tolist() == [10.0, 30.0, 8 / 3]
    assert MINE.initial_point().tolist() == [1, 2, 20]
    assert pickle.loads(pickle.dumps(MINE)) == MINE
    assert from_function(lorenz, [1, 2, 3], {"s": 10.0, "r": 28.0, "b": 2.0}).components() == (
        "x0",
        "x1",
        "x2",
    )
    two = {"a": 1.4, "b": 0.3}
    assert from_function(henon, [0, 0], two) != from_function(
        lorenz, [0, 0, 0], {"s": 10.0, "r": 28.0, "b": 2.0}
    )


@pytest.mark.parametrize("part", ["rhs", "rk4", "rhs_lanes", "jacobian", "variational", "divergence"])
def test_kernels_are_those_of_the_equations(part):
    u, p = np.random.default_rng(0).normal(size=(40, 3)) * 10, np.tile(BOOK.vector(), (40, 1))
    results = []
    for definition in (MINE, BOOK):
        made = kernels(definition).part(part)
        match part:
            case "rhs":
                made(0.0, u[0], p[0], out := np.empty(3))
            case "rk4":
                made(out := blocks_of(u), blocks_of(p), 0.01, 0, 20)
            case "rhs_lanes":
                made(np.zeros(LANES), blocks_of(u)[0], blocks_of(p)[0], out := np.empty(3 * LANES))
            case "jacobian":
                made(0.0, u[0], p[0], out := np.empty((3, 3)))
            case "variational":
                made(0.0, u[:4].ravel(), p[0], out := np.empty(12))
            case "divergence":
                out = made(0.0, u[0], p[0])
        results.append(out)
    # differences of step 6e-6 are right to its square
    np.testing.assert_allclose(*results, rtol=1e-8, atol=1e-7)


def test_a_jacobian_of_one_s_own_is_used():
    definition = from_function(lorenz, [1, 2, 20], PARAMETERS, jacobian=lorenz_jacobian)
    J, book = np.empty((3, 3)), np.empty((3, 3))
    u, p = np.array([1.0, 2.0, 20.0]), definition.vector()
    kernels(definition).jacobian(0.0, u, p, J)
    kernels(BOOK).jacobian(0.0, u, p, book)
    assert np.array_equal(J, book)


def test_a_compiled_function_runs_in_lanes():
    import numba

    definition = from_function(numba.njit(lorenz), [1, 2, 20], PARAMETERS)
    p = np.tile(definition.vector(), (3, 1))
    u = np.array([[1.0, 2, 20], [1, 2, 21], [1e200, 2, 20]])
    alone = u[:1].copy()
    LanesRK4(kernels=kernels(definition), parameters=p, dt=0.01, steps_per_snapshot=1).advance(
        {"u": u}, 0, 100
    )
    LanesRK4(kernels=kernels(definition), parameters=p[:1], dt=0.01, steps_per_snapshot=1).advance(
        {"u": alone}, 0, 100
    )
    assert np.array_equal(alone[0], u[0])
    assert not np.isfinite(u[2]).all()


def test_a_map_of_one_s_own_iterates():
    definition = from_function(henon, [0.1, 0.1], {"a": 1.4, "b": 0.3}, kind="map")
    equations = from_equations({"x": "1 - a*x*x + y", "y": "b*x"}, {"a": 1.4, "b": 0.3}, kind="map")
    u, p = np.random.default_rng(0).normal(size=(5, 2)) * 0.1, np.tile(definition.vector(), (5, 1))
    ends = []
    for each in (definition, equations):
        states = blocks_of(u)
        kernels(each).iterate(states, blocks_of(p), 1.0, 0, 5)
        ends.append(states)
    np.testing.assert_allclose(*ends, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: from_function(lambda u: u, [1]), r"function: must take \(t, u, p, du\), got \(u\)"),
        (lambda: from_function("lorenz", [1]), "function: must be a Python or numba function"),
        (lambda: from_function(lorenz, []), "initial: must have a value for each component"),
        (lambda: from_function(lorenz, {"x": 1}, {"x": 1}), "names must differ, got 'x' twice"),
        (lambda: from_function(lorenz, {"x": float("inf")}), r"initial\.x: must be a finite number"),
        (lambda: kernels(MINE).energy, "energy comes from equations, got a function"),
        (lambda: kernels(MINE).system, "expressions are known for equations, got a function"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(call, message):
    with pytest.raises(ParameterError, match=message) as raised:
        call()
    assert "\n" not in str(raised.value)


SCRIPT = """
    import json
    import numpy as np
    from ergodica.sims.dynamics.functions import from_function
    from ergodica.sims.dynamics.kernels import kernels
    from ergodica.sims.dynamics.layout import blocks_of

    def decay(t, u, p, du):
        du[0] = -p[0]*u[0]*FACTOR

    made = kernels(from_function(decay, [1.0], {"a": 2.0}))
    u, p = np.ones(1), np.array([2.0])
    made.rhs(0.0, u, p, du := np.empty(1))
    made.jacobian(0.0, u, p, np.empty((1, 1)))
    made.rk4(blocks_of(u[None]), blocks_of(p[None]), 0.01, 0, 1)
    counts = []
    for kernel in (made.rhs, made.jacobian, made.rk4):
        stats = kernel.dispatcher.stats
        counts.append((sum(stats.cache_hits.values()), sum(stats.cache_misses.values())))
    print(json.dumps([du[0], counts]))
"""


def test_the_next_process_compiles_nothing_unless_the_function_has_changed(tmp_path):
    def run(factor):
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(SCRIPT).replace("FACTOR", factor))
        return processes.told(script, ERGODICA_CACHE_DIR=tmp_path / "cache")

    assert run("1.0") == [-2.0, [[0, 1]] * 3]
    assert run("1.0") == [-2.0, [[1, 0]] * 3]
    assert run("3.0") == [-6.0, [[0, 1]] * 3]
    assert run("1.0")[0] == -2.0
