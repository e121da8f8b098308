"""Colours of agents: headings on a circle of hues, densities that count everybody, numbers of each by name."""

from __future__ import annotations

import numpy as np
import pytest
from crowds import crowd, square_lattice, unit_vectors

from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.crowd import crowd as crowd_of
from ergodica.data.pictures.crowd_colours import MANY, colouring
from ergodica.data.pictures.crowd_density import density, grid_over, local_density, mean
from ergodica.data.pictures.crowd_raster import RASTER
from ergodica.data.pictures.hues import hues
from ergodica.data.pictures.select import variables

rng = np.random.default_rng(5)


def agents_of(ds, axes=2):
    return crowd_of(variables(ds)["position"], axes)


def coloured(ds, color, axes=2):
    """The colours of a dataset and their values at its last frame."""
    found = agents_of(ds, axes)
    colours = colouring(found, color, range(found.frames))
    return colours, colours.values(found.frame(found.frames - 1))


def test_the_circle_of_hues_has_one_lightness_and_no_end():
    rgb = hues()(np.linspace(0, 1, 256))[:, :3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    # Oklab's lightness is nearly a function of luminance: one lightness is a band of it
    assert np.ptp(luminance) < 0.12
    steps = np.abs(np.diff(rgb, axis=0, append=rgb[:1])).max(axis=1)
    assert steps.max() < 0.03


def test_headings_are_coloured_by_their_angle():
    angle = np.linspace(-3.1, 3.1, 20)
    colours, values = coloured(crowd(rng.random((20, 2)), unit_vectors(angle)), "heading")
    np.testing.assert_allclose(values, angle, atol=1e-12)
    assert (colours.norm.vmin, colours.norm.vmax) == (-np.pi, np.pi)
    opposite = colours.cmap(colours.norm([-np.pi, np.pi]))
    np.testing.assert_allclose(opposite[0], opposite[1], atol=0.02)


@pytest.mark.parametrize("normal", [[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]])
def test_headings_in_a_plane_of_space_keep_their_angles(normal):
    normal = np.array(normal) / np.linalg.norm(normal)
    across = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
    across /= np.linalg.norm(across)
    angle = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    v = np.cos(angle)[:, None] * across + np.sin(angle)[:, None] * np.cross(normal, across)
    _, values = coloured(crowd(rng.random((30, 3)), v), "heading", axes=3)
    # the same circle but for its zero and its sense
    steps = np.diff(np.unwrap(values))
    np.testing.assert_allclose(np.abs(steps), 2 * np.pi / 30, rtol=1e-6)
    assert abs(np.sign(steps).sum()) == 29


def test_density_of_an_even_lattice_is_its_packing_fraction():
    ds = crowd(square_lattice(40, 2.0), box=80.0, radius=0.5)
    _, values = coloured(ds, "density")
    # a Gaussian of 1.5 spacings leaves exp(-2 pi^2 1.5^2) of the lattice's own waves
    np.testing.assert_allclose(values, np.pi * 0.25 / 4, rtol=1e-3)


@pytest.mark.parametrize("axes", [2, 3])
def test_density_is_the_same_wherever_the_crowd_lies_across_a_border(axes):
    x = rng.random((400, axes)) * [6.0] * axes
    middle = agents_of(crowd(x, box=24.0), axes)
    here = local_density(middle)[0](middle.frame(0))
    # moved by whole cells of the grid, so that their counts stay
    cell = 24.0 / np.ceil(400 ** (1 / axes))
    moved = (x - np.round(3.0 / cell) * cell) % 24.0
    across = agents_of(crowd(moved, box=24.0), axes)
    np.testing.assert_allclose(local_density(across)[0](across.frame(0)), here, rtol=1e-9)


def test_density_of_a_crowd_in_open_space_is_highest_inside():
    x = rng.normal(size=(3000, 2))
    _, values = coloured(crowd(x), "density")
    radius = np.linalg.norm(x, axis=1)
    inside = values[radius < 0.3].mean()
    # the density at the centre of 3000 normal points is 3000/(2 pi), smoothed over 0.2 of a deviation or so
    np.testing.assert_allclose(inside, 3000 / (2 * np.pi), rtol=0.15)
    assert values[radius > 2.5].mean() < 0.15 * inside


def test_speed_goes_the_short_way_across_the_border():
    x = np.array([[[0.5, 5.0]], [[9.5, 5.0]]])
    _, values = coloured(crowd(x, box=10.0), "speed")
    np.testing.assert_allclose(values, 1.0 / 0.5)
    velocity = crowd(x, np.array([3.0, 4.0])).rename(heading="velocity")
    np.testing.assert_allclose(coloured(velocity, "speed")[1], 5.0)


def test_numbers_of_each_particle_are_chosen_by_name():
    q, kind = (
        rng.normal(size=(2, 3, 9)),
        {"ergodica_kind": "agent_values", "units": "1", "long_name": "order"},
    )
    ds = crowd(
        rng.random((3, 9, 2)), q=(("t", "particle"), q[0], kind), mass=("particle", np.arange(9.0) + 1)
    )
    colours, values = coloured(ds, "q")
    np.testing.assert_array_equal(values, q[0, -1])
    assert colours.text == "order"
    np.testing.assert_array_equal(coloured(ds, "mass")[1], np.arange(9.0) + 1)


@pytest.mark.parametrize(("span", "order"), [(np.pi, 1), (np.pi / 6, 6), (2.0, 1), (np.pi / 4, 4)])
def test_phases_have_the_circle_of_hues_over_their_symmetry(span, order):
    angle = np.linspace(-span, span, 50)
    ds = crowd(rng.random((50, 2)), phase=("particle", angle, {"units": "rad", "long_name": "phase"}))
    colours, _ = coloured(ds, "phase")
    assert colours.angle == order
    assert colours.norm.vmax == pytest.approx(np.pi / order)


@pytest.mark.parametrize(
    ("count", "box", "heading", "bar"),
    [
        (MANY, 5.0, True, "local density"),
        (MANY - 1, 5.0, True, "angle of the heading (rad)"),
        (MANY, None, True, "angle of the heading (rad)"),
        (10, 5.0, False, None),
    ],
)
def test_many_in_a_periodic_plane_show_their_density_and_others_their_heading(count, box, heading, bar):
    ds = crowd(rng.random((count, 2)) * 5, unit_vectors(rng.random(count)) if heading else None, box=box)
    found = agents_of(ds)
    colours = colouring(found, None, [0])
    assert (None if colours is None else colours.text) == bar


@pytest.mark.parametrize("box", [[8.0, 4.0], [8.0, np.nan], None])
def test_a_raster_counts_everybody(box):
    ds = crowd(rng.random((5000, 2)) * [8.0, 4.0], box=box, radius=0.01)
    found = agents_of(ds)
    frame = found.frame(0)
    grid = grid_over(found, frame)
    image = density(found, frame, grid)
    area = np.prod(grid.size / grid.cells)
    # a sum of some thousand doubles; in open space what is cut off below zero is rounding
    np.testing.assert_allclose(image.sum() * area, 5000 * np.pi * 1e-4, rtol=1e-9)


def test_a_mean_over_a_neighbourhood_is_that_of_angles_or_of_numbers():
    ds = crowd(rng.random((400, 2)) * 5, box=5.0)
    found = agents_of(ds)
    grid = grid_over(found, found.frame(0))
    angles = np.where(np.arange(400) % 2, np.pi - 0.1, -np.pi + 0.1)
    # the mean of angles about pi is near pi, not near 0
    assert np.nanmin(np.abs(mean(grid, angles, 1))) > np.pi - 0.11
    halves = np.where(np.arange(400) % 2, np.pi / 6 - 0.01, -np.pi / 6 + 0.01)
    assert np.nanmin(np.abs(mean(grid, halves, 6))) > np.pi / 6 - 0.011
    numbers = np.where(np.arange(400) % 3, 2.5, np.nan)
    np.testing.assert_allclose(mean(grid, numbers, 0), 2.5, rtol=1e-9)


def test_where_nobody_is_there_is_no_mean():
    ds = crowd(rng.random((400, 2)), box=20.0)
    found = agents_of(ds)
    grid = grid_over(found, found.frame(0))
    image = mean(grid, np.ones(400), 0)
    middle = tuple(grid.cells // 2)
    assert np.isnan(image[middle])
    np.testing.assert_allclose(image[0, 0], 1.0, rtol=1e-9)


@pytest.mark.parametrize("axes", [2, 3])
def test_more_than_can_be_seen_are_an_image(axes):
    count = RASTER[axes] + 1
    ds = crowd(rng.random((1, count, axes)), unit_vectors(np.zeros(count)) if axes == 2 else None, box=1.0)
    (image,) = pictures.figure(ds).axes[0].images
    # the number in a unit of area: one box of side 1 holds all
    np.testing.assert_allclose(np.mean(image.get_array()), count, rtol=1e-9)
    if axes == 2:
        (mean_heading,) = pictures.figure(ds, color="heading").axes[0].images
        np.testing.assert_allclose(mean_heading.get_array(), 0.0, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"color": "mass"}, r"color: must be one of heading, speed, density, none, .*got 'mass'"),
        ({"view": (30.0,)}, "view: must be two angles in degrees"),
        ({"view": (30.0, np.nan)}, "view: must be two angles in degrees"),
        ({"components": ["x", "y"]}, "components: must be left out where nothing has them"),
    ],
)
def test_what_agents_do_not_have_is_refused_in_one_line(options, message):
    ds = crowd(rng.random((2, 5, 3)), np.ones(3))
    with pytest.raises(ValueError, match=message) as caught:
        pictures.figure(ds, **options)
    assert "\n" not in str(caught.value)


