"""Pictures of exponents, covariant vectors and scales."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.exponents import distribution
from ergodica.sims.chaos import lyapunov_spectrum


@pytest.fixture
def ax():
    return new_figure(6, 4).add_subplot()


@pytest.fixture(scope="module")
def spectrum():
    return lyapunov_spectrum("henon", t_end=256, members=3)


def labelled(kind, dims, values, **coords):
    attrs = {"ergodica_kind": kind, "units": "1", "long_name": "quantity"}
    return xr.DataArray(np.asarray(values), dims=dims, coords=coords, name="quantity", attrs=attrs)


def test_exponents_are_points_and_their_history_lines(spectrum):
    draw = pictures.picture("exponents")
    points = draw(spectrum.exponent, new_figure(4, 3).subplots())
    lines = draw(spectrum.exponent_running, new_figure(4, 3).subplots())
    assert [len(one.get_xdata()) for one in points[1:]] == [2]
    assert len(lines) == 1 + 2
    assert len(draw(spectrum.member_exponent, new_figure(4, 3).subplots())) == 1 + 3
    with pytest.raises(ValueError, match="must have a dimension 'index'"):
        draw(spectrum.mean_divergence, new_figure(4, 3).subplots())


def test_exponents_of_a_dataset_get_their_error_bars(spectrum, ax):
    from ergodica.data.pictures.select import variables

    *_, bars = pictures.picture("exponents")(variables(spectrum)["exponent"], ax)
    half = np.array([(b[1] - a[1]) / 2 for a, b in bars.get_segments()])
    np.testing.assert_allclose(half, spectrum.standard_error, rtol=1e-9)  # a difference of sums
    pictures.figure(spectrum).canvas.draw()


def test_components_are_refused_where_nothing_has_them(spectrum):
    with pytest.raises(ValueError, match="components: must be left out"):
        pictures.figure(spectrum, components=["x", "y"])


def test_local_exponents_are_shown_with_their_distribution(ax):
    values = np.random.default_rng(2).standard_normal((4000, 2)) + np.array([1.0, -1.0])
    one = labelled("exponents", ("t", "index"), values, t=np.arange(4000.0), index=[1, 2])
    assert len(pictures.picture("exponents").overview(one)) == 2
    _, first, second = distribution(one, ax)
    for curve, mean in ((first, 1.0), (second, -1.0)):
        edges, density = curve.get_xdata(), curve.get_ydata()[:-1]
        width = np.diff(edges)
        np.testing.assert_allclose((density * width).sum(), 1.0, rtol=1e-12)
        # the mean of 4000 normal numbers spreads by 0.016, binning adds less
        assert abs((density * width * (edges[:-1] + edges[1:]) / 2).sum() - mean) < 0.08
    settled = one.copy(data=np.ones((4000, 1)) + 1e-3 / (1 + np.arange(4000.0))[:, None] * [1, 1])
    assert len(pictures.picture("exponents").overview(settled)) == 1


def test_angles_between_vectors_have_their_density(ax):
    angle = np.full(100, 0.5)
    values = np.stack(
        [np.stack([np.ones(100), np.zeros(100)], 1), np.stack([np.cos(angle), np.sin(angle)], 1)], 1
    )
    values[3] = np.nan
    one = labelled("vectors", ("t", "index", "component"), -2 * values, index=("index", [1, 2]))
    (curve,) = pictures.picture("vectors")(one, ax)
    edges, density = curve.get_xdata(), curve.get_ydata()
    place = np.flatnonzero(density[:-1])
    assert len(place) == 1
    assert edges[place[0]] <= 0.5 <= edges[place[0] + 1]
    assert pictures.picture("vectors").overview(one.isel(index=[0])) == []


def test_scales_stand_on_a_logarithmic_axis(ax):
    radius = np.geomspace(1e-3, 1.0, 20)
    slope = labelled("scaling", ("radius",), np.full(20, 2.05), radius=("radius", radius))
    pictures.picture("scaling")(slope, ax)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    other = new_figure(4, 3).add_subplot()
    total = labelled("spectrum", ("radius",), radius**2, radius=("radius", radius))
    pictures.picture("spectrum")(total, other)
    assert (other.get_xscale(), other.get_yscale()) == ("log", "log")
