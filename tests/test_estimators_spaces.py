"""Outcome spaces: no value lost, no scale preferred, labels that say what an outcome is."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ergodica import estimators as est

unhurried = settings(deadline=None, max_examples=100)  # first calls import, busy machines are slow

finite = arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6))
SPACES = [est.SpatialDensity(), est.SpectralPower(), est.ValueBins(bins=16)]
every_space = pytest.mark.parametrize("space", SPACES, ids=repr)


@every_space
@unhurried
@given(row=finite, exponent=st.integers(-900, 900))
def test_scaling_a_field_changes_no_entropy(space, row, exponent):
    """Amplitudes whose squares would overflow or vanish included; powers of two scale without rounding."""
    row = np.round(row, 3)
    value, scaled = (est.entropy(row * factor, space=space) for factor in (1.0, 2.0**exponent))
    np.testing.assert_allclose(scaled, value, rtol=1e-13, atol=1e-13)


@unhurried
@given(row=finite, bins=st.integers(1, 50))
def test_no_value_is_lost_from_a_histogram(row, bins):
    counts = est.ValueBins(bins=bins).weights(row[np.newaxis])
    assert counts.sum() == len(row)
    low, high = row.min(), row.max()
    if low < high:
        counts = est.ValueBins(bins=bins, range=(low, high)).weights(row[np.newaxis])
        assert counts.sum() == len(row)


def test_values_on_the_edges_of_bins_stay():
    edges = np.linspace(0, 1, 21)
    counts = est.ValueBins(bins=20, range=(0, 1)).weights(edges[np.newaxis])[0]
    assert counts.sum() == 21
    assert counts[-1] == 2  # the upper edge belongs to the last bin
    round_off = np.array([[-1e-17, 0.5, 1 + 2e-16]])
    assert est.ValueBins(bins=4, range=(0, 1)).weights(round_off).tolist() == [[1, 0, 1, 1]]


def test_bins_agree_with_numpy_away_from_edges():
    row = np.random.default_rng(0).normal(size=10_000)
    counts = est.ValueBins(bins=37, range=(-7, 7)).weights(row[np.newaxis])[0]
    np.testing.assert_array_equal(counts, np.histogram(row, bins=37, range=(-7, 7))[0])


@pytest.mark.parametrize("value", [0.0, 1.0, -3e-310, 1e308])
def test_a_constant_field_is_in_one_bin_round_off_included(value):
    row = np.full(1000, value)
    assert est.entropy(row, space=est.ValueBins()) == 0
    noisy = row * (1 + 2e-16 * np.random.default_rng(0).integers(-3, 4, size=1000))
    assert est.entropy(noisy, space=est.ValueBins()) == 0


def test_a_complex_field_is_binned_by_its_modulus():
    rng = np.random.default_rng(1)
    field = rng.normal(size=300) + 1j * rng.normal(size=300)
    space = est.ValueBins(bins=12)
    assert est.entropy(field, space=space) == est.entropy(np.abs(field), space=space)


def test_histogram_entropy_of_a_sine_follows_its_arcsine_law():
    phase = (np.arange(1_000_000) + 0.5) / 1_000_000
    edges = np.linspace(-1, 1, 33)
    p = np.diff(np.arcsin(edges)) / np.pi
    value = est.entropy(np.sin(2 * np.pi * phase), space=est.ValueBins(bins=32))
    assert value == pytest.approx(-(p * np.log(p)).sum(), abs=1e-4)  # two points a period and bin: 32 * 4e-6


@every_space
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("of", [est.Shannon(), est.Hartley(), est.Renyi(q=2), est.Tsallis(q=0)], ids=repr)
def test_a_row_with_nan_or_infinity_is_nan_alone(space, poison, of):
    field = np.random.default_rng(2).normal(size=(5, 33))
    clean = est.entropy(field, space=space, of=of)
    field[2, 7] = poison
    dirty = est.entropy(field, space=space, of=of)
    assert np.isnan(dirty[2])
    np.testing.assert_array_equal(np.delete(dirty, 2), np.delete(clean, 2))


def test_rows_without_weight_are_nan_alone():
    assert np.isnan(est.entropy([[0.0, 0.0], [1.0, 1.0]])).tolist() == [True, False]
    assert np.isnan(est.spectral_entropy(np.zeros(8)))
    for poison in (np.nan, np.inf):
        assert np.isnan(est.entropy([[poison, 1.0], [1.0, 1.0]])).tolist() == [True, False]


def test_negative_weights_are_an_error_with_its_remedy():
    with pytest.raises(ValueError, match=r"weights must be >= 0, got -0\.5.*SpatialDensity"):
        est.entropy([1.0, -0.5])
    with pytest.raises(TypeError, match=r"Weights takes real arrays.*SpatialDensity"):
        est.entropy([1j, 2], space=est.Weights())


def test_a_complex_field_without_space_is_a_density():
    field = np.random.default_rng(3).normal(size=(2, 16)).view(complex)
    np.testing.assert_array_equal(est.entropy(field), est.entropy(field, space=est.SpatialDensity()))


def test_wavenumbers_are_those_of_the_grid_in_ascending_order():
    x = xr.DataArray(np.linspace(-4, 4, 20, endpoint=False), dims="x", attrs={"units": "m"})
    field = xr.DataArray(np.cos(2 * np.pi * x / 8), dims="x", coords={"x": x})
    p = est.probabilities(field, space=est.SpectralPower())
    assert (np.diff(p.outcome) > 0).all()
    assert p.outcome.units == "(m)^-1"
    np.testing.assert_allclose(p.sel(outcome=[-math.pi / 4, math.pi / 4], method="nearest"), 0.5)
    bare = est.probabilities(field.drop_vars("x"), space=est.SpectralPower())
    assert bare.outcome.long_name == "mode number"
    assert bare.outcome.values.tolist() == list(range(-10, 10))


def test_a_spectrum_needs_an_even_grid():
    field = xr.DataArray(np.ones(5), dims="x", coords={"x": [0.0, 1, 2, 4, 8]})
    with pytest.raises(ValueError, match=r"x: must be evenly spaced, got steps from 1 to 4; interpolate"):
        est.spectral_entropy(field)
    assert float(est.spatial_entropy(field, normalize=True)) == pytest.approx(1)
    x = np.arange(5.0)
    for bend, even in (
        (1e-4, True),
        (2e-3, False),
    ):  # half a per mille of a step is the round-off of coordinates
        field = field.assign_coords(x=x + bend * (x == 2))
        if even:
            assert float(est.spectral_entropy(field)) == pytest.approx(0, abs=1e-14)
        else:
            with pytest.raises(ValueError, match="x: must be evenly spaced"):
                est.spectral_entropy(field)


@pytest.mark.parametrize("bins", [0, -1, 2.5, True, "many"])
def test_an_impossible_number_of_bins_is_refused(bins):
    with pytest.raises(ValueError, match=r"bins: must be a whole number >= 1"):
        est.ValueBins(bins=bins)


@pytest.mark.parametrize("limits", [(1, 1), (2, 1), (0, math.inf), (0, math.nan), 3, (1, 2, 3), "ab"])
def test_an_impossible_range_is_refused(limits):
    with pytest.raises(ValueError, match=r"range: must be \(low, high\)"):
        est.ValueBins(range=limits)


def test_values_outside_a_given_range_are_an_error():
    with pytest.raises(
        ValueError, match=r"range: must hold every value, got \(0, 1\) with values from -1 to 2"
    ):
        est.entropy([-1.0, 0.5, 2.0], space=est.ValueBins(range=(0, 1)))
