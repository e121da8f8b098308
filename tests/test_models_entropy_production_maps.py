"""Maps and profiles of exact scores are those of closed forms and of plain counting."""

import math

import numpy as np
import pytest
from exact_scores import LinearScore, linear_dataset, particle_dataset, trapped

from ergodica.data import check, pictures
from ergodica.models.score import density_production, entropy_production, production_map, radial_production
from ergodica.models.score.profiles import neighbour_counts
from ergodica.numerics.errors import ParameterError


def within(found, name, truth, bias):
    """4.5 errors, by chance once in 2000 cells whose error has 15 degrees of freedom, and a known bias of cells."""
    error = found[f"{name}_standard_error"].values
    known = np.isfinite(error) & (found.samples.values > 100)
    assert known.mean() > 0.4
    apart = np.abs(found[name].values - truth)[known]
    assert (apart < 4.5 * error[known] + np.broadcast_to(bias, known.shape)[known]).all()


def test_a_map_of_phase_space_is_that_of_plain_counting():
    ds, network = particle_dataset(3000, particles=2, dimensions=1, members=2, spring=0.1, seed=1)
    edges = np.linspace(-6, 6, 9), np.linspace(-2, 2, 9)
    names = ("position_x", "propulsion_x")
    limits = {name: (edge[0], edge[-1]) for name, edge in zip(names, edges, strict=True)}
    found = production_map(network, ds, degrees=names, cells=8, limits=limits)
    frames = entropy_production(network, ds, record=("velocity", "production"))
    x, g = ds.position.values.ravel(), ds.propulsion.values.ravel()
    count = np.histogram2d(x, g, edges)[0].T
    np.testing.assert_array_equal(found.samples, count)
    area = np.diff(edges[0])[0] * np.diff(edges[1])[0]
    np.testing.assert_allclose(found.density, count / len(x) / area)
    produced = np.histogram2d(x, g, edges, weights=frames.production.values.ravel())[0].T
    np.testing.assert_allclose(found.production_density, produced / len(x) / area, atol=1e-13)
    np.testing.assert_allclose(found.production, np.where(count > 0, produced / np.maximum(count, 1), np.nan))
    for k in range(2):
        moved = np.histogram2d(x, g, edges, weights=frames.velocity.values[..., k].ravel())[0].T
        np.testing.assert_allclose(found.current[..., k], moved / len(x) / area, atol=1e-13)
    assert found.production.dims == ("propulsion_x", "position_x")
    assert not check(found)


def test_velocity_of_a_map_is_that_of_the_linear_flow():
    drift, noise, covariance = trapped(dimensions=1)
    flow = drift + noise @ np.linalg.inv(covariance)
    ds, network = particle_dataset(60_000, dimensions=1, seed=2)
    found = production_map(network, ds, degrees=("position_x", "propulsion_x"), cells=20)
    q = np.stack(np.meshgrid(found.position_x, found.propulsion_x), axis=-1)
    velocity = q @ flow.T
    # the mean place in a cell of width w is off its middle by less than w^2 q/(12 variance of q given the other)
    widths = np.array([np.diff(found[name])[0] for name in ("position_x", "propulsion_x")])
    narrow = 1 / np.diag(np.linalg.inv(covariance))
    # with the slope of the log density, C^-1 q
    slope = np.abs(q @ np.linalg.inv(covariance))
    off = (widths**2 / 12 * slope) @ np.abs(flow).T
    assert (narrow > 0).all()
    within_velocity = found.assign(samples=found.samples.expand_dims(space=2, axis=-1))
    within(within_velocity, "velocity", velocity, 1.5 * off + 1e-3)


