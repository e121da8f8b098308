"""Hexatic order and clusters: lattices, rotations, small sets by hand and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from particle_sets import cubic, independent, run, triangular
from scipy.sparse.csgraph import connected_components

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box

WAYS = {"voronoi": {}, "radius": {"radius": 1.2}, "nearest": {"nearest": 6}}


@pytest.mark.parametrize("way", WAYS)
def test_a_triangular_lattice_has_full_hexatic_order(way):
    x, box = triangular(8, 8)
    found = est.hexatic_order(run(x, box), **WAYS[way])
    # bonds of round-off 1e-15, times 6
    np.testing.assert_allclose(found.hexatic, 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.hexatic_angle, 0.0, atol=1e-12)
    np.testing.assert_allclose([found.global_hexatic, found.mean_hexatic], 1.0)


@pytest.mark.parametrize("box", [None, [5.0, 10.0]])
def test_sides_weigh_with_their_lengths_in_open_space_too(box):
    x, _ = cubic(5, 2)
    middle = 12
    found = est.hexatic_order(run(x * [1.0, 2.0], box))
    # sides of length 2 at the angles 0 and pi, e^{6 i angle} = 1, of length 1 at pi/2 and 3 pi/2, where it is -1
    np.testing.assert_allclose(found.hexatic[0, middle], (2 - 1) / (2 + 1), rtol=1e-12)
    np.testing.assert_allclose(found.hexatic_angle[0, middle], 0.0, atol=1e-12)


def test_far_from_the_edge_open_space_is_a_periodic_box():
    x = independent(1, 600, [20.0, 20.0], seed=7)[0]
    inside = (np.abs(x - 10) < 5).all(-1)
    closed, opened = est.hexatic_order(run(x, 20.0)), est.hexatic_order(run(x))
    # two ways to the same cells, each to round-off of its corners
    np.testing.assert_allclose(opened.hexatic[0, inside], closed.hexatic[0, inside], rtol=1e-9)


@pytest.mark.parametrize("order", [4, 6])
def test_a_square_lattice_has_square_order_alone(order):
    x, box = cubic(6, 2)
    for way in ({}, {"radius": 1.1}, {"nearest": 4}):
        found = est.hexatic_order(run(x, box), order=order, **way)
        np.testing.assert_allclose(found.hexatic, 1.0 if order == 4 else 0.0, atol=1e-12)


def test_the_angle_turns_with_the_lattice():
    x, _ = triangular(12, 12)
    angle = 0.3
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = est.hexatic_order(run(x @ turn.T), radius=1.1)
    inner = found.hexatic > 1 - 1e-9
    assert int(inner.sum()) >= 100
    np.testing.assert_allclose(found.hexatic_angle.where(inner, angle), angle, atol=1e-12)


def test_grains_of_opposite_phase_leave_no_global_order():
    x, _ = triangular(12, 12)
    other = x[:, ::-1] + [100.0, 0.0]  # turned by 90 degrees: psi6 of the opposite sign
    inner = est.hexatic_order(run(np.concatenate([x, other])), radius=1.1)
    assert float(inner.global_hexatic[0]) < 1e-12
    assert float(inner.mean_hexatic[0]) > 0.9


def test_independent_points_have_the_order_of_a_random_walk():
    x = independent(20, 1000, [1.0, 1.0], seed=1)
    found = est.hexatic_order(run(x, 1.0), nearest=6)
    # were the six directions independent, <|psi|^2> would be 1/6; that of all particles falls like 1/N
    assert 0.1 < float((found.hexatic**2).mean()) < 0.2
    assert float((found.global_hexatic**2).mean()) * 1000 < 2


def test_a_small_move_changes_voronoi_order_a_little():
    x, box = cubic(6, 2)  # where four cells meet in each corner
    moved = x + 1e-7 * np.random.default_rng(2).normal(size=x.shape)
    # a face of length 1e-7 weighs so much
    np.testing.assert_allclose(est.hexatic_order(run(moved, box)).hexatic, 0.0, atol=1e-5)


def test_a_particle_without_neighbours_has_no_order():
    found = est.hexatic_order(run([[0.0, 0.0], [1.0, 0.0], [50.0, 0.0]]), radius=2.0)
    np.testing.assert_allclose(found.hexatic[0], [1.0, 1.0, np.nan])
    assert float(found.global_hexatic[0]) == pytest.approx(1.0)
    for way in WAYS.values():
        alone = est.hexatic_order(run([[0.0, 0.0]]), **way)
        assert np.isnan(alone.hexatic).all()
        assert np.isnan(alone.global_hexatic).all()


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("periodic", [True, False])
def test_clusters_are_the_components_of_the_graph_of_near_pairs(d, periodic):
    box = np.array([8.0, 6.0, 5.0])[:d]
    x = independent(4, 90, box, seed=d)
    radius = 0.6 if d == 2 else 0.8
    found = est.clusters(run(x, box if periodic else None), radius=radius)
    for t in range(4):
        region = Box(tuple(box)) if periodic else Box.open(d)
        near = region.distance(x[t][:, None], x[t][None]) <= radius
        count, label = connected_components(near, directed=False)
        sizes = np.bincount(label)
        own = found.cluster[t].values.astype(int)
        assert float(found.cluster_count[t]) == count
        np.testing.assert_array_equal(found.cluster_size[t], sizes[label])
        # the same parts, whatever their numbers
        assert len(set(zip(own, label, strict=True))) == count
        np.testing.assert_array_equal(np.bincount(own), np.sort(sizes)[::-1])
        assert float(found.largest_fraction[t]) == sizes.max() / 90
        assert float(found.mean_cluster_size[t]) == pytest.approx((sizes**2).sum() / 90)


def test_clusters_are_numbered_by_size_then_by_their_lowest_particle():
    x = np.array([[5.0, 5.0], [0.1, 0.1], [3.0, 3.0], [9.9, 9.9], [3.2, 3.0], [0.1, 9.9]])
    found = est.clusters(run(x, 10.0), radius=0.5)
    np.testing.assert_array_equal(found.cluster[0], [2, 0, 1, 0, 1, 0])


def test_cluster_count_agrees_with_that_of_schools():
    ds = run(independent(3, 500, [10.0, 10.0], seed=4), 10.0)
    np.testing.assert_array_equal(
        est.clusters(ds, radius=0.4).cluster_count, est.cluster_count(ds, radius=0.4)
    )


def test_sizes_of_clusters_add_up_to_all_particles():
    x, box = triangular(8, 8)
    found = est.cluster_size_distribution(run(x, box), radius=1.1)
    expected = np.zeros(found.sizes["size"])
    expected[6] = 1 / 64 / 64  # one cluster of 64 in the bin from 64 to 127
    np.testing.assert_allclose(found[0], expected)
    alone = est.cluster_size_distribution(run(x, box), radius=0.9)
    np.testing.assert_allclose(alone[0], [1, 0, 0, 0, 0, 0, 0])
    # the geometric middles of 1, 2 to 3, 4 to 7, ...
    middles = np.sqrt([1, 2 * 3, 4 * 7, 8 * 15, 16 * 31, 32 * 63, 64 * 127])
    np.testing.assert_allclose(found["size"], middles, rtol=1e-14)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda ds: est.hexatic_order(ds, radius=1.0, nearest=6), "radius: must be None"),
        (lambda ds: est.hexatic_order(ds, nearest=0), "nearest: must be a whole number"),
        (lambda ds: est.hexatic_order(ds, order=0), "order: must be a whole number"),
        (lambda ds: est.hexatic_order(ds, radius=3.0), "at most half"),
        (lambda ds: est.clusters(ds, radius=0.0), "radius: must be positive"),
        (lambda ds: est.clusters(ds, radius=2.1), "at most half"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call(run(independent(1, 10, [4.0, 4.0], seed=0), 4.0))


def test_hexatic_order_in_space_is_refused():
    with pytest.raises(ParameterError, match="in the plane"):
        est.hexatic_order(run(cubic(3, 3)[0]))
