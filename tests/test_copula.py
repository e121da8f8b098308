"""Gaussian information, of covariances and of ranks: closed forms, bias, what does not matter, what is degenerate."""

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from ergodica import estimators as est

GAUSSIAN, COPULA = est.GaussianInformation(), est.GaussianCopula()
BOTH = pytest.mark.parametrize("estimator", [GAUSSIAN, COPULA], ids=["covariance", "ranks"])


def truth(matrix, *parts):
    """sum h(parts) - h(all) of a Gaussian with this covariance."""

    def half_log_det(kept):
        return np.linalg.slogdet(matrix[np.ix_(kept, kept)])[1] / 2

    return sum(half_log_det(list(part)) for part in parts) - half_log_det([i for part in parts for i in part])


def gaussian(lanes, n, d, seed):
    """Normal vectors with a covariance of their own."""
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(d, d)) + 2 * np.eye(d)
    return rng.normal(size=(lanes, n, d)) @ mix.T, mix @ mix.T


@BOTH
@pytest.mark.parametrize("n", [40, 400])
def test_all_forms_have_the_mean_of_the_closed_form(estimator, n):
    lanes = 400
    x, covariance = gaussian(lanes, n, 4, seed=1)
    a, b, c = x[..., :1], x[..., 1:3], x[..., 3:]
    found = {
        "mutual": estimator.mutual_information(a, b),
        "multi": estimator.multi_information([a, b, c]),
        "conditional": estimator.conditional_mutual_information(a, b, c),
    }
    wanted = {
        "mutual": truth(covariance, [0], [1, 2]),
        "multi": truth(covariance, [0], [1, 2], [3]),
        "conditional": truth(covariance, [0], [1, 2, 3]) - truth(covariance, [0], [3]),
    }
    for name, values in found.items():
        # the correction of covariances is exact; ranks leave up to 10/n of the value (measured over 2000 samples)
        bias = 0.0 if estimator is GAUSSIAN else 10 * wanted[name] / n
        error = values.std(ddof=1) / np.sqrt(lanes)
        assert abs(values.mean() - wanted[name]) < 4 * error + bias, name


@BOTH
def test_fifty_components_and_a_thousand_samples_are_enough(estimator):
    rng = np.random.default_rng(2)
    value = 2.36
    correlation = np.sqrt(1 - np.exp(-2 * value / 25))
    x, noise = rng.normal(size=(2, 20, 1000, 25))
    y = correlation * x + np.sqrt(1 - correlation**2) * noise
    found = estimator.mutual_information(x, y)
    # measured over 200 samples: bias -.007 by ranks and .002 by covariances, spread .072
    assert abs(found.mean() - value) < 0.007 + 4 * 0.072 / np.sqrt(20)
    assert found.std(ddof=1) < 0.12


def test_ranks_are_scored_as_the_normal_quantile_of_their_mean_rank():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 60)).round(1)
    assert len(np.unique(x)) < 50
    scores = [norm.ppf(rankdata(part) / 61)[None, :, None] for part in (x, y)]
    found = est.mutual_information(x, y, estimator=COPULA)
    assert found == pytest.approx(GAUSSIAN.mutual_information(*scores)[0], abs=1e-13)


def test_increasing_maps_change_no_bit():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(2, 3, 200, 2))
    y[..., 0] += x[..., 0]
    found = COPULA.mutual_information(x, y)
    np.testing.assert_array_equal(COPULA.mutual_information(np.exp(x), 1e12 * y**3), found)
    np.testing.assert_array_equal(COPULA.mutual_information(1e-200 * x, np.arctan(y)), found)


def test_the_order_of_samples_with_equal_values_does_not_matter():
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 2, (2, 1, 300, 1)).astype(float)
    order = np.lexsort((y[0, :, 0], x[0, :, 0]))
    found = COPULA.mutual_information(x, y)
    assert COPULA.mutual_information(x[:, order], y[:, order]) == pytest.approx(found, abs=1e-14)
    assert abs(found[0]) < 0.02  # independent signs; in the order of samples they would be correlated by .3


def test_invertible_linear_maps_of_each_side_leave_covariances_alone():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, 1, 300, 3))
    y += x
    found = GAUSSIAN.mutual_information(x, y)
    a, b = rng.normal(size=(2, 3, 3))
    assert GAUSSIAN.mutual_information(1e12 * x @ a + 7e12, 1e-12 * y @ b) == pytest.approx(found, rel=1e-8)


@BOTH
def test_what_determines_itself_or_the_other_side(estimator):
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(2, 1, 100, 1))
    twice = np.concatenate([x, x], axis=-1)
    assert estimator.mutual_information(x, 2 * x)[0] == np.inf
    assert estimator.mutual_information(x, -x)[0] == np.inf
    assert np.isnan(estimator.mutual_information(twice, y)[0])
    assert np.isnan(estimator.mutual_information(x, np.ones_like(x))[0])
    assert np.isnan(estimator.conditional_mutual_information(x, y, 0 * x)[0])


@BOTH
def test_fewer_samples_than_components_are_refused(estimator):
    x = np.random.default_rng(8).normal(size=(6, 5))
    with pytest.raises(ValueError, match=r"at least 12 samples .* got 6"):
        est.mutual_information(x, x, dim=0, feature_dim=1, estimator=estimator)


@BOTH
def test_lanes_do_not_see_each_other(estimator):
    rng = np.random.default_rng(9)
    x, y, z = rng.normal(size=(3, 7, 500, 2))
    y += x
    together = estimator.conditional_mutual_information(x, y, z)
    for lane in range(7):
        part = slice(lane, lane + 1)
        alone = estimator.conditional_mutual_information(x[part], y[part], z[part])
        np.testing.assert_array_equal(alone, together[part])


def test_transfer_entropy_of_an_autoregressive_pair():
    n, lanes = 2000, 16
    rng = np.random.default_rng(10)
    noise = rng.normal(size=(2, lanes, n + 100))
    x, y = np.zeros((2, lanes, n + 100))
    for t in range(1, n + 100):
        x[:, t] = 0.5 * x[:, t - 1] + noise[0, :, t]
        y[:, t] = 0.5 * y[:, t - 1] + 0.4 * x[:, t - 1] + noise[1, :, t]
    x, y = x[:, 100:], y[:, 100:]
    for estimator in (GAUSSIAN, COPULA, est.KSG(k=4)):
        forward = est.transfer_entropy(x, y, estimator=estimator)
        backward = est.transfer_entropy(y, x, estimator=estimator)
        # spread at n = 10,000 is .004 by covariances and .010 by neighbours; sqrt(5) times that here
        spread = 0.023 if isinstance(estimator, est.KSG) else 0.010
        assert abs(forward.mean() - 0.0920525) < 4 * spread / 4 + 0.003
        assert abs(backward.mean()) < 4 * spread / 4 + 0.003
