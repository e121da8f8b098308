"""Scores of draws and of Gaussians against integrals, all pairs and ranks."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est


def drawn(n=30, m=7, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, m)), rng.normal(size=n)


@pytest.mark.parametrize("fair", [True, False])
def test_crps_is_the_mean_over_all_pairs(fair):
    f, y = drawn()
    n, m = f.shape
    pairs = m * (m - 1) if fair else m * m
    wanted = np.mean(
        [
            abs(f[i] - y[i]).mean() - sum(abs(a - b) for a in f[i] for b in f[i]) / (2 * pairs)
            for i in range(n)
        ]
    )
    assert math.isclose(est.crps(f, y, fair=fair), wanted, rel_tol=1e-12)


def test_crps_is_the_integral_of_the_squared_difference_of_distributions():
    f, y = drawn(n=1)
    grid = np.linspace(-6, 6, 1_200_001)
    difference = (f[0] <= grid[:, None]).mean(axis=1) - (y[0] <= grid)
    integral = float((difference**2).sum() * (grid[1] - grid[0]))
    # 8 steps of the integrand, each placed to half of a grid step of 1e-5
    assert abs(est.crps(f, y, fair=False) - integral) < 1e-4


def test_fair_crps_does_not_depend_on_the_number_of_draws():
    rng = np.random.default_rng(1)
    y = rng.normal(size=40_000)
    # E|X - Y| - E|X - X'|/2 with X of deviation 2: sqrt(2 (1 + 4)/pi) - 2/sqrt(pi)
    exact = math.sqrt(10 / math.pi) - 2 / math.sqrt(math.pi)
    for m in (2, 5, 20):
        each = [est.crps(2 * rng.normal(size=(4000, m)), part) for part in y.reshape(10, 4000)]
        assert abs(np.mean(each) - exact) < 4 * np.std(each, ddof=1) / math.sqrt(10)


def test_gaussian_crps_is_the_integral_and_the_limit_of_draws():
    from scipy.special import ndtr, ndtri

    grid = np.linspace(-30, 30, 600_001)
    for m, s, y in ((0.0, 1.0, 0.0), (1.0, 2.0, -3.0), (0.0, 0.5, 4.0)):
        difference = ndtr((grid - m) / s) - (y <= grid)
        integral = float((difference**2).sum() * 1e-4)
        found = est.gaussian_crps(np.array([m]), np.array([s]), np.array([y]))
        # one step of height up to 1, placed to a grid step of 1e-4
        assert abs(found - integral) < 1.5e-4
        even = m + s * ndtri((np.arange(4000) + 0.5) / 4000)
        # of quantiles the sum is right to 1/draws
        assert math.isclose(est.crps(even[None], np.array([y]), fair=False), found, rel_tol=1e-3)
    assert est.gaussian_crps(np.zeros(2), np.zeros(2), np.array([1.0, -2.0])) == 1.5


@pytest.mark.parametrize(("m", "level"), [(19, 0.9), (39, 0.9), (3, 0.5), (9, 0.8)])
def test_coverage_counts_ranks(m, level):
    f, y = drawn(n=500, m=m, seed=m)
    # with whole ranks: at least (1 - l)/2 (m + 1) draws on either side
    needed = round((1 - level) / 2 * (m + 1))
    inside = [(a <= b).sum() >= needed and (a >= b).sum() >= needed for a, b in zip(f, y, strict=True)]
    assert est.interval_coverage(f, y, level=level) == np.mean(inside)


def test_ranks_between_draws_are_interpolated():
    f, y = drawn(n=500, m=24)
    low, high = np.quantile(f, [0.05, 0.95], axis=1, method="weibull")
    assert est.interval_coverage(f, y, level=0.9) == np.mean((low <= y) & (y <= high))


def test_draws_are_a_dimension_by_name_and_the_rest_is_mapped():
    rng = np.random.default_rng(2)
    said = xr.DataArray(rng.normal(size=(4, 3, 50, 20)), dims=("member", "component", "t", "realization"))
    came = xr.DataArray(rng.normal(size=(4, 3, 50)), dims=("member", "component", "t"), attrs={"units": "m"})
    found = est.crps(said, came, dim=("member", "t"))
    assert found.dims == ("component",)
    assert found.units == "m"
    wanted = est.crps(said.values[:, 1].reshape(200, 20), came.values[:, 1].ravel())
    assert math.isclose(found[1], wanted, rel_tol=1e-12)
    moved = said.transpose("realization", ...).rename(realization="draw")
    np.testing.assert_allclose(est.crps(moved, came, dim=("member", "t"), realization="draw"), found)
    np.testing.assert_allclose(
        est.crps(moved.values, came.values, dim=-1, realization=0), est.crps(said, came, dim="t"), rtol=1e-12
    )
