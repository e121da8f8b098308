"""The integrator for stiff systems: coefficients, accuracy, dense output, bit-identity, failures."""

import numpy as np
import pytest

from ergodica.numerics import kernel
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.engines.ode.codes import NOT_FINITE, STEP_TOO_SMALL
from ergodica.sims.engines.ode.implicit import Implicit
from ergodica.sims.engines.ode.radau_tables import radau


@kernel(error_model="numpy")
def robertson(t, u, p, du):
    du[0] = -p[0] * u[0] + p[1] * u[1] * u[2]
    du[2] = p[2] * u[1] * u[1]
    du[1] = -du[0] - du[2]


@kernel(error_model="numpy")
def robertson_jacobian(t, u, p, matrix):
    matrix[0, 0], matrix[0, 1], matrix[0, 2] = -p[0], p[1] * u[2], p[1] * u[1]
    matrix[2, 0], matrix[2, 1], matrix[2, 2] = 0.0, 2 * p[2] * u[1], 0.0
    for i in range(3):
        matrix[1, i] = -matrix[0, i] - matrix[2, i]


@kernel(error_model="numpy")
def attracted(t, u, p, du):
    """Prothero and Robinson 1974: cos t, to which all else decays at the rate p."""
    du[0] = -p[0] * (u[0] - np.cos(t)) - np.sin(t)


@kernel(error_model="numpy")
def explosion(t, u, p, du):
    du[0] = u[0] * u[0]


RATES = np.array([0.04, 1e4, 3e7])


def stepper(members=1, **options):
    options = {"rhs": robertson, "jacobian": robertson_jacobian, "spacing": 10.0, "threads": 1} | options
    return Implicit(**{"parameters": np.tile(RATES, (members, 1))} | options)


@pytest.mark.parametrize("stages", [1, 3, 5, 7])
def test_coefficients_satisfy_the_order_conditions(stages):
    method = radau(stages)
    a = np.linalg.inv(method.inverse)
    # round-off of the entries of A^-1, up to 1400 for 7 stages
    for q in range(1, 2 * stages):
        assert abs(a[-1] @ method.nodes ** (q - 1) - 1 / q) < 1e-13
    for q in range(1, stages + 1):
        assert np.abs(a @ method.nodes ** (q - 1) - method.nodes**q / q).max() < 1e-13
    again = (method.vectors * method.eigenvalues) @ method.rows
    assert np.abs(again.real - method.inverse).max() < 1e-11 * np.abs(method.inverse).max()


def test_three_stages_are_the_published_ones():
    method, root = radau(3), 6**0.5  # Hairer and Wanner 1996, table IV.5.6 and (IV.8.18)
    assert np.allclose(method.nodes, [(4 - root) / 10, (4 + root) / 10, 1], atol=1e-15)
    expected = np.array([-13 - 7 * root, -13 + 7 * root, -1]) / 3 * method.real_node
    assert np.allclose(method.error, expected, atol=1e-13)


