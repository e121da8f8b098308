"""Stochastic schemes: strong orders on one Wiener path, stationary laws, bit-identity, failures."""

import numpy as np
import pytest

from ergodica.numerics import kernel
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.engines.ode import fixed
from ergodica.sims.engines.ode.codes import NOT_FINITE
from ergodica.sims.engines.ode.noisy import SCHEMES, Noisy
from ergodica.sims.engines.ode.noisy_kernel import path

FINE = 4096
"""Increments of the Wiener path of one unit of time."""
MEMBERS = 400


@kernel(error_model="numpy")
def double_well(t, u, p, du):
    du[0] = u[0] - u[0] ** 3 + np.sin(t)


@kernel(error_model="numpy")
def breathing(t, u, p, b):
    b[0] = 0.5 + 0.25 * np.cos(t)


@kernel(error_model="numpy")
def growth(t, u, p, du):
    du[0] = p[0] * u[0]


@kernel(error_model="numpy")
def proportional(t, u, p, b):
    b[0] = p[1] * u[0]


@kernel(error_model="numpy")
def nothing(t, u, p, du):
    du[0] = 0.0


@kernel(error_model="numpy")
def logistic(t, u, p, du):
    du[0] = u[0] * (1 - u[0])


@kernel(error_model="numpy")
def one(t, u, p, b):
    b[0] = 1.0


@kernel(error_model="numpy")
def explosion(t, u, p, du):
    du[0] = p[0] * u[0] ** 3


