"""Ridge regression by orthogonal decompositions against 60 digits, and where features tell nothing."""

from itertools import combinations_with_replacement

import mpmath
import numpy as np
import pytest
from forecast_series import lorenz

from ergodica.models.forecast.ridge import ridge_path


def near_dependent(n):
    """Monomials up to degree 2 of two delayed values of Lorenz's x and y, (n, 14), and the next step, (n, 1)."""
    x = lorenz(1, n + 2, 3)[0, :, :2]
    windows = np.concatenate([x[1:-1], x[:-2]], axis=1) / 10
    pairs = combinations_with_replacement(range(4), 2)
    return np.concatenate(
        [windows, np.stack([windows[:, list(one)].prod(axis=1) for one in pairs], axis=1)], axis=1
    ), (x[2:] - x[1:-1])[:, :1]


def with_many_digits(features, targets, ridge):
    """Weights of standardised features and the degrees of freedom, by the normal equations with 60 digits."""
    z = (features - features.mean(axis=0)) / features.std(axis=0)
    n, count = z.shape
    with mpmath.workdps(60):
        rows, wanted = mpmath.matrix(z.tolist()), mpmath.matrix((targets - targets.mean(axis=0)).tolist())
        inverse = mpmath.inverse(rows.T * rows + n * mpmath.mpf(ridge) * mpmath.eye(count))
        weights = inverse * (rows.T * wanted)
        freedom = 1 + count - n * mpmath.mpf(ridge) * sum(inverse[i, i] for i in range(count))
        return np.array(weights.tolist(), float), float(freedom)


@pytest.mark.parametrize(
    ("ridge", "error"),
    # round-off 1e-16 times the root of the largest squared singular value over n ridge, and 100 for the norms
    [(1e-16, 1e-5), (1e-12, 1e-7), (1e-8, 1e-9), (1e-2, 1e-12), (1e4, 1e-13)],
)
@pytest.mark.parametrize("n", [10, 18, 60])
def test_near_dependent_features_keep_their_digits_by_either_route(ridge, error, n):
    features, targets = near_dependent(n)
    wanted, freedom = with_many_digits(features, targets, ridge)
    for ridges in ((ridge,), (1.0, ridge)):
        weights, taken = ridge_path(features, targets, ridges)
        found = weights[-1, :-1] * features.std(axis=0)[:, None]
        np.testing.assert_allclose(found, wanted, atol=error * abs(wanted).max())
        assert taken[-1] == pytest.approx(freedom, abs=10 * error)


@pytest.mark.parametrize("ridges", [(0.0,), (1e-30,), (1e-6,), (0.0, 1e-6)])
@pytest.mark.parametrize("n", [4, 40])
def test_constant_features_have_no_weight(ridges, n):
    rng = np.random.default_rng(0)
    features, targets = rng.normal(size=(n, 3)), rng.normal(size=(n, 2))
    # the mean of n times .1 is rounded
    constant = np.concatenate([features, np.full((n, 2), 0.1)], axis=1)
    weights, freedom = ridge_path(constant, targets, ridges)
    alone, alone_freedom = ridge_path(features, targets, ridges)
    np.testing.assert_allclose(weights[:, :3], alone[:, :3], atol=1e-12)
    np.testing.assert_allclose(weights[:, 3:5], 0, atol=1e-12)
    np.testing.assert_allclose(freedom, alone_freedom, atol=1e-9)
    level, taken = ridge_path(constant[:, 3:], targets, ridges)
    np.testing.assert_allclose(level[:, -1], np.tile(targets.mean(axis=0), (len(ridges), 1)), atol=1e-12)
    np.testing.assert_allclose(taken, 1, atol=1e-9)


def test_no_ridge_gives_the_smallest_of_all_weights_that_fit():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(30, 2))
    features /= features.std(axis=0)
    targets = features @ [[1.0], [2.0]]
    weights, freedom = ridge_path(np.concatenate([features, features], axis=1), targets, (0.0,))
    np.testing.assert_allclose(weights[0], [[0.5], [1.0], [0.5], [1.0], [0.0]], atol=1e-13)
    assert freedom[0] == pytest.approx(3)


@pytest.mark.parametrize("ridges", [(1e-3,), (0.0, 1.0)])
def test_values_that_are_not_finite_are_no_regression(ridges):
    features = np.random.default_rng(2).normal(size=(30, 3))
    features[4, 1] = np.nan
    with pytest.raises(np.linalg.LinAlgError):
        ridge_path(features, features[:, :1], ridges)
