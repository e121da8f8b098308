"""Ordinal patterns: what numpy counts one window at a time, ties by their rule, pieces that add up."""

import itertools
import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.numerics import using_threads

RNG = np.random.default_rng(1)


def ranks(window):
    """Ranks of a window's samples, equal ones in their order."""
    found = np.empty(len(window), int)
    found[np.argsort(window, kind="stable")] = np.arange(len(window))
    return tuple(found)


def numbers(x, order, delay):
    """Number of the pattern of each window, from a list of all permutations in lexicographic order."""
    known = {pattern: i for i, pattern in enumerate(itertools.permutations(range(order)))}
    reach = (order - 1) * delay
    return np.array([known[ranks(x[t : t + reach + 1 : delay])] for t in range(len(x) - reach)])


@pytest.mark.parametrize(
    ("order", "delay", "n"),
    [
        (2, 1, 50),
        (3, 2, 4500),
        (4, 700, 2200),
        (5, 1, 2052),
        (6, 3, 300),
        (7, 1, 300),
        (8, 1, 200),
        (9, 2, 60),
    ],
)
def test_patterns_are_those_of_numpy_window_by_window(order, delay, n):
    x = np.round(RNG.normal(size=(2, n)), 1)  # with ties
    space = est.OrdinalPatterns(order=order, delay=delay)
    wanted = [numbers(row, order, delay) for row in x]
    np.testing.assert_array_equal(space.encode(x), wanted)
    counts = [np.bincount(one, minlength=math.factorial(order)) for one in wanted]
    np.testing.assert_array_equal(space.weights(x), counts)
    np.testing.assert_array_equal(space.weights(x[1:]), counts[1:])


def test_patterns_are_named_by_their_ranks():
    x = xr.DataArray([0.2, 0.9, 0.5, 0.6], dims="t")
    p = est.probabilities(x, space=est.OrdinalPatterns(order=3))
    assert p.outcome_name.values.tolist() == ["012", "021", "102", "120", "201", "210"]
    assert p[p > 0].outcome_name.values.tolist() == ["021", "201"]
    names = est.OrdinalPatterns(order=4).outcomes(()).names
    assert names[0] == "0123"
    assert names[-1] == "3210"
    assert list(names) == sorted(names)
    assert est.OrdinalPatterns(order=9).outcomes(()).names is None


def test_order_ten_counts_all_its_patterns():
    x = RNG.normal(size=40)
    counts = est.OrdinalPatterns(order=10).weights(x[np.newaxis])[0]
    assert counts.shape == (math.factorial(10),)
    assert counts.sum() == 31
    assert est.permutation_entropy(x, order=10) == pytest.approx(math.log(31))
    falling = est.OrdinalPatterns(order=10).encode(-np.arange(12.0)[np.newaxis])
    assert falling.tolist() == [[math.factorial(10) - 1] * 3]


def test_a_delay_is_as_many_interleaved_series():
    x = RNG.normal(size=3000)
    parts = sum(est.OrdinalPatterns(order=4).weights(x[np.newaxis, start::3]) for start in range(3))
    np.testing.assert_array_equal(est.OrdinalPatterns(order=4, delay=3).weights(x[np.newaxis]), parts)


def test_equal_samples_rise():
    x = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 2.0])
    assert est.OrdinalPatterns(order=3).encode(x[np.newaxis]).tolist() == [[0, 3, 4, 0]]
    signed = np.array([[0.0, -0.0, 0.0, -0.0, 1.0]])  # zeros are equal, whatever their sign
    assert est.OrdinalPatterns(order=2).encode(signed).tolist() == [[0, 0, 0, 0]]


def test_random_ties_make_coins_look_random_and_change_nothing_without_ties():
    coins = RNG.integers(0, 2, size=(2, 20_000)).astype(float)
    first = est.permutation_entropy(coins, order=3, normalize=True)
    drawn = est.permutation_entropy(coins, order=3, ties="random", normalize=True)
    assert (first < 0.93).all()
    # with ties drawn the values are 0 + u and 1 + u, u uniform: independent and alike, as noise
    assert (drawn > 0.9995).all()
    x = RNG.normal(size=500)
    assert est.permutation_entropy(x) == est.permutation_entropy(x, ties="random", seed=7)


def test_random_ties_depend_on_the_seed_and_the_order_of_the_data_alone():
    space = est.OrdinalPatterns(order=4, ties="random", seed=3)
    x = RNG.integers(0, 4, size=(3, 300)).astype(float)
    together = space.encode(x)
    np.testing.assert_array_equal(together, space.encode(x))
    np.testing.assert_array_equal(together[1:2], space.encode(np.exp(x[1:2])))
    other = est.OrdinalPatterns(order=4, ties="random", seed=4).encode(x)
    assert (together != other).mean() > 0.1
    assert (together[0] != space.encode(x[1:2])[0]).any()


def test_random_ties_keep_what_is_not_tied():
    x = RNG.integers(0, 3, size=400).astype(float)
    codes = est.OrdinalPatterns(order=2, ties="random").encode(x[np.newaxis])[0]
    rises, falls = np.diff(x) > 0, np.diff(x) < 0
    assert (codes[rises] == 0).all()
    assert (codes[falls] == 1).all()
    assert 0.3 < codes[~rises & ~falls].mean() < 0.7


