"""Order parameters and neighbours of schools: closed forms, and what shifts and rotations must not change."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from schools import dataset, loose, ring, turned, unit
from scipy.spatial import cKDTree

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError

ORDER = {
    "polarization": est.polarization,
    "rotation": est.rotation,
    "nearest": lambda ds: est.nearest_neighbour_statistics(ds).to_dataarray(),
    "clusters": lambda ds: est.cluster_count(ds, radius=0.4),
}


@pytest.mark.parametrize("d", [2, 3])
def test_a_ring_of_tangential_headings_turns_and_goes_nowhere(d):
    ds = dataset(*ring(200, d))
    assert abs(est.rotation(ds) - 1) < 1e-12  # sums of 200 unit vectors: some 1e-14
    assert est.polarization(ds) < 1e-14
    assert est.cluster_count(ds, radius=1.01 * 2 * 3 * np.sin(np.pi / 200)) == 1
    assert est.cluster_count(ds, radius=0.99 * 2 * 3 * np.sin(np.pi / 200)) == 200


def test_senses_of_rotation_cancel():
    x, v = ring(200, 3)
    v[::2] *= -1
    assert est.rotation(dataset(x, v)) < 1e-12


def test_one_direction_is_full_polarization_whatever_the_length_of_headings():
    x, _ = loose(50, 3, seed=0)
    v = np.outer(np.linspace(0.5, 2, 50), [0.6, 0.0, 0.8])
    assert abs(est.polarization(dataset(x, v)) - 1) < 1e-14


def test_propulsion_stands_for_the_heading():
    x, v = loose(50, 2, seed=0)
    ds = dataset(x, v)
    # only directions count, so that a propulsion of any length gives the same up to round-off
    other = ds.drop_vars("heading").assign(propulsion=ds.heading * np.linspace(0.5, 2, 50)[:, None])
    np.testing.assert_allclose(est.polarization(other), est.polarization(ds), rtol=1e-13)
    np.testing.assert_allclose(est.rotation(other), est.rotation(ds), rtol=1e-13)
    both = ds.assign(propulsion=-ds.heading[::-1])
    assert est.rotation(both) == est.rotation(ds)


def test_independent_headings_have_the_polarization_of_a_random_walk():
    n, frames = 1000, 400
    v = unit(np.random.default_rng(1).normal(size=(frames, n, 3)))
    mean_square = float((est.polarization(dataset(v, v)) ** 2).mean())
    # <P^2> = 1/N exactly; in three dimensions P^2 N has variance 2/3
    assert abs(mean_square * n - 1) < 4 * np.sqrt(2 / 3 / frames)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("measure", ORDER)
def test_shift_and_rotation_change_nothing_in_open_space(measure, d):
    rng = np.random.default_rng(2)
    x, v = loose(120, d, seed=3)
    turn = turned(d, rng)
    moved = dataset(x @ turn.T + 100 * rng.normal(size=d), v @ turn.T)
    # round-off of positions of some hundreds is 1e-14 of the school's size
    np.testing.assert_allclose(ORDER[measure](moved), ORDER[measure](dataset(x, v)), atol=1e-10)


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("measure", ORDER)
def test_shift_and_rotation_change_nothing_across_a_periodic_boundary(measure, d):
    rng = np.random.default_rng(4)
    x, v = loose(120, d, seed=5)
    x *= 0.5
    box = np.array([30.0, 40.0, 35.0])[:d]  # more than twice the school's extent, also when turned
    whole = dataset(x, v)
    for _ in range(5):
        turn = turned(d, rng)
        moved = np.mod(x @ turn.T + box * rng.random(d), box)
        np.testing.assert_allclose(
            ORDER[measure](dataset(moved, v @ turn.T, box)), ORDER[measure](whole), atol=1e-10
        )


def test_a_box_may_be_open_along_some_axes():
    x, v = loose(80, 3, seed=6)
    box = [60.0, np.nan, 60.0]
    moved = x + np.array([-1.0, 1e3, 59.5])
    moved[:, [0, 2]] %= 60.0
    np.testing.assert_allclose(est.rotation(dataset(moved, v, box)), est.rotation(dataset(x, v)), atol=1e-10)


def test_one_particle_is_polarized_at_its_own_centroid_and_alone():
    ds = dataset(np.ones((1, 3)), unit(np.ones((1, 3))))
    assert abs(est.polarization(ds) - 1) < 1e-15
    assert est.rotation(ds) == 0
    assert est.cluster_count(ds, radius=1.0) == 1
    assert np.isnan(est.nearest_neighbour_statistics(ds).to_dataarray()).all()


def test_who_is_at_the_centroid_has_no_direction_from_there():
    x, v = ring(200, 3)
    x, v = np.vstack([x, np.zeros(3)]), np.vstack([v, [1.0, 0, 0]])
    for shift in (0.0, 57.3):
        assert abs(est.rotation(dataset(x + shift, v)) - 200 / 201) < 1e-12


@pytest.mark.parametrize("box", [None, 10.0])
def test_nearest_distances_are_those_of_a_tree(box):
    rng = np.random.default_rng(7)
    x = 10 * rng.random((300, 3))
    v = unit(rng.normal(size=(300, 3)))
    distance, index = cKDTree(x, boxsize=box).query(x, 2)
    found = est.nearest_neighbour_statistics(dataset(x, v, box))
    for name in ("mean", "std", "min", "max"):
        assert abs(found[f"nearest_distance_{name}"] - getattr(distance[:, 1], name)()) < 1e-13
        assert found[f"nearest_distance_{name}"].attrs["units"] == "m"
    assert abs(found.nearest_alignment - (v * v[index[:, 1]]).sum(-1).mean()) < 1e-13


def test_groups_join_across_the_edge_of_the_box():
    x = np.array([[0.1, 5.0], [9.9, 5.0], [5.0, 5.0], [5.2, 5.0]])
    assert est.cluster_count(dataset(x, x, 10.0), radius=0.5) == 2
    assert est.cluster_count(dataset(x, x), radius=0.5) == 3


@pytest.mark.parametrize("box", [None, 7.0])
def test_speed_of_the_group_is_that_of_its_centroid(box):
    t = np.linspace(0, 4, 41)
    x0, v = loose(20, 2, seed=8)
    # the centroid accelerates: central differences are exact for a parabola, at the ends too
    path = np.stack([0.5 * t**2, -1.0 * t], axis=-1)
    x = x0 + path[:, None]
    ds = dataset(x if box is None else x % box, np.broadcast_to(v, x.shape), box).assign_coords(
        t=("t", t, {"units": "s"})
    )
    speed = est.group_speed(ds)
    np.testing.assert_allclose(speed, np.hypot(t, 1.0), atol=1e-12)
    assert speed.attrs["units"] == "m (s)-1"
    ds["velocity"] = xr.full_like(ds.position, 2.0).assign_attrs(units="m s-1")
    np.testing.assert_allclose(est.group_speed(ds), np.sqrt(8))
    assert est.group_speed(ds).attrs["units"] == "m s-1"


def test_members_frames_orders_of_dims_and_chunks_give_the_same():
    rng = np.random.default_rng(9)
    x = rng.random((2, 5, 30, 3))
    v = unit(rng.normal(size=x.shape))
    ds = dataset(x, v, 1.0)
    ds["box"] = ds.box.expand_dims(member=2) * xr.DataArray([1.0, 2.0], dims="member")
    for function in (
        est.polarization,
        est.rotation,
        est.group_speed,
        lambda d: est.cluster_count(d, radius=0.1),
    ):
        whole = function(ds)
        assert whole.dims == ("member", "t")
        assert whole.attrs["ergodica_kind"] == "series"
        assert whole.t.attrs["units"] == "s"
        other = function(ds.transpose("space", "t", "particle", "member").astype(np.float64))
        xr.testing.assert_equal(other.transpose("member", "t"), whole)
        lazy = function(ds.chunk(member=1, t=-1))
        assert lazy.chunks is not None
        xr.testing.assert_equal(lazy.compute(), whole)
        for member in range(2):
            xr.testing.assert_equal(function(ds.isel(member=member)), whole.isel(member=member, drop=True))


def test_a_lost_frame_is_nan_alone():
    x, v = loose(30, 3, seed=10)
    x, v = np.stack([x, x, x]), np.stack([v, v, v])
    x[1, 4, 0], v[2, 3] = np.nan, 0.0
    found = est.rotation(dataset(x, v))
    assert np.isnan(found).values.tolist() == [False, True, True]
    assert np.isnan(est.polarization(dataset(x, v))).values.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda ds: ds.isel(particle=slice(0, 0)), "at least one particle, got 0"),
        (lambda ds: ds.isel(space=[0]), "2 or 3 components, got 1"),
        (lambda ds: ds.drop_vars("heading"), "must hold heading"),
        (lambda ds: ds.rename(particle="fish"), "dims particle and space"),
        (lambda ds: ds.chunk(particle=2), "particle must be in one chunk"),
        (lambda ds: ds.assign(box=("space", [1.0, -1.0, 1.0])), "lengths must be positive"),
        (lambda ds: ds.assign(box=("axis", [1.0, 1.0])), "one length a component"),
        (
            lambda ds: ds.assign(heading=ds.heading.isel(particle=slice(3)).rename(particle="p")),
            "dims particle",
        ),
    ],
)
def test_what_is_wrong_with_a_dataset_is_said(change, words):
    with pytest.raises(ParameterError, match=words):
        est.rotation(change(dataset(*loose(6, 3, seed=0))))


def test_what_is_wrong_with_arguments_is_said():
    ds = dataset(*loose(6, 3, seed=0), 4.0)
    with pytest.raises(ParameterError, match="radius: must be positive"):
        est.cluster_count(ds, radius=-1.0)
    with pytest.raises(ParameterError, match="half the shortest periodic length"):
        est.cluster_count(ds, radius=3.0)
    with pytest.raises(ParameterError, match="two times"):
        est.group_speed(ds)
    with pytest.raises(TypeError, match="must be a Dataset"):
        est.rotation(ds.position)
