"""Members advanced together in vector lanes: the same bits as alone, on any number of threads, order 4."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.dynamics.layout import LANES, blocks_of, rows_of
from ergodica.sims.dynamics.tables import definition_of, from_equations
from ergodica.sims.engines.lanes_map import LanesMap
from ergodica.sims.engines.lanes_rk4 import LanesRK4
from ergodica.sims.engines.ode.codes import NOT_FINITE
from ergodica.sims.engines.rows import Rows

FLOWS = definitions("flow")
KURAMOTO = from_equations(
    {"theta[i]": "omega + K/n*sum(j, sin(theta[j] - theta[i]))"},
    {"K": 2.0},
    {"theta[i]": "noise(i)"},
    sites={"n": 10},
    define={"omega": "-1 + 2*i/(n - 1)"},
    name="kuramoto",
)
MIXED = from_equations(
    {
        "x[i]": "-x[i] + sum(j, tanh(x[j]*x[i+1] - y[j-1]))*y[i]*cos(t) - m",
        "y[i]": "x[i-1]*y[i+1] - y[i]",
        "m": "sum(k, x[k]*y[k+1]) - m**3",
    },
    {},
    {"x[i]": "noise(i)", "y[i]": "noise(i + 20)", "m": 0.2},
    sites={"n": 6},
    name="mixed",
)
SYSTEMS = [FLOWS[n] for n in ("lorenz63", "duffing", "double-pendulum", "beer-rnn", "multi-chua", "lorenz96")]
SYSTEMS += [KURAMOTO, MIXED]
by_name = pytest.mark.parametrize("definition", SYSTEMS, ids=lambda d: d.name)


def ensemble(definition, members, spread=0.05):
    rng = np.random.default_rng(1)
    start = definition.initial_point()
    u = start + spread * rng.normal(size=(members, start.size))
    p = np.tile(definition.vector(), (members, 1))
    return u, p


def stepper(definition, p, dt=0.01, **more):
    return LanesRK4(kernels=kernels(definition), parameters=p, dt=dt, steps_per_snapshot=1, **more)


def scalar_step(definition, t, u, p, dt):
    """The textbook's step."""
    rhs = kernels(definition).rhs

    def f(t, u):
        du = np.empty_like(u)
        rhs(t, u, p, du)
        return du

    a = f(t, u)
    b = f(t + dt / 2, u + dt / 2 * a)
    c = f(t + dt / 2, u + dt / 2 * b)
    return u + dt / 6 * (a + 2 * b + 2 * c + f(t + dt, u + dt * c))


def test_rows_come_back_from_blocks():
    rows = np.random.default_rng(0).normal(size=(LANES + 3, 5))
    blocks = blocks_of(rows)
    assert blocks.shape == (2, 5 * LANES)
    assert np.array_equal(rows_of(blocks, LANES + 3), rows)


@by_name
def test_lanes_give_the_bits_of_the_scalar_right_hand_side(definition):
    u, p = ensemble(definition, LANES)
    du, alone = np.empty(u.size), np.empty_like(u)
    kernels(definition).rhs_lanes(np.full(LANES, 0.3), blocks_of(u)[0], blocks_of(p)[0], du)
    for row, values, out in zip(u, p, alone, strict=True):
        kernels(definition).rhs(0.3, row, values, out)
    assert np.array_equal(rows_of(du[None], LANES), alone)


@by_name
def test_a_step_is_the_textbook_s(definition):
    u, p = ensemble(definition, 5)
    expected = np.array(
        [scalar_step(definition, 0.03, row, values, 0.01) for row, values in zip(u, p, strict=True)]
    )
    stepper(definition, p).advance({"u": u}, 3, 1)
    np.testing.assert_allclose(u, expected, rtol=1e-13, atol=1e-13)  # a few operations of round-off


@by_name
def test_tangent_vectors_advance_with_the_scalar_variational_equations(definition):
    d = definition.size()
    rng = np.random.default_rng(2)
    u, p = ensemble(definition, LANES)
    whole = np.hstack([u, rng.normal(size=(LANES, 2 * d))])
    out, alone = np.empty(whole.size), np.empty_like(whole)
    kernels(definition).variational_lanes(np.full(LANES, 0.3), blocks_of(whole)[0], blocks_of(p)[0], out)
    for row, values, slope in zip(whole, p, alone, strict=True):
        kernels(definition).variational(0.3, row, values, slope)
    scale = np.abs(alone).max()
    np.testing.assert_allclose(rows_of(out[None], LANES), alone, rtol=0, atol=1e-13 * scale)


