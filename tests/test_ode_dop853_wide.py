"""Many members share wide lanes: bit for bit what few members give, whatever stops or finishes first."""

import numpy as np
import pytest
from numba import njit

from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.engines.ode import dop853
from ergodica.sims.engines.ode.dop853 import Dop853

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


def both(monkeypatch, rhs, u, p, **options):
    """Samples, state and failures over wide lanes, and over narrow ones."""
    found = []
    for few in (dop853.FEW, 10**9):
        monkeypatch.setattr(dop853, "FEW", few)
        given = {"rhs": rhs, "parameters": p, "spacing": 0.05, "threads": 1}
        engine = Dop853(**given | options)
        state = engine.start(u)
        samples = np.concatenate([engine.sample(state, 0, 7), engine.sample(state, 7, 30)])
        found.append((samples, state, engine.failures(state), engine._places[2]))
        monkeypatch.undo()
    return found


@pytest.mark.parametrize("name", ["lorenz63", "duffing", "double-pendulum", "lorenz96", "hopfield"])
def test_wide_lanes_give_the_bits_of_narrow_ones(name, monkeypatch):
    definition = FLOWS[name]
    start = definition.initial_point()
    u = start + 0.05 * np.random.default_rng(1).normal(size=(MEMBERS, start.size))
    p = np.tile(definition.vector(), (MEMBERS, 1))
    wide, narrow = both(monkeypatch, kernels(definition).rhs, u, p)
    assert (wide[3], narrow[3]) == (4, 1)
    assert np.isfinite(wide[0]).all()
    assert np.array_equal(wide[0], narrow[0])
    for key, value in wide[1].items():
        assert np.array_equal(value, narrow[1][key], equal_nan=True), key


def test_members_that_stop_are_masked_in_wide_lanes(monkeypatch):
    u = np.column_stack([np.linspace(-1.0, 2.1, MEMBERS), np.zeros(MEMBERS)])
    p = np.linspace(0.0, 1.0, MEMBERS)[:, None]
    wide, narrow = both(monkeypatch, explosion, u, p)
    assert wide[2] == narrow[2]
    # it ends at t = 1/x0, before the last sample at 1.85
    assert set(wide[2]) == set(np.flatnonzero(u[:, 0] > 1 / 1.85))
    assert np.array_equal(wide[0], narrow[0], equal_nan=True)
    going = u[:, 0] < 1 / 1.85
    exact = u[going, 0] / (1 - 1.85 * u[going, 0])
    np.testing.assert_allclose(wide[0][-1, going, 0], exact, rtol=1e-6)  # 1e-9 a step, grown near the end


def test_a_function_that_fits_no_lanes_runs_one_by_one(monkeypatch):
    u, p = np.linspace(0.1, 1.0, MEMBERS)[:, None], np.zeros((MEMBERS, 0))
    wide, narrow = both(monkeypatch, contiguous_only, u, p)
    assert wide[3] == 1
    assert np.array_equal(wide[0], narrow[0])
    np.testing.assert_allclose(wide[0][-1], u * np.exp(-1.85), rtol=0, atol=1e-8)  # 1e-9 a step


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_share_wide_lanes_without_a_trace(threads):
    definition = FLOWS["lorenz63"]
    u = definition.initial_point() + 0.05 * np.random.default_rng(2).normal(size=(3 * MEMBERS, 3))
    p = np.tile(definition.vector(), (len(u), 1))
    given = {"rhs": kernels(definition).rhs, "parameters": p, "spacing": 0.5}
    alone, shared = (Dop853(**given, threads=count) for count in (1, threads))
    assert np.array_equal(alone.sample(alone.start(u), 0, 4), shared.sample(shared.start(u), 0, 4))