def end(drift, noise, scheme, substeps, start=1.0, parameters=(0.3, 0.8)):
    engine = Noisy(
        drift=drift,
        noise=noise,
        parameters=np.tile(parameters, (MEMBERS, 1)),
        dt=substeps / FINE,
        scheme=scheme,
        substeps=substeps,
        threads=1,
    )
    state = engine.start(np.full((MEMBERS, 1), start))
    engine.advance(state, 0, FINE // substeps)
    return state["u"][:, 0]


def test_a_path_and_its_integral_have_their_second_moments():
    h, n = 0.3, 40_000
    for substeps in (1, 4):
        pairs = np.array([path(7, np.uint64(j), 3, 0, 2, h, substeps, True) for j in range(n // substeps)])
        found = np.cov(pairs.T, bias=True)
        exact = np.array([[h, h**2 / 2], [h**2 / 2, h**3 / 3]])
        # four standard errors of the covariance of n normals
        error = np.sqrt((np.outer(np.diag(exact), np.diag(exact)) + exact**2) / len(pairs))
        assert (np.abs(found - exact) < 4 * error).all(), (found, exact)


def test_heun_without_noise_has_order_2():
    def distance(steps):
        engine = Noisy(
            drift=logistic, noise=nothing, parameters=np.zeros((1, 0)), dt=2 / steps, scheme="heun", threads=1
        )
        state = engine.start([[0.1]])
        engine.advance(state, 0, steps)
        return abs(state["u"][0, 0] - 1 / (1 + 9 * np.exp(-2.0)))

    counts = np.array([20, 40, 80])
    errors = [distance(n) for n in counts]
    assert abs(-np.polyfit(np.log(counts), np.log(errors), 1)[0] - 2) < 0.1, errors


def order_of(errors, substeps):
    return np.polyfit(np.log(substeps), np.log(errors), 1)[0]


def test_steps_of_any_length_follow_one_wiener_path():
    fine = end(nothing, one, "euler-maruyama", 1, start=0.0)
    for substeps in (4, 64):
        assert np.allclose(end(nothing, one, "euler-maruyama", substeps, start=0.0), fine, rtol=0, atol=1e-13)
    assert abs(fine.mean()) < 4 / np.sqrt(MEMBERS)
    assert abs(fine.var() - 1) < 4 * np.sqrt(2 / MEMBERS)


# 400 paths: the root mean square of an error is known to 5 %, the same paths at every step make the slope surer
@pytest.mark.parametrize(
    ("scheme", "order", "substeps"),
    [
        ("euler-maruyama", 1.0, (16, 32, 64, 128)),
        ("heun", 1.0, (16, 32, 64, 128)),
        ("sra1", 1.5, (8, 16, 32, 64)),
    ],
)
def test_strong_order_with_additive_noise(scheme, order, substeps):
    exact = end(double_well, breathing, "sra1", 1)
    errors = [np.sqrt(np.mean((end(double_well, breathing, scheme, n) - exact) ** 2)) for n in substeps]
    assert abs(order_of(errors, substeps) - order) < 0.1, errors
    assert SCHEMES[scheme].additive_order == order


@pytest.mark.parametrize(("scheme", "order", "ito"), [("euler-maruyama", 0.5, True), ("heun", 1.0, False)])
def test_strong_order_and_calculus_with_multiplicative_noise(scheme, order, ito):
    path = end(nothing, one, "euler-maruyama", 1, start=0.0)
    exact = np.exp((0.3 - 0.32 if ito else 0.3) + 0.8 * path)  # geometric Brownian motion at t = 1
    substeps = (1, 4, 16, 64)
    errors = [np.sqrt(np.mean((end(growth, proportional, scheme, n) - exact) ** 2)) for n in substeps]
    assert abs(order_of(errors, substeps) - order) < 0.1, errors
    assert SCHEMES[scheme].order == order


@pytest.mark.parametrize("scheme", SCHEMES)
def test_ornstein_uhlenbeck_has_its_stationary_variance(scheme):
    definition = definitions("flow")["ornstein-uhlenbeck"]
    parts, members, dt = kernels(definition), 4000, 0.01
    values = definition.values()
    engine = Noisy(
        drift=parts.rhs,
        noise=parts.noise,
        parameters=np.tile(definition.vector(), (members, 1)),
        dt=dt,
        scheme=scheme,
        seed=5,
        threads=1,
    )
    state = engine.start(np.zeros((members, 1)))
    engine.advance(state, 0, 800)
    jacobian = np.empty((1, 1))
    parts.jacobian(0.0, np.zeros(1), definition.vector(), jacobian)
    amplitude = np.empty(1)
    parts.noise(0.0, np.zeros(1), definition.vector(), amplitude)
    rate = -jacobian[0, 0]
    settled = 1 - np.exp(-2 * rate * 8.0)
    variance = amplitude[0] ** 2 / (2 * rate) * settled
    # four standard errors of a variance of 4000 normals, and the bias of Euler's, rate dt / 2
    tolerance = 4 * np.sqrt(2 / members) + rate * dt / 2
    assert abs(state["u"].var() / variance - 1) < tolerance, values


def test_a_member_is_the_same_alone_in_a_crowd_on_any_threads_and_in_any_slices(monkeypatch):
    for scheme in SCHEMES:
        options = {"drift": double_well, "noise": breathing, "dt": 0.01, "scheme": scheme, "seed": 3}
        together = Noisy(parameters=np.zeros((20, 0)), threads=1, **options)
        monkeypatch.setattr(fixed, "WORTH_THREADS", 0)
        state = together.start(np.ones((20, 1)))
        together.advance(state, 0, 100)
        shared = Noisy(parameters=np.zeros((20, 0)), threads=2, **options)
        other = shared.start(np.ones((20, 1)))
        for first in range(0, 100, 20):
            shared.advance(other, first, 20)
        assert np.array_equal(state["u"], other["u"])
        alone = Noisy(parameters=np.zeros((1, 0)), streams=[13], threads=1, **options)
        single = alone.start([[1.0]])
        alone.advance(single, 0, 100)
        assert np.array_equal(single["u"][0], state["u"][13])
        assert len(np.unique(state["u"])) == 20


def test_a_member_that_blows_up_is_masked_and_the_others_go_on():
    engine = Noisy(drift=explosion, noise=one, parameters=[[1.0], [-1.0]], dt=0.01, threads=1)
    state = engine.start([[1.0], [1.0]])
    engine.advance(state, 0, 1000)
    assert np.isnan(state["u"][0, 0])
    assert np.isfinite(state["u"][1, 0])
    assert state["failed"].tolist() == [NOT_FINITE, 0]
    assert 0 < state["failed_at"][0] < 10


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"scheme": "milstien"}, "scheme"),
        ({"substeps": 0}, "substeps"),
        ({"seed": -1}, "seed"),
        ({"streams": [1, 2]}, "streams"),
        ({"dt": -1.0}, "dt"),
    ],
)
def test_what_cannot_work_is_refused(options, name):
    with pytest.raises(ParameterError, match=f"^{name}: "):
        Noisy(**({"drift": growth, "noise": one, "parameters": np.ones((1, 1)), "dt": 0.1} | options))


def test_the_scheme_for_additive_noise_refuses_any_other():
    engine = Noisy(drift=growth, noise=proportional, parameters=[[1.0, 1.0]], dt=0.1, scheme="sra1")
    with pytest.raises(ParameterError, match="use heun"):
        engine.start([[1.0]])
