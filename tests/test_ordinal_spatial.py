"""Ordinal patterns of fields: what numpy counts one window at a time."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.registry import estimators

RNG = np.random.default_rng(4)


def codes(field, shape, delay):
    """Numbers of all windows of a plane, line by line, each as a series of its own."""
    (d1, d2), (s1, s2) = shape, delay
    windows = [
        field[i : i + (d1 - 1) * s1 + 1 : s1, j : j + (d2 - 1) * s2 + 1 : s2].ravel()
        for i in range(field.shape[0] - (d1 - 1) * s1)
        for j in range(field.shape[1] - (d2 - 1) * s2)
    ]
    return est.OrdinalPatterns(order=d1 * d2).encode(np.array(windows))[:, 0]


@pytest.mark.parametrize(
    ("shape", "delay"), [((2, 2), (1, 1)), ((2, 3), (2, 1)), ((3, 1), (1, 1)), ((1, 3), (4, 2))]
)
def test_windows_are_those_of_numpy(shape, delay):
    field = RNG.integers(0, 9, size=(11, 14)).astype(float)
    space = est.SpatialOrdinalPatterns(shape=shape, delay=delay)
    wanted = codes(field, shape, delay)
    np.testing.assert_array_equal(space.encode(field[np.newaxis])[0], wanted)
    counts = np.bincount(wanted, minlength=math.factorial(math.prod(shape)))
    np.testing.assert_array_equal(space.weights(np.stack([field, field]))[1], counts)


def test_a_delay_of_numpy_is_a_number():
    assert est.SpatialOrdinalPatterns(delay=np.int64(2)) == est.SpatialOrdinalPatterns(delay=2)


def test_a_window_of_one_line_is_a_series():
    rows = xr.DataArray(RNG.normal(size=(1, 500)), dims=("y", "x"))
    plane = est.spatial_permutation_entropy(rows, dim=("y", "x"), shape=(1, 4), delay=3)
    assert plane == est.permutation_entropy(rows, dim="x", order=4, delay=3)[0]


def test_space_has_three_dimensions_too():
    field = xr.DataArray(RNG.normal(size=(20, 20, 20)), dims=("z", "y", "x"))
    value = est.spatial_permutation_entropy(field, dim=("z", "y", "x"), shape=(2, 2, 1), normalize=True)
    assert 0.99 < value < 1  # 23/(2 * 7220 * ln 24) below 1
    plane = est.spatial_permutation_entropy(field, dim=("z", "y"), shape=(2, 2))
    assert plane.dims == ("x",)


def test_the_order_of_dimensions_is_that_of_dim_not_of_memory():
    field = xr.DataArray(RNG.normal(size=(20, 30)), dims=("y", "x"))
    one = est.spatial_permutation_entropy(field, dim=("y", "x"), shape=(2, 3))
    assert est.spatial_permutation_entropy(field.T, dim=("y", "x"), shape=(2, 3)) == one
    assert est.spatial_permutation_entropy(field, dim=("x", "y"), shape=(3, 2)) == pytest.approx(
        float(one), rel=1e-12
    )  # the same windows, read in another order


def test_a_ramp_is_order_noise_is_none_and_stripes_are_between():
    y, x = np.mgrid[:60, :60].astype(float)
    fields = {"ramp": x + 0.1 * y, "stripes": np.sin(0.9 * x + 0.35 * y), "noise": RNG.normal(size=(60, 60))}
    data = xr.DataArray(np.stack(list(fields.values())), dims=("field", "y", "x"))
    ramp, stripes, noise = est.spatial_permutation_entropy(data, dim=("y", "x"), normalize=True).values
    assert ramp == 0
    assert 0.2 < stripes < 0.9
    assert noise > 0.99


def test_fields_without_order_are_nan_alone():
    data = xr.DataArray(RNG.normal(size=(3, 9, 9)), dims=("t", "y", "x"))
    data[0], data[1, 4, 4] = 2.0, np.inf
    found = est.spatial_permutation_entropy(data, dim=("y", "x"))
    assert np.isnan(found).values.tolist() == [True, True, False]
    lazy = est.spatial_permutation_entropy(data.chunk(t=1), dim=("y", "x"))
    xr.testing.assert_identical(lazy.compute(), found)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"shape": (1, 1)}, r"shape: must hold 2 to 10 points, got 1"),
        ({"shape": (3, 4)}, r"shape: must hold 2 to 10 points, got 12"),
        ({"shape": (2, 0)}, r"shape: must be a whole number >= 1, got 0"),
        ({"shape": 4}, r"shape, delay: must be numbers in a tuple, got 4"),
        ({"delay": (1, 1, 1)}, r"delay: must have one number a dimension, got \(1, 1, 1\) for \(2, 2\)"),
        ({"delay": 0}, r"delay: must be a whole number >= 1, got 0"),
    ],
)
def test_what_cannot_be_is_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        est.SpatialOrdinalPatterns(**arguments)


def test_fields_that_do_not_fit_the_window_are_refused():
    data = xr.DataArray(RNG.normal(size=(4, 9)), dims=("y", "x"))
    with pytest.raises(ValueError, match=r"dim: must name 2 dimensions .* got x; name them"):
        est.spatial_permutation_entropy(data, dim="x")
    with pytest.raises(ValueError, match=r"dim: must hold at least 6 points along y, got 4; use a smaller"):
        est.spatial_permutation_entropy(data, dim=("y", "x"), delay=5)
    with pytest.raises(ValueError, match=r"dim: must hold at least 5 points along y, got 4"):
        est.spatial_permutation_entropy(data, dim=("y", "x"), delay=4)
    assert est.spatial_permutation_entropy(data, dim=("y", "x"), delay=3) > 0
    with pytest.raises(ValueError, match="dim: "):
        est.spatial_permutation_entropy(data.chunk(x=3), dim=("y", "x"))


CLAIMS = estimators()["spatial_permutation_entropy"].claims


def measured(values):
    data = xr.DataArray(values, dims=("lane", "y", "x"))
    return est.spatial_permutation_entropy(data, dim=("y", "x")).values


@pytest.mark.parametrize("exact", CLAIMS.exact, ids=lambda one: one.name)
def test_known_answers_are_met_within_bias_and_spread(exact):
    seeds = 8 if exact.spread else 1
    draws = [exact.sample(np.random.default_rng([17, seed]))[0] for seed in range(seeds)]
    found = measured(np.stack(draws))
    allowed = exact.bias + 4 * exact.spread / math.sqrt(seeds) + 1e-12 * exact.value
    assert abs(found.mean() - exact.value) <= allowed


@pytest.mark.parametrize("name", CLAIMS.invariances)
def test_declared_invariances_hold(name):
    changes = {
        "shift": lambda x: x + 8.0,
        "scale": lambda x: x * 7.3,
        "sign": lambda x: -x,
        "monotone": np.exp,
        "reversal": lambda x: x[:, ::-1, ::-1],
    }
    x = np.random.default_rng(8).normal(size=(3, 12, 13))
    slack = CLAIMS.invariances[name]
    np.testing.assert_allclose(measured(changes[name](x)), measured(x), rtol=0, atol=slack)
