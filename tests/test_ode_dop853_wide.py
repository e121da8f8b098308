"""Many members share wide lanes: bit for bit what few members give, whatever stops or finishes first."""

import numpy as np
import pytest
from llvmlite import ir
from numba import njit

from ergodica.numerics import kernel
from ergodica.sims.dynamics import dop853_lanes, layout
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.engines.ode import dop853, dop853_tables, lanes
from ergodica.sims.engines.ode.dop853 import Dop853
from ergodica.sims.engines.ode.vectors import inverse_eighth_root, over_rows

FLOWS = definitions("flow")
MEMBERS = 75  # two wide rounds and a rest


@njit
def contiguous_only(t, u, p, du):
    """A function that no lanes can hold: reshape wants an array in one piece."""
    du.reshape(1, 1)[0, :] = -u.reshape(1, 1)[0]


@njit
def explosion(t, u, p, du):
    """x = x0 / (1 - x0 t)."""
    du[0] = u[0] * u[0]
    du[1] = p[0]


def run(rhs, u, p, **options):
    """Samples, state, failures and number of groups of lanes."""
    given = {"rhs": rhs, "parameters": p, "spacing": 0.05, "threads": 1}
    engine = Dop853(**given | options)
    state = engine.start(u)
    samples = np.concatenate([engine.sample(state, 0, 7), engine.sample(state, 7, 30)])
    return samples, state, engine.failures(state), engine._places[3]


def narrow(monkeypatch, *arguments):
    """`run` over eight lanes."""
    with monkeypatch.context() as patched:
        patched.setattr(dop853, "FEW", 10**9)
        return run(*arguments)


def ensemble(definition):
    start = definition.initial_point()
    u = start + 0.05 * np.random.default_rng(1).normal(size=(MEMBERS, start.size))
    return u, np.tile(definition.vector(), (MEMBERS, 1))


def same(one, other):
    assert np.isfinite(one[0]).all()
    assert np.array_equal(one[0], other[0])
    for key, value in one[1].items():
        assert np.array_equal(value, other[1][key], equal_nan=True), key


@pytest.mark.parametrize("name", ["lorenz63", "duffing", "double-pendulum", "lorenz96"])
def test_wide_lanes_give_the_bits_of_narrow_ones(name, monkeypatch):
    arguments = kernels(FLOWS[name]).rhs, *ensemble(FLOWS[name])
    wide, few = run(*arguments), narrow(monkeypatch, *arguments)
    assert (wide[3], few[3]) == (4, 1)
    same(wide, few)


@pytest.mark.parametrize("name", ["lorenz63", "duffing", "rossler"])
def test_whole_steps_give_the_bits_of_stages_one_by_one(name, monkeypatch):
    made = kernels(FLOWS[name])
    monkeypatch.setattr(dop853, "MANY", MEMBERS)
    asked = []

    def whole():
        asked.append(name)
        return made.dop853

    arguments = made.rhs, *ensemble(FLOWS[name])
    same(run(*arguments, whole=whole), run(*arguments))
    assert asked == [name]
    assert made.dop853 is not None


def test_steps_too_long_to_be_compiled_whole_are_taken_by_stages():
    assert kernels(FLOWS["double-pendulum"]).dop853 is None
    assert kernels(FLOWS["lorenz96"]).dop853 is None
    assert kernels(FLOWS["mackey-glass"]).dop853 is None


def test_whole_steps_know_the_rows_of_the_engine():
    names = "STAGES SLOPES COEFFICIENTS SINGLES TIME WIDTHS STAGE_TIME SIZE ERROR RELATIVE ABSOLUTE"
    for name in names.split():
        assert getattr(dop853_lanes, name) == getattr(dop853_tables, name)
    assert layout.LANES == lanes.WIDE


def test_members_that_stop_are_masked_in_wide_lanes(monkeypatch):
    u = np.column_stack([np.linspace(-1.0, 2.1, MEMBERS), np.zeros(MEMBERS)])
    p = np.linspace(0.0, 1.0, MEMBERS)[:, None]
    wide, few = run(explosion, u, p), narrow(monkeypatch, explosion, u, p)
    assert wide[2] == few[2]
    # it ends at t = 1/x0, before the last sample at 1.85
    assert set(wide[2]) == set(np.flatnonzero(u[:, 0] > 1 / 1.85))
    assert np.array_equal(wide[0], few[0], equal_nan=True)
    going = u[:, 0] < 1 / 1.85
    exact = u[going, 0] / (1 - 1.85 * u[going, 0])
    np.testing.assert_allclose(wide[0][-1, going, 0], exact, rtol=1e-6)  # 1e-9 a step, grown near the end


def test_a_function_that_fits_no_lanes_runs_one_by_one():
    u, p = np.linspace(0.1, 1.0, MEMBERS)[:, None], np.zeros((MEMBERS, 0))
    wide = run(contiguous_only, u, p)
    assert wide[3] == 1
    np.testing.assert_allclose(wide[0][-1], u * np.exp(-1.85), rtol=0, atol=1e-8)  # 1e-9 a step


def test_threads_share_wide_lanes_without_a_trace():
    definition = FLOWS["lorenz63"]
    u = definition.initial_point() + 0.05 * np.random.default_rng(2).normal(size=(3 * MEMBERS, 3))
    p = np.tile(definition.vector(), (len(u), 1))
    given = {"rhs": kernels(definition).rhs, "parameters": p, "spacing": 0.5}
    alone, shared = (Dop853(**given, threads=count) for count in (1, 2))
    assert np.array_equal(alone.sample(alone.start(u), 0, 4), shared.sample(shared.start(u), 0, 4))


def test_the_eighth_root_that_sets_a_step():
    move = over_rows(_root_of_first)

    @kernel
    def call(place):
        return move(place, 1, 0)

    rows = np.zeros((2, 8))
    for values in (
        [1e-300, 1e-20, 0.3, 1.0, 7.0, 1e9, 1e200, 1e300],
        [0.0, np.inf, np.nan, 1.0, 1.0, 1.0, 1.0, 1.0],
    ):
        rows[0] = values
        call(rows.ctypes.data)
        with np.errstate(divide="ignore"):
            expected = rows[0] ** -0.125
        np.testing.assert_allclose(rows[1], expected, rtol=1e-4)


def _root_of_first(rows):
    rows[1] = inverse_eighth_root(rows[0])
    return ir.Constant(ir.IntType(64), 0)