@pytest.mark.parametrize("members", [1, 2, 31, 33, 70])
def test_a_member_does_not_depend_on_the_ensemble_and_the_threads(members):
    definition = FLOWS["lorenz63"]
    u, p = ensemble(definition, 70)
    p[:, 1] += np.linspace(0, 1, 70)
    whole, some = u.copy(), u[:members].copy()
    stepper(definition, p, threads=1).advance({"u": whole}, 0, 300)
    stepper(definition, p[:members], threads=2).advance({"u": some}, 0, 300)
    assert np.array_equal(some, whole[:members])


def test_slices_of_a_run_give_its_bits():
    definition = FLOWS["duffing"]
    u, p = ensemble(definition, 3)
    whole, sliced = u.copy(), u.copy()
    scheme = stepper(definition, p)
    scheme.advance({"u": whole}, 0, 100)
    for first, count in ((0, 1), (1, 62), (63, 37)):
        scheme.advance({"u": sliced}, first, count)
    assert np.array_equal(whole, sliced)


def test_a_member_that_blows_up_leaves_the_others_alone():
    definition = from_equations({"x": "x**2", "y": "-y*x/(1 + x**2)"}, {}, name="explosion")
    u = np.array([[0.1, 1.0], [5.0, 1.0], [0.2, 1.0]])
    p = np.tile(definition.vector(), (3, 1))
    together, alone = u.copy(), u[[0, 2]].copy()
    stepper(definition, p).advance({"u": together}, 0, 200)
    stepper(definition, p[:2]).advance({"u": alone}, 0, 200)
    assert not np.isfinite(together[1]).all()
    assert np.array_equal(together[[0, 2]], alone)


@pytest.mark.parametrize("definition", [FLOWS["lorenz63"], FLOWS["duffing"], KURAMOTO], ids=lambda d: d.name)
def test_the_error_falls_with_the_fourth_power_of_the_step(definition):
    ends = []
    for steps in (200, 400, 800, 6400):
        u, p = ensemble(definition, 4)
        stepper(definition, p, dt=1.0 / steps).advance({"u": u}, 0, steps)
        ends.append(u)
    errors = [np.abs(end - ends[-1]).max() for end in ends[:-1]]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.abs(orders - 4).max() < 0.2  # the next term of the error is a step smaller


def test_maps_iterate_in_lanes():
    henon = from_equations(
        {"x": "1 - a*x**2 + y", "y": "b*x"}, {"a": 1.4, "b": 0.3}, name="henon", kind="map"
    )
    u, p = ensemble(henon, 40, spread=0.01)
    expected = u.copy()
    for _ in range(10):
        expected = np.stack([1 - 1.4 * expected[:, 0] ** 2 + expected[:, 1], 0.3 * expected[:, 0]], axis=1)
    states = blocks_of(u)
    kernels(henon).iterate(states, blocks_of(p), 1.0, 0, 10)
    np.testing.assert_allclose(rows_of(states, 40), expected, rtol=0, atol=1e-10)  # 1e-16 grown by chaos


def test_lattices_of_maps_iterate_in_lanes():
    lattice = from_equations(
        {"x[i]": "(1 - eps)*a*x[i]*(1 - x[i]) + eps/2*(x[i-1] + x[i+1])"},
        {"a": 3.9, "eps": 0.1},
        {"x[i]": "0.5 + 0.2*noise(i)"},
        sites={"n": 8},
        name="lattice",
        kind="map",
    )
    u, p = ensemble(lattice, 3, spread=0.001)
    f = 0.9 * 3.9 * u * (1 - u)
    states = blocks_of(u)
    kernels(lattice).iterate(states, blocks_of(p), 1.0, 0, 1)
    expected = f + 0.05 * (np.roll(u, 1, axis=1) + np.roll(u, -1, axis=1))
    np.testing.assert_allclose(rows_of(states, 3), expected, rtol=1e-15)