def test_a_radial_profile_has_the_closed_form_of_the_trap():
    given = {"dimensions": 2}
    drift, noise, covariance = trapped(dimensions=1)
    flow = drift + noise @ np.linalg.inv(covariance)
    ds, network = particle_dataset(40_000, seed=3, **given)
    found = radial_production(network, ds, cells=20)
    slope = covariance[1, 0] / covariance[0, 0]
    rest = 1 - covariance[1, 0] * slope
    r = found.radius.values
    width = r[1] - r[0]

    def square(row):
        """<v_a^2 | r> of two axes."""
        return (flow[row, 0] + flow[row, 1] * slope) ** 2 * r**2 + 2 * flow[row, 1] ** 2 * rest

    truth = square(0) / 0.1, square(1) / 0.1
    # r^2 in a shell has a mean off that of the middle by the slope of the density and w^2/4 at most
    bias = (
        width**2
        * np.maximum((flow[0, 0] + flow[0, 1] * slope) ** 2, 1e-4)
        / 0.1
        * (1 + r**2 / covariance[0, 0])
    )
    within(found, "production_of_position", truth[0], bias)
    within(found, "production_of_propulsion", truth[1], bias)
    within(found, "production", truth[0] + truth[1], bias)
    within(found, "speed_of_propulsion", np.sqrt(square(1)), bias)
    density = np.exp(-(r**2) / 2 / covariance[0, 0]) / (2 * math.pi * covariance[0, 0])
    within(found, "density", density, density.max() * width**2 / covariance[0, 0])
    assert not check(found)
    pictures.figure(found).canvas.draw()


def test_the_divergence_of_a_linear_flow_is_the_same_everywhere():
    drift, noise, covariance = trapped()
    flow = np.diag(drift + noise @ np.linalg.inv(covariance))
    ds, network = particle_dataset(300)
    found = radial_production(network, ds, cells=3, divergence=True)
    np.testing.assert_allclose(found.divergence_of_position, flow[:2].sum(), atol=1e-12)
    np.testing.assert_allclose(found.divergence_of_propulsion, flow[2:].sum(), atol=1e-12)


