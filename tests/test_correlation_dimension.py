"""Correlation dimension and entropy of sets, maps and flows whose values are known."""

import numpy as np
import pytest
import xarray as xr
from orbits_of_maps import circle, henon, logistic, lorenz

from ergodica import estimators as est


def mean_and_error(values):
    values = np.asarray(values)
    return values.mean(), values.std(ddof=1) / np.sqrt(values.size)


@pytest.mark.parametrize("norm", ["max", "euclidean"])
def test_a_circle_has_dimension_1(norm):
    mean, error = mean_and_error(
        est.correlation_dimension(circle(8, 1000), feature_dim=-1, norm=norm).dimension
    )
    assert error < 0.01
    assert abs(mean - 1) < 4 * error + 0.003  # measured bias with 1000 points: .001


@pytest.mark.parametrize("norm", ["max", "euclidean"])
def test_a_filled_square_has_dimension_2(norm):
    x = np.random.default_rng(1).random((6, 2000, 2))
    mean, error = mean_and_error(est.correlation_dimension(x, feature_dim=-1, norm=norm).dimension)
    assert error < 0.025
    # the edge: C = (2r - r^2)^2 in the largest difference has the slope 2(1 - r/2 + ...), r up to .07
    assert -0.05 - 4 * error < mean - 2 < 4 * error


def test_the_henon_map_has_dimension_1_22():
    mean, error = mean_and_error(est.correlation_dimension(henon(6, 4000), feature_dim=-1).dimension)
    assert error < 0.025
    # 1.220 +- .02 (Grassberger and Procaccia 1983: 1.22 +- .01; Sprott and Rowlands 2001: 1.220 +- .036)
    assert abs(mean - 1.22) < 4 * error + 0.02


def test_delay_vectors_of_one_coordinate_have_the_same_dimension():
    mean, error = mean_and_error(est.correlation_dimension(henon(6, 2000)[..., 0], order=2).dimension)
    assert abs(mean - 1.22) < 4 * error + 0.03  # measured bias at 2000 points: .02


def test_the_lorenz_system_has_dimension_2_05():
    found = est.correlation_dimension(lorenz(5, 3000), feature_dim=-1, theiler=5)
    mean, error = mean_and_error(found.dimension)
    assert error < 0.07
    assert abs(mean - 2.05) < 4 * error + 0.05  # measured bias at 3000 points: +.05


@pytest.mark.parametrize("order", [1, 2, 3])
def test_noise_fills_its_delay_vectors(order):
    x = np.random.default_rng(order).normal(size=(6, 2000))
    mean, error = mean_and_error(est.correlation_dimension(x, order=order).dimension)
    # a Gaussian's density falls within the range: .02 for each dimension
    assert abs(mean - order) < 4 * error + 0.02 * order


def test_standard_errors_are_the_spread_of_estimates():
    found = est.correlation_dimension(circle(60, 300, seed=3), feature_dim=-1)
    spread = found.dimension.std(ddof=1)
    # leaving out blocks overestimates where pairs are independent, by up to 2 to 1; 60 lanes tell +-.09
    assert 0.9 < found.standard_error.mean() / spread < 2.5


def test_the_radii_of_the_user_are_those_of_the_fit():
    x = np.random.default_rng(4).random((2, 600))
    radii = np.geomspace(0.05, 0.4, 7)
    found = est.correlation_dimension(x, absolute=radii)
    sums = est.correlation_sum(x, absolute=radii)
    for lane in range(2):
        slope = np.polyfit(np.log(radii), np.log(sums[lane]), 1)[0]
        np.testing.assert_allclose(found.dimension[lane], slope, rtol=1e-10)  # two ways of least squares
    np.testing.assert_allclose(found.radius_low, 0.05, rtol=1e-15)
    np.testing.assert_allclose(found.radius_high, 0.4, rtol=1e-15)
    relative = est.correlation_dimension(x[0], radii=radii / x[0].std())
    np.testing.assert_allclose(relative.dimension, found.dimension[0], rtol=1e-10)


def test_a_periodic_orbit_that_repeats_has_no_range_and_gives_nan():
    found = est.correlation_dimension(np.tile([0.1, 0.7, 0.4], 100))
    assert np.isnan(found.dimension)
    assert np.isnan(found.standard_error)