@pytest.mark.parametrize("cuts", [(1, 2, 3, 994), (500, 500), (4, 992, 4), (250, 250, 250, 250)])
def test_counts_of_chunks_add_up_bit_for_bit(cuts):
    x = np.round(RNG.normal(size=(2, 1000)), 1)
    x[0, 100:700] = 0.25  # a chunk of one value, in a lane of several
    data = xr.DataArray(x, dims=("lane", "t"))
    space = est.OrdinalPatterns(order=4, delay=2)
    whole = est.probabilities(data, dim="t", space=space)
    pieces = est.probabilities(data.chunk(t=cuts), dim="t", space=space)
    xr.testing.assert_identical(pieces.compute(), whole)


def test_random_ties_of_chunks_are_refused():
    data = xr.DataArray(np.zeros(100), dims="t").chunk(t=50)
    with pytest.raises(ValueError, match=r"dim: .* in one chunk"):
        est.entropy(data, space=est.OrdinalPatterns(ties="random"))


def test_threads_change_no_bit():
    x = RNG.normal(size=(7, 10_000))  # enough to be shared between threads
    spaces = [est.OrdinalPatterns(), est.WeightedOrdinalPatterns(), est.Dispersion()]
    alone, together = [], []
    for found, threads in ((alone, 1), (together, 2)):
        with using_threads(threads):
            found.extend(space.weights(x) for space in spaces)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("factor", [1e-300, 1e-12, 1e12, 1e300])
def test_the_unit_of_the_data_does_not_matter(factor):
    x = RNG.normal(size=2000)
    assert est.permutation_entropy(x * factor) == est.permutation_entropy(x)
    for function in (est.weighted_permutation_entropy, est.amplitude_aware_permutation_entropy):
        assert function(x * factor) == pytest.approx(function(x), rel=1e-12)
    assert est.dispersion_entropy(x * factor) == pytest.approx(est.dispersion_entropy(x), rel=1e-12)


def test_lanes_without_order_are_nan_alone():
    x = RNG.normal(size=(5, 100))
    x[1], x[2, 7], x[3, 99] = 0.1, np.nan, -np.inf
    for space in (
        est.OrdinalPatterns(order=3),
        est.OrdinalPatterns(order=3, ties="random"),
        est.WeightedOrdinalPatterns(order=3),
        est.AmplitudeAwareOrdinalPatterns(order=3),
        est.Dispersion(order=2),
    ):
        found = est.entropy(x, space=space)
        assert np.isnan(found).tolist() == [False, True, True, True, False]
        assert found[4] == est.entropy(x[4], space=space)
    symbols = est.OrdinalPatterns(order=3).encode(x)
    assert (symbols[2:4] == -1).all()
    assert (symbols[1] == 0).all()  # equal samples rise: what a piece of a lane adds to its counts


def test_whole_numbers_and_single_precision_are_taken_as_they_are():
    x = RNG.integers(0, 9, size=300)
    value = est.permutation_entropy(x.astype(float), order=3)
    assert est.permutation_entropy(x, order=3) == value
    assert est.permutation_entropy(x.astype(np.float32), order=3) == value
    assert est.permutation_entropy(np.asfortranarray(np.stack([x, x]))[1], order=3) == value


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"order": 1}, r"order: must be a whole number >= 2, got 1; 3 to 7 are usual"),
        ({"order": 11}, r"order: must be at most 10, .* got 11; 3 to 7"),
        ({"order": 3.0}, r"order: must be a whole number >= 2, got 3.0"),
        ({"delay": 0}, r"delay: must be a whole number >= 1, got 0; 1 takes neighbouring samples"),
        ({"delay": True}, r"delay: must be a whole number >= 1, got True"),
        ({"ties": "last"}, r"ties: must be one of first, random, got 'last'"),
        ({"seed": -1}, r"seed: must be a whole number >= 0, got -1"),
    ],
)
def test_what_cannot_be_is_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        est.OrdinalPatterns(**arguments)


def test_too_few_samples_several_dimensions_and_complex_data_are_refused():
    x = xr.DataArray(RNG.normal(size=(12, 12)), dims=("x", "t"))
    with pytest.raises(ValueError, match=r"dim: must hold at least .* = 13 samples, got 12 of t; give more"):
        est.permutation_entropy(x, dim="t", order=5, delay=3)
    with pytest.raises(
        ValueError, match=r"dim: must be one dimension, .* got x, t; .*SpatialOrdinalPatterns"
    ):
        est.permutation_entropy(x, dim=("x", "t"))
    with pytest.raises(TypeError, match=r"x: must be real, .* got complex; take abs"):
        est.permutation_entropy(x + 1j, dim="t")
    with pytest.raises(TypeError, match=r"estimator: MillerMadow needs counts"):
        est.entropy(x, dim="t", space=est.WeightedOrdinalPatterns(order=3), estimator=est.MillerMadow())
