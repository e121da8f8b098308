"""Basins: symmetric wells, roots of unity by Newton's method, and what diverges."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.data import check
from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos import basins
from ergodica.sims.chaos.cells import Cells
from ergodica.sims.dynamics.tables import from_equations
from ergodica.sims.loop import MemberWarning

AXIS = np.linspace(-2.0, 2.0, 60)


@pytest.fixture(scope="module")
def wells():
    return basins("duffing-unforced", {"x": AXIS, "y": AXIS})


def test_the_two_wells_share_the_plane_and_change_places_under_reflection(wells):
    assert np.allclose(wells.share, 0.5, atol=0.001)
    # 1 is the left one; a point and its reflection end on opposite sides
    assert np.array_equal(wells.basin.values, 3 - wells.basin.values[::-1, ::-1])
    assert np.allclose(wells.attractor_points.mean("point"), [[-1, 0], [1, 0]], atol=1e-6)
    assert list(wells.distinct_points) == [1, 1]
    assert wells.diverging_share == wells.undecided_share == 0


def test_points_end_where_a_long_orbit_takes_them(wells):
    from ergodica.sims.chaos.orbit import orbits
    from ergodica.sims.chaos.subject import subject

    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 60, (2, 200))
    points = np.stack([AXIS[columns], AXIS[rows]], 1)
    ends = orbits(subject("duffing-unforced"), points, spacing=400.0, count=2)[1, :, 0]
    assert np.array_equal(np.where(ends > 0, 2, 1), wells.basin.values[rows, columns])


def test_a_saddle_belongs_to_no_basin():
    axis = np.linspace(-1.0, 1.0, 11)
    ds = basins("duffing-unforced", {"x": axis, "y": axis})
    # the origin rests on the ridge for ever
    assert ds.basin.sel(x=0.0, y=0.0) == 0
    assert ds.undecided_share == pytest.approx(1 / 121)
    assert ds.sizes["attractor"] == 2


def test_a_point_has_its_label_in_any_grid_and_on_any_threads(wells):
    some = basins("duffing-unforced", {"x": AXIS[10:20], "y": AXIS[30:44]}, cells=32, threads=1)
    assert np.array_equal(some.basin, wells.basin[30:44, 10:20])
    turned = basins("duffing-unforced", {"y": AXIS[::6], "x": AXIS[::6]}, threads=2)
    assert turned.basin.dims == ("x", "y")
    assert np.array_equal(turned.basin.values.T, wells.basin[::6, ::6])


def test_labels_of_interleaved_basins_do_not_depend_on_the_grid():
    # long chaotic transients: errors of another size would change some eight in a hundred labels
    options = {"every": 2 * np.pi, "parameters": {"delta": 0.15, "gamma": 0.2, "omega": 1.0}}
    axis = np.linspace(-2.0, 2.0, 24)
    whole = basins("duffing", {"x": axis, "y": axis}, **options)
    part = basins("duffing", {"x": axis[8:18], "y": axis[4:14]}, **options)
    assert np.array_equal(part.basin, whole.basin[4:14, 8:18])


def test_a_grid_line_on_a_boundary_is_told_as_one():
    axis = np.linspace(-1.0, 1.0, 7)
    ridge = from_equations({"x": "x - x**3", "y": "-y"}, {}, initial={"x": 0.5, "y": 0.5})
    with pytest.warns(MemberWarning, match="7 of 49 points are undecided: points on a boundary"):
        ds = basins(ridge, {"x": axis, "y": axis})
    assert (ds.basin.sel(x=0.0) == 0).all()


def newton():
    """z - (z^3 - 1)/(3 z^2) in its real and imaginary part."""
    u, v = "(x**3 - 3*x*y**2 - 1)", "(3*x**2*y - y**3)"
    p, q = "(x**2 - y**2)", "(2*x*y)"
    below = "(3*(x**2 + y**2)**2)"
    equations = {"x": f"x - ({u}*{p} + {v}*{q})/{below}", "y": f"y - ({v}*{p} - {u}*{q})/{below}"}
    return from_equations(equations, {}, initial={"x": 0.5, "y": 0.5}, kind="map")


def test_newtons_method_finds_the_roots_of_unity():
    axis = np.linspace(-1.5, 1.5, 150)
    ds = basins(newton(), {"x": axis, "y": axis})
    z = axis + 1j * axis[:, None]
    for _ in range(300):
        z = z - (z**3 - 1) / (3 * z**2)
    roots = np.exp(2j * np.pi * np.array([2, 1, 0]) / 3)
    assert np.allclose(ds.attractor_points.values[:, 0] @ [1, 1j], roots, atol=1e-12)
    # on the boundary, a fractal, round-off decides
    exact = 1 + np.abs(z[..., None] - roots).argmin(-1)
    assert np.mean(exact == ds.basin) > 0.9999
    assert list(ds.distinct_points) == [1, 1, 1]


def test_the_basin_of_henon_against_infinity():
    x, y = np.linspace(-2.5, 2.5, 100), np.linspace(-3.0, 3.0, 80)
    ds = basins("henon", {"x": x, "y": y})
    u, v = np.meshgrid(x, y)
    with np.errstate(all="ignore"):
        for _ in range(500):
            u, v = 1 - 1.4 * u**2 + v, 0.3 * u
    # by Henon 1976 the attractor lies within |x| < 1.3
    bound = np.abs(u) < 2
    assert np.array_equal(ds.basin.values, np.where(bound, 1, -1))
    assert ds.diverging_share == pytest.approx(1 - bound.mean())
    assert ds.distinct_points == 0
    assert np.abs(ds.attractor_points.sel(component=0)).max() < 1.3


def test_a_pendulum_comes_to_rest_in_many_wells_or_in_one_on_the_circle():
    grid = {"theta": np.linspace(-4.0, 4.0, 40), "omega": np.linspace(-3.0, 3.0, 40)}
    line = basins("damped-pendulum", grid)
    rests = line.attractor_points.mean("point").sel(component=0) / (2 * np.pi)
    assert np.allclose(rests, np.round(rests), atol=1e-6)
    assert line.sizes["attractor"] >= 3
    # theta, omega -> -theta, -omega
    assert np.allclose(line.share, line.share[::-1])
    circle = basins("damped-pendulum", grid, periods={"theta": 2 * np.pi})
    assert circle.share == 1.0
    assert circle.distinct_points == 1


def test_a_chaotic_attractor_is_one_and_cycles_are_told_by_their_length():
    grid = {"x": np.linspace(-10, 10, 12), "y": np.linspace(-10, 10, 12)}
    assert basins("lorenz63", grid).share == 1.0
    # two wings of rest beside each other, mirror images
    two = basins("lorenz63", grid, parameters={"rho": 15.0})
    assert np.array_equal(two.basin.values, 3 - two.basin.values[::-1, ::-1])
    cycles = from_equations(
        {"x": "1 - a*x**2", "y": "y/2"}, {"a": 1.75488}, initial={"x": 0.0, "y": 0.0}, kind="map"
    )
    three = basins(cycles, {"x": np.linspace(-1, 1, 20), "y": np.linspace(-1, 1, 20)})
    assert list(three.distinct_points) == [3]


def test_a_forced_flow_is_looked_at_at_the_beat_of_its_forcing():
    grid = {"x": np.linspace(-2, 2, 16), "y": np.linspace(-2, 2, 16)}
    ds = basins("duffing", grid, every=2 * np.pi / 1.4, parameters={"gamma": 0.1})
    # weak forcing: a small cycle in each well, mirror images half a period apart
    assert list(ds.distinct_points) == [1, 1]
    assert np.allclose(ds.share, 0.5, atol=0.1)


def test_a_lattice_has_names_that_files_allow():
    own = from_equations({"x[i]": "x[i] - x[i]**3"}, {}, initial={"x[i]": "0.5"}, sites={"n": 2})
    axis = np.linspace(-1.5, 1.5, 7) + 0.01
    ds = basins(own, {"x[0]": axis, "x[1]": axis})
    assert ds.basin.dims == ("x_1", "x_0")
    assert ds.sizes["attractor"] == 4
    assert np.array_equal(ds.basin[0, :], np.where(axis > 0, 3, 1))
    assert not list(check(ds))


def test_the_dataset_keeps_the_contract(wells):
    assert not list(check(wells))
    assert wells.basin.attrs["ergodica_kind"] == "basins"
    assert wells.basin.dims == ("y", "x")
    assert wells.basin.dtype == np.int32


def test_cells_are_found_again_in_a_table_that_grows():
    rng = np.random.default_rng(1)
    points = rng.uniform(-50, 50, (20_000, 3))
    cells = Cells(np.ones(3), np.zeros(3))
    new = sum(cells.add(part, 1) for part in np.array_split(points, 17))
    # as many cells as numpy counts: no two have the same key
    assert new == cells.count == len(np.unique(np.floor(points + 0.3819660112501051), axis=0))
    assert cells.add(points, 2) == 0


@pytest.mark.parametrize(
    ("system", "grid", "arguments", "words"),
    [
        ("hennon", {"x": AXIS, "y": AXIS}, {}, "did you mean 'henon'"),
        ("henon", {"x": AXIS}, {}, "grid: two components"),
        ("henon", AXIS, {}, "grid: two components"),
        ("henon", {"x": AXIS, "z": AXIS}, {}, "component: henon has no 'z'"),
        ("henon", {"x": AXIS, "y": AXIS[::-1]}, {}, "finite rising values of y"),
        ("henon", {"x": AXIS, "y": AXIS}, {"cells": 1}, "cells: a whole number of at least 4"),
        ("henon", {"x": AXIS, "y": AXIS}, {"every": 1.0}, "every: for flows"),
        ("henon", {"x": AXIS, "y": AXIS}, {"samples": 10}, "samples: a whole number"),
        ("henon", {"x": AXIS, "y": AXIS}, {"escape": 0.5}, "escape: a finite number above 1"),
        ("henon", {"x": AXIS, "y": AXIS}, {"initial": [1.0]}, "initial: finite"),
        ("henon", {"x": AXIS, "y": AXIS}, {"periods": {"z": 1.0}}, "has no 'z'"),
        ("duffing", {"x": AXIS, "y": AXIS}, {}, "every: duffing is forced"),
        ("henon-heiles", {"x": AXIS, "y": AXIS}, {}, "keeps volumes"),
        ("mackey-glass", {"x": AXIS, "y": AXIS}, {}, "function over its delay"),
        ("noisy-double-well", {"x": AXIS, "y": AXIS}, {}, "driven by noise"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(system, grid, arguments, words):
    with pytest.raises(ParameterError, match=words) as caught:
        basins(system, grid, **arguments)
    assert "\n" not in str(caught.value)
