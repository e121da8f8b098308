"""Blocks of resampled series: how long they must be, what their seams make up, how their scatter is weighed."""

import math
import warnings

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.resampling.block_bootstrap import circular_blocks, shuffled_blocks
from ergodica.estimators.resampling.correlation import automatic_length, memory, suitable_length
from ergodica.estimators.resampling.subsampling import _freedom


def autoregression(phi, lanes, n, seed=0):
    e = np.random.default_rng(seed).normal(size=(n, lanes))
    e[0] /= math.sqrt(1 - phi**2)
    for i in range(1, n):
        e[i] += phi * e[i - 1]
    return xr.DataArray(e.T, dims=("case", "t"))


def mean(x, *, dim):
    return x.mean(dim)


def logistic(lanes, n):
    x = np.empty((n, lanes))
    x[0] = np.sin(np.pi / 2 * np.random.default_rng(0).random(lanes)) ** 2
    for i in range(1, n):
        x[i] = 4 * x[i - 1] * (1 - x[i - 1])
    return xr.DataArray(x.T, dims=("case", "t"))


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_the_memory_of_an_autoregression_is_that_of_its_formula(phi):
    x = autoregression(phi, 40, 20_000).values
    found = np.array([memory(row) for row in x])
    exact = 2 * phi / (1 - phi**2)
    # noise of lags that are cut off where they are not significant makes single values scatter by some 20 %
    assert abs(np.median(found) - exact) < 0.15 * exact + 0.05
    np.testing.assert_allclose(
        np.median([suitable_length(row) for row in x]),
        (1.5 * exact**2 * 20_000) ** (1 / 3),
        rtol=0.12,
        atol=1,
    )


@pytest.mark.parametrize("scale", [1e-160, 1e-12, 1e12, 1e160])
def test_memory_has_no_scale(scale):
    x = autoregression(0.7, 1, 500).values[0]
    # the mean of scaled numbers is rounded differently
    assert memory(scale * x) == pytest.approx(memory(x), rel=1e-9)


def test_what_stands_still_or_is_a_sample_or_two_remembers_nothing():
    for x in (np.full(300, 0.1), np.array([1.0]), np.array([1.0, 2.0]), np.arange(3.0)):
        assert np.isfinite(memory(x))
    assert memory(np.full(300, 0.1)) == 0


def test_automatic_blocks_grow_with_correlation_within_bounds():
    assert automatic_length([autoregression(0.0, 20, 2000)], "t") == 80
    long = automatic_length([autoregression(0.97, 20, 2000)], "t")
    assert 80 < long <= 400
    # the array that remembers longest decides; integers and lanes with NaN do no harm
    broken = autoregression(0.0, 20, 2000)
    broken[3, 5] = np.nan
    steps = (autoregression(0.0, 20, 2000) > 0).astype(int)
    assert automatic_length([broken, steps, autoregression(0.97, 20, 2000)], "t") == long


def test_automatic_blocks_hold_the_truth_where_short_ones_do_not():
    """500 series: the error of a share of .9 is .013; n/25 holds .72, the automatic length .88."""
    x = autoregression(0.95, 500, 400)
    shares = []
    for length in (None, 16):
        if length:
            with pytest.warns(est.ResamplingWarning, match="length: use a greater one"):
                found = est.confidence(mean, x, method=est.BlockBootstrap(length=length))
        else:
            found = est.confidence(mean, x, method=est.BlockBootstrap())
        shares.append(float(((found.lower < 0) & (found.upper > 0)).mean()))
    assert shares[0] > 0.83
    assert shares[1] < 0.78


@pytest.mark.parametrize("method", [est.Subsampling(windows=40), est.BlockJackknife(blocks=50)], ids=repr)
def test_blocks_shorter_than_the_memory_are_warned_of(method):
    with pytest.warns(est.ResamplingWarning, match="use fewer of them"):
        est.confidence(mean, autoregression(0.97, 4, 1000), method=method)


@pytest.mark.parametrize(("blocks", "warned"), [(150, True), (30, False)])
def test_the_warning_is_of_blocks_that_cut_off_a_quarter_of_the_variance(blocks, warned):
    """2 phi/(1 - phi^2) = 9.5 samples are remembered, by estimate some 7: blocks of 20 cut off more, of 100 less."""
    x = autoregression(0.9, 16, 3000)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        est.confidence(mean, x, method=est.BlockJackknife(blocks=blocks))
    assert any("too small" in str(one.message) for one in caught) == warned


