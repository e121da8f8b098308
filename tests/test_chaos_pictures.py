"""Pictures of what is measured on orbits: portraits, sections, bifurcations, basins."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ergodica import sims
from ergodica.data import pictures
from ergodica.data.pictures import portrait as portraits
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.dots import FEW
from ergodica.data.pictures.section import return_map
from ergodica.data.pictures.select import MEDIAN_VALUES, some_members


@pytest.fixture
def ax():
    return new_figure(6, 4).add_subplot()


@pytest.fixture(scope="module")
def henon():
    return sims.Map(system="henon", spread=1e-3).run(t_end=200, snapshots=201, members=3)


def labelled(kind, dims, values, **coords):
    attrs = {"ergodica_kind": kind, "units": "1", "long_name": "quantity"}
    return xr.DataArray(np.asarray(values), dims=dims, coords=coords, name="quantity", attrs=attrs)


def section_of(values):
    return labelled("section", ("crossing", "component"), values, component_name=("component", [*"xyz"]))


# --- portraits ------------------------------------------------------------------------------------------------


def test_orbits_of_a_map_are_points_of_each_member_in_its_colour(henon, ax):
    drawn = [one for one in portraits.portrait(henon.state, ax) if hasattr(one, "get_offsets")]
    assert len(drawn) == 3
    for member, one in enumerate(drawn):
        np.testing.assert_array_equal(one.get_offsets(), henon.state.isel(member=member))
    assert len({tuple(one.get_facecolor()[0]) for one in drawn}) == 3
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["member 0", "member 1", "member 2"]


def test_components_of_a_portrait_are_chosen_by_name_or_number(henon, ax):
    for asked in (["y", "x"], [1, 0]):
        (drawn,) = portraits.portrait(henon.state, ax, member=1, components=asked)
        np.testing.assert_array_equal(drawn.get_offsets(), henon.state.sel(member=1).values[:, ::-1])
    with pytest.raises(ValueError, match=r"components: must be of x, y, 0, 1, got 'z'"):
        portraits.portrait(henon.state, ax, components=["x", "z"])
    with pytest.raises(ValueError, match="two or three different"):
        portraits.portrait(henon.state, ax, components=["x", "x"])


def test_overview_passes_components_on(henon):
    figure = pictures.figure(henon, components=["y", "x"])
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("$y$", "$x$")


def test_lines_of_an_ensemble_of_flows_are_one_a_member(ax):
    ds = sims.Flow(system="van-der-pol", spread=0.1).run(t_end=5.0, snapshots=51, members=8)
    lines = [one for one in portraits.portrait(ds.state, ax) if len(one.get_xdata()) > 1]
    assert len(lines) == portraits.MEMBERS
    assert lines[0].get_label() == "member 0"


def test_map_of_a_line_is_shown_by_its_graph(ax):
    ds = sims.Map(system="logistic").run(t_end=50, snapshots=51)
    diagonal, drawn = portraits.successors(ds.state, ax)
    x = ds.state.values[:, 0]
    np.testing.assert_array_equal(drawn.get_offsets(), np.stack([x[:-1], x[1:]], axis=1))
    np.testing.assert_array_equal(diagonal.get_xdata(), [x.min(), x.max()])
    assert len(pictures.figure(ds).axes) == 2


def test_chain_of_many_sites_is_an_image(ax):
    ds = sims.Flow(system="lorenz96").run(t_end=1.0, snapshots=11)
    figure = pictures.figure(ds)
    assert figure.axes[0].images[0].get_array().shape == (40, 11)


def test_many_points_become_an_image_of_their_density(ax):
    points = np.random.default_rng(0).standard_normal((FEW + 1, 2))
    iterations = ("t", np.arange(FEW + 1.0), {"long_name": "iterations"})
    (drawn,) = portraits.portrait(labelled("states", ("t", "component"), points, t=iterations), ax)
    shown = np.asarray(drawn.get_array())
    assert shown.ndim == 3
    assert 0 < (shown[..., 3] > 0).sum() <= FEW + 1


def test_images_of_several_members_are_all_within_the_axes(ax):
    points = np.random.default_rng(0).random((2, FEW + 1, 2)) + np.array([[[0.0, 0.0]], [[5.0, 5.0]]])
    iterations = ("t", np.arange(FEW + 1.0), {"long_name": "iterations"})
    portraits.portrait(labelled("states", ("member", "t", "component"), points, t=iterations), ax)
    for low, high in (ax.get_xlim(), ax.get_ylim()):
        assert low <= points.min()
        assert high >= points.max()


def test_moving_map_is_points(tmp_path):
    ds = sims.Map(system="henon").run(t_end=20, snapshots=21)
    moving = pictures.picture("states").movie(ds.state, new_figure(4, 3).add_subplot(), np.arange(21))
    moving.update(5)
    path, head = moving.artists
    assert path.get_linestyle() == "None"
    np.testing.assert_array_equal(path.get_xydata(), ds.state.values[:6])
    np.testing.assert_array_equal(head.get_xydata(), ds.state.values[5:6])


@pytest.mark.parametrize("count", [1, 2])
def test_one_point_and_missing_members_break_no_portrait(count, ax):
    values = np.zeros((3, count, 3))
    values[1] = np.nan
    for t in (("t", np.arange(count), {"long_name": "iterations"}), ("t", np.arange(count))):
        state = labelled("states", ("member", "t", "component"), values, t=t)
        portraits.portrait(state, ax)
        pictures.figure(state).canvas.draw()


def test_large_ensembles_are_read_in_part():
    width = MEDIAN_VALUES // 1000
    large = xr.DataArray(np.broadcast_to(0.0, (10_000, width)), dims=("member", "t"))
    assert some_members(large).sizes["member"] == 1000
    small = large.isel(t=slice(0, 10))
    assert some_members(small).sizes["member"] == 10_000


# --- sections, bifurcations, basins ---------------------------------------------------------------------------


def test_section_shows_the_components_that_vary_on_the_surface(ax):
    points = np.random.default_rng(1).standard_normal((50, 3)) * [1e-12, 1, 1]
    (drawn,) = pictures.picture("section")(section_of(points), ax)
    np.testing.assert_array_equal(drawn.get_offsets(), points[:, 1:])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$y$", "$z$")
    _, graph = return_map(section_of(points), ax)
    np.testing.assert_array_equal(graph.get_offsets(), np.stack([points[:-1, 1], points[1:, 1]], axis=1))


def test_sections_of_several_orbits_have_their_colours(ax):
    points = np.random.default_rng(3).standard_normal((2, 30, 3))
    both = labelled("section", ("member", "crossing", "component"), points)
    drawn = pictures.picture("section")(both, ax)
    for one, expected in zip(drawn, points, strict=True):
        np.testing.assert_array_equal(one.get_offsets(), expected[:, :2])
    assert len(ax.get_legend().get_texts()) == 2
    (alone,) = pictures.picture("section")(both, new_figure(4, 3).add_subplot(), member=1)
    np.testing.assert_array_equal(alone.get_offsets(), points[1, :, :2])


def test_section_of_a_flow_is_drawn_with_its_return_map():
    ds = sims.poincare_section("rossler", component="x", crossings=20)
    figure = pictures.figure(ds, components=["z", "y"])
    figure.canvas.draw()
    assert [one.get_xlabel() for one in figure.axes] == ["$z$", "$z$ at a crossing"]


@pytest.mark.parametrize("points", [np.zeros((1, 3)), np.full((4, 3), np.nan)])
def test_single_and_missing_crossings_are_drawn(points):
    pictures.figure(section_of(points)).canvas.draw()


def test_section_needs_crossings(ax):
    with pytest.raises(ValueError, match="must not be empty"):
        pictures.picture("section")(section_of(np.zeros((0, 3))), ax)
    with pytest.raises(ValueError, match="must have dims"):
        pictures.picture("section")(labelled("section", ("t", "component"), np.zeros((4, 2))), ax)


def test_points_of_a_bifurcation_stand_over_their_parameter(ax):
    ds = sims.bifurcation_diagram("logistic", parameter="r", values=[2.8, 3.2, 3.5], points=8)
    (drawn,) = pictures.picture("bifurcation")(ds.bifurcation, ax)
    found = drawn.get_offsets()
    values = ds.bifurcation.values
    assert len(found) == np.isfinite(values).sum()
    assert set(found[:, 0]) == {2.8, 3.2, 3.5}
    # the fixed point is 1 - 1/r; 100s of iterations leave rounding
    np.testing.assert_allclose(found[found[:, 0] == 2.8, 1], 1 - 1 / 2.8, rtol=1e-9)


@pytest.mark.parametrize("order", [1, -1])
def test_cells_of_a_dense_bifurcation_lie_over_their_parameter(order, ax):
    at = np.linspace(0.0, 1.0, 1500)[::order]
    points = np.where(np.arange(40) % 2, at[:, None], 0.0)
    one = labelled("bifurcation", ("a", "point"), points, a=("a", at))
    (drawn,) = pictures.picture("bifurcation")(one, ax)
    shown = np.asarray(drawn.get_array())[..., 3] > 0
    assert shown.any(axis=0).all()
    left, right, bottom, top = drawn.get_extent()
    rows, columns = np.nonzero(shown)
    x = left + (columns + 0.5) / shown.shape[1] * (right - left)
    y = bottom + (rows + 0.5) / shown.shape[0] * (top - bottom)
    cell = max((right - left) / shown.shape[1], (top - bottom) / shown.shape[0])
    # each cell lies on one of the two branches, y = a and y = 0, to its own size
    assert (np.minimum(np.abs(y - x), np.abs(y)) <= 2 * cell).all()


def test_missing_points_and_lost_orbits_leave_gaps(ax):
    points = np.array([[0.1, np.nan], [np.nan, np.nan], [0.3, np.inf]])
    one = labelled("bifurcation", ("a", "point"), points, a=("a", [1.0, 2.0, 3.0]))
    (drawn,) = pictures.picture("bifurcation")(one, ax)
    np.testing.assert_array_equal(drawn.get_offsets(), [[1.0, 0.1], [3.0, 0.3]])
    pictures.figure(one.copy(data=np.full((3, 2), np.nan))).canvas.draw()


def test_basins_have_a_colour_and_a_word_for_each_attractor(ax):
    values = np.array([[1, 1, 2], [0, -1, 2]])
    one = labelled("basins", ("v", "x"), values, v=("v", [0.0, 1.0]), x=("x", [0.0, 1.0, 2.0]))
    (drawn,) = pictures.picture("basins")(one, ax)
    colours = drawn.to_rgba(drawn.get_array()).reshape(2, 3, 4)
    assert (colours[0, 0] == colours[0, 1]).all()
    assert len({tuple(one) for one in colours.reshape(-1, 4)}) == 4
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["diverges, 17%", "undecided, 17%", "attractor 1, 33%", "attractor 2, 33%"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "v")


def test_basins_take_names_from_flags_and_refuse_fractions(ax):
    one = labelled("basins", ("v", "x"), np.ones((1, 1)))
    named = one.assign_attrs(flag_values=[1], flag_meanings="left_well")
    pictures.picture("basins")(named, ax)
    assert ax.get_legend().get_texts()[0].get_text() == "left well, 100%"
    pictures.figure(one * np.nan).canvas.draw()
    with pytest.raises(ValueError, match=r"whole numbers, got 0\.5"):
        pictures.picture("basins")(one / 2, ax)


def test_command_line_draws_chosen_components(tmp_path, monkeypatch, capsys):
    from ergodica.scripts.main import run as command

    monkeypatch.chdir(tmp_path)
    sims.Flow(system="lorenz63").run(t_end=1.0, snapshots=51, out="run.nc")
    assert command(["plot", "run.nc", "--components", "x,z"]) == 0
    assert (tmp_path / "run.png").stat().st_size > 1000
    assert command(["plot", "run.nc", "-o", "other.png", "--components", "x,w"]) != 0
    assert "must be of x, y, z" in capsys.readouterr().err
