"""Delay equations: closed forms, order, corners of the start, bit-identity, failures."""

from math import comb, factorial

import numpy as np
import pytest

from ergodica.numerics import kernel
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.engines.ode.codes import NOT_FINITE
from ergodica.sims.engines.ode.delay import Delay

MACKEY_GLASS = definitions("flow")["mackey-glass"]


@kernel(error_model="numpy")
def minus_the_past(t, u, p, du):
    du[0] = -u[1]


@kernel(error_model="numpy")
def two_pasts(t, u, p, du):
    du[0] = p[0] * u[1] + p[1] * u[2]


@kernel(error_model="numpy")
def explosion(t, u, p, du):
    du[0] = p[0] * u[0] * u[0] + 0.0 * u[1]


def stepper(**options):
    members = np.asarray(options.get("parameters", np.zeros((1, 0)))).shape[0]
    options = {
        "rhs": minus_the_past,
        "lags": [(0, np.pi / 2)],
        "spacing": 0.37,
        "dt": 0.05,
        "threads": 1,
    } | options
    return Delay(**({"parameters": np.zeros((members, 0))} | options))


def mackey_glass(dt, members=1, **options):
    return Delay(
        rhs=kernels(MACKEY_GLASS).rhs,
        lags=[(0, options.pop("delay", 17.0))],
        parameters=np.tile(MACKEY_GLASS.vector(), (members, 1)),
        dt=dt,
        **({"spacing": 1.0, "threads": 1} | options),
    )


@pytest.mark.parametrize("divides", [True, False])
def test_a_cosine_solves_its_delay_equation_to_order_4(divides):
    errors, counts = [], np.array([10, 20, 40, 80])
    for count in counts:
        engine = stepper(dt=np.pi / 2 / (count if divides else count + 0.37), past=np.cos)
        found = engine.sample(engine.start([[1.0]]), 0, 100)[:, 0, 0]
        errors.append(np.abs(found - np.cos(0.37 * np.arange(1, 101))).max())
    assert errors[-1] < 1e-8
    assert abs(-np.polyfit(np.log(counts), np.log(errors), 1)[0] - 4) < 0.2


def test_two_delays_carry_an_exponential():
    rate, long, a = 0.3, 2.0, 0.4
    b = (rate - a * np.exp(-rate * 0.7)) * np.exp(rate * long)
    engine = stepper(
        rhs=two_pasts,
        lags=[(0, 0.7), (0, long)],
        parameters=[[a, b]],
        dt=0.05,
        past=lambda t: np.exp(rate * t),
    )
    found = engine.sample(engine.start([[1.0]]), 0, 20)[:, 0, 0]
    assert np.abs(found / np.exp(rate * 0.37 * np.arange(1, 21)) - 1).max() < 1e-7  # dt^4 is 6e-6


def steps_solution(t):
    """x' = -x(t - 1) from x = 1: a polynomial of degree n on [n - 1, n]."""
    return sum((-1) ** n * max(0.0, t - (n - 1)) ** n / factorial(n) for n in range(1, 30)) + 1


def test_corners_of_the_start_are_met_whatever_the_step():
    for dt in (0.3, 0.17, 0.0437):  # none divides the delay
        engine = stepper(lags=[(0, 1.0)], dt=dt, spacing=0.25)
        found = engine.sample(engine.start([[1.0]]), 0, 12)[:, 0, 0]
        exact = np.array([steps_solution(0.25 * k) for k in range(1, 13)])
        # polynomials up to degree 3 are exact for the scheme: up to t = 3 only round-off is left
        assert np.abs(found - exact).max() < 1e-14


def jumped(t, delays):
    """x' = -sum of x(t - tau), x = 0 before 0 and 1 at 0: a jump at every sum of n delays in the derivative n."""
    first, second = delays
    return sum(
        (-1) ** (i + j) * comb(i + j, i) * max(0.0, t - i * first - j * second) ** (i + j) / factorial(i + j)
        for i in range(16)
        for j in range(16)
        if t >= i * first + j * second
    )


INCOMMENSURATE = (1.0, np.sqrt(2.0))


def jump_errors(dt, count, spacing=0.245):
    delays = INCOMMENSURATE
    engine = stepper(
        rhs=two_pasts,
        lags=[(0, tau) for tau in delays],
        parameters=[[-1.0, -1.0]],
        dt=dt,
        spacing=spacing,
        past=lambda t: 0.0 * t,
    )
    found = engine.sample(engine.start([[1.0]]), 0, count)[:, 0, 0]
    return np.abs(found - [jumped(spacing * k, delays) for k in range(1, count + 1)]).max()


def test_a_jump_at_the_start_is_carried_by_two_delays_and_their_sums():
    for dt in (0.3, 0.17, 0.0437):  # none divides a delay
        # steps carry polynomials up to degree 4, here up to t = 5, and samples up to degree 3: round-off is left
        assert jump_errors(dt, 16) < 2e-14
        assert jump_errors(dt, 1, spacing=2 * sum(INCOMMENSURATE)) < 2e-14  # a step ends there