def periodic_gas(particles=200, frames=6, side=10.0, seed=0):
    ds, _ = particle_dataset(frames, particles=particles, seed=seed)
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, side, ds.position.shape)
    places[:, : particles // 2] = places[:, : particles // 2] * 0.3 + 4.0
    ds = ds.assign(position=ds.position.copy(data=places), box=("space", [side, side]))
    ds = ds.assign(drift=0.3 * ds.propulsion, drift_divergence=0 * ds.drift_divergence)
    return ds, LinearScore(
        ["position_x", "position_y", "propulsion_x", "propulsion_y"],
        np.kron(np.eye(particles), np.diag([0.0, 0, 1.2, 1.2])),
    )


def test_a_density_profile_counts_neighbours_across_borders():
    ds, network = periodic_gas()
    x, side = ds.position.values, 10.0
    apart = x[:, :, None] - x[:, None]
    apart -= side * np.round(apart / side)
    counts = (np.linalg.norm(apart, axis=-1) < 1.5).sum(-1) - 1
    np.testing.assert_array_equal(neighbour_counts(x[0], 1.5, np.array([side, side])), counts[0])
    found = density_production(network, ds, distance=1.5, cells=1000)
    area = math.pi * 1.5**2
    np.testing.assert_allclose(found.local_density * area, np.arange(counts.max() + 1), atol=1e-12)
    np.testing.assert_array_equal(found.samples, np.bincount(counts.ravel()))
    produced = entropy_production(network, ds, blocks=4, record=("production",)).production.values
    for count in (5, 30):
        chosen = produced[counts == count]
        assert float(found.production[count]) == pytest.approx(chosen.mean())
    coarse = density_production(network, ds, distance=1.5, cells=7)
    assert coarse.sizes["local_density"] <= 7
    assert int(coarse.samples.sum()) == counts.size
    assert not check(coarse)


def test_distances_from_a_centre_cross_borders():
    ds, network = periodic_gas(particles=30)
    found = radial_production(network, ds, centre=[0.5, 9.5], cells=4, largest=4.0)
    apart = ds.position.values - [0.5, 9.5]
    r = np.linalg.norm(apart - 10.0 * np.round(apart / 10.0), axis=-1)
    counts = np.histogram(r, np.linspace(0, 4, 5))[0]
    np.testing.assert_array_equal(found.samples, counts)
    np.testing.assert_allclose(found.density * math.pi * np.diff(np.arange(5.0) ** 2), counts / r.size)


def test_the_error_of_one_cell_that_holds_all_is_that_of_the_total():
    ds, network = particle_dataset(96)
    limits = {"position_x": (-99.0, 99.0)}
    found = production_map(network, ds, degrees=["position_x"], cells=1, limits=limits)
    whole = entropy_production(network, ds)
    for end in ("", "_standard_error"):
        np.testing.assert_allclose(found["production" + end][0], whole["total" + end], rtol=1e-10)


def test_one_snapshot_of_many_particles_makes_a_map():
    ds, network = periodic_gas()
    found = production_map(network, ds.isel(t=[2]), cells=10)
    assert int(found.samples.sum()) == 200
    assert found.position_x[0] == pytest.approx(0.5)
    assert np.isnan(found.production_standard_error).all()
    np.testing.assert_allclose(found.density.sum(), 1.0)


def test_components_are_mapped_over_the_first_two():
    ds, network = linear_dataset([[-1.0, -2.0, 0], [2.0, -1.0, 0], [0, 0, -1.0]], np.eye(3), 2000, members=2)
    found = production_map(network, ds, cells=6)
    assert found.velocity.dims == ("x1", "x0", "space")
    line = production_map(network, ds, degrees=["x2"], cells=5)
    assert line.velocity.dims == ("x2", "space")
    # no current along a component by itself
    assert (np.abs(line.velocity) < 4.5 * line.velocity_standard_error + 1e-12).all()


def test_a_variable_without_noise_has_no_rate():
    ds, network = particle_dataset(500, temperature=0.0)
    found = radial_production(network, ds, cells=4)
    assert "production" not in found
    assert "production_of_position" not in found
    assert "production_of_propulsion" in found


def test_a_rate_of_a_map_is_infinite_by_the_motion_and_not_by_the_names():
    """What is odd moves without entropy; noise along one line only is none across it."""
    ds, network = linear_dataset([[0.0, 1.0], [-1.0, -0.7]], np.diag([0.0, 0.35]), 400, names=["x", "p"])
    found = production_map(network, ds, cells=4, parity={"p": "odd"})
    assert float(found.production_density.sum()) == pytest.approx(0.0, abs=1e-20)
    assert "production" not in production_map(network, ds, cells=4)
    line, network = linear_dataset([[-1.0, 0.3], [-0.2, -2.0]], np.full((2, 2), 0.5), 400)
    assert "production" not in production_map(network, line, cells=4)


@pytest.mark.parametrize(
    ("call", "options", "message"),
    [
        (production_map, {"degrees": ["position_q"]}, "position_x"),
        (production_map, {"degrees": ["position_x"] * 2}, "different names"),
        (production_map, {"cells": 0}, "cells"),
        (production_map, {"limits": {"position_x": (1.0, 0.0)}}, "limits"),
        (production_map, {"limits": {"propulsion_x": (0.0, 1.0)}}, "limits"),
        (radial_production, {"centre": [0.0]}, "centre"),
        (radial_production, {"largest": -1.0}, "largest"),
        (radial_production, {"cells": 1.5}, "cells"),
        (density_production, {"distance": 0.0}, "distance"),
        (density_production, {"distance": math.inf}, "distance"),
    ],
)
def test_what_cannot_be_mapped_is_refused(call, options, message):
    ds, network = particle_dataset(20)
    with pytest.raises(ParameterError, match=message):
        call(network, ds, **options)


def test_a_density_needs_particles():
    ds, network = linear_dataset(-np.eye(2), np.eye(2), 20)
    with pytest.raises(ParameterError, match="particles"):
        density_production(network, ds, distance=1.0)
