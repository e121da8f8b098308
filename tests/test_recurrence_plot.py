"""The recurrence plot as an array and as a picture."""

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure


@pytest.fixture
def ax():
    return new_figure(4, 4).add_subplot()


def test_the_matrix_has_the_recurrences_that_are_quantified():
    x = np.cumsum(np.random.default_rng(0).normal(size=120))
    threshold = est.RecurrenceRate(value=0.1)
    for norm in ("max", "euclidean"):
        matrix = est.recurrence_matrix(x, threshold=threshold, order=3, norm=norm)
        rate = est.recurrence_quantification(x, threshold=threshold, order=3, norm=norm).recurrence_rate
        assert matrix.shape == (118, 118)
        np.testing.assert_array_equal(matrix, matrix.T)
        assert (np.diagonal(matrix) == 1).all()
        np.testing.assert_allclose((matrix.sum() - 118) / (118 * 117), rate, rtol=1e-14)


def test_the_matrix_keeps_times_and_members():
    times = 0.5 * np.arange(30)
    x = xr.DataArray(
        np.random.default_rng(1).normal(size=(2, 30, 3)),
        dims=("member", "t", "component"),
        coords={"t": ("t", times, {"units": "s", "long_name": "time"})},
    )
    x[1, 3, 0] = np.nan
    matrix = est.recurrence_matrix(x, feature_dim="component", dim="t", order=2, delay=2)
    assert matrix.dims == ("member", "t_row", "t_column")
    np.testing.assert_array_equal(matrix.t_row, times[:28])
    assert matrix.t_column.attrs["units"] == "s"
    assert np.isnan(matrix[1]).all()
    assert set(np.unique(matrix[0])) == {0.0, 1.0}
    lazy = est.recurrence_matrix(
        x.chunk(member=1), feature_dim="component", dim="t", order=2, delay=2
    ).compute()
    xr.testing.assert_identical(lazy, matrix)


def test_too_many_vectors_are_sent_to_the_quantification():
    with pytest.raises(
        ValueError, match=r"dim: must hold at most 20000 samples .* recurrence_quantification"
    ):
        est.recurrence_matrix(np.zeros(20_001))


def test_the_picture_shows_the_matrix_over_time(ax):
    x = xr.DataArray(
        np.sin(np.arange(60.0)), dims="t", coords={"t": ("t", 0.1 * np.arange(60), {"units": "s"})}
    )
    matrix = est.recurrence_matrix(x, threshold=est.FixedRadius(value=0.3))
    assert matrix.attrs["ergodica_kind"] == "recurrence"
    (drawn,) = pictures.picture("recurrence")(matrix, ax)
    np.testing.assert_array_equal(drawn.get_array(), matrix.values)
    np.testing.assert_allclose(ax.get_xlim(), (-0.05, 5.95), atol=1e-12)
    assert ax.get_ylabel().endswith("(s)")


def test_a_large_picture_shows_shares_of_blocks(ax):
    values = (np.random.default_rng(2).random((3001, 3001)) < 0.3).astype(float)
    matrix = xr.DataArray(values, dims=("t_row", "t_column"), name="recurrence")
    (drawn,) = pictures.picture("recurrence")(matrix, ax)
    shown = np.asarray(drawn.get_array())
    assert shown.shape == (1001, 1001)
    np.testing.assert_allclose(shown[4, 7], values[12:15, 21:24].mean(), rtol=1e-12)
    np.testing.assert_allclose(shown[1000, 2], values[3000:, 6:9].mean(), rtol=1e-12)


def test_other_dimensions_are_refused_by_the_picture(ax):
    with pytest.raises(ValueError, match="must have dims"):
        pictures.picture("recurrence")(xr.DataArray(np.ones((2, 2)), dims=("a", "b"), name="r"), ax)