@pytest.mark.parametrize("tolerance", [1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("given", [True, False])
def test_robertson_reaches_its_end_state(tolerance, given):
    engine = stepper(
        spacing=1e11, rtol=tolerance, atol=tolerance * 1e-8, jacobian=robertson_jacobian if given else None
    )
    state = engine.start([[1.0, 0.0, 0.0]])
    engine.advance(state, 0, 1)
    # test set for initial value problem solvers (Mazzia and Magherini 2008), t = 1e11
    published = np.array([0.2083340149701255e-07, 0.8333360770334713e-13, 0.9999999791665050])
    assert np.abs(state["u"][0] / published - 1).max() < 10 * tolerance
    assert abs(state["u"][0].sum() - 1) < 1e-12  # a linear invariant, kept to round-off


@pytest.mark.parametrize("stages", [3, 5, 7])
@pytest.mark.parametrize("rate", [1.0, 1e3, 1e8])
def test_samples_between_the_steps_honour_the_tolerance(stages, rate):
    tolerance = 1e-8 if stages == 3 else 1e-10
    engine = Implicit(
        rhs=attracted,
        parameters=[[rate]],
        spacing=0.01,
        rtol=tolerance,
        atol=tolerance,
        stages=stages,
        threads=1,
    )
    found = engine.sample(engine.start([[1.0]]), 0, 1000)[:, 0, 0]
    # at the rate 1e8 the round-off of rate (u - cos t) is 1e-8 in du/dt and 1e-16 in u
    assert np.abs(found - np.cos(0.01 * np.arange(1, 1001))).max() < 10 * tolerance


def test_oregonator_returns_after_its_period():
    definition = definitions("flow")["oregonator"]
    parts = kernels(definition)
    ends = []
    for tolerance, stages in ((1e-10, 7), (1e-10, 5), (1e-12, 7)):
        engine = Implicit(
            rhs=parts.rhs,
            jacobian=parts.jacobian,
            parameters=definition.vector()[None],
            spacing=1.0,
            rtol=tolerance,
            atol=tolerance,
            stages=stages,
            threads=1,
        )
        ends.append(engine.sample(engine.start(definition.initial_point()[None]), 0, 360)[:, 0])
    scale = np.abs(ends[-1]).max(axis=0)
    # the phase of a relaxation oscillation takes up the errors of every spike: a thousand tolerances
    assert (np.abs(ends[0] - ends[-1]) / scale).max() < 1e-7
    assert (np.abs(ends[1] - ends[-1]) / scale).max() < 1e-7


def stiff_flows():
    catalogue = definitions("flow")
    return [name for name in catalogue if catalogue[name].stiff]


@pytest.mark.parametrize("name", stiff_flows())
def test_every_stiff_flow_of_the_catalogue_runs(name):
    definition = definitions("flow")[name]
    parts = kernels(definition)
    ends = []
    for tolerance in (1e-10, 1e-12):
        engine = Implicit(
            rhs=parts.rhs,
            jacobian=parts.jacobian,
            parameters=definition.vector()[None],
            spacing=0.01,
            rtol=tolerance,
            atol=tolerance,
            threads=1,
        )
        state = engine.start(definition.initial_point()[None])
        ends.append(engine.sample(state, 0, 100)[:, 0])
        assert not engine.failures(state)
    scale = np.abs(ends[1]).max(axis=0) + 1e-3
    assert (np.abs(ends[0] - ends[1])[:10] / scale).max() < 1e-6  # before chaos takes over


def test_a_member_is_the_same_alone_in_a_crowd_and_on_any_threads():
    parameters = RATES * np.linspace(0.5, 2, 30)[:, None]
    start = np.tile([1.0, 0.0, 0.0], (30, 1))
    together = stepper(parameters=parameters)
    found = together.sample(together.start(start), 0, 20)
    shared = stepper(parameters=parameters, threads=2)
    assert np.array_equal(found, shared.sample(shared.start(start), 0, 20))
    alone = stepper(parameters=parameters[17:18])
    assert np.array_equal(found[:, 17:18], alone.sample(alone.start(start[:1]), 0, 20))


def test_a_run_resumes_from_its_state_alone_and_samples_never_shorten_a_step():
    engine = stepper()
    whole = engine.sample(engine.start([[1.0, 0.0, 0.0]]), 0, 50)
    state = engine.start([[1.0, 0.0, 0.0]])
    engine.advance(state, 0, 21)
    kept = {name: value.copy() for name, value in state.items()}
    again = stepper()
    rest = np.array([again.advance(kept, k, 1) or kept["u"].copy() for k in range(21, 50)])
    assert np.array_equal(whole[21:], rest)
    coarse = stepper(spacing=50.0)
    assert np.array_equal(whole[4::5], coarse.sample(coarse.start([[1.0, 0.0, 0.0]]), 0, 10))


def test_a_member_that_blows_up_is_masked_and_the_others_go_on():
    start = np.array([[1.0], [0.01], [np.nan_to_num(np.inf)]])
    engine = Implicit(rhs=explosion, parameters=np.zeros((3, 0)), spacing=0.3, threads=1)
    state = engine.start(start)
    found = engine.sample(state, 0, 12)[:, :, 0]
    t = 0.3 * np.arange(1, 13)
    assert np.array_equal(np.isnan(found), np.column_stack([t > 1, t < 0, t > 0]))
    assert np.allclose(found[:, 1], 0.01 / (1 - 0.01 * t), rtol=1e-8)
    assert abs(state["failed_at"][0] - 1) < 1e-6
    assert state["failed_at"][2] == 0
    assert state["failed"][1] == 0
    assert set(state["failed"][[0, 2]]) <= {NOT_FINITE, STEP_TOO_SMALL}


@pytest.mark.parametrize(
    ("options", "name"),
    [({"rtol": 0.0}, "rtol"), ({"stages": 4}, "stages"), ({"max_step": -1.0}, "max_step")],
)
def test_what_cannot_work_is_refused(options, name):
    with pytest.raises(ParameterError, match=f"^{name}: "):
        stepper(**options)
