"""Surrogates: what each kind keeps, exactly, and that none depends on its company."""

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est

METHODS = (
    est.Shuffle(),
    est.BlockShuffle(length=20),
    est.CircularShift(least=5),
    est.PhaseRandomized(),
    est.AmplitudeAdjusted(),
    est.IteratedAmplitudeAdjusted(),
    est.TimeReversed(),
)
RANDOM = METHODS[:-1]
KEEP_VALUES = [one for one in METHODS if one.keeps_values]
VECTORS = [one for one in METHODS if not one.scalar]
every = pytest.mark.parametrize("method", METHODS, ids=repr)


def correlated(*shape, seed=0):
    """An autoregressive series seen through an exponential, so that it is not Gaussian."""
    x = np.random.default_rng(seed).normal(size=shape)
    for t in range(1, shape[-1]):
        x[..., t] += 0.7 * x[..., t - 1]
    return np.exp(0.5 * x)


def power(x, axis=-1):
    return np.abs(np.fft.rfft(x, axis=axis)) ** 2


@pytest.mark.parametrize("method", KEEP_VALUES, ids=repr)
@pytest.mark.parametrize("n", [100, 101])
def test_values_are_those_of_the_data(method, n):
    x = correlated(2, n)
    made = est.surrogate(x, method=method, count=3 if method.random else 1)
    np.testing.assert_array_equal(np.sort(made), np.broadcast_to(np.sort(x), made.shape))
    assert (made != x).any(axis=-1).all()


@pytest.mark.parametrize("method", [est.PhaseRandomized(), est.CircularShift(), est.TimeReversed()], ids=repr)
@pytest.mark.parametrize("n", [128, 101, 4, 5])
def test_the_power_spectrum_is_that_of_the_data(method, n):
    x = correlated(2, n)
    made = est.surrogate(x, method=method, count=3 if method.random else 1)
    # round-off of two transforms, relative to the largest line
    np.testing.assert_allclose(power(made), np.broadcast_to(power(x), made.shape[:2] + power(x).shape[1:]),
                               rtol=1e-12, atol=1e-12 * power(x - x.mean(-1, keepdims=True)).max())  # fmt: skip
    np.testing.assert_allclose(made.mean(-1), np.broadcast_to(x.mean(-1), made.shape[:2]), rtol=1e-13)


def test_iteration_brings_the_spectrum_nearer_than_one_adjustment():
    x = correlated(2048)

    def misfit(method):
        made = est.surrogate(x, method=method, count=8)
        return np.linalg.norm(np.sqrt(power(made)) - np.sqrt(power(x)), axis=-1)[:, None] / np.linalg.norm(
            np.sqrt(power(x - x.mean()))
        )

    once, iterated = misfit(est.AmplitudeAdjusted()), misfit(est.IteratedAmplitudeAdjusted())
    assert iterated.max() < 0.02
    assert iterated.max() < once.min() / 5


def test_adjusted_surrogates_keep_the_correlation_in_time():
    """After the map of the data to Gaussian values, to within the spread of 64 surrogates of 1000 samples."""
    x = correlated(1000, seed=3)

    def lagged(x):
        centred = x - x.mean(-1, keepdims=True)
        return (centred[..., 1:] * centred[..., :-1]).mean(-1) / x.var(-1)

    iterated = lagged(est.surrogate(x, method=est.IteratedAmplitudeAdjusted(), count=64))
    assert abs(iterated - lagged(x)).max() < 0.02
    assert abs(lagged(est.surrogate(x, method=est.Shuffle(), count=64)).mean()) < 0.02
    blocks = lagged(est.surrogate(x, method=est.BlockShuffle(length=100), count=64))
    assert abs(blocks - lagged(x)).max() < 0.06  # nine seams of 999 steps


def test_reversal_is_exact_and_twice_is_nothing():
    x = correlated(3, 50)
    made = est.surrogate(x, method=est.TimeReversed())
    np.testing.assert_array_equal(made, x[np.newaxis, :, ::-1])
    np.testing.assert_array_equal(est.surrogate(made[0], method=est.TimeReversed())[0], x)


def test_shifts_are_at_least_as_long_as_asked_to_either_side_and_all_come():
    x = np.arange(30.0)
    first = est.surrogate(x, method=est.CircularShift(least=10), count=500)[:, 0].astype(int)
    shifts = (30 - first) % 30
    assert set(shifts) == set(range(10, 21))


def test_blocks_keep_their_order_within():
    x = np.arange(103.0)
    made = est.surrogate(x, method=est.BlockShuffle(length=10), count=20)
    for one in made:
        starts = np.flatnonzero(np.diff(one, prepend=-2) != 1)
        assert (one[starts] % 10 == 0).all()


