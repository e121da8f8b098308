"""Members of ensembles in pictures: chosen by their number, named in the title."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from solitons import T, soliton_run

from ergodica.data import pictures


@pytest.fixture
def soliton():
    return soliton_run()


def test_member_is_chosen_and_named(soliton):
    ensemble = xr.concat([soliton, soliton * 2], "member", data_vars="all")
    for name in soliton.data_vars:
        ensemble[name].attrs = soliton[name].attrs
    figure = pictures.figure(ensemble, member=1)
    (image,) = figure.axes[0].images
    np.testing.assert_allclose(
        image.get_array(), 2 * np.hypot(soliton.psi_real, soliton.psi_imag), rtol=1e-15
    )
    assert figure.axes[0].get_title() == "member 1 (0 to 1)"
    with pytest.raises(ValueError, match="member: must be between 0 and 1, got 7"):
        pictures.figure(ensemble, member=7)


def test_a_series_of_one_member_is_one_line():
    widths = xr.DataArray(
        np.outer([1.0, 2.0, 3.0], 1 + T), dims=("member", "t"), coords={"t": T}, name="width"
    )
    (ax,) = pictures.figure(widths.to_dataset(), variable="width", member=2).axes
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), 3 * (1 + T))
    assert ax.get_title() == "member 2 (0 to 2)"


def test_members_go_by_their_numbers(soliton):
    ensemble = xr.concat([soliton, soliton * 2, soliton * 3], "member", data_vars="all")
    ensemble = ensemble.assign_coords(member=[2, 3, 9])
    figure = pictures.figure(ensemble, variable="psi_real", member=9)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), 3 * soliton.psi_real)
    assert figure.axes[0].get_title() == "member 9 (2 to 9)"
    with pytest.raises(ValueError, match="member: must be one of 2, 3, 9, got 4"):
        pictures.figure(ensemble, member=4)


@pytest.mark.parametrize("ending", ["png", "gif"])
@pytest.mark.parametrize("member", [0, 7, -1, True, 1.5])
def test_a_member_of_what_has_none_is_refused(soliton, tmp_path, ending, member):
    with pytest.raises(ValueError, match="member: must be left out where there are no members"):
        pictures.plot(soliton, tmp_path / f"run.{ending}", member=member)
    ensemble = xr.concat([soliton] * 3, "member", data_vars="all")
    if member != 0:
        with pytest.raises(ValueError, match="member: must be between 0 and 2"):
            pictures.plot(ensemble, tmp_path / f"run.{ending}", member=member)