def test_degrees_of_freedom_are_those_of_windows_side_by_side_and_half_as_many_more_where_they_overlap():
    assert _freedom(np.arange(10) * 100, 100) == pytest.approx((9.0, 9.0))
    freedom, _ = _freedom(np.arange(0, 981), 20)
    # the variance of overlapping means has 2/3 of the variance, for many windows
    assert freedom == pytest.approx(1.5 * 49, rel=0.02)


def test_subsampling_of_a_mean_has_no_bias_in_its_variance():
    """Of 4000 series of independent samples: the error of a mean variance with 4 degrees of freedom is .8 %."""
    x = autoregression(0.0, 8000, 103, seed=4)
    found = est.confidence(mean, x, method=est.Subsampling(windows=4))
    assert float((found.standard_error**2).mean()) * 103 == pytest.approx(1, abs=0.035)


def test_the_jackknife_of_unequal_blocks_takes_off_a_bias_of_1_over_n_nearly_and_has_the_right_error():
    x = autoregression(0.0, 4000, 23, seed=5)
    found = est.confidence(mean, x, method=est.BlockJackknife(blocks=5))
    np.testing.assert_allclose(found.bias, 0, atol=1e-14)
    # 4 degrees of freedom over 4000 series: .011; blocks of 5 and 4 samples are of nearly one weight
    assert float((found.standard_error**2).mean()) * 23 == pytest.approx(1, abs=0.05)

    def second(x, *, dim):
        return x.mean(dim) ** 2

    with pytest.warns(est.ResamplingWarning, match="bias that resampling finds is not small"):
        square = est.confidence(second, x, method=est.BlockJackknife(blocks=5))
    # E mean^2 is 1/23 = .0435 of which nothing is left; its spread over sqrt(4000) is .001
    assert abs(float(square.estimate.mean())) < 0.004


def test_shuffled_blocks_hold_every_sample_once():
    rows = shuffled_blocks(103, 10, 20, seed=1)(0, 20)
    assert (np.sort(rows, axis=1) == np.arange(103)).all()
    seams = (np.diff(rows, axis=1) % 103 != 1).sum(1)
    # 11 blocks: 10 joints, of which one on average is between blocks that follow each other
    assert (seams <= 10).all()
    assert seams.mean() > 8


@pytest.mark.parametrize("method", [est.BlockJackknife(), est.BlockBootstrap()], ids=repr)
def test_what_seams_make_up_is_no_bias(method):
    """Order 3 of the logistic map: a seam may show the pattern that never occurs, and others too often."""
    patterns = np.array([5, 1, 4, 2, 3]) / 15
    truth = -(patterns * np.log(patterns)).sum()
    x = logistic(200, 2000)
    found = est.confidence(est.permutation_entropy, x, method=method, order=3)
    # the spread .012 over sqrt(200) is .001; without the correction the bias is -.014
    assert abs(float(found.estimate.mean()) - truth) < 0.005
    inside = (found.lower < truth) & (truth < found.upper)
    # the error of a share of .95 is .015; without the correction .83
    assert float(inside.mean()) > 0.89


@pytest.mark.parametrize("method", [est.BlockJackknife(), est.BlockBootstrap(length=1)], ids=repr)
def test_an_estimator_without_order_is_the_same_with_and_without_seams(method):
    """The correction is found to be of no use, so that it costs one evaluation."""
    calls = []

    def counted(x, *, dim):
        calls.append(x.sizes.get("replicate", 1))
        return x.var(dim)

    est.confidence(counted, autoregression(0.0, 3, 100), method=method)
    # the estimate, the replicates, and one look at another order
    assert sorted(calls)[:2] == [1, 1]
    assert len(calls) == 3


def test_negative_correlations_make_errors_too_large_and_are_not_warned_of():
    x = autoregression(-0.95, 4, 400)
    assert memory(x.values[0]) < -5
    found = est.confidence(mean, x, method=est.BlockJackknife())
    assert np.isfinite(found.upper).all()


def test_the_error_of_few_blocks_makes_up_for_the_variance_that_draws_of_them_lack():
    x = xr.DataArray(np.random.default_rng(2).normal(size=40), dims="t")
    found = est.confidence(
        lambda x, *, dim: x.mean(dim), x, method=est.BlockBootstrap(length=10, replicates=50), seed=3
    )
    drawn = x.values[circular_blocks(40, 10, 50, seed=3)(0, 50)].mean(axis=1)
    np.testing.assert_allclose(found.standard_error, drawn.std(ddof=1) * np.sqrt(4 / 3), rtol=1e-10)
