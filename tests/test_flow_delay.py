"""Flows with delay: closed forms, a past of one's own, delays that differ from member to member."""

import numpy as np
import pytest

import ergodica
from ergodica import sims
from ergodica.numerics.errors import ParameterError
from ergodica.sims.engines.ode.delay import STEPS_A_DELAY

LAGGED = sims.Flow.from_equations(
    {"x": "-lag(x, tau)"}, initial={"x": "cos(0)"}, parameters={"tau": np.pi / 2}
)
MACKEY_GLASS = sims.Flow(system="mackey-glass")


def test_a_past_of_your_own_is_an_expression_of_time():
    ds = LAGGED.changed(initial={"x": "cos(t)"}).run(t_end=20.0, snapshots=81)
    # cos t solves it: 13 delays at an error of 256^-4 of a delay each
    np.testing.assert_allclose(ds.state[:, 0], np.cos(ds.t), atol=1e-8)
    constant = LAGGED.run(t_end=1.5, snapshots=7)
    np.testing.assert_allclose(constant.state[:, 0], 1 - constant.t, atol=1e-13)  # until the delay has passed


def test_a_past_goes_through_the_file_and_uses_the_parameters_of_each_member(tmp_path):
    rates = [0.5, 1.0]
    flow = sims.Flow.from_equations(
        {"x": "r*exp(r*tau)*lag(x, tau)", "y": "-y"},
        initial={"x": 1.0, "y": 2.0},
        parameters={"tau": 0.7, "r": 1.0},
    ).changed(parameters={"r": rates}, initial={"x": "exp(r*t)"})
    ds = flow.run(t_end=2.0, snapshots=9, members=2, out=tmp_path / "past.nc")
    for j, rate in enumerate(rates):
        # e^(r t) solves it; an error of 256^-4 a delay
        np.testing.assert_allclose(ds.state[j, :, 0], np.exp(rate * ds.t), rtol=1e-8)
    np.testing.assert_allclose(ds.state[1, :, 1], 2 * np.exp(-ds.t), rtol=1e-8)
    ds.close()
    with ergodica.open(tmp_path / "past.nc") as stored:
        assert sims.from_dataset(stored) == flow


def test_a_delay_for_each_member_is_as_if_each_ran_alone():
    delays = [8.0, 17.0, 23.0]
    together = MACKEY_GLASS.changed(parameters={"tau": delays}, initial={"x": "1.2 + 0.1*sin(t)"})
    ds = together.run(t_end=100.0, snapshots=21, members=3, warm_up=30.0)
    for j, tau in enumerate(delays):
        alone = together.changed(parameters={"tau": tau}).run(t_end=100.0, snapshots=21, warm_up=30.0)
        np.testing.assert_array_equal(alone.state, ds.state[j])


def test_the_default_step_resolves_every_delay_system_of_the_catalogue():
    for name, definition in sims.FLOWS.items():
        if not definition.lags:
            continue
        flow = sims.Flow(system=name)
        shortest = min(definition.values()[lag.delay] for lag in definition.lags)
        t_end = 5 * shortest
        fine = flow.changed(dt=shortest / STEPS_A_DELAY / 2).run(t_end=t_end, snapshots=11).state.values
        error = np.abs(flow.run(t_end=t_end, snapshots=11).state.values - fine).max() / np.abs(fine).max()
        # a sixteenth of the error is left at half the step; chaos adds a factor of some ten in five delays
        assert error < 1e-5, (name, error)


def test_constant_delays_of_the_past_only_matter():
    a = MACKEY_GLASS.run(t_end=10.0, snapshots=11).state
    b = MACKEY_GLASS.changed(initial={"x": "1.2"}).run(t_end=10.0, snapshots=11).state
    c = MACKEY_GLASS.changed(initial={"x": "1.2 + 0.3*t"}).run(t_end=10.0, snapshots=11).state
    np.testing.assert_allclose(a, b, rtol=1e-13)  # the same past at other nodes
    assert np.abs(a - c).max() > 0.01


@pytest.mark.parametrize(
    ("flow", "initial", "said"),
    [
        (MACKEY_GLASS, {"x": "1 + sin(s)"}, r"initial.x: 's' is not known here"),
        (MACKEY_GLASS, {"x": "log(t + 1)"}, r"initial.x: must be a finite number"),
        (MACKEY_GLASS, {"x": "1 +"}, r"initial.x"),
        (sims.Flow(system="lorenz63"), {"x": "1 + t"}, r"initial.x: 't' is not known here"),
    ],
)
def test_a_past_that_cannot_be_is_refused(flow, initial, said):
    with pytest.raises(ParameterError, match=said) as caught:
        flow.changed(initial=initial)
    assert "\n" not in str(caught.value)


def test_initial_values_of_any_flow_may_be_expressions_of_its_parameters():
    flow = sims.Flow(system="lorenz63", initial={"x": "sqrt(beta*(rho - 1))"})
    assert flow.run(t_end=0.1, snapshots=2).state.values[0, 0] == np.sqrt(8 / 3 * 27)
