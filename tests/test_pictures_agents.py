"""Pictures of agents: one of positions with their headings, radii and box; marks lie and point where they should."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from crowds import crowd, square_lattice, unit_vectors
from matplotlib.collections import EllipseCollection, PolyCollection
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from ergodica.data import pictures
from ergodica.data.pictures import crowd_marks, crowd_raster, crowd_space
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.select import variables
from ergodica.data.pictures.world_lines import world_lines

rng = np.random.default_rng(3)


def drawn(ds, axes=2, **options):
    """The artists and the axes of the picture of the positions of a dataset."""
    ax = new_figure(6, 5).add_subplot(projection="3d" if axes == 3 else None)
    return pictures.picture("agents")(variables(ds)["position"], ax, **options), ax


def directions(darts):
    """Where darts point, from the middle of their tail to the tip, as unit vectors."""
    corners = np.array([one.vertices[:4] for one in darts.get_paths()])
    along = corners[:, 0] - (corners[:, 1] + corners[:, 3]) / 2
    return along / np.linalg.norm(along, axis=1, keepdims=True)


def test_a_dataset_has_one_picture_of_positions_with_their_headings():
    x, v = rng.normal(size=(2, 3, 20, 2))
    ds = crowd(x, v, unwrapped=(("t", "particle", "space"), x))
    figure = pictures.figure(ds)
    assert len([one for one in figure.axes if one.get_xlabel() == "$x$"]) == 1
    bare = ds.assign(box=("space", [9.0, 9.0]), radius=0.1).drop_attrs(deep=True)
    assert [one.get_xlabel() for one in pictures.figure(bare).axes] == ["$x$"]
    (alone,) = pictures.figure(ds, variable="heading", color="none").axes
    np.testing.assert_array_equal(alone.collections[0].get_offsets(), v[-1])


@pytest.mark.parametrize("name", ["heading", "velocity", "propulsion"])
def test_darts_point_along_the_vectors_at_the_positions(name):
    x, v = rng.normal(size=(2, 4, 30, 2))
    ds = crowd(x, v).rename(heading=name)
    (darts,), _ = drawn(ds, frame=1)
    assert isinstance(darts, PolyCollection)
    # vertices are sums of a few doubles
    np.testing.assert_allclose(
        directions(darts), v[1] / np.linalg.norm(v[1], axis=1, keepdims=True), atol=1e-9
    )
    middle = np.array([one.vertices[:4].mean(axis=0) for one in darts.get_paths()])
    size = np.array([np.ptp(one.vertices, axis=0).max() for one in darts.get_paths()])
    assert (np.linalg.norm(middle - x[1], axis=1) < size / 2).all()


def test_cones_in_space_point_along_the_headings():
    x, v = rng.normal(size=(2, 25, 3))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    ax = new_figure(5, 5).add_subplot(projection="3d")
    cones = crowd_space.cones(ax, x.T, v.T, np.ones((25, 4)), 0.5)
    assert isinstance(cones, Poly3DCollection)
    tips = cones._faces.reshape(25, 6, 3, 3)[:, 0, 0]
    np.testing.assert_allclose(tips, x + 0.5 * v, atol=1e-12)


def test_farther_agents_are_paler():
    x = np.stack([np.zeros(5), np.linspace(0, 8, 5), np.zeros(5)], axis=1)
    ax = new_figure(5, 5).add_subplot(projection="3d")
    ax.view_init(0.0, -90.0)  # along the second axis, from its negative side
    towards = crowd_space.towards_viewer(ax)
    np.testing.assert_allclose(towards, [0.0, -1.0, 0.0], atol=1e-12)
    shade = crowd_space.faded(np.zeros((5, 4)), towards @ x.T)[:, 0]
    np.testing.assert_allclose(shade, np.linspace(0.0, crowd_space.FARTHEST, 5), atol=1e-12)


@pytest.mark.parametrize("radius", [0.8, [0.4, 1.2]])
def test_discs_have_their_radius_in_the_unit_of_the_positions(radius):
    given = radius if np.ndim(radius) == 0 else ("particle", radius)
    ds = crowd([[1.5, 1.5], [3.5, 3.5]], box=5.0, radius=given)
    (discs,), ax = drawn(ds)
    assert isinstance(discs, EllipseCollection)
    ax.set_axis_off()
    ax.figure.canvas.draw()
    ink = 1 - np.asarray(ax.figure.canvas.buffer_rgba())[..., 0] / 255.0
    pixels = ax.bbox.width / 5.0
    # discs cover pi r^2; their smoothed rim moves this by much less than a pixel times its length
    expected = np.pi * np.sum(np.broadcast_to(radius, 2) ** 2) * pixels**2
    np.testing.assert_allclose(ink.sum(), expected, rtol=2e-3)


def test_discs_that_would_hide_each_other_are_darts():
    x, v = rng.random((2, 1, 200, 2))
    assert isinstance(drawn(crowd(x, v, radius=0.2))[0][0], PolyCollection)
    assert isinstance(drawn(crowd(x, v, radius=0.02))[0][0], EllipseCollection)


def test_a_picture_of_a_box_ends_with_it_and_keeps_its_proportions():
    _, ax = drawn(crowd(rng.random((3, 10, 2)), box=[4.0, 2.0]))
    assert (ax.get_xlim(), ax.get_ylim(), ax.get_aspect()) == ((0.0, 4.0), (0.0, 2.0), 1.0)


def test_positions_beyond_the_box_are_shown():
    _, ax = drawn(crowd(rng.random((3, 10, 2)) * 40 - 20, box=4.0))
    assert ax.get_xlim()[0] < -10
    assert ax.get_xlim()[1] > 10


def test_an_open_axis_beside_a_periodic_one_follows_the_data():
    _, ax = drawn(crowd(rng.random((3, 30, 2)) * [4.0, 9.0] + [0.0, 50.0], box=[4.0, np.nan]))
    assert ax.get_xlim() == (0.0, 4.0)
    assert 45 < ax.get_ylim()[0] < 51 < 58 < ax.get_ylim()[1] < 65


@pytest.mark.parametrize("axes", [2, 3])
def test_who_has_no_place_is_left_out_and_who_has_no_heading_is_drawn(axes):
    x, v = rng.normal(size=(2, 2, 6, axes))
    x[1, 2, 0], v[1, 4], v[1, 5] = np.nan, 0.0, np.nan
    (marks,), ax = drawn(crowd(x, v), axes)
    ax.figure.canvas.draw()
    if axes == 2:
        assert len(marks.get_paths()) == 5
        assert all(np.ptp(one.vertices, axis=0).min() > 0 for one in marks.get_paths())


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("x", [0.0, 7.5, np.nan])
def test_one_particle_or_nobody_at_all_is_drawn(axes, x):
    pictures.figure(crowd(np.full((2, 1, axes), x), np.ones(axes))).canvas.draw()
    pictures.figure(crowd(np.full((1, axes), x), np.ones(axes))).canvas.draw()


def test_members_are_chosen_with_their_headings():
    x, v = rng.normal(size=(2, 3, 2, 9, 2))
    (darts,), ax = drawn(crowd(x, v), member=2)
    np.testing.assert_allclose(
        directions(darts), v[2, -1] / np.linalg.norm(v[2, -1], axis=1, keepdims=True), atol=1e-9
    )
    assert ax.get_title() == "member 2 (0 to 2), $t$ = 0.5 s"


def test_predators_are_drawn_larger_with_their_headings():
    x, v = rng.normal(size=(2, 2, 40, 2))
    hunter = np.array([[[0.0, 9.0], [3.0, 0.0]]] * 2)
    ds = crowd(x, v, predator_position=(("t", "predator", "space"), hunter))
    ds["predator_heading"] = ds.predator_position * 0 + [0.0, -1.0]
    (darts, *predators), ax = drawn(ds)
    assert len(predators) == 2
    for one in predators:
        np.testing.assert_allclose(directions(one), [[0.0, -1.0]], atol=1e-9)
        assert np.ptp(one.get_paths()[0].vertices) > np.ptp(darts.get_paths()[0].vertices, axis=0).max()
    assert ax.get_ylim()[1] > 9.0
    # no picture of their own beside that of the agents with its colours
    assert len(pictures.figure(ds).axes) == len(pictures.figure(crowd(x, v)).axes)


def test_predators_are_seen_on_a_map_of_very_many():
    x = rng.normal(size=(crowd_raster.RASTER[2] + 1, 2))
    hunter = np.array([[0.5, 0.5], [9.0, 9.0]])
    ds = crowd(x, predator_position=(("predator", "space"), hunter))
    ds["predator_heading"] = ds.predator_position * 0 + [0.6, 0.8]
    (image, *predators), _ = drawn(ds)
    assert len(predators) == 2
    assert all(one.get_zorder() > image.get_zorder() for one in predators)
    for one, place in zip(predators, hunter, strict=True):
        np.testing.assert_allclose(directions(one), [[0.6, 0.8]], atol=1e-9)
        corners = one.get_paths()[0].vertices
        assert (corners.min(axis=0) < place).all()
        assert (corners.max(axis=0) > place).all()


def test_paths_on_a_ring_break_at_its_border():
    x = np.stack([np.linspace(0, 24, 49) % 10, np.full(49, 3.0)], axis=1)[..., None]
    ds = crowd(x, box=10.0)
    ax = new_figure(5, 4).add_subplot()
    moving, still = world_lines(variables(ds)["position"], ax)
    assert np.isnan(moving.get_ydata()).sum() == 2
    assert np.nanmax(np.abs(np.diff(moving.get_ydata()))) == pytest.approx(0.5)
    np.testing.assert_array_equal(still.get_ydata(), 3.0)
    (panel,) = pictures.figure(ds).axes
    assert panel.get_xlabel() == "t (s)"


def test_lazy_data_and_a_single_snapshot_give_the_same_marks():
    ds = crowd(*rng.normal(size=(2, 5, 15, 2)))
    (whole,), _ = drawn(ds)
    for other in (ds.chunk({"t": 2}), ds.isel(t=-1), ds.isel(t=[-1])):
        (one,), _ = drawn(other)
        assert [a.vertices.tolist() for a in one.get_paths()] == [
            a.vertices.tolist() for a in whole.get_paths()
        ]


def test_too_many_for_darts_are_dots():
    x, v = rng.random((2, 1, crowd_marks.DARTS + 1, 2))
    (dots,), _ = drawn(crowd(x, v))
    np.testing.assert_array_equal(dots.get_offsets(), x[0])


def test_other_dimensions_are_refused():
    wrong = xr.DataArray(np.zeros((2, 3, 2)), dims=("t", "fish", "space"), name="position")
    with pytest.raises(ValueError, match=r"position: agents here must have dims \(t, particle, space\)"):
        pictures.picture("agents")(wrong, new_figure(3, 3).add_subplot())
    flat = xr.DataArray(
        square_lattice(3, 1.0)[None] * unit_vectors(np.zeros(9)), dims=("t", "particle", "space")
    )
    with pytest.raises(ValueError, match="with 3 or more components"):
        pictures.picture("agents")(flat, new_figure(3, 3).add_subplot(projection="3d"))
