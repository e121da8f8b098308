"""Errors of estimates: closed forms of the methods, intervals that hold the truth, refusals."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.resampling.block_bootstrap import circular_blocks
from ergodica.estimators.resampling.method import PURPOSE
from ergodica.numerics.random import uniforms

METHODS = [est.Subsampling(), est.BlockJackknife(), est.BlockBootstrap(), est.MemberBootstrap()]
every_method = pytest.mark.parametrize("method", METHODS, ids=repr)


def mean(x, *, dim):
    """An estimator whose error is known."""
    result = x.mean(dim)
    result.attrs = {"units": "m", "long_name": "mean"}
    return result.rename("mean")


def variance(x, *, dim):
    """An estimator whose bias is known: -1/n of it."""
    return x.var(dim).rename("variance")


def smooth(**options):
    """Noise averaged over five samples, whose ordinal patterns are of unlike shares."""
    x = ensemble(**options)
    return x.copy(data=np.apply_along_axis(np.convolve, 1, x.values, np.ones(5) / 5, "same"))


def ensemble(members=8, n=400, seed=0):
    return xr.DataArray(np.random.default_rng(seed).normal(size=(members, n)), dims=("member", "t"))


def test_the_jackknife_of_a_mean_is_the_standard_error_of_block_means():
    x = ensemble(n=200)
    found = est.confidence(mean, x, method=est.BlockJackknife(blocks=10))
    blocks = x.values.reshape(8, 10, 20).mean(-1)
    np.testing.assert_allclose(found.estimate, x.mean("t"), atol=1e-13)
    np.testing.assert_allclose(found.bias, 0, atol=1e-13)
    np.testing.assert_allclose(found.standard_error, blocks.std(1, ddof=1) / math.sqrt(10), rtol=1e-10)
    # the quantile of Student's t with 9 degrees of freedom, from tables
    np.testing.assert_allclose(found.upper - found.estimate, 2.262157 * found.standard_error, rtol=1e-6)


def test_the_jackknife_takes_off_a_bias_of_order_1_over_n_exactly():
    x = ensemble(n=200)
    found = est.confidence(variance, x, method=est.BlockJackknife(blocks=200))
    np.testing.assert_allclose(found.estimate, x.var("t", ddof=1), rtol=1e-10)


def test_members_have_the_mean_and_its_error():
    x = ensemble(members=12)
    found = est.confidence(mean, x, method=est.MemberBootstrap())
    means = x.mean("t")
    np.testing.assert_allclose(found.estimate, means.mean(), rtol=1e-12)
    np.testing.assert_allclose(found.standard_error, means.std(ddof=1) / math.sqrt(12), rtol=1e-12)
    # bootstrap-t comes near Student's t with 11 degrees of freedom, 2.2
    assert 1.7 < float((found.upper - found.lower) / 2 / found.standard_error) < 3.0


def test_subsampling_of_a_mean_follows_the_windows():
    x = ensemble(members=2, n=1000)
    found = est.confidence(mean, x, method=est.Subsampling(windows=5, overlap=1))
    windows = x.values.reshape(2, 5, 200).mean(-1)
    np.testing.assert_allclose(found.standard_error, windows.std(1, ddof=1) / math.sqrt(5), rtol=1e-10)
    assert (found.bias == 0).all()


def test_bootstrap_of_a_mean_has_its_error_and_blocks_see_correlation():
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(20, 4000))
    x = noise.copy()
    for i in range(1, 4000):
        x[:, i] += 0.8 * x[:, i - 1]
    x = xr.DataArray(x, dims=("member", "t"))
    true = 5 / math.sqrt(4000)  # the sum of correlations is 1/(1-.8)^2
    single = est.confidence(mean, x, method=est.BlockBootstrap(length=1)).standard_error.mean()
    blocks = est.confidence(mean, x, method=est.BlockBootstrap(length=100)).standard_error.mean()
    assert single < 0.5 * true
    # 40 blocks of 9 correlation times: the mean of 20 errors of 12 % each, less some 5 % of cut correlations
    assert 0.85 * true < blocks < 1.1 * true


def test_circular_blocks_are_runs_that_start_anywhere():
    indices = circular_blocks(50, 8, 400, seed=3)(0, 400)
    assert indices.shape == (400, 50)
    assert (np.diff(indices.reshape(400, 50)[:, :8], axis=1) % 50 == 1).all()
    counts = np.bincount(indices.ravel(), minlength=50)
    # 400 replicates: each sample 400 times on average, blocks of 8 give a spread of some sqrt(8 400)
    assert abs(counts - 400).max() < 5 * math.sqrt(8 * 400)


@every_method
def test_intervals_hold_the_truth_as_often_as_they_say(method):
    """150 ensembles of 8; the error of a share of .95 is .018."""
    truth = 0.5 * math.log(2 * math.pi * math.e)
    members = 8 if isinstance(method, est.MemberBootstrap) else 1
    x = xr.DataArray(np.random.default_rng(7).normal(size=(150, members, 400)), dims=("case", "member", "t"))
    found = est.confidence(est.entropy, x, method=method, estimator=est.GaussianPlugIn())
    inside = (found.lower < truth) & (truth < found.upper)
    assert 0.88 < float(inside.mean()) <= 1
    width = est.confidence(est.entropy, x, method=method, estimator=est.GaussianPlugIn(), level=0.5)
    assert 0.35 < float(((width.lower < truth) & (truth < width.upper)).mean()) < 0.65


@every_method
def test_the_same_seed_gives_the_same_interval_and_labels_say_what_it_is(method):
    x = smooth()
    x = x.assign_coords(t=("t", 0.5 * np.arange(400), {"units": "s"}))
    found = est.confidence(est.permutation_entropy, x, method=method, order=3, seed=4)
    xr.testing.assert_identical(
        found, est.confidence("permutation_entropy", x, method=method, order=3, seed=4)
    )
    assert found.attrs["resampling"] == repr(method)
    assert found.estimate.attrs["units"] == found.standard_error.attrs["units"] == "nat"
    assert found.standard_error.attrs["long_name"].startswith("standard error of the")
    assert (found.lower <= found.estimate).all()
    assert (found.estimate <= found.upper).all()


def test_several_arrays_are_resampled_together():
    x = ensemble()
    found = est.confidence(
        est.mutual_information, x, x + 0.1 * ensemble(seed=5), estimator=est.GaussianCopula()
    )
    assert (found.estimate > 2).all()
    assert (found.standard_error < 0.2).all()


def test_estimators_with_several_results_have_an_error_each():
    def both(x, *, dim):
        return xr.Dataset({"mean": mean(x, dim=dim), "variance": variance(x, dim=dim)})

    x = ensemble(members=2)
    found = est.confidence(both, x, method=est.BlockJackknife(blocks=5))
    for one in (mean, variance):
        alone = est.confidence(one, x, method=est.BlockJackknife(blocks=5))
        xr.testing.assert_allclose(found.sel(quantity=one.__name__, drop=True), alone, rtol=1e-12)
    assert list(found.quantity_units.values) == ["m", "1"]
    assert "units" not in found.estimate.attrs


def test_a_lane_with_nan_is_nan_alone():
    x = smooth()
    x[3, 7] = np.nan
    for method in METHODS[:3]:
        found = est.confidence(est.permutation_entropy, x, order=3, method=method)
        for part in found.data_vars.values():
            assert np.isnan(part[3]) or (part.name == "bias" and part[3] == 0)
            assert np.isfinite(part.drop_isel(member=3)).all()


def test_exact_copies_of_a_bootstrap_are_refused_by_neighbour_estimators():
    with pytest.raises(ValueError, match="exact copy"):
        est.confidence(
            est.entropy, ensemble(), method=est.BlockBootstrap(), estimator=est.KozachenkoLeonenko(k=1)
        )
    found = est.confidence(est.entropy, ensemble(), estimator=est.KozachenkoLeonenko())
    assert np.isfinite(found.upper).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: est.confidence(mean, x, level=1.0), ValueError, "level: must be"),
        (lambda x: est.confidence(mean, x, level=95), ValueError, "level: must be"),
        (lambda x: est.confidence(mean, x, dim="time"), ValueError, "dim: must be"),
        (lambda x: est.confidence(mean, x.values), TypeError, "plain ones must have one axis"),
        (lambda x: est.confidence(mean), TypeError, "arrays: must hold"),
        (lambda x: est.confidence(mean, x, x.isel(t=slice(9))), ValueError, "as many samples"),
        (lambda x: est.confidence(3, x), TypeError, "function: must be"),
        (lambda x: est.confidence("nosuch", x), ValueError, "estimator: must be a known name"),
        (lambda x: est.confidence(mean, x, method="jackknife"), TypeError, "method: must be"),
        (lambda x: est.BlockJackknife(blocks=2), ValueError, "blocks: must be"),
        (lambda x: est.BlockBootstrap(length=0), ValueError, "length: must be"),
        (lambda x: est.BlockBootstrap(replicates=True), ValueError, "replicates: must be"),
        (lambda x: est.Subsampling(windows=1), ValueError, "windows: must be"),
        (
            lambda x: est.confidence(mean, x, method=est.BlockJackknife(blocks=401)),
            ValueError,
            "at most the number",
        ),
        (
            lambda x: est.confidence(mean, x, method=est.BlockBootstrap(length=300)),
            ValueError,
            "at most half",
        ),
        (
            lambda x: est.confidence(mean, x, method=est.Subsampling(windows=300)),
            ValueError,
            "two samples each",
        ),
        (
            lambda x: est.confidence(mean, x[:3], method=est.MemberBootstrap()),
            ValueError,
            "4 members or more",
        ),
        (lambda x: est.confidence(lambda x: x.mean(), x), TypeError, "must take the dimension"),
        (lambda x: est.confidence(mean, x[:, :1], method=est.BlockBootstrap()), ValueError, "at most half"),
        (
            lambda x: est.confidence(est.permutation_entropy, x, order=6, method=est.Subsampling(windows=90)),
            ValueError,
            "said of 4 resampled samples of 400",
        ),
        (lambda x: est.confidence(lambda x, dim: 3.0, x), TypeError, "must give a DataArray"),
    ],
)
def test_what_cannot_be_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call(ensemble())


def test_the_interval_of_skewed_members_reaches_farther_where_their_tail_is():
    x = xr.DataArray(np.arange(20.0)[:, np.newaxis] ** 3, dims=("member", "t"))
    found = est.confidence(mean, x, method=est.MemberBootstrap())
    assert found.upper - found.estimate > 1.2 * (found.estimate - found.lower)


def test_draws_of_members_are_measured_by_the_error_of_their_own_mean():
    each = np.array([1.0, 2.0, 4.0, 8.0, 9.0])
    x = xr.DataArray(each[:, np.newaxis], dims=("member", "t"))
    found = est.confidence(mean, x, method=est.MemberBootstrap(replicates=101), level=0.8)
    drawn = each[(uniforms(0, 0, 1, 505, PURPOSE) * 5).astype(int).reshape(101, 5)]
    # no draw of one member alone among these
    t = np.sort((drawn.mean(1) - each.mean()) / drawn.std(1, ddof=1) * math.sqrt(5))
    error = each.std(ddof=1) / math.sqrt(5)
    np.testing.assert_allclose(found.upper, each.mean() - t[10] * error, rtol=1e-12)
    np.testing.assert_allclose(found.lower, each.mean() - t[90] * error, rtol=1e-12)
