"""Pictures of a whole and its parts, of vector fields, and of particles by a number that the dataset names."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.select import variables

RATE = {"units": "1/time", "long_name": "entropy production"}
PARTS = np.array([1.4, 1.5, 0.15])
ERRORS = np.array([0.04, 0.03, 0.01])


@pytest.fixture
def ax():
    return new_figure(6, 4).add_subplot()


def production(**more):
    found = xr.Dataset(
        {
            "total": ((), 3.2, RATE | {"ergodica_kind": "whole"}),
            "total_standard_error": ((), 0.05, {"units": "1/time"}),
            "identity_total": ((), 3.25, RATE | {"ergodica_kind": "whole"}),
            "share": ("degree", PARTS, RATE | {"ergodica_kind": "parts"}),
            "share_standard_error": ("degree", ERRORS, {"units": "1/time"}),
        },
        {"degree": ["position_x", "position_y", "propulsion_x"]},
    )
    return found.assign(**more)


def heights(artists):
    return [one.get_height() for one in artists if hasattr(one, "get_height")]


def test_parts_stand_beside_each_route_to_the_whole(ax):
    artists = pictures.picture("parts")(variables(production())["share"], ax)
    assert heights(artists) == pytest.approx([*PARTS, 3.2, 3.25])
    names = [one.get_text().replace("\n", " ") for one in ax.get_xticklabels()]
    assert names == ["position x", "position y", "propulsion x", "total", "identity total"]


def test_parts_and_whole_have_their_own_errors(ax):
    *_, bars = pictures.picture("parts")(variables(production())["share"], ax)
    half = [(b[1] - a[1]) / 2 for a, b in bars.get_segments()]
    # what has no error, the identity here, has no bar; differences of sums are exact to round-off
    np.testing.assert_allclose(half, [*ERRORS, 0.05], rtol=1e-9)


def test_a_whole_of_other_units_is_not_beside_the_parts(ax):
    other = production(current=((), 1.0, {"units": "length/time", "ergodica_kind": "whole"}))
    assert len(heights(pictures.picture("parts")(variables(other)["share"], ax))) == 5


def test_an_infinite_part_is_said_and_leaves_the_others_seen(ax):
    found = production(share=("degree", [np.inf, np.inf, 0.2], RATE | {"ergodica_kind": "parts"}))
    artists = pictures.picture("parts")(variables(found)["share"], ax)
    assert heights(artists)[2] == pytest.approx(0.2)
    assert [one.get_text() for one in ax.texts].count("infinite") == 2
    ax.figure.canvas.draw()


@pytest.mark.parametrize("count", [1, 40])
def test_parts_may_be_one_or_many_or_missing(ax, count):
    one = xr.DataArray(np.arange(float(count)), dims="degree", name="share", attrs=RATE)
    one[0] = np.nan
    assert len(heights(pictures.picture("parts")(one, ax))) == count
    ax.figure.canvas.draw()


def test_parts_of_two_dimensions_are_refused(ax):
    with pytest.raises(ValueError, match="must have one dimension"):
        pictures.picture("parts")(xr.DataArray(np.zeros((2, 3)), dims=("a", "b"), name="share"), ax)


def test_errors_of_a_variable_have_no_panel_of_their_own():
    figure = pictures.figure(production())
    figure.canvas.draw()
    assert len(figure.axes) == 1


def test_a_profile_takes_its_own_errors(ax):
    r = np.linspace(0.0, 1.0, 9)
    found = xr.Dataset(
        {
            "radial": ("r", r**2, RATE | {"ergodica_kind": "profile"}),
            "radial_standard_error": ("r", np.full(9, 0.1), {"units": "1/time"}),
        },
        {"r": r},
    )
    *_, band = pictures.picture("profile")(variables(found)["radial"], ax)
    low, high = band.get_datalim(ax.transData).intervaly
    assert (low, high) == pytest.approx((-0.1, 1.1))


def whirl(rows=9, columns=12):
    x, y = np.arange(columns) - 5.5, np.arange(rows) - 4.0
    field = np.stack(np.broadcast_arrays(-y[:, None], x[None, :]), axis=-1).astype(float)
    attrs = {"units": "length/time", "long_name": "current", "ergodica_kind": "vector_field"}
    return xr.DataArray(field, dims=("y", "x", "space"), coords={"y": y, "x": x}, name="current", attrs=attrs)


def test_a_vector_field_is_a_map_of_its_size_with_arrows_along_it(ax):
    field = whirl()
    drawn, arrows = pictures.picture("vector_field")(field, ax)
    size = np.hypot(field[..., 0], field[..., 1])
    np.testing.assert_allclose(np.asarray(drawn.get_array()), size)
    assert np.hypot(arrows.U, arrows.V).max() == pytest.approx(float(size.max()))
    # a rotation is across the place of each arrow
    assert np.abs(arrows.U * arrows.X + arrows.V * arrows.Y).max() < 1e-12


@pytest.mark.parametrize("values", [0.0, np.nan])
def test_a_vector_field_may_vanish_or_be_missing(ax, values):
    assert pictures.picture("vector_field")(xr.full_like(whirl(), values), ax)
    ax.figure.canvas.draw()


def test_a_vector_field_over_a_line_is_one_line_a_component(ax):
    lines = pictures.picture("vector_field")(whirl().isel(y=0, drop=True), ax)
    np.testing.assert_allclose(lines[1].get_ydata(), whirl().x)
    with pytest.raises(ValueError, match="must have dims space"):
        pictures.picture("vector_field")(whirl().isel(space=0), ax)


def test_a_vector_field_has_a_panel_in_an_overview():
    figure = pictures.figure(xr.Dataset({"current": whirl()}))
    figure.canvas.draw()
    assert len(figure.axes) == 2  # the map and its colour bar


def test_particles_are_coloured_by_the_number_that_their_positions_name(ax):
    rng = np.random.default_rng(0)
    positions = {"units": "length", "ergodica_kind": "agents", "ergodica_color": "rate"}
    found = xr.Dataset(
        {
            "position": (("t", "particle", "space"), rng.uniform(0, 9, (1, 1200, 2)), positions),
            "rate": ("particle", rng.normal(size=1200), RATE | {"ergodica_kind": "agent_values"}),
            "box": ("space", [9.0, 9.0]),
        },
        {"t": [0.0]},
    )
    pictures.picture("agents")(variables(found)["position"], ax)
    labels = [one.get_ylabel() for one in ax.child_axes]
    assert labels == ["entropy production\n(1/time)"]


def plane(y="propulsion_x", x="position_x"):
    return whirl().rename(y=y, x=x).assign_coords({y: np.arange(9) - 4.0, x: 10.0 * (np.arange(12) - 5.5)})


def test_maps_of_unlike_degrees_fill_their_axes_and_those_of_one_thing_keep_their_proportions():
    for y, aspect in (("propulsion_x", "auto"), ("position_y", 1.0)):
        ax = new_figure(6, 4).add_subplot()
        field = plane(y).assign_coords(position_x=np.arange(12) - 5.5)
        pictures.picture("vector_field")(field, ax)
        assert ax.get_aspect() == aspect
        ax = new_figure(6, 4).add_subplot()
        pictures.picture("field")(field.isel(space=0), ax)
        assert ax.get_aspect() == aspect


def test_the_size_of_components_of_unlike_things_is_in_shares_of_their_axes(ax):
    field = plane()
    drawn, arrows = pictures.picture("vector_field")(field, ax)
    # 12 cells of 10 across, 9 cells of 1 upwards
    expected = np.hypot(field[..., 0] / 120.0, field[..., 1] / 9.0)
    np.testing.assert_allclose(np.asarray(drawn.get_array()), expected)
    np.testing.assert_allclose(np.reshape(arrows.U, field.shape[:2]), field[..., 0])


def test_lines_of_a_vector_field_have_their_own_errors(ax):
    line = whirl().isel(y=0, drop=True)
    found = xr.Dataset({"current": line, "current_standard_error": xr.full_like(line, 0.25)})
    found["current_standard_error"].attrs["ergodica_kind"] = "parameter"
    artists = pictures.picture("vector_field")(variables(found)["current"], ax)
    low, high = artists[-1].get_datalim(ax.transData).intervaly
    assert (low, high) == pytest.approx((-5.75, 5.75))


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("kind", ["agent_values", "parameter"])
def test_few_particles_have_a_bar_each_also_where_an_overview_leaves_them_out(count, kind):
    found = production(
        by_particle=("particle", PARTS[:count], RATE | {"ergodica_kind": kind}),
        by_particle_standard_error=("particle", ERRORS[:count], RATE | {"ergodica_kind": "parameter"}),
    )
    (ax,) = pictures.figure(found, variable="by_particle").axes
    assert [one.get_height() for one in ax.patches] == pytest.approx(PARTS[:count])
    half = [(b[1] - b[0]) / 2 for b in (one[:, 1] for one in ax.collections[0].get_segments())]
    np.testing.assert_allclose(half, ERRORS[:count], rtol=1e-9)
    assert len(pictures.figure(found).axes) == (2 if kind == "agent_values" else 1)


def test_an_infinite_whole_is_said_beside_finite_parts(ax):
    found = production(total=((), np.inf, RATE | {"ergodica_kind": "whole"}))
    pictures.picture("parts")(variables(found)["share"], ax)
    assert [one.get_text() for one in ax.texts].count("infinite") == 1


def test_a_single_particle_is_shown_by_its_path_which_does_not_cross_a_periodic_border():
    x = np.array([[0.5, 0.9, 0.1, 0.3], [0.2, 0.4, 0.6, 0.8]]).T[:, None]
    found = xr.Dataset(
        {
            "position": (("t", "particle", "space"), x, {"ergodica_kind": "agents"}),
            "box": ("space", [1.0, 1.0]),
            "radius": ((), 0.4),
        },
        {"t": np.arange(4.0)},
    )
    (ax,) = pictures.figure(found).axes
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_xdata(), [0.5, 0.9, np.nan, 0.1, 0.3])
    np.testing.assert_array_equal(line.get_ydata(), [0.2, 0.4, np.nan, 0.6, 0.8])


def test_labels_of_maps_beside_each_other_are_apart_and_in_the_figure():
    one = whirl(12, 12).isel(space=0)
    one = one.assign_coords(y=one.x.values)
    one.attrs |= {"ergodica_kind": "field", "long_name": "rate of " + "one thing " * 6}
    figure = pictures.figure(xr.Dataset({f"rate_{number}": one for number in range(6)}))
    figure.canvas.draw()
    maps = [ax.get_tightbbox() for ax in figure.axes if ax.get_ylabel() == "y"]
    bars = [ax.get_tightbbox() for ax in figure.axes if ax.get_ylabel() != "y"]
    assert min(box.x0 for box in maps) > 0
    assert min(box.x1 for box in bars) < max(box.x0 for box in maps)
