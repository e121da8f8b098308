"""What the study of phase-separated active discs measures by: boundaries, bounds, and velocities of particles."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy.linalg import solve_continuous_lyapunov

from ergodica import models
from ergodica.models.score.plan import planned
from ergodica.models.torch_needed import torch
from ergodica.scripts.studies import mips_measures, mips_space
from ergodica.scripts.studies.mips_fields import Fields, fields

LENGTH, HALF = 80.0, 20.0


def slab(rng):
    """Dense between 20 and 60 of the first axis, dilute elsewhere."""
    dense = rng.uniform((20.0, 0.0), (60.0, LENGTH), (1019, 2))
    gas = rng.uniform((-20.0, 0.0), (20.0, LENGTH), (102, 2))
    return np.concatenate([dense, gas]) % LENGTH


def test_distances_from_the_boundary_of_a_slab_are_those_of_its_sides():
    x = slab(np.random.default_rng(0))
    found = mips_space.distance_from_boundary(x, LENGTH)
    expected = (HALF - np.abs(x[:, 0] - LENGTH / 2)) / mips_space.DIAMETER
    # a boundary of random places is rough, by the 30 % of noise in a density smoothed over two diameters
    assert np.abs(found - expected).mean() < 0.6
    assert np.corrcoef(found, expected)[0, 1] > 0.97


def test_distances_do_not_know_where_the_box_begins():
    x = slab(np.random.default_rng(1))
    # a shift by whole cells of the grid
    moved = mips_space.distance_from_boundary(x + 37 * mips_space.CELL, LENGTH)
    np.testing.assert_allclose(moved, mips_space.distance_from_boundary(x, LENGTH), atol=1e-9)


def test_one_phase_has_no_boundary():
    x = np.random.default_rng(2).uniform(0, LENGTH, (100, 2))
    assert np.isnan(mips_space.distance_from_boundary(x, LENGTH)).all()
    assert (mips_space.region_of(np.full(4, np.nan)) == -1).all()


@pytest.mark.parametrize("seed", range(3))
def test_without_noise_on_positions_the_part_of_the_propulsion_is_the_divergence_of_the_drift(seed):
    """<|v_g|^2>/gamma = -<div_x b>, for any linear b, also where it is not the gradient of a potential."""
    rng = np.random.default_rng(seed)
    n, gamma, speed = 3, 0.2, 0.7
    a = rng.normal(size=(n, n))
    a = a @ a.T + np.eye(n) + 0.5 * (a - a.T)
    zero, one = np.zeros((n, n)), np.eye(n)
    m, d = np.block([[-a, speed * one], [zero, -gamma * one]]), np.block([[zero, zero], [zero, gamma * one]])
    c = solve_continuous_lyapunov(m, -2 * d)
    flow = (m + d @ np.linalg.inv(c))[n:]
    assert np.trace(flow @ c @ flow.T) / gamma == pytest.approx(np.trace(a), rel=1e-9)


def gaussian_fields(rng, factor):
    """A learned correction that is `factor` times the exact one, of one place and one propulsion, correlated."""
    c = np.array([[1.0, 0.6], [0.6, 1.0]])
    x, g = np.einsum("ab,bin->ain", np.linalg.cholesky(c), rng.normal(size=(2, 2, 100_000)))
    inverse = np.linalg.inv(c)
    exact = -(inverse[1, 0] * x + (inverse[1, 1] - 1) * g)
    flow = -factor * exact.T[None]
    spread = np.full((1, x.shape[1]), 2 * factor * (inverse[1, 1] - 1))
    nothing = np.zeros_like(spread)
    found = Fields(
        position=flow, flow=flow, spread=spread, production=(flow**2).sum(-1), moving=nothing,
        moving_spread=nothing, confinement=nothing, identity=nothing, distance=x[:1], region=nothing.astype(int),
    )  # fmt: skip
    return found, g.T[None], 2 * (inverse[1, 1] - 1)


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_the_bound_of_a_correction_of_the_right_shape_is_the_exact_value(factor):
    found, g, exact = gaussian_fields(np.random.default_rng(3), factor)
    told = mips_measures.lower_bound(found, g)
    # means of 2e5 squares of Gaussians: errors of some 0.5 %
    assert told["bound"] == pytest.approx(exact, rel=0.02)
    assert told["overlap"] == pytest.approx(1 / factor, rel=0.02)


def test_the_bound_of_a_wrong_correction_is_below_the_exact_value():
    rng = np.random.default_rng(4)
    found, g, exact = gaussian_fields(rng, 1.0)
    # noise that does not depend on g has no divergence
    wrong = replace(found, flow=found.flow + rng.normal(size=found.flow.shape))
    told = mips_measures.lower_bound(wrong, g)
    assert 0.1 * exact < told["bound"] < 0.5 * exact


def discs(noise, particles=48, snapshots=40):
    """A run of no system: velocities follow from states, drifts and scores, whatever they are."""
    rng = np.random.default_rng(5)
    vectors = ("t", "particle", "space")
    values = {name: rng.normal(size=(snapshots, particles, 2)) for name in ("propulsion", "drift")}
    values["position"] = rng.uniform(0, 18, (snapshots, particles, 2))
    numbers = {"position": noise, "propulsion": 0.1}
    return xr.Dataset(
        {name: (vectors, one) for name, one in values.items()}
        | {f"{name}_diffusion": one for name, one in numbers.items()}
        | {
            "drift_divergence": (vectors[:2], rng.normal(size=(snapshots, particles))),
            "propulsion_rate": 0.1,
            "propulsion_speed": 0.25,
            "box": ("space", [18.0, 18.0]),
        },
        {"t": np.arange(float(snapshots))},
    )


def network_of(run, reference):
    options = {"width": 8, "layers": 1, "heads": 2, "neighbours": 6}
    network = planned(run, "transformer", options, reference).network
    with torch.no_grad():
        torch.manual_seed(0)
        network.last.weight.normal_()
    return network


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_velocities_are_those_of_the_entropy_production(noise):
    run = discs(noise)
    network = network_of(run, "equilibrium" if noise else "gaussian")
    some = run.isel(t=slice(0, 4))
    found = fields(network, some, spreads=1)
    with warnings.catch_warnings():
        # of few frames, and of an infinite rate without noise
        warnings.simplefilter("ignore", UserWarning)
        whole = models.score.entropy_production(network, some, blocks=4, record=("velocity",))
    rate = float(run.propulsion_rate)
    # float32 networks
    np.testing.assert_allclose(found.flow, whole.velocity.values[..., 2:] / rate, atol=2e-4)
    assert math.isnan(found.moving.sum()) == (noise == 0)
    if noise:
        total = (found.production + found.moving).sum(axis=1).mean() * rate
        assert total == pytest.approx(float(whole.total), rel=1e-4)
        # the part gamma (<g^2> - 1) of the propulsion, 0 in the mean, is left out
        rest = rate * (some.propulsion.values**2 - 1).sum(axis=(1, 2)).mean()
        identity = found.identity.sum(axis=1).mean() * rate
        assert identity + rest == pytest.approx(float(whole.identity_total), rel=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_divergences_are_those_of_small_shifts_of_the_propulsion(noise):
    run = discs(noise)
    network = network_of(run, "equilibrium" if noise else "gaussian")
    one, step, particle = run.isel(t=[-1]), 3e-2, 5
    change = 0.0
    for axis in range(2):
        ends = []
        for sign in (1, -1):
            moved = one.copy(deep=True)
            moved.propulsion[0, particle, axis] += sign * step
            ends.append(fields(network, moved, spreads=0).flow[0, particle, axis])
        change += (ends[0] - ends[1]) / (2 * step)
    # float32: rounding of some 1e-6 over the step, and the step squared
    assert fields(network, one, spreads=1).spread[0, particle] == pytest.approx(change, rel=2e-3, abs=1e-3)


def test_identity_and_work_are_the_production_of_discs_in_a_trap():
    trap, gamma, noise, speed, frames, particles = 0.5, 0.2, 0.1, 0.4, 200, 500
    both = speed / (trap + gamma)
    spread = noise / trap + speed * both / trap
    root = np.linalg.cholesky([[spread, both], [both, 1.0]])
    x, g = np.einsum("ab,b...->a...", root, np.random.default_rng(6).normal(size=(2, frames, particles, 2)))
    vectors = ("t", "particle", "space")
    run = xr.Dataset(
        {
            "propulsion": (vectors, g),
            "drift": (vectors, speed * g - trap * x),
            "drift_divergence": (vectors[:2], np.full((frames, particles), -2 * trap)),
            "propulsion_rate": gamma,
            "propulsion_speed": speed,
            "position_diffusion": noise,
        }
    )
    exact = 2 * speed**2 / (noise * (trap + gamma))  # in units of gamma, both components
    for one in mips_measures.stepping(run).values():
        # independent frames: four standard errors
        assert abs(one["mean"] - exact) < 4 * one["error"] < 0.1 * exact
