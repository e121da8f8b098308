"""Dependence by optimal transport: a known value, its level at independence, and the least of all assignments."""

import itertools
import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.continuous.wasserstein_dependency import PURPOSE
from ergodica.numerics import uniforms


def test_two_points_move_half_of_their_mass_by_two():
    rng = np.random.default_rng(1)
    x = np.stack([rng.permutation(np.repeat([-1.0, 1.0], 100)) for _ in range(16)])
    found = est.wasserstein_dependency(x, x, permutations=2)[:, 0]
    # the product is one draw of n = 200: measured spread .073 on 60 lanes, bias .01
    assert abs(found.mean() - 1) < 4 * 0.073 / math.sqrt(16) + 0.02


def test_transport_is_the_least_of_all_assignments():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 1))
    found = est.wasserstein_dependency(x, y, dim=0, feature_dim=1, permutations=2, seed=9)
    shuffled = np.argsort(uniforms(9, 0, 1, 6, PURPOSE), kind="stable")
    x, y = ((a - a.mean(0)) / math.sqrt(((a - a.mean(0)) ** 2).sum() / 6) for a in (x, y))
    joint, product = np.hstack([x, y]), np.hstack([x, y[shuffled]])
    cost = np.linalg.norm(joint[:, np.newaxis] - product, axis=-1)
    least = min(cost[np.arange(6), list(order)].mean() for order in itertools.permutations(range(6)))
    assert found[0] == pytest.approx(least, abs=1e-12)


def test_independence_is_at_its_null_level_and_p_values_are_even():
    rng = np.random.default_rng(3)
    found = est.wasserstein_dependency(rng.normal(size=(200, 40)), rng.exponential(size=(200, 40)))
    observed, null, _, p = found.T
    error = (observed - null).std() / math.sqrt(200)
    assert abs((observed - null).mean()) < 4 * error
    # twenty equally likely values from .05 to 1: mean .525, standard deviation .288
    assert abs(p.mean() - 0.525) < 4 * 0.288 / math.sqrt(200)
    assert 0 < (p <= 0.1).mean() < 0.2  # four standard errors of .1 at 200


def test_dependence_grows_with_correlation_and_is_seen_without_any():
    rng = np.random.default_rng(4)
    x, noise = rng.normal(size=(2, 8, 300))
    y = xr.DataArray(
        np.stack([r * x + math.sqrt(1 - r * r) * noise for r in (0.0, 0.5, 0.9)]), dims=("r", "lane", "t")
    )
    x = xr.DataArray(x, dims=("lane", "t"))
    found = est.wasserstein_dependency(x, y, dim="t", samples=128).mean("lane").wasserstein_dependency.values
    assert found[0] < found[1] < found[2]
    parabola = est.wasserstein_dependency(x, x**2, dim="t", samples=128)
    assert (parabola.p_value == 0.05).all()
    assert (parabola.wasserstein_dependency > parabola.null_level + 3 * parabola.null_spread).all()


def test_the_seed_draws_the_samples_and_lanes_have_draws_of_their_own():
    x = np.tile(np.random.default_rng(5).normal(size=300), (2, 1))
    y = np.tile(np.random.default_rng(6).normal(size=300), (2, 1))
    one = est.wasserstein_dependency(x, y, samples=50, permutations=2)
    np.testing.assert_array_equal(one, est.wasserstein_dependency(x, y, samples=50, permutations=2))
    assert one[0, 0] != one[1, 0]
    assert (one != est.wasserstein_dependency(x, y, samples=50, permutations=2, seed=1)).any()


def test_a_constant_is_nan_and_impossible_numbers_are_named():
    x = np.random.default_rng(7).normal(size=(2, 30))
    flat = x.copy()
    flat[1] = 0.7
    assert np.isnan(est.wasserstein_dependency(flat, x)).all(axis=1).tolist() == [False, True]
    with pytest.raises(ValueError, match=r"samples: must be a whole number from 4, got 3; \S+"):
        est.wasserstein_dependency(x, x, samples=3)
    with pytest.raises(ValueError, match="permutations: must be a whole number from 2, got 0"):
        est.wasserstein_dependency(x, x, permutations=0)


def test_the_null_level_is_that_of_shuffled_samples_transported_exactly():
    """All assignments of six samples, for two shuffles of y."""
    x, y = np.random.default_rng(21).normal(size=(2, 6))
    found = est.wasserstein_dependency(x, y, permutations=2)
    orders = [np.argsort(uniforms(0, 0, step, 6, PURPOSE), kind="stable") for step in (1, 2, 3)]
    x, y = x / x.std(), y / y.std()

    def transport(first, second):
        cost = np.hypot(x[:, None] - x, y[first][:, None] - y[second])
        return min(cost[range(6), list(p)].mean() for p in itertools.permutations(range(6)))

    product, *shuffles = orders
    assert found[0] == pytest.approx(transport(np.arange(6), product), rel=1e-12)
    assert found[1] == pytest.approx(np.mean([transport(o, o[product]) for o in shuffles]), rel=1e-12)