def test_a_jump_at_the_start_leaves_the_order_4():
    counts = np.array([5, 10, 20, 40])
    errors = [jump_errors(1 / (count + 0.37), 40) for count in counts]
    assert abs(-np.polyfit(np.log(counts), np.log(errors), 1)[0] - 4) < 0.3, errors


def test_a_past_that_ends_elsewhere_than_the_start_is_left_behind_by_the_jump():
    # x' = -x(t - 1) with the past cos t, from x = 1.5
    engine = stepper(lags=[(0, 1.0)], dt=0.02, spacing=0.25, past=np.cos)
    found = engine.sample(engine.start([[1.5]]), 0, 8)[:, 0, 0]
    t = 0.25 * np.arange(1, 9)
    early = 1.5 - np.sin(1.0) - np.sin(t - 1)
    late = 1.5 - np.sin(1.0) - (1.5 - np.sin(1.0)) * (t - 1) - np.cos(t - 2) + np.cos(1.0)
    assert np.abs(found - np.where(t <= 1, early, late)).max() < 1e-8  # dt^4 is 2e-7, Simpson's share 1/2880


def test_a_step_as_long_as_the_delay_looks_back_into_the_last_step():
    def error(dt):
        engine = stepper(lags=[(0, 0.2)], dt=dt, spacing=0.5, past=lambda t: np.exp(rate * t))
        return np.abs(engine.sample(engine.start([[1.0]]), 0, 4)[:, 0, 0] / np.exp(rate * t) - 1).max()

    rate, t = -1.2958555090953687, 0.5 * np.arange(1, 5)  # rate = -exp(-0.2 rate)
    for dt in (0.2, 0.15, 0.11):  # the lag lies at the end of the last step, and within it
        assert error(dt) < 0.02 * dt**4


def test_mackey_glass_converges_to_order_4():
    ends = []
    steps = np.array([0.8, 0.4, 0.2, 0.1, 0.0125])
    for dt in steps:
        engine = mackey_glass(dt)
        ends.append(engine.sample(engine.start(MACKEY_GLASS.initial_point()[None]), 0, 150)[:, 0, 0])
    errors = [np.abs(end - ends[-1]).max() for end in ends[:-1]]
    assert errors[-1] < 1e-8
    assert abs(np.polyfit(np.log(steps[:-1]), np.log(errors), 1)[0] - 4) < 0.4, errors


def test_a_member_is_the_same_alone_in_a_crowd_and_on_any_threads():
    start = np.linspace(0.5, 1.5, 20)[:, None]
    delay = np.linspace(10.0, 20.0, 20)
    together = mackey_glass(0.1, members=20, delay=delay)
    found = together.sample(together.start(start), 0, 60)
    shared = mackey_glass(0.1, members=20, delay=delay, threads=2)
    assert np.array_equal(found, shared.sample(shared.start(start), 0, 60))
    alone = mackey_glass(0.1, delay=delay[7])
    assert np.array_equal(found[:, 7:8], alone.sample(alone.start(start[7:8]), 0, 60))


def test_a_run_resumes_from_its_state_alone_and_samples_never_shorten_a_step():
    engine = mackey_glass(0.3)
    start = MACKEY_GLASS.initial_point()[None]
    whole = engine.sample(engine.start(start), 0, 60)
    state = engine.start(start)
    engine.advance(state, 0, 23)
    kept = {name: value.copy() for name, value in state.items()}
    again = mackey_glass(0.3)
    rest = np.array([again.advance(kept, k, 1) or kept["u"].copy() for k in range(23, 60)])
    assert np.array_equal(whole[23:], rest)
    coarse = mackey_glass(0.3, spacing=5.0)
    assert np.array_equal(whole[4::5], coarse.sample(coarse.start(start), 0, 12))


def test_a_member_that_blows_up_is_masked_and_the_others_go_on():
    engine = stepper(rhs=explosion, lags=[(0, 1.0)], parameters=[[1.0], [-1.0]], spacing=0.3, dt=0.01)
    state = engine.start([[1.0], [1.0]])
    found = engine.sample(state, 0, 12)[:, :, 0]
    t = 0.3 * np.arange(1, 13)
    assert np.isfinite(found[t < 1, 0]).all()
    assert np.isnan(found[t > 1.1, 0]).all()
    assert np.allclose(found[:, 1], 1 / (1 + t), atol=1e-8)
    assert state["failed"].tolist() == [NOT_FINITE, 0]
    assert abs(state["failed_at"][0] - 1) < 0.1


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"dt": 2.0}, "dt"),
        ({"dt": 0.0}, "dt"),
        ({"lags": []}, "lags"),
        ({"lags": [(0, -1.0)]}, "delay"),
        ({"lags": [(0, float("nan"))]}, "delay"),
    ],
)
def test_what_cannot_work_is_refused(options, name):
    with pytest.raises(ParameterError, match=f"^{name}: "):
        stepper(**options)


def test_a_lag_of_a_component_that_is_not_there_is_refused():
    with pytest.raises(ParameterError, match=r"^lags: "):
        stepper(lags=[(1, 1.0)]).start([[1.0]])
