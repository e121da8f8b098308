"""Runge-Kutta steps on CUDA, under numba's simulator: those of the CPU to round-off, whatever the system."""

from __future__ import annotations

import re
import textwrap

import numpy as np
import processes
import pytest

from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import Kernels, kernels
from ergodica.sims.dynamics.tables import from_equations
from ergodica.sims.engines.lanes_rk4 import LanesRK4

FLOWS = definitions("flow")

SYSTEMS = """
    import numpy as np
    from ergodica.sims.dynamics.catalogue import definitions
    from ergodica.sims.dynamics.functions import from_function
    from ergodica.sims.dynamics.tables import from_equations

    kuramoto = from_equations(
        {"theta[i]": "omega + K/n*sum(j, sin(theta[j] - theta[i])) + 0.1*cos(t)"},
        {"K": 2.0},
        {"theta[i]": "noise(i)"},
        sites={"n": 5},
        define={"omega": "-1 + 2*i/(n - 1)"},
        name="kuramoto",
    )
    decay = from_equations({"x": "-a*x"}, {"a": 2.0}, {"x": 1.0}, name="decay")
    growth = from_equations({"x": "x**2", "y": "-y"}, {}, {"x": 0.1, "y": 1.0}, name="growth")

    def pendulum(t, u, p, du):
        du[0] = u[1]
        du[1] = p[0] * np.cos(t) - np.sin(u[0])

    pushed = from_function(pendulum, {"angle": 1.0, "rate": 0.0}, {"force": 0.3}, name="pushed")
    catalogue = ("lorenz63", "duffing", "beer-rnn", "double-pendulum", "lorenz96")
    systems = {d.name: d for d in (*(definitions("flow")[n] for n in catalogue), kuramoto, decay, growth, pushed)}
"""
ALIKE = ["lorenz63", "duffing", "beer-rnn", "double-pendulum", "lorenz96", "kuramoto", "decay", "pushed"]
ON_CUDA = (
    """
    import json, sys
    from ergodica.numerics.errors import ParameterError
    from ergodica.sims.dynamics.kernels import kernels
    from ergodica.sims.engines.cuda_rk4 import CudaRK4
"""
    + SYSTEMS
    + """
    def run(definition, members, single, slices):
        u = definition.initial_point() + np.linspace(0, 0.1, members)[:, None]
        p = np.tile(definition.vector(), (members, 1))
        given = {"kernels": kernels(definition), "parameters": p, "dt": 0.01, "steps_per_snapshot": 1}
        stepper, state = CudaRK4(**given, single=single), {"u": u.copy()}
        for first, count in slices:
            stepper.advance(state, first, count)
        return [u.tolist(), p.tolist(), state["u"].tolist()]

    out = {name: {} for name in systems}
    for name, definition in systems.items():
        for single in (False, True):
            out[name][str(single)] = run(definition, 3, single, [(0, 2), (2, 3)])
    out["blocks"] = run(systems["lorenz63"], 130, False, [(7, 1)])
    given = {"kernels": kernels(systems["growth"]), "parameters": np.zeros((3, 0)), "dt": 0.01}
    stepper = CudaRK4(**given, steps_per_snapshot=1)
    u = np.array([[0.1, 1.0], [5.0, 1.0], [0.2, 1.0]])
    with np.errstate(all="ignore"):
        stepper.advance({"u": u}, 0, 40)
    out["blown up"] = u.tolist()
    words = []
    for change in ({"dt": 0.0}, {"parameters": np.zeros((3, 1))}):
        try:
            CudaRK4(**given | change, steps_per_snapshot=1)
        except ParameterError as error:
            words.append(str(error))
    try:
        stepper.advance({"u": u[:2]}, 0, 1)
    except ParameterError as error:
        words.append(str(error))
    out["refused"] = words
    print(json.dumps(out))
"""
)


@pytest.fixture(scope="module")
def on_cuda():
    """What the simulator computed; its switch acts at import, so it has a process of its own."""
    return processes.told("-c", textwrap.dedent(ON_CUDA), NUMBA_ENABLE_CUDASIM=1)


@pytest.fixture(scope="module")
def systems():
    scope = {}
    exec(textwrap.dedent(SYSTEMS), scope)
    return scope["systems"]


def on_lanes(definition, u, p, first, count):
    u = np.array(u)
    given = {"kernels": kernels(definition), "parameters": np.array(p), "dt": 0.01}
    LanesRK4(**given, steps_per_snapshot=1, threads=1).advance({"u": u}, first, count)
    return u


@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("single", [False, True])
def test_steps_on_cuda_are_those_of_the_cpu(name, single, on_cuda, systems):
    u, p, there = on_cuda[name][str(single)]
    expected = on_lanes(systems[name], u, p, 0, 5)
    # five steps of round-off: 2e-16 or 6e-8 of the largest component an operation
    tolerance = (2e-6 if single else 1e-13) * np.abs(expected).max()
    np.testing.assert_allclose(there, expected, rtol=0, atol=tolerance)
    assert np.abs(expected - u).max() > 100 * tolerance


def test_members_may_need_more_than_a_block(on_cuda, systems):
    u, p, there = on_cuda["blocks"]
    np.testing.assert_allclose(there, on_lanes(systems["lorenz63"], u, p, 7, 1), rtol=1e-13)


def test_a_member_that_blows_up_stays_lost_and_leaves_the_others_alone(on_cuda, systems):
    u = np.array(on_cuda["blown up"])
    assert not np.isfinite(u[1]).all()
    assert u[1, 1] > 0.5  # it stopped where it was lost, at t=0.2; a member that goes on has exp(-0.4) there
    expected = on_lanes(systems["growth"], [[0.1, 1.0], [0.2, 1.0]], np.zeros((2, 0)), 0, 40)
    np.testing.assert_allclose(u[[0, 2]], expected, rtol=1e-13)


def test_what_a_device_cannot_do_is_refused(on_cuda):
    dt, columns, shape = on_cuda["refused"]
    assert dt.startswith("dt: must be above 0")
    assert columns.startswith("parameters: must have 0 columns, got 1")
    assert shape.startswith("u: must be float64 of shape (3, 2)")


@pytest.mark.parametrize("name", ["lorenz84", "lorenz96", "beer-rnn"])
def test_single_precision_code_holds_no_double(name):
    source = Kernels(FLOWS[name], portable=True).source("rk4_cuda_single")
    bare = re.findall(r"(?<![\w.(])\d+\.\d+", source)
    assert set(bare) <= {"0.5"}  # half of dt, for the clock, which stays exact
    assert "half = 0.5*dt" in source


def test_a_flow_without_time_keeps_no_clock():
    assert "step*dt" not in Kernels(FLOWS["lorenz63"], portable=True).source("rk4_cuda")
    forced = from_equations({"x": "cos(t)"}, {}, {"x": 0.0}, name="forced")
    assert "step*dt" in Kernels(forced, portable=True).source("rk4_cuda")
