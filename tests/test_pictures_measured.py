"""Pictures of what is measured on agents: profiles, power laws, values of each, order parameters, phase diagrams."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from solitons import T, variable

from ergodica.data import from_arrays, pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.scales import cells, grows_by_factors
from ergodica.data.pictures.select import variables

rng = np.random.default_rng(9)


@pytest.fixture
def ax():
    return new_figure(5, 4).add_subplot()


def labelled(kind, dims, values, **coordinates):
    attrs = {"ergodica_kind": kind, "units": "1", "long_name": "quantity"}
    return xr.DataArray(values, dims=dims, coords=coordinates, name="quantity", attrs=attrs)


def test_a_profile_over_time_is_its_mean(ax):
    values = rng.random((6, 30))
    values[2, 4] = np.nan
    r = np.linspace(0.1, 3, 30)
    (line,) = pictures.picture("profile")(labelled("profile", ("t", "r"), values, r=r), ax)
    np.testing.assert_allclose(line.get_ydata(), np.nanmean(values, axis=0), rtol=1e-12)
    np.testing.assert_array_equal(line.get_xdata(), r)
    assert ax.get_title() == "mean of 6 times"


@pytest.mark.parametrize("kind", ["profile", "power_law"])
def test_standard_errors_are_a_band_about_the_line(kind):
    lag, mean, error = np.arange(1.0, 9), np.arange(1.0, 9) ** 2, np.full(8, 0.25)
    ds = xr.Dataset(
        {
            "displacement": variable(mean, ("lag",), kind),
            "standard_error": variable(error, ("lag",), kind, long_name="standard error"),
        },
        {"lag": lag},
    )
    ax = new_figure(5, 4).add_subplot()
    *_, band = pictures.picture(kind)(variables(ds)["displacement"], ax)
    low, high = band.get_paths()[0].get_extents().intervaly
    np.testing.assert_allclose([low, high], [mean[0] - 0.25, mean[-1] + 0.25], rtol=1e-12)
    figure = pictures.figure(ds)
    figure.canvas.draw()
    assert len(figure.axes) == 1


def test_a_displacement_stands_on_logarithmic_axes_with_its_guides(ax):
    lag = np.arange(0.0, 200)
    line, *_ = pictures.picture("power_law")(labelled("power_law", ("lag",), 3 * lag**2, lag=lag), ax)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    np.testing.assert_array_equal(line.get_xdata(), lag[1:])  # lag 0 has no place
    guides = {one.get_label(): one for one in ax.lines}
    np.testing.assert_allclose(guides["slope 2"].get_ydata(), 3 * lag[1:] ** 2, rtol=1e-12)
    np.testing.assert_allclose(
        np.diff(np.log(guides["slope 1"].get_ydata())), np.diff(np.log(lag[1:])), rtol=1e-9
    )
    ax.figure.canvas.draw()


@pytest.mark.parametrize("kind", ["profile", "power_law"])
@pytest.mark.parametrize("members", [3, 9])
def test_ensembles_nothing_and_a_single_point_are_drawn(kind, members):
    draw = pictures.picture(kind)
    values = np.full((members, 12), np.nan)
    for one in (values, np.zeros((members, 12)), rng.random((members, 12))):
        for found in (one, one[:, :1]):
            ax = new_figure(4, 3).add_subplot()
            place = np.arange(1.0, found.shape[1] + 1)
            draw(labelled(kind, ("member", "lag"), found, lag=place), ax)
            ax.figure.canvas.draw()
    with pytest.raises(ValueError, match="must have one dimension besides t and member"):
        draw(labelled(kind, ("lag", "q"), np.ones((3, 4))), new_figure(4, 3).add_subplot())


def test_values_of_agents_are_a_band_over_time_and_a_distribution_at_one(ax):
    values = np.sort(rng.normal(size=(5, 401)), axis=1)
    one = labelled("agent_values", ("t", "particle"), values, t=np.arange(5.0))
    _, median = pictures.picture("agent_values")(one, ax)
    np.testing.assert_allclose(median.get_ydata(), np.median(values, axis=1), rtol=1e-12)
    assert ax.get_title() == "median and 90 % band of 401 particles"
    other = new_figure(4, 3).add_subplot()
    (outline,) = pictures.picture("agent_values")(one.isel(t=2), other)
    found = outline.get_data()
    np.testing.assert_allclose((found.values * np.diff(found.edges)).sum(), 1.0, rtol=1e-12)


def test_numbers_along_particles_are_values_of_agents_whatever_they_are_called():
    ds = from_arrays(
        {"age": np.ones((3, 4))}, title="x", t=T[:3], dims={"age": ("t", "particle")}, units={"age": "s"}
    )
    assert pictures.kind_of(ds.age) == "agent_values"
    pictures.figure(ds).canvas.draw()


def test_order_parameters_share_axes():
    ds = xr.Dataset(
        {
            "polarization": variable(0.5 + 0 * T, ("t",), "series", long_name="polarization P"),
            "rotation": variable(0.2 + 0.1 * T, ("t",), "series", long_name="rotation M"),
            "distance": variable(1 + T, ("t",), "series", long_name="distance"),
        },
        {"t": T},
    )
    order, other = pictures.figure(ds).axes
    assert (order.get_ylabel(), other.get_ylabel()) == ("order parameter", "distance")
    assert [one.get_text() for one in order.get_legend().get_texts()] == ["polarization P", "rotation M"]


def phases(members=None):
    phi, peclet = np.linspace(0.1, 0.8, 8), np.array([5.0, 10, 20, 40, 80, 160])
    values = np.add.outer(phi, np.log(peclet)) if members is None else rng.random((members, 8, 6))
    dims = (*(("member",) if members else ()), "packing_fraction", "peclet")
    gas = np.where(peclet > 30, 0.3 - peclet / 1e3, np.nan)
    arrays = {"difference": values, "gas_density": gas, "liquid_density": 1.0 - gas}
    return from_arrays(
        arrays,
        title="phases",
        dims={"difference": dims, "gas_density": ("peclet",), "liquid_density": ("peclet",)},
        coordinates={"packing_fraction": phi, "peclet": peclet},
        units=dict.fromkeys(arrays, "1"),
        kinds={"difference": "phase_diagram", "gas_density": "parameter", "liquid_density": "parameter"},
    )


def test_a_phase_diagram_has_cells_over_both_parameters_and_the_binodal():
    ds = phases()
    figure = pictures.figure(ds)
    figure.canvas.draw()
    ax, bar = figure.axes
    (mesh,) = ax.collections
    np.testing.assert_array_equal(mesh.get_array(), ds.difference.values.T)
    assert (ax.get_xlabel(), ax.get_ylabel(), bar.get_ylabel()) == (
        "packing fraction",
        "peclet",
        "difference",
    )
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")
    gas, liquid = ax.lines
    np.testing.assert_array_equal(gas.get_xydata(), np.stack([ds.gas_density, ds.peclet], 1)[3:])
    assert ax.get_xlim()[1] > liquid.get_xdata().max()


def test_a_phase_diagram_of_members_is_their_mean_unless_one_is_chosen(ax):
    ds = phases(members=3)
    mesh, *_ = pictures.picture("phase_diagram")(ds.difference, ax)
    np.testing.assert_allclose(mesh.get_array(), ds.difference.mean("member").T, rtol=1e-12)
    (other,) = pictures.figure(ds, variable="difference", member=2).axes[0].collections
    np.testing.assert_array_equal(other.get_array(), ds.difference.isel(member=2).T)


def test_a_phase_diagram_has_gaps_single_cells_and_two_parameters():
    ds = phases()
    ds["difference"][:, 1] = np.nan
    pictures.figure(ds.isel(packing_fraction=[0], peclet=[1])).canvas.draw()
    pictures.figure(ds).canvas.draw()
    with pytest.raises(ValueError, match="a phase diagram must have two parameters"):
        pictures.figure(ds.isel(peclet=0)[["difference"]])


def test_values_that_grow_by_factors_get_cells_that_do():
    assert grows_by_factors(np.geomspace(1, 100, 5))
    assert not grows_by_factors(np.linspace(1, 100, 50))
    assert not grows_by_factors(np.array([0.0, 1.0, 100.0]))
    edges, scale = cells(np.array([1.0, 4.0, 16.0, 64.0]))
    np.testing.assert_allclose(edges, [0.5, 2.0, 8.0, 32.0, 128.0], rtol=1e-12)
    assert scale == "log"
