"""Flows record their drift, its divergence and the strength of their noise, against closed forms and differences."""

import numpy as np
import pytest

from ergodica import sims
from ergodica.models.score.process import process_of
from ergodica.numerics.errors import ParameterError
from ergodica.sims.dynamics.kernels import kernels
from ergodica.sims.dynamics.tables import definition_of

DRIFT = ("drift", "drift_divergence")
EXACT = {"rtol": 1e-13, "atol": 1e-13}  # round-off of a few operations on numbers of order 1


def test_ornstein_uhlenbeck_has_its_drift_divergence_and_diffusion(tmp_path):
    theta, sigma = np.array([0.5, 2.0]), np.array([0.3, 0.6])
    flow = sims.Flow(
        system="ornstein-uhlenbeck", parameters={"theta": [*theta], "mu": 1.5, "sigma": [*sigma]}
    )
    ds = flow.run(t_end=1.0, snapshots=21, members=2, record=DRIFT, out=tmp_path / "ou.nc")
    np.testing.assert_allclose(ds.drift[..., 0], theta[:, None] * (1.5 - ds.state[..., 0]), **EXACT)
    np.testing.assert_allclose(ds.drift_divergence, np.repeat(-theta[:, None], 21, axis=1), **EXACT)
    assert ds.diffusion.dims == ("member", "component")
    np.testing.assert_allclose(ds.diffusion[:, 0], sigma**2 / 2, **EXACT)
    assert ds.ergodica.check() == []


def test_constant_noise_is_always_there_and_is_what_score_networks_ask_for():
    ds = sims.Flow(system="noisy-double-well").run(t_end=0.1, snapshots=2, members=3, record=DRIFT)
    np.testing.assert_allclose(process_of(ds).diffusion, [[ds.diffusion[0]]], **EXACT)
    assert "drift" not in sims.Flow(system="noisy-double-well").run(t_end=0.1, snapshots=2)


@pytest.mark.parametrize("calculus", ["ito", "stratonovich"])
def test_noise_that_depends_on_the_state_has_the_drift_of_ito_and_a_diffusion_over_time(calculus):
    mu, sigma = 0.3, 0.8
    flow = sims.Flow(
        system="geometric-brownian", parameters={"mu": mu, "sigma": sigma}, calculus=calculus, dt=0.01
    )
    ds = flow.run(t_end=1.0, snapshots=11, members=2, record=(*DRIFT, "diffusion"))
    rate = mu + sigma**2 / 2 * (calculus == "stratonovich")
    np.testing.assert_allclose(ds.drift, rate * ds.state, **EXACT)
    np.testing.assert_allclose(ds.drift_divergence, rate, **EXACT)
    assert ds.diffusion.dims == ("member", "t", "component")
    np.testing.assert_allclose(ds.diffusion, sigma**2 * ds.state**2 / 2, **EXACT)
    with pytest.raises(ParameterError, match="diffusion"):
        process_of(ds)


def test_noise_that_depends_on_the_time_alone_has_a_diffusion_over_time():
    flow = sims.Flow.from_equations(
        {"x": "-x"}, initial={"x": 1.0}, parameters={"s": 0.5}, noise={"x": "s*(1 + t)"}
    )
    assert "diffusion" not in flow.run(t_end=1.0, snapshots=3)
    ds = flow.run(t_end=1.0, snapshots=3, record=("diffusion",))
    np.testing.assert_allclose(ds.diffusion[:, 0], 0.125 * (1 + ds.t) ** 2, **EXACT)


@pytest.mark.parametrize("scheme", ["dop853", "radau", "rk4"])
@pytest.mark.parametrize("warm_up", [0.0, 0.5])
def test_equations_that_name_t_are_taken_at_the_time_of_the_snapshot(scheme, warm_up):
    flow = sims.Flow.from_equations(
        {"x": "cos(w*t)", "y": "-y*t"},
        initial={"x": 0.0, "y": 1.0},
        parameters={"w": 3.0},
        scheme=scheme,
    )
    ds = flow.run(t_end=2.0, snapshots=41, members=2, record=DRIFT, warm_up=warm_up)
    t, y = ds.t.values, ds.state.values[..., 1]
    # steps of fixed length add the round-off of t
    np.testing.assert_allclose(ds.drift[..., 0], np.tile(np.cos(3 * t), (2, 1)), atol=1e-12)
    np.testing.assert_allclose(ds.drift[..., 1], -y * t, atol=1e-12)
    np.testing.assert_allclose(ds.drift_divergence, np.tile(-t, (2, 1)), atol=1e-12)


