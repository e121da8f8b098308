"""Pictures of series: lines that carry the data, drift, legends that hide none of it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from solitons import T, soliton_run, variable

from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.drift import relative_drift
from ergodica.data.pictures.select import conserved


@pytest.fixture
def soliton():
    return soliton_run()


@pytest.fixture
def ax():
    return new_figure(6, 4).add_subplot()


def labels_of(figure):
    return [(one.get_xlabel(), one.get_ylabel()) for one in figure.axes]


def test_line_of_a_series_carries_its_values(soliton, ax):
    (line,) = pictures.picture("series")(soliton.width, ax)
    np.testing.assert_array_equal(line.get_xdata(), T)
    np.testing.assert_array_equal(line.get_ydata(), soliton.width)
    assert ax.get_ylabel() == "width (m)"


def test_ensemble_is_a_band_and_their_median(ax):
    values = np.random.default_rng(1).standard_normal((7, 21))
    values[0, 3] = np.nan
    series = xr.DataArray(values, dims=("member", "t"), coords={"t": T}, name="u")
    band, median = pictures.picture("series")(series, ax)
    assert band.get_xy()[:, 1].max() <= np.nanmax(values)
    np.testing.assert_allclose(median.get_ydata(), np.nanmedian(values, axis=0), rtol=1e-15)
    assert ax.get_title() == "median and 90 % band of 7 members"


def test_further_dimension_gives_a_named_line_for_each_place(ax):
    orders = xr.DataArray(
        np.outer(T, [1.0, 2.0]), dims=("t", "q"), coords={"t": T, "q": [0.5, 2.0]}, name="renyi"
    )
    lines = pictures.picture("series")(orders, ax)
    assert [one.get_label() for one in lines] == ["q = 0.5", "q = 2"]
    np.testing.assert_array_equal(lines[1].get_ydata(), 2 * T)


def test_growth_over_decades_gets_a_logarithmic_axis(ax):
    pictures.picture("series")(xr.DataArray(np.exp(5 * T), dims="t", coords={"t": T}, name="growth"), ax)
    assert ax.get_yscale() == "log"


def test_drift_is_relative_to_the_start_and_zero_there(soliton):
    drift = relative_drift(soliton.mass)
    np.testing.assert_allclose(drift, np.abs(soliton.mass - soliton.mass[0]) / 4, rtol=1e-15)
    assert drift[0] == 0.0
    assert drift.attrs["units"] == "1"


@pytest.mark.parametrize(
    ("start", "scale", "expected"), [(0.0, None, 1e-6), (0.0, 10.0, 1e-7), (2.0, None, 5e-7)]
)
def test_drift_from_zero_is_absolute_or_in_the_scale_given(start, scale, expected):
    drift = relative_drift(xr.DataArray([start, start + 1e-6], dims="t", name="momentum"), scale)
    np.testing.assert_allclose(drift[1], expected, rtol=1e-9)  # start + 1e-6 is rounded to 2e-16


def test_drift_of_each_member_is_in_the_scale_of_the_attribute_or_its_own_start(ax):
    momentum = xr.DataArray([[1e-12, 2e-6], [40.0, 40.0 + 2e-6]], dims=("member", "t"), name="momentum")
    momentum.attrs["ergodica_scale"] = 4.0
    np.testing.assert_allclose(
        relative_drift(momentum)[:, 1], [5e-7, 5e-8], rtol=1e-6
    )  # 40 + 2e-6 is rounded
    pictures.picture("drift")(momentum, ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["momentum"]
    momentum.attrs["ergodica_scale"] = float("nan")
    np.testing.assert_allclose(relative_drift(momentum)[0, 1], 2e-6, rtol=1e-5)  # absolute, from 1e-12


def test_exact_zeros_have_a_place_on_the_drift_axis(soliton, ax):
    (line,) = pictures.picture("drift")(soliton.energy, ax)
    np.testing.assert_array_equal(line.get_ydata(), 0.0)
    low, high = ax.get_ylim()
    assert low == 0.0 < high
    assert np.isfinite(ax.transData.transform(np.column_stack([T, line.get_ydata()]))).all()


def test_drift_is_shown_of_what_attributes_or_config_call_conserved(soliton):
    assert conserved(soliton) == ("mass", "energy")
    broken = soliton.assign_attrs(ergodica_config="not json")
    assert conserved(broken) == ("mass",)


def test_unsigned_integers_do_not_wrap_around_in_the_drift():
    counts = xr.DataArray(np.array([5, 3], dtype=np.uint8), dims="t", name="count")
    np.testing.assert_allclose(relative_drift(counts), [0.0, 0.4])


def test_a_line_upon_another_is_dashed(ax):
    pair = xr.Dataset(
        {
            "one": variable(1 + T, ("t",), "series", "V", "first"),
            "two": variable(1.001 + T, ("t",), "series", "V", "second"),
            "three": variable(3 - T, ("t",), "series", "V", "third"),
        },
        {"t": T},
    )
    one, two, three = pictures.picture("series")(pair, ax)
    assert (one.get_linestyle(), two.get_linestyle(), three.get_linestyle()) == ("-", "--", "-")


def test_pure_numbers_share_axes_only_when_they_are_of_one_sort():
    quantities = xr.Dataset(
        {
            "shannon": variable(0.5 + 0.1 * T, ("t",), "series", long_name="normalized Shannon entropy"),
            "renyi": variable(0.4 + 0.1 * T, ("t",), "series", long_name="normalized Renyi entropy"),
            "complexity": variable(0.3 + 0.1 * T, ("t",), "series", long_name="statistical complexity"),
            "up": variable(T - 1, ("t",), "series", units="V", long_name="voltage"),
            "far_up": variable(1e6 * (T - 1), ("t",), "series", units="V", long_name="voltage there"),
        },
        {"t": T},
    )
    figure = pictures.figure(quantities)
    assert [text for _, text in labels_of(figure)] == [
        "entropy",
        "statistical complexity",
        "voltage (V)",
        "voltage there (V)",
    ]


@pytest.mark.parametrize("lines", [2, 3, 6, 12])
def test_legend_hides_no_line(lines):
    orders = xr.DataArray(
        1 + 0.001 * np.outer(T, np.arange(lines)),
        dims=("t", "q"),
        coords={"t": T, "q": np.arange(lines)},
        name="u",
        attrs={"ergodica_kind": "series"},
    )
    figure = pictures.figure(orders)
    figure.canvas.draw()
    (ax,) = figure.axes
    box = ax.get_legend().get_window_extent()
    highest = max(ax.transData.transform(one.get_xydata())[:, 1].max() for one in ax.lines)
    assert box.y0 > highest or box.x0 >= ax.bbox.x1 - 1


def test_numbers_of_members_are_points_with_nothing_between(ax):
    (points,) = pictures.picture("series")(
        xr.DataArray(xr.Variable(*variable(np.array([0.3, 0.1, 0.2]), ("member",), "series"))), ax
    )
    assert points.get_linestyle() == "None"
    assert points.get_marker() == "o"
    assert [tick for tick in ax.get_xticks() if 0 <= tick <= 2] == [0, 1, 2]
    assert ax.get_xlim() == (-0.5, 2.5)


def test_titles_tell_routes_to_one_quantity_apart():
    rates = {
        name: variable(np.array([0.3, 0.1]), ("member",), "series", long_name="rate", quantity=f"{name}()")
        for name in ("plain", "corrected")
    }
    together = pictures.figure(xr.DataTree.from_dict({"jumps": xr.Dataset(rates)}))
    assert [one.get_title() for one in together.axes] == [
        f"jumps: {name}, 2 members" for name in ("plain", "corrected")
    ]
    alone = {
        group: xr.Dataset({"state": rates[name]})
        for group, name in {"rate": "plain", "rate_2": "corrected"}.items()
    }
    apart = pictures.figure(xr.DataTree.from_dict(alone))
    assert [one.get_title() for one in apart.axes] == ["rate: 2 members", "corrected (): 2 members"]


def test_the_heading_says_when_there_are_more_panels():
    groups = {f"group{letter}": variable(T, ("t",), "series") for letter in "abcdefghijklmnopqr"}
    tree = {name: xr.Dataset({"one": values}, {"t": T}) for name, values in groups.items()}
    drawn = pictures.figure(xr.DataTree.from_dict(tree))
    assert len(drawn.axes) == 16
    assert "the first 16 of 18 panels" in drawn.get_suptitle()
