"""Composition methods for separable Hamiltonians: order, energy, reversibility, bit-identity, failures."""

import numpy as np
import pytest

from ergodica.numerics import kernel
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.engines.composition import SCHEMES
from ergodica.sims.engines.ode import fixed
from ergodica.sims.engines.ode.codes import NOT_FINITE
from ergodica.sims.engines.ode.symplectic import Symplectic

PENDULUM = definitions("flow")["pendulum"]
KEPLER = definitions("flow")["kepler"]


@kernel(error_model="numpy")
def drift(t, u, p, du):
    du[0] = u[1]


@kernel(error_model="numpy")
def driven_kick(t, u, p, du):
    """q'' = -q + cos(w t)."""
    du[1] = -u[0] + np.cos(p[0] * t)


@kernel(error_model="numpy")
def breathing_drift(t, u, p, du):
    """T = p^2/2 (1 + a sin 3t)."""
    du[0] = u[1] * (1 + p[0] * np.sin(3 * t))


@kernel(error_model="numpy")
def breathing_kick(t, u, p, du):
    """V = -cos q (1 + b cos 2t)."""
    du[1] = -np.sin(u[0]) * (1 + p[1] * np.cos(2 * t))


@kernel(error_model="numpy")
def escape_kick(t, u, p, du):
    """q'' = p q^3: for p > 0 it reaches infinity in a finite time."""
    du[1] = p[0] * u[0] ** 3


def stepper(definition, dt, members=1, **options):
    parts = kernels(definition)
    options = {"velocity": parts.velocity, "force": parts.force, "threads": 1} | options
    return Symplectic(parameters=np.tile(definition.vector(), (members, 1)), dt=dt, **options)


def driven(scheme, steps, t=5.0, omega=1.7):
    engine = Symplectic(
        velocity=drift, force=driven_kick, parameters=[[omega]], dt=t / steps, scheme=scheme, threads=1
    )
    state = engine.start([[0.3, 0.0]])
    engine.advance(state, 0, steps)
    amplitude = 1 / (1 - omega**2)
    exact = amplitude * np.cos(omega * t) + (0.3 - amplitude) * np.cos(t)
    return abs(state["u"][0, 0] - exact)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_order_is_the_declared_one_with_time_in_the_force(scheme):
    order = SCHEMES[scheme].order
    steps = {2: (100, 200, 400), 4: (60, 120, 240), 6: (20, 40, 80), 8: (8, 12, 18)}[order]
    errors = [driven(scheme, n) for n in steps]
    slope = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert abs(slope - order) < 0.1 * order, errors  # three steps that are not yet infinitely small


