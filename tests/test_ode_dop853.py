"""The adaptive explicit integrator: accuracy, dense output, bit-identity, failures."""

import re
import subprocess
import sys
import uuid

import numpy as np
import pytest
from numba import njit

from ergodica.numerics import kernel
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.engines.ode.codes import NOT_FINITE, STEP_TOO_SMALL, TOO_MANY_STEPS
from ergodica.sims.engines.ode.dop853 import Dop853


@kernel(error_model="numpy")
def lorenz(t, u, p, du):
    du[0] = p[0] * (u[1] - u[0])
    du[1] = u[0] * (p[1] - u[2]) - u[1]
    du[2] = u[0] * u[1] - p[2] * u[2]


@kernel(error_model="numpy")
def oscillator(t, u, p, du):
    """A pendulum of frequency p with a force that leaves it the same solution: time enters."""
    du[0] = u[1]
    du[1] = -p[0] * p[0] * u[0] + np.cos(p[0] * t) - u[2]
    du[2] = -p[0] * np.sin(p[0] * t)


@kernel(error_model="numpy")
def explosion(t, u, p, du):
    """x = x0 / (1 - x0 t)."""
    du[0] = u[0] * u[0]


@kernel(error_model="numpy")
def root_law(t, u, p, du):
    """Leaves its domain at t = 2 sqrt(x0)."""
    du[0] = -np.sqrt(u[0]) - 1e-3


@kernel(error_model="numpy")
def at_rest(t, u, p, du):
    du[0] = 0.0


PARAMETERS = np.array([10.0, 28.0, 8 / 3])


def points(members):
    return np.random.default_rng(0).normal(size=(members, 3)) + np.array([0, 0, 25])


def stepper(members=1, **options):
    options = {
        "rhs": lorenz,
        "spacing": 0.1,
        "threads": 1,
        "parameters": np.tile(PARAMETERS, (members, 1)),
    } | options
    return Dop853(**options)


def oscillate(tolerance, spacing, count, members=1):
    engine = Dop853(
        rhs=oscillator,
        parameters=np.full((members, 1), 2.0),
        spacing=spacing,
        rtol=tolerance,
        atol=tolerance,
        threads=1,
    )
    state = engine.start(np.tile([1.0, 0.0, 1.0], (members, 1)))
    return engine.sample(state, 0, count), state


@pytest.mark.parametrize("tolerance", [1e-6, 1e-9, 1e-12])
def test_error_follows_the_tolerance(tolerance):
    found, state = oscillate(tolerance, 0.37, 200)
    t = 0.37 * np.arange(1, 201)
    # 74 units of time: some 100 steps, whose errors, each below the tolerance, add up
    assert np.abs(found[:, 0, 0] - np.cos(2 * t)).max() < 100 * tolerance
    assert np.array_equal(state["u"], found[-1])
    assert state["t"][0] == t[-1]


def test_dense_output_is_as_good_as_the_steps():
    at_steps, _ = oscillate(1e-10, 12.0, 2)
    found, _ = oscillate(1e-10, 0.01, 2400)
    t = 0.01 * np.arange(1, 2401)
    error = np.abs(found[:, 0, 0] - np.cos(2 * t))
    assert error.max() < 10 * max(
        1e-10, np.abs(at_steps[:, 0, 0] - np.cos(2 * 12.0 * np.array([1, 2]))).max()
    )


def test_sampling_leaves_the_trajectory_as_it_is():
    fine, coarse = stepper(spacing=0.03125), stepper(spacing=0.5)
    every = fine.sample(fine.start(points(1)), 0, 160)
    some = coarse.sample(coarse.start(points(1)), 0, 10)
    assert np.array_equal(every[15::16], some)


