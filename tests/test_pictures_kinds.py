"""One picture a kind of variable, and a new one where one is registered."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from solitons import T, soliton_run, variable

from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.states import portrait


@pytest.fixture
def soliton():
    return soliton_run()


@pytest.fixture
def ax():
    return new_figure(6, 4).add_subplot()


def test_spectrum_is_logarithmic_and_sorted_along_k(ax):
    k = np.fft.fftfreq(16)
    power = xr.DataArray(np.exp(-(k**2)), dims="k", coords={"k": k}, name="power")
    power.attrs["ergodica_kind"] = "spectrum"
    (line,) = pictures.picture("spectrum")(power, ax)
    np.testing.assert_array_equal(line.get_xdata(), np.sort(k))
    assert ax.get_yscale() == "log"


def test_spectrum_over_time_leaves_zeros_out(ax):
    power = xr.DataArray(np.ones((3, 4)), dims=("t", "k"), name="power")
    power[1, 2] = 0.0
    (drawn,) = pictures.picture("spectrum")(power, ax)
    ax.figure.canvas.draw()
    assert np.isnan(np.ma.getdata(drawn.get_array())[1, 2]) or np.ma.getmaskarray(drawn.get_array())[1, 2]


@pytest.mark.parametrize("components", [1, 2, 3])
def test_states_are_drawn_as_lines_and_portrait(components):
    names = ["x", "y", "z"][:components]
    states = xr.Dataset(
        {
            "state": variable(
                np.random.default_rng(2).standard_normal((21, components)), ("t", "component"), "states"
            )
        },
        {"t": T, "component_name": ("component", names)},
    )
    figure = pictures.figure(states)
    figure.canvas.draw()
    assert len(figure.axes) == (1 if components == 1 else 2)
    assert (figure.axes[0].name == "3d") == (components == 3)


def test_portrait_is_the_orbit(ax):
    orbit = np.random.default_rng(3).standard_normal((21, 2))
    line, start = portrait(xr.DataArray(orbit, dims=("t", "component"), name="state"), ax)
    np.testing.assert_array_equal(line.get_xydata(), orbit)
    np.testing.assert_array_equal(start.get_xydata(), orbit[:1])


@pytest.mark.parametrize("space", [2, 3])
def test_agents_are_drawn_where_they_are(space):
    positions = np.random.default_rng(4).standard_normal((5, 30, space))
    agents = xr.DataArray(positions, dims=("t", "particle", "space"), name="position")
    agents.attrs["ergodica_kind"] = "agents"
    figure = pictures.figure(agents)
    figure.canvas.draw()
    (scatter,) = figure.axes[0].collections
    if space == 2:
        np.testing.assert_array_equal(scatter.get_offsets(), positions[-1])


def test_plane_is_a_scatter_with_named_axes(ax):
    points = np.random.default_rng(5).random((21, 2))
    plane = xr.DataArray(
        points,
        dims=("t", "axis"),
        coords={"t": T, "axis_name": ("axis", ["entropy", "complexity"])},
        name="point",
    )
    (scatter,) = pictures.picture("plane")(plane, ax)
    np.testing.assert_array_equal(scatter.get_offsets(), points)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("entropy", "complexity")


def test_every_registered_kind_has_a_picture_named_after_it():
    assert {"field", "series", "drift", "spectrum", "plane", "states", "agents"} <= set(pictures.kinds())
    assert all(pictures.picture(kind).kind == kind for kind in pictures.kinds())


def test_new_kind_is_drawn_once_registered(soliton, monkeypatch):
    from ergodica.data.pictures import registry

    monkeypatch.setattr(registry, "_PICTURES", dict(registry._PICTURES))
    pictures.register(pictures.Picture(kind="dots", draw=lambda one, ax: ax.plot(one.values, "o")))
    soliton["width"].attrs["ergodica_kind"] = "dots"
    figure = pictures.figure(soliton, variable="width")
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), soliton.width)
