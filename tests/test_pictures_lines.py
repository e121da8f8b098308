"""Pictures keep what data have: fast passages of orbits, members of ensembles, the constancy of a constant."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ergodica.data import pictures
from ergodica.data.pictures import portrait as portraits
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.exponents import settling
from ergodica.data.pictures.labels import with_error
from ergodica.data.pictures.lines import FEW_MEMBERS, quantile
from ergodica.data.pictures.thin import thin_path


@pytest.fixture
def ax():
    return new_figure(5, 4).add_subplot()


def labelled(kind, dims, values, **coordinates):
    return xr.DataArray(
        values,
        dims=dims,
        coords=coordinates,
        name="state",
        attrs={"ergodica_kind": kind, "long_name": "state"},
    )


def jumping(count):
    """An orbit that rests but for one jump of eleven points, far from the even choice of points."""
    points = np.zeros((2, count))
    points[0] = np.linspace(0.0, 1.0, count)
    points[1, 70_003:70_014] = -230.0 * np.sin(np.linspace(0.0, np.pi, 11))
    return points


def test_a_jump_between_two_even_points_stays_in_a_portrait(ax):
    points = jumping(150_001)
    drawn, _ = portraits.portrait(labelled("states", ("component", "t"), points), ax)
    assert len(drawn.get_xdata()) <= portraits.POINTS
    # every point of the jump, not only its end
    assert set(points[1, 70_003:70_014]) <= set(drawn.get_ydata())
    assert ax.get_ylim()[0] < -230.0 < 0.0 < ax.get_ylim()[1]


def test_thinned_path_has_ends_and_extremes_and_no_more_points_than_allowed():
    points = np.random.default_rng(0).standard_normal((3, 50_000)).cumsum(1)
    points[1, 100:200] = np.nan
    kept = thin_path(points, 2000)
    assert len(kept) <= 2000
    assert (kept[0], kept[-1]) == (0, 49_999)
    assert (np.diff(kept) > 0).all()
    for one in points:
        assert np.nanmin(one[kept]) == np.nanmin(one)
        assert np.nanmax(one[kept]) == np.nanmax(one)
    np.testing.assert_array_equal(thin_path(points[:, :2000], 2000), np.arange(2000))


def test_few_members_are_drawn_each_and_many_as_a_band_with_their_median(ax):
    values = np.random.default_rng(1).standard_normal((FEW_MEMBERS + 1, 21, 2))
    few = pictures.picture("states")(
        labelled("states", ("member", "t", "component"), values[:3], t=np.arange(21)), ax
    )
    np.testing.assert_array_equal(
        [one.get_ydata() for one in few], np.moveaxis(values[:3], 2, 0).reshape(6, 21)
    )
    assert ax.get_title() == "3 members"
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["component 0", "component 1"]
    state = labelled("states", ("member", "t", "component"), values, t=np.arange(21))
    band, line, *_ = pictures.picture("states")(state, new_figure(5, 4).add_subplot())
    np.testing.assert_allclose(line.get_ydata(), np.median(values[..., 0], axis=0), rtol=1e-15)
    low, high = np.quantile(values[..., 0], [0.05, 0.95], axis=0)
    # of the polygon's corners, which go along the lower edge and back along the upper one
    np.testing.assert_allclose(band.get_xy()[:42, 1], np.append(low, high[::-1]), rtol=1e-12)


def test_quantile_is_that_of_the_members_that_have_a_value():
    values = np.random.default_rng(2).standard_normal((9, 5))
    values[0, 1] = values[3:7, 2] = values[:, 4] = np.nan
    found = quantile(values, 0.3)
    np.testing.assert_allclose(found[:4], np.nanquantile(values[:, :4], 0.3, axis=0), rtol=1e-12)
    assert np.isnan(found[4])


def test_the_axis_of_a_constant_does_not_magnify_its_round_off(ax):
    constant = -41.0 / 3 * (1 + 1e-13 * np.random.default_rng(0).standard_normal(50))
    pictures.picture("series")(xr.DataArray(constant, dims="t", name="divergence"), ax)
    low, high = ax.get_ylim()
    assert high - low > 1.0
    ax.figure.canvas.draw()
    assert ax.yaxis.get_offset_text().get_text() == ""


def test_settling_exponents_show_their_distance_from_the_end(ax):
    t = np.arange(1.0, 101.0)
    values = np.stack([0.9 + 0.1 / t, -14.5 - 0.2 / t], axis=1)
    running = labelled("exponents", ("t", "index"), values, t=t, index=[1, 2])
    lines = settling(running, ax)
    np.testing.assert_allclose(lines[1].get_ydata(), 0.2 / t[:-1] - 0.002, rtol=1e-9)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert "1: 0.901" in [one.get_text() for one in ax.get_legend().get_texts()]


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (0.90563, 0.0031, "0.906 ± 0.003"),
        (-0.0004, 0.002, "0.000 ± 0.002"),
        (2.0, 30.0, "2 ± 30"),
        (1 / 3, 4e-9, "0.333333 ± 4e-09"),
        (1 / 3, np.nan, "0.333333 ± nan"),
    ],
)
def test_a_value_has_the_digits_that_its_error_leaves(value, error, words):
    assert with_error(value, error) == words


def test_momenta_and_sites_are_symbols_like_positions():
    names = np.array(["x", "px", "x1", "x[3]", "theta", "voltage"])
    state = labelled("states", ("t", "component"), np.zeros((2, 6)), component_name=("component", names))
    assert portraits.component_names(state) == [
        "$x$",
        "$p_{x}$",
        "$x_{1}$",
        "$x_{3}$",
        r"$\theta$",
        "voltage",
    ]


def test_legend_of_a_map_shows_dots_that_can_be_seen(ax):
    iterations = ("t", np.arange(30), {"long_name": "iterations"})
    points = np.random.default_rng(0).standard_normal((30, 2))
    pictures.picture("states")(labelled("states", ("t", "component"), points, t=iterations), ax)
    assert min(one.get_markersize() for one in ax.get_legend().get_lines()) > 5


def test_a_bifurcation_diagram_names_its_parameter(ax):
    at = ("r", np.linspace(3.0, 4.0, 5), {"long_name": "growth rate"})
    pictures.picture("bifurcation")(labelled("bifurcation", ("r", "point"), np.ones((5, 2)), r=at), ax)
    assert ax.get_xlabel() == "$r$, growth rate"