def test_a_member_is_the_same_alone_in_a_crowd_and_on_any_threads():
    crowd = 200
    parameters = np.tile(PARAMETERS, (crowd, 1)) * np.linspace(0.9, 1.1, crowd)[:, None]
    together = stepper(parameters=parameters)
    found = together.sample(together.start(points(crowd)), 0, 20)
    shared = stepper(parameters=parameters, threads=2)
    assert np.array_equal(found, shared.sample(shared.start(points(crowd)), 0, 20))
    for j in (0, 77, 199):
        alone = stepper(parameters=parameters[j : j + 1])
        assert np.array_equal(found[:, j : j + 1], alone.sample(alone.start(points(crowd)[j : j + 1]), 0, 20))


@pytest.mark.parametrize(
    "name", ["double-pendulum", "hopfield", "cell-cycle", "beer-rnn", "chua", "lorenz96", "blinking-vortex"]
)
def test_a_flow_of_the_catalogue_has_the_same_bits_over_lanes_and_alone(name):
    definition = definitions("flow")[name]
    rhs, point = kernels(definition).rhs, definition.initial_point()
    start = np.tile(point, (9, 1)) * (1 + 1e-3 * np.arange(9)[:, None])
    parameters = np.tile(definition.vector(), (9, 1))
    together = Dop853(rhs=rhs, parameters=parameters, spacing=0.05, rtol=1e-10, atol=1e-10, threads=1)
    state = together.start(start)
    found = together.sample(state, 0, 100)
    assert not together.failures(state)
    for j in (0, 8):
        alone = Dop853(rhs=rhs, parameters=parameters[:1], spacing=0.05, rtol=1e-10, atol=1e-10, threads=1)
        assert np.array_equal(alone.sample(alone.start(start[j : j + 1]), 0, 100), found[:, j : j + 1])


def test_a_run_resumes_from_its_state_alone():
    engine = stepper(9)
    whole = engine.sample(engine.start(points(9)), 0, 50)
    state = engine.start(points(9))
    engine.sample(state, 0, 21)
    kept = {name: value.copy() for name, value in state.items()}
    again = stepper(9)
    rest = np.array([again.advance(kept, k, 1) or kept["u"].copy() for k in range(21, 50)])
    assert np.array_equal(whole[21:], rest)


def test_a_member_that_blows_up_is_masked_and_the_others_go_on():
    start = np.array([[1.0], [0.01], [np.nextafter(0.5, 0)], [-1.0]])
    engine = Dop853(rhs=explosion, parameters=np.zeros((4, 0)), spacing=0.3, threads=1)
    state = engine.start(start)
    found = engine.sample(state, 0, 12)[:, :, 0]
    t = 0.3 * np.arange(1, 13)  # the singularities lie between samples
    exact = start[:, 0] / (1 - np.outer(t, start[:, 0]))
    for j, last in ((0, 1.0), (2, 2.0)):
        assert np.isnan(found[t >= last, j]).all()
        assert np.isclose(state["failed_at"][j], last, atol=1e-6)
    before = np.isfinite(found)
    assert before[:, [1, 3]].all()
    assert before[t < 1, 0].all()
    assert np.allclose(found[before], exact[before], rtol=1e-6)  # the error grows as the square of x
    assert set(state["failed"][[0, 2]]) <= {STEP_TOO_SMALL, NOT_FINITE}
    found = engine.failures(state)
    assert set(found) == {0, 2}
    assert all(
        re.search(r"the state grew from \S+ to \S+e\+\d+ and diverges", why) for _, why in found.values()
    )
    engine.advance(state, 12, 1)
    assert np.isnan(state["u"][[0, 2]]).all()


def test_what_leaves_its_domain_says_when():
    engine = Dop853(rhs=root_law, parameters=np.zeros((1, 0)), spacing=1.0, threads=1)
    state = engine.start([[1.0]])
    found = engine.sample(state, 0, 4)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[2:]).all()
    assert 1.9 < state["failed_at"][0] < 2.0
    assert state["failed"][0] in (STEP_TOO_SMALL, NOT_FINITE)


