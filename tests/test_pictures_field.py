"""Pictures of fields: the artists carry the data."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from solitons import T, X, soliton_run, wave_function

from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.field import snapshots


@pytest.fixture
def soliton():
    return soliton_run()


@pytest.fixture
def psi(soliton):
    return wave_function(soliton)


@pytest.fixture
def ax():
    return new_figure(6, 4).add_subplot()


def test_image_of_a_complex_field_is_its_magnitude(psi, ax):
    (drawn,) = pictures.picture("field")(psi, ax)
    np.testing.assert_array_equal(drawn.get_array(), np.abs(psi.values))
    assert drawn.get_clim() == (0.0, np.abs(psi.values).max())
    assert drawn.get_cmap().name == "viridis"


def test_cells_of_the_image_are_centred_on_the_grid_points(psi, ax):
    (drawn,) = pictures.picture("field")(psi, ax)
    dx, dt = X[1] - X[0], T[1] - T[0]
    edges = [X[0] - dx / 2, X[-1] + dx / 2, T[0] - dt / 2, T[-1] + dt / 2]
    np.testing.assert_allclose(drawn.get_extent(), edges, rtol=1e-12)  # sums of a few doubles


def test_real_field_of_both_signs_gets_symmetric_diverging_colours(soliton, ax):
    (drawn,) = pictures.picture("field")(soliton.psi_real, ax)
    low, high = drawn.get_clim()
    assert low == -high
    assert drawn.get_cmap().name == "RdBu_r"


def test_labels_come_from_attributes_and_pure_numbers_have_no_unit(psi, ax):
    (drawn,) = pictures.picture("field")(psi, ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("position", "time (s)")
    assert drawn.colorbar.ax.get_ylabel() == r"$|\psi|$"


def test_time_can_run_to_the_right(psi, ax):
    (drawn,) = pictures.picture("field")(psi, ax, horizontal="time")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (s)", "position")
    np.testing.assert_array_equal(drawn.get_array(), np.abs(psi.values).T)


@pytest.mark.parametrize("cut", [3, [3]])
def test_field_at_one_time_is_magnitude_real_and_imaginary_part(psi, ax, cut):
    real, imaginary, magnitude = pictures.picture("field")(psi.isel(t=cut), ax)
    frame = psi.isel(t=3).values
    np.testing.assert_array_equal(real.get_ydata(), frame.real)
    np.testing.assert_array_equal(imaginary.get_ydata(), frame.imag)
    np.testing.assert_array_equal(magnitude.get_ydata(), np.abs(frame))
    assert ax.get_title() == "$t$ = 0.3 s"


def test_uneven_grid_keeps_its_places(psi, ax):
    uneven = psi.assign_coords(x=("x", np.sinh(X / 4), {"units": "m", "long_name": "position"}))
    (drawn,) = pictures.picture("field")(uneven, ax)
    np.testing.assert_array_equal(drawn.get_array(), np.abs(psi.values))
    assert ax.get_xlabel() == "position (m)"


def test_axis_of_time_ends_with_the_run(psi, ax):
    few = psi.isel(t=slice(0, None, 5))
    pictures.picture("field")(few, ax)
    assert ax.get_ylim() == (0.0, 2.0)
    pictures.picture("field")(few, ax, horizontal="time")
    assert ax.get_xlim() == (0.0, 2.0)


@pytest.mark.parametrize(
    ("low", "high", "limits"),
    [(0.6, 1.0, (0.6, 1.0)), (0.4, 1.0, (0.0, 1.0)), (-1.0, -0.6, (-1.0, -0.6)), (1.0, 1.0 + 1e-9, None)],
)
def test_colours_start_with_the_data_far_from_zero_and_say_so(soliton, ax, low, high, limits):
    values = np.linspace(low, high, soliton.psi_real.size).reshape(soliton.psi_real.shape)
    (drawn,) = pictures.picture("field")(soliton.psi_real.copy(data=values), ax)
    limits = limits or (0.0, high)
    assert drawn.get_clim() == limits
    assert ("colours not from 0" in drawn.colorbar.ax.get_ylabel()) == (0.0 not in limits)


def test_missing_values_leave_holes_and_no_warning(psi, ax):
    broken = psi.copy(data=np.where(T[:, None] > 1, np.nan, psi.values))
    (drawn,) = pictures.picture("field")(broken, ax)
    ax.figure.canvas.draw()
    assert np.ma.getmaskarray(np.ma.masked_invalid(drawn.get_array())).sum() == (T > 1).sum() * X.size


def test_snapshots_show_start_highest_peak_and_end(psi, ax):
    peaked = psi * (1 + np.exp(-(((psi.t - 0.7) / 0.1) ** 2)))
    lines = snapshots(peaked.rename("psi"), ax)
    assert [one.get_label() for one in lines] == ["$t$ = 0.0 s", "$t$ = 0.7 s", "$t$ = 2.0 s"]


@pytest.mark.parametrize("data", [np.zeros((21, 64)), np.full((21, 64), 3.0), np.full((21, 64), np.nan)])
def test_constant_or_missing_field_is_drawn_without_warning(soliton, data):
    figure = pictures.figure(soliton.psi_real.copy(data=data))
    figure.canvas.draw()


def test_plane_in_space_keeps_its_proportions(ax):
    values = np.random.default_rng(0).standard_normal((3, 8, 10))
    field = xr.DataArray(values, dims=("t", "y", "x"), name="u", attrs={"ergodica_kind": "field"})
    field = field.assign_coords(t=[0.0, 1.0, 2.0], x=np.arange(10.0), y=np.arange(8.0))
    (drawn,) = pictures.picture("field")(field, ax)
    np.testing.assert_array_equal(drawn.get_array(), values[-1])
    assert ax.get_aspect() == 1.0


def test_a_complex_field_at_one_place_is_lines_over_time(soliton):
    place = soliton.isel(x=10)
    psi = (soliton.psi_real + 1j * soliton.psi_imag).isel(x=10).values
    figure = pictures.figure(place)
    real, imaginary, magnitude = figure.axes[0].lines
    np.testing.assert_array_equal(real.get_ydata(), psi.real)
    np.testing.assert_array_equal(imaginary.get_ydata(), psi.imag)
    np.testing.assert_allclose(magnitude.get_ydata(), np.abs(psi), rtol=1e-15)
    np.testing.assert_array_equal(magnitude.get_xdata(), T)
    assert figure.axes[0].get_xlabel() == "time (s)"


def test_a_field_at_one_place_and_time_is_lines_over_the_members(soliton):
    ensemble = xr.concat([soliton, soliton * 2, soliton * 3], "member", data_vars="all")
    figure = pictures.figure(ensemble.isel(x=10, t=3), variable="psi")
    assert len(figure.axes[0].lines[0].get_ydata()) == 3