def test_rounded_data_whose_copies_fill_the_range_have_no_dimension_unless_radii_are_told():
    noise = np.random.default_rng(3).normal(size=3000)
    for order in (1, 2):
        assert np.isnan(est.correlation_dimension(noise.round(1), order=order).dimension)
    assert np.isnan(est.correlation_entropy(noise.round(1), order=1, dt=1.0).entropy)
    # half a step beyond each grid point: as many grid points are within as the radius has steps
    told = est.correlation_dimension(noise.round(2), absolute=np.arange(5, 40, 5) / 100 + 0.005)
    # the curvature of the density and the fit over seven radii take about .02
    np.testing.assert_allclose(told.dimension, 1.0, atol=0.04)
    fine = est.correlation_dimension(noise.round(5))
    # 3000 samples have an error of .015
    np.testing.assert_allclose(fine.dimension, 1.0, atol=0.06)


def test_the_dimension_does_not_know_the_unit_and_radii_have_it():
    x = henon(1, 500)[0]
    plain = est.correlation_dimension(x, feature_dim=-1)
    for unit in (1e-12, 1e12):
        scaled = est.correlation_dimension(x * unit, feature_dim=-1)
        # a pair at a radius may fall to its other side
        np.testing.assert_allclose(scaled.dimension, plain.dimension, atol=1e-3)
        np.testing.assert_allclose(scaled.radius_low, plain.radius_low * unit, rtol=1e-9)


def test_entropy_of_the_logistic_map_is_ln_2():
    mean, error = mean_and_error(est.correlation_entropy(logistic(6, 4000), order=4, dt=1.0).entropy)
    assert error < 0.006
    assert abs(mean - np.log(2)) < 4 * error + 0.02  # measured bias at 4000 samples: -.01


def test_entropy_of_the_henon_map_falls_to_its_value():
    x = henon(6, 4000)[..., 0]
    found = est.correlation_entropy(x, order=8, dt=1.0)
    mean, error = mean_and_error(found.entropy)
    assert error < 0.012
    # .325 +- .02 (Grassberger and Procaccia 1983), reached from above as the order grows
    assert 0.3 < mean - 4 * error < mean + 4 * error < 0.42
    before = est.correlation_entropy(x, order=4, dt=1.0).entropy.mean()
    assert before > mean + 4 * error


def test_entropy_is_per_unit_of_time_and_of_the_delay():
    x = xr.DataArray(logistic(1, 800)[0], dims="t", coords={"t": ("t", 0.5 * np.arange(800), {"units": "s"})})
    found = est.correlation_entropy(x, order=2)
    once = est.correlation_entropy(x.values, order=2, dt=1.0)
    np.testing.assert_allclose(found.entropy, 2 * once.entropy, rtol=1e-12)
    assert found.entropy.attrs["units"] == "nat/s"
    assert est.correlation_entropy(x, order=2, base=2).entropy.attrs["units"] == "bit/s"


def test_the_lower_order_is_what_a_call_of_that_order_finds():
    x = logistic(1, 600)[0]
    radii = np.geomspace(0.02, 0.2, 5)
    both = est.correlation_entropy(x, order=3, dt=1.0, absolute=radii)
    # the lower order may use one vector more
    lower = est.correlation_entropy(x[:-1], order=2, dt=1.0, absolute=radii)
    np.testing.assert_allclose(both.lower_order_entropy, lower.entropy, rtol=1e-12)
    first = est.correlation_entropy(x, order=1, dt=1.0, absolute=radii)
    sums = est.correlation_sum(x[:-1], absolute=radii)
    np.testing.assert_allclose(first.lower_order_entropy, -np.log(sums).mean(), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: est.correlation_dimension(x, radii=[0.1, 0.2]), "radii: must be 3 or more"),
        (lambda x: est.correlation_entropy(x), "dt: must be given"),
        (lambda x: est.correlation_entropy(x, dt=-1.0), "dt: must be a positive time"),
        (lambda x: est.correlation_entropy(x, dt=1.0, order=60), "dim: must hold at least 62 samples"),
        (lambda x: est.correlation_entropy(x, dt=1.0, radii=[-1]), "radii: must be positive"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(0).normal(size=50))


def test_integers_are_refused():
    for function in (est.correlation_sum, est.correlation_dimension, est.recurrence_quantification):
        with pytest.raises(TypeError, match="x: must hold values of a continuum"):
            function(np.arange(100))