def test_a_slope_that_is_not_finite_at_the_start_fails_there():
    engine = Dop853(rhs=root_law, parameters=np.zeros((2, 0)), spacing=1.0, threads=1)
    state = engine.start([[-1.0], [9.0]])
    engine.advance(state, 0, 1)
    assert state["failed"].tolist() == [NOT_FINITE, 0]
    assert state["failed_at"][0] == 0.0


def test_rest_stays_at_rest_however_long_the_steps_grow():
    engine = Dop853(rhs=at_rest, parameters=np.zeros((1, 0)), spacing=1e6, threads=1)
    state = engine.start([[2.0]])
    assert np.array_equal(engine.sample(state, 0, 100)[:, 0, 0], np.full(100, 2.0))


def test_too_many_steps_are_a_failure_and_not_a_run_without_end():
    engine = stepper(spacing=100.0, max_steps=50)
    state = engine.start(points(1))
    engine.advance(state, 0, 1)
    assert state["failed"][0] == TOO_MANY_STEPS
    words = (
        "too many steps between two snapshots; take more snapshots, an earlier t_end or a larger tolerance"
    )
    assert engine.failures(state)[0][1].startswith(words)  # it has not grown
    assert 0 < state["failed_at"][0] < 100


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"rtol": 0.0}, "rtol"),
        ({"rtol": float("nan")}, "rtol"),
        ({"atol": 0.0}, "atol"),
        ({"spacing": 0.0}, "spacing"),
        ({"max_step": 0.0}, "max_step"),
        ({"parameters": np.zeros(3)}, "parameters"),
    ],
)
def test_what_cannot_work_is_refused(options, name):
    with pytest.raises(ParameterError, match=f"^{name}: "):
        stepper(**options)


def test_a_right_hand_side_that_is_no_kernel_is_refused():
    engine = stepper(rhs=lambda t, u, p, du: None)
    with pytest.raises(ParameterError, match=r"^rhs: "):
        engine.advance(engine.start(points(1)), 0, 1)


@njit
def contiguous_only(t, u, p, du):
    """Takes no strided array: reshape wants a contiguous one."""
    du.reshape(1, 3)[0, :] = -u.reshape(1, 3)[0]


@njit
def divides(t, u, p, du):
    du[:] = -u / p[0]


@pytest.mark.parametrize("rhs", [contiguous_only, divides])
def test_any_numba_function_will_do(rhs):
    parameters = np.array([[1.0], [1.0], [0.0]]) if rhs is divides else np.ones((3, 1))
    engine = Dop853(rhs=rhs, parameters=parameters, spacing=1.0, threads=1)
    state = engine.start(np.ones((3, 3)))
    engine.advance(state, 0, 1)
    assert np.allclose(state["u"][:2], np.exp(-1), rtol=1e-8)
    assert bool(state["failed"][2]) == (rhs is divides)


OWN = """
import sys; sys.path.insert(0, "tests")
import test_ode_dop853 as here
from ergodica.numerics import kernel
from ergodica.sims.engines.ode import dop853_kernel
from ergodica.sims.engines.ode.lanes import lanes_of

@kernel(error_model="numpy")
def own(t, u, p, du):
    du[0] = p[0] * (u[1] - u[0]) + 1e-300 * NUMBER
    du[1] = u[0] * (p[1] - u[2]) - u[1]
    du[2] = u[0] * u[1] - p[2] * u[2]

engine = here.stepper(3, rhs=own)
engine.advance(engine.start(here.points(3)), 0, 1)
made = [lanes_of(own), own, dop853_kernel.advance_in_turn]
print([sum(k.dispatcher.stats.cache_misses.values()) for k in made])
"""


def test_the_next_process_compiles_nothing(tmp_path):
    # a number that no other run has makes the flow new; the integrator may come from the cache that all tests share
    (tmp_path / "own.py").write_text(OWN.replace("NUMBER", str(uuid.uuid4().int % 10**15)))
    command = [sys.executable, str(tmp_path / "own.py")]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() for _ in range(2)
    )
    assert first.startswith("[1, 1, ")
    assert second == "[0, 0, 0]"