def test_colours_and_cameras_are_refused_where_they_mean_nothing():
    flat = crowd(rng.random((2, 5, 2)))
    with pytest.raises(ValueError, match="view: only a picture in space has a camera"):
        pictures.figure(flat, view=(30, 40))
    with pytest.raises(ValueError, match=r"color: must be one of speed, density, none.*'heading'"):
        pictures.figure(flat, color="heading")
    with pytest.raises(ValueError, match="color: 'speed' needs velocity"):
        pictures.figure(flat.isel(t=[0]), color="speed")
    with pytest.raises(ValueError, match="color: must be left out where there are no agents"):
        pictures.figure(flat.position.isel(particle=0, space=0).drop_attrs(), color="speed")


def test_the_camera_is_where_it_is_asked_to_be():
    ax = new_figure(4, 4).add_subplot(projection="3d")
    pictures.picture("agents")(crowd(rng.random((2, 5, 3))).position, ax, view=(70, -10))
    assert (ax.elev, ax.azim) == (70, -10)


@pytest.mark.parametrize("turned", [False, True])
def test_a_lattice_is_even_however_its_rows_lie_to_the_cells(turned):
    columns, rows = 160, 184
    i, j = np.meshgrid(np.arange(columns), np.arange(rows))
    x = np.stack([(i + 0.5 * (j % 2)).ravel(), j.ravel() * np.sqrt(3) / 2], axis=-1) + 0.1
    lengths = np.array([columns, rows * np.sqrt(3) / 2])
    if turned:
        x, lengths = x[:, ::-1], lengths[::-1]
    found = agents_of(crowd(x, box=lengths))
    shown = density(found, found.frame(0), grid_over(found, found.frame(0)))
    # counts of whole particles beat with the rows by a quarter of the density, shared ones by the square of that
    assert np.abs(shown / shown.mean() - 1).max() < 0.04