def test_noisy_equations_that_name_t_are_taken_at_the_time_of_the_snapshot():
    flow = sims.Flow.from_equations(
        {"x": "t - x"}, initial={"x": 0.0}, parameters={"s": 0.5}, noise={"x": "s"}
    )
    ds = flow.run(t_end=2.0, snapshots=41, record=DRIFT)
    np.testing.assert_allclose(ds.drift[:, 0], ds.t - ds.state[:, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("system", "contraction"),
    [
        ("lorenz63", lambda p: -(p["sigma"] + 1 + p["beta"])),
        ("lorenz96", lambda p: -p["n"]),
        ("henon-heiles", lambda p: 0.0),
    ],
)
def test_the_divergence_of_the_catalogue_is_its_contraction(system, contraction):
    flow = sims.Flow(system=system)
    ds = flow.run(t_end=1.0, snapshots=6, record=DRIFT)
    np.testing.assert_allclose(ds.drift_divergence, contraction(flow.parameter_values), **EXACT)
    again = [kernels(flow.definition)(u) for u in ds.state.values]
    np.testing.assert_array_equal(ds.drift, again)


SITES = {"u[i]": "k*(u[i+1] + u[i-1] - 2*u[i])*u[i]", "v": "-v**3 + sum(j, u[j])/n"}
AMPLITUDES = {"u[i]": "s*sin(u[i])*u[i+1]", "v": "s*v**2"}
PAIR = {"x": "x*y - x**3", "y": "sin(x) - k*y"}
PAIR_AMPLITUDES = {"x": "s*x*y", "y": "s*cos(y) + x"}


@pytest.mark.parametrize(
    "table",
    [
        {"equations": SITES, "noise": AMPLITUDES, "sites": {"n": 5}, "initial": {"u[i]": "0.1*i", "v": 1.0}},
        {"equations": PAIR, "noise": PAIR_AMPLITUDES, "initial": {"x": 1.0, "y": 1.0}},
    ],
    ids=["sites", "components"],
)
def test_the_divergence_of_a_corrected_drift_is_the_trace_of_its_differences(table):
    table = {"title": "own", **table, "parameters": {"k": [0.4, ""], "s": [0.7, ""]}}
    definition = definition_of(table, "own", "flow")
    made, p = kernels(definition), definition.vector()
    u = np.random.default_rng(1).uniform(0.2, 1.0, definition.size())
    drift, h, trace = made.part("drift_ito"), 1e-5, 0.0
    above, below = np.empty(u.size), np.empty(u.size)
    for a in range(u.size):
        step = h * (np.arange(u.size) == a)
        drift(0.0, u + step, p, above)
        drift(0.0, u - step, p, below)
        trace += (above[a] - below[a]) / (2 * h)
    # differences: h^2 and round-off / h
    np.testing.assert_allclose(made.part("divergence_ito")(0.0, u, p), trace, rtol=1e-8)


def test_a_function_of_ones_own_has_its_divergence_by_differences():
    def field(t, u, p, du):
        du[0] = u[1]
        du[1] = -p[0] * u[0] - u[1] ** 3

    flow = sims.Flow.from_function(field, {"x": 1.0, "v": 0.5}, {"k": 4.0})
    ds = flow.run(t_end=1.0, snapshots=5, record=DRIFT)
    x, v = ds.state.values.T
    np.testing.assert_allclose(ds.drift, np.stack([v, -4 * x - v**3], axis=1), **EXACT)
    np.testing.assert_allclose(ds.drift_divergence, -3 * v**2, atol=1e-8)  # central differences: some 1e-9


@pytest.mark.parametrize(
    ("flow", "record", "named"),
    [
        ({"system": "mackey-glass"}, "drift", "without delay"),
        ({"system": "lorenz63"}, "diffusion", "systems with noise"),
        ({"system": "brownian", "parameters": {"drift": [1.0, 2.0]}}, "drift", "run the members apart"),
    ],
)
def test_what_a_system_cannot_record_is_refused_before_the_run(flow, record, named):
    members = 2 if "parameters" in flow else None
    with pytest.raises(ParameterError, match=named):
        sims.Flow(**flow).run(t_end=1.0, snapshots=3, members=members, record=(record,))