def breathing(scheme, steps):
    """Time in the kinetic energy, in the potential, in both: a member each."""
    engine = Symplectic(
        velocity=breathing_drift,
        force=breathing_kick,
        parameters=[[0.4, 0.0], [0.0, 0.4], [0.4, 0.4]],
        dt=3.0 / steps,
        scheme=scheme,
        threads=1,
    )
    state = engine.start([[1.0, 0.3]] * 3)
    engine.advance(state, 0, steps)
    return state["u"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_order_is_the_declared_one_with_time_in_either_energy(scheme):
    order = SCHEMES[scheme].order
    steps = {2: (100, 200, 400), 4: (60, 120, 240), 6: (20, 40, 80), 8: (14, 20, 28)}[order]
    exact = breathing("kahan-li-8", 1500)  # round-off only is left
    errors = [np.abs(breathing(scheme, n) - exact).max(axis=1) for n in steps]
    slopes = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert np.abs(slopes - order).max() < 0.1 * order, errors  # steps that are not yet infinitely small


@pytest.mark.parametrize("scheme", SCHEMES)
def test_steps_run_backwards_to_where_they_came_from(scheme):
    engine = stepper(KEPLER, 0.01, scheme=scheme)
    start = KEPLER.initial_point()[None]
    state = engine.start(start)
    engine.advance(state, 0, 5000)
    state["u"][:, 2:] *= -1
    engine.advance(state, 5000, 5000)
    state["u"][:, 2:] *= -1
    # round-off of 10^4 steps, spread by the shear of neighbouring orbits over 16 periods
    assert np.abs(state["u"] - start).max() < 1e-9


def energy(u):
    return u[:, 1] ** 2 / 2 - np.cos(u[:, 0])


@pytest.mark.parametrize(
    ("scheme", "a_period", "bound"), [("strang", 30, 2e-2), ("yoshida-4", 30, 3e-3), ("kahan-li-8", 12, 1e-6)]
)
def test_energy_does_not_drift_over_100_000_periods(scheme, a_period, bound):
    angles = np.linspace(0.2, 1.5, 8)
    engine = stepper(PENDULUM, 2 * np.pi / a_period, members=8, scheme=scheme)
    state = engine.start(np.column_stack([angles, 0 * angles]))
    start = energy(state["u"])
    largest = []
    for block in range(100):
        most = 0.0
        for sample in range(10):  # phases that differ: the energy oscillates within a period
            engine.advance(state, (block * 10 + sample) * 100 * a_period + sample, 100 * a_period + 1)
            most = np.maximum(most, np.abs(energy(state["u"]) - start))
        largest.append(most)
    largest = np.array(largest)
    assert largest.max() < bound
    # the largest of ten samples varies a little; a drift would make the last a hundred times the first
    assert largest[-10:].max() < 1.5 * largest[:10].max()


def test_a_member_is_the_same_alone_in_a_crowd_on_any_threads_and_in_any_slices(monkeypatch):
    monkeypatch.setattr(fixed, "WORTH_THREADS", 0)
    rng = np.random.default_rng(0)
    start = rng.uniform(-1, 1, (50, 2))
    together = stepper(PENDULUM, 0.1, members=50)
    state = together.start(start)
    together.advance(state, 0, 100)
    shared = stepper(PENDULUM, 0.1, members=50, threads=2)
    other = shared.start(start)
    for first in range(0, 100, 25):
        shared.advance(other, first, 25)
    assert np.array_equal(state["u"], other["u"])
    for j in (0, 30, 49):
        alone = stepper(PENDULUM, 0.1)
        one = alone.start(start[j : j + 1])
        alone.advance(one, 0, 100)
        assert np.array_equal(one["u"], state["u"][j : j + 1])
    assert np.allclose(state["t"], 10)


def test_a_member_that_escapes_is_masked_and_the_others_go_on():
    engine = Symplectic(
        velocity=drift,
        force=escape_kick,
        parameters=[[-1.0], [1.0], [-1.0]],
        dt=0.01,
        scheme="yoshida-4",
        threads=1,
    )
    ends = []
    for slices in (1, 10):
        state = engine.start([[1.0, 0.0]] * 3)
        for k in range(slices):
            engine.advance(state, k * 1000 // slices, 1000 // slices)
        ends.append(state)
    assert np.isnan(ends[0]["u"][1]).all()
    assert np.isfinite(ends[0]["u"][[0, 2]]).all()
    assert ends[0]["failed"].tolist() == [0, NOT_FINITE, 0]
    assert 1.8 < ends[0]["failed_at"][1] < 2.5  # q = 1 reaches infinity after 1.854, the steps soon after
    for name in ends[0]:
        assert np.array_equal(ends[0][name], ends[1][name], equal_nan=True)


@pytest.mark.parametrize(
    ("options", "name"),
    [({"scheme": "euler"}, "scheme"), ({"dt": 0.0}, "dt"), ({"steps_per_snapshot": 0}, "steps_per_snapshot")],
)
def test_what_cannot_work_is_refused(options, name):
    with pytest.raises(ParameterError, match=f"^{name}: "):
        stepper(PENDULUM, **({"dt": 0.1} | options))


def test_an_odd_number_of_components_is_refused():
    engine = stepper(PENDULUM, 0.1)
    with pytest.raises(ParameterError, match=r"^u: as many momenta"):
        engine.advance(engine.start([[1.0, 2.0, 3.0]]), 0, 1)