@pytest.mark.parametrize("sites", [False, True])
def test_a_state_that_was_infinite_once_does_not_come_back(sites):
    # 1 -> infinity -> 0 -> -1; the other members stay finite
    equations = {"x[i]": "1/(x[i] - 1)"} if sites else {"y": "y + 1", "x": "1/(x - 1)"}
    definition = from_equations(
        equations,
        {},
        {"x[i]": "0.1*i"} if sites else {"y": 0.0, "x": 0.0},
        name="pole",
        kind="map",
        **({"sites": {"n": 3}} if sites else {}),
    )
    p = np.tile(definition.vector(), (3, 1))
    stepper = Rows(LanesMap(definition=definition, parameters=p, steps_per_snapshot=4, threads=1), p)
    u = np.full((3, definition.size()), 0.5)
    u[1, -1], u[2, -1] = 1.0, 2.0  # 2 comes to the pole one iteration later
    state = stepper.start(u)
    found = stepper.snapshots(state, 0, 2)["u"]
    assert np.isfinite(found[:, 0]).all()
    assert np.isnan(found[:, 1:]).all()
    assert state["failed"].tolist() == [0, NOT_FINITE, NOT_FINITE]
    np.testing.assert_array_equal(state["failed_at"], [np.nan, 1.0, 2.0])


def test_a_member_that_is_lost_is_named_with_its_step_however_long_the_call():
    square = from_equations({"x": "a*x**2"}, {"a": 1.0}, {"x": 1.0}, name="square")
    p, u = np.array([[1.0], [0.5], [-1.0]]), np.ones((3, 1))
    times = []
    for per in (1, 400):
        stepper = Rows(
            LanesRK4(kernels=kernels(square), parameters=p, dt=0.01, steps_per_snapshot=per, threads=1), p
        )
        state = stepper.start(u)
        found = stepper.snapshots(state, 0, 400 // per)["u"]
        assert np.isnan(found[-1, :2]).all()
        assert np.isfinite(found[:, 2]).all()
        times.append(state["failed_at"])
    np.testing.assert_array_equal(*times)
    # infinite at t = 1 and 2; steps of 0.01 leave it a few steps later
    assert (np.abs(times[0][:2] - [1.0, 2.0]) < 0.1).all()


def test_what_lanes_cannot_do_is_refused():
    p = FLOWS["lorenz63"].vector()[None]
    with pytest.raises(ParameterError, match="dt: must be above 0"):
        stepper(FLOWS["lorenz63"], p, dt=0.0)
    with pytest.raises(ParameterError, match="parameters: must have 3 columns, got 2"):
        stepper(FLOWS["lorenz63"], p[:, :2])
    with pytest.raises(ParameterError, match="without delay, got a delay"):
        stepper(FLOWS["mackey-glass"], FLOWS["mackey-glass"].vector()[None])
    with pytest.raises(ParameterError, match="u: must be float64 of shape"):
        stepper(FLOWS["lorenz63"], p).advance({"u": np.zeros((2, 3))}, 0, 1)
    with pytest.raises(ParameterError, match="n: must be one for all members"):
        stepper(FLOWS["lorenz96"], np.array([[10, 8.0], [12, 8.0]]))


def test_names_that_mean_something_in_the_code_are_no_trouble():
    awkward = {"u": "p*lane - du", "p": "J*w", "lane": "np - h", "du": "-du*t_", "J": "step*sites - count*dt"}
    rest = ["w", "np", "h", "t_", "step", "sites", "count", "dt"]
    definition = from_equations(awkward, dict.fromkeys(rest, 0.5), name="awkward")
    u, p = ensemble(definition, 3)
    expected = np.array(
        [scalar_step(definition, 0.0, row, values, 0.01) for row, values in zip(u, p, strict=True)]
    )
    stepper(definition, p).advance({"u": u}, 0, 1)
    np.testing.assert_allclose(u, expected, rtol=1e-13)


def test_a_hamiltonian_lattice_keeps_its_energy():
    chain = definition_of(
        {
            "hamiltonian": {
                "positions": ["q[i]"],
                "momenta": ["p[i]"],
                "kinetic": "sum(j, p[j]**2)/2",
                "potential": "sum(j, (q[j+1] - q[j])**2/2 + alpha*(q[j+1] - q[j])**3/3)",
            },
            "parameters": {"alpha": 0.25},
            "initial": {"q[i]": "sin(2*pi*i/n)", "p[i]": 0},
            "sites": {"n": 8},
        },
        "fput",
        "flow",
    )
    u, p = ensemble(chain, 2)
    energy = kernels(chain).energy
    before = [energy(0.0, row, values) for row, values in zip(u, p, strict=True)]
    stepper(chain, p, dt=0.002).advance({"u": u}, 0, 1000)
    after = [energy(0.0, row, values) for row, values in zip(u, p, strict=True)]
    np.testing.assert_allclose(after, before, rtol=1e-11)  # dt^5 times the number of steps