@pytest.mark.parametrize("method", VECTORS, ids=repr)
def test_vectors_are_kept_together(method):
    x = np.random.default_rng(1).normal(size=(60, 3))
    x[:, 1] += x[:, 0]
    made = est.surrogate(x, method=method, feature_dim=-1, count=2 if method.random else 1)
    assert made.shape[1:] == (60, 3)
    if method.keeps_values:
        assert {tuple(row) for row in made[0]} == {tuple(row) for row in x}
    else:
        cross = [np.fft.rfft(a[:, 0]) * np.fft.rfft(a[:, 1]).conj() for a in (x, *made)]
        # round-off of the transforms
        np.testing.assert_allclose(cross[1], cross[0], rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(cross[2], cross[0], rtol=1e-11, atol=1e-11)


@every
def test_chunks_threads_counts_and_other_lanes_change_no_bit(method):
    x = xr.DataArray(correlated(4, 64), dims=("member", "t"), coords={"member": [5, 6, 7, 8]}, name="u")
    count = 5 if method.random else 1
    whole = est.surrogate(x, method=method, count=count, dim="t", seed=3)
    lazy = est.surrogate(x.chunk(member=1), method=method, count=count, dim="t", seed=3)
    assert lazy.chunks is not None
    xr.testing.assert_identical(lazy.compute(), whole)
    fewer = est.surrogate(x, method=method, count=max(1, count - 3), dim="t", seed=3)
    np.testing.assert_array_equal(fewer, whole[: max(1, count - 3)])
    broken = x.copy()
    broken[1, 7] = np.nan
    found = est.surrogate(broken, method=method, count=count, dim="t", seed=3)
    assert np.isnan(found[:, 1]).all()
    for lane in (0, 2, 3):
        np.testing.assert_array_equal(found[:, lane], whole[:, lane])
    turned = est.surrogate(x.transpose("t", "member"), method=method, count=count, dim="t", seed=3)
    assert turned.dims == ("surrogate", "t", "member")
    np.testing.assert_array_equal(turned.transpose(*whole.dims), whole)


@pytest.mark.parametrize("method", RANDOM, ids=repr)
def test_lanes_seeds_and_numbers_are_independent(method):
    x = np.broadcast_to(correlated(200), (3, 200))
    made = est.surrogate(x, method=method, count=4)
    rows = made.reshape(12, 200)
    assert len(np.unique(rows, axis=0)) > 9  # shifts may coincide
    assert (est.surrogate(x, method=method, count=4, seed=1) != made).any()
    pairs = np.corrcoef(np.random.default_rng(0).permutation(rows))[np.triu_indices(12, 1)]
    assert abs(pairs.mean()) < 0.2


@every
def test_the_unit_goes_through(method):
    x = correlated(80)
    plain = est.surrogate(x, method=method)
    for unit in (2.0**-600, 2.0**600):
        np.testing.assert_array_equal(est.surrogate(x * unit, method=method), plain * unit)


def test_results_are_labelled_like_the_data():
    x = xr.DataArray(
        correlated(2, 40),
        dims=("member", "t"),
        coords={"t": ("t", 0.1 * np.arange(40), {"units": "s"})},
        name="u",
        attrs={"units": "m", "long_name": "height", "ergodica_kind": "series"},
    )
    made = est.surrogate(x, dim="t", count=3, method=est.Shuffle())
    assert made.dims == ("surrogate", "member", "t")
    assert made.name == "u"
    np.testing.assert_array_equal(made.t, x.t)
    assert made.t.attrs["units"] == "s"
    assert made.attrs["units"] == "m"
    assert made.attrs["method"] == "Shuffle(), seed=0"
    assert made.attrs["long_name"] == "surrogate of height"


def test_symbols_stay_symbols_where_values_are_kept():
    x = np.random.default_rng(2).integers(0, 3, size=50)
    made = est.surrogate(x, method=est.Shuffle())
    assert made.dtype == x.dtype
    with pytest.raises(TypeError, match="x: must hold values of a continuum"):
        est.surrogate(x, method=est.PhaseRandomized())
    with pytest.raises(ValueError, match="x: must hold whole numbers up to 2"):
        est.surrogate(x + 2**60, method=est.Shuffle())


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"method": "shuffle"}, TypeError, "method: must be one such as Shuffle"),
        ({"method": est.TimeReversed(), "count": 2}, ValueError, "count: must be 1 for TimeReversed"),
        ({"count": 0}, ValueError, "count: must be a whole number >= 1"),
        ({"method": est.BlockShuffle(length=40)}, ValueError, "length: must be at most half the samples"),
        ({"method": est.CircularShift(least=40)}, ValueError, "least: must be at most half the samples"),
        ({"feature_dim": 0}, TypeError, "feature_dim: .* takes scalars"),
        ({"dim": 5}, ValueError, "dim: must be an axis"),
        ({"seed": -1}, ValueError, "seed: must be a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        est.surrogate(np.random.default_rng(0).normal(size=(3, 60)), **options)


@every
def test_too_few_samples_are_refused(method):
    with pytest.raises(ValueError, match=r"(dim|length|least): must"):
        est.surrogate(np.ones(1), method=method)


@pytest.mark.parametrize("call", [lambda: est.BlockShuffle(length=0), lambda: est.CircularShift(least=-1)])
def test_lengths_outside_their_range_are_refused(call):
    with pytest.raises(ValueError, match="must be a whole number >= 1"):
        call()
