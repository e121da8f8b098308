"""Entropy rates and phrases: counted by hand, by another way of coding, by other programs, and where they are known."""

import math
from collections import Counter

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from ergodica import estimators as est
from ergodica.estimators.information.sources import TWO_STATES, TWO_STATES_RATE, two_states
from ergodica.estimators.information.suffix_tree import count_phrases

METHODS = [
    est.Markov(order=1),
    est.BlockEntropies(length=4),
    est.BlockEntropies(length=4, extrapolate=True),
    est.ContextTreeWeighting(depth=5),
    est.LempelZiv76(),
    est.LempelZiv78(),
]
every_method = pytest.mark.parametrize("method", METHODS, ids=repr)
series = st.integers(1, 12).flatmap(lambda size: st.lists(st.integers(0, size - 1), min_size=1, max_size=60))


def phrases_1976(symbols):
    """Each phrase is grown until it is not in what comes before its last symbol."""
    text, begin, count = bytes(symbols), 0, 0
    while begin < len(text):
        size = 1
        while begin + size <= len(text) and text.find(text[begin : begin + size], 0, begin + size - 1) >= 0:
            size += 1
        begin, count = begin + size, count + 1
    return count


def phrases_1978(symbols):
    """A set of all phrases."""
    known, phrase = set(), ()
    for symbol in symbols:
        phrase = (*phrase, symbol)
        if phrase not in known:
            known.add(phrase)
            phrase = ()
    return len(known) + bool(phrase)


def block_entropy(symbols, length):
    counts = Counter(tuple(symbols[i : i + length]) for i in range(len(symbols) - length + 1))
    p = np.array(list(counts.values())) / counts.total()
    return float(-(p * np.log(p)).sum())


@given(series, st.integers(1, 4))
@settings(deadline=None, max_examples=300)
def test_phrases_are_those_of_the_definition(symbols, repeats):
    symbols = symbols * repeats
    expected = phrases_1976(symbols)
    codes = np.unique(symbols, return_inverse=True)[1]
    # both ways of keeping children: a row for few symbols, a hash for many
    assert count_phrases(codes, int(codes.max()) + 1) == expected
    assert count_phrases(codes, 300) == expected
    if len(symbols) > 1:
        assert est.lempel_ziv_complexity(np.array(symbols)) == expected


def test_every_short_binary_series_has_its_phrases():
    for length in range(2, 11):
        numbers = np.arange(2**length)
        lanes = numbers[:, np.newaxis] >> np.arange(length) & 1
        found = est.lempel_ziv_complexity(lanes)
        np.testing.assert_array_equal(found, [phrases_1976(lane.tolist()) for lane in lanes])


def test_phrases_are_as_many_as_in_the_paper_and_in_antropy():
    # the series of Lempel and Ziv: 1, 0, 01, 1110, 1100, 0010
    paper = np.array([int(digit) for digit in "1001111011000010"])
    assert est.lempel_ziv_complexity(paper) == 6
    # antropy 0.2.3 on the same numbers
    found = [
        int(est.lempel_ziv_complexity(np.random.default_rng(k).integers(0, size, 300)))
        for k in range(4)
        for size in (2, 3, 7)
    ]
    assert found == [38, 60, 98, 41, 61, 97, 41, 59, 98, 41, 60, 99]
    assert est.lempel_ziv_complexity(np.array([0, 1] * 50)) == 3
    # c / (n / log_2 n)
    assert est.lempel_ziv_complexity(paper, normalize=True) == pytest.approx(6 * 4 / 16, rel=1e-14)


@given(series)
@settings(deadline=None, max_examples=100)
def test_phrases_of_1978_are_those_of_the_definition(symbols):
    symbols = [*symbols, 0, 1]
    count = phrases_1978(symbols)
    found = est.entropy_rate(np.array(symbols), method=est.LempelZiv78())
    assert found == pytest.approx(count * math.log(count) / len(symbols), rel=1e-14)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_context_tree_weighting_is_the_recursion_of_the_paper(size, depth):
    symbols = np.random.default_rng(depth).integers(0, size, 40)
    symbols[20:30] = np.arange(10) % size

    def weighted(context):
        counts = np.zeros(size)
        for t in range(depth, len(symbols)):
            if all(symbols[t - 1 - k] == one for k, one in enumerate(context)):
                counts[symbols[t]] += 1
        # Krichevsky and Trofimov, one symbol after the other
        seen, estimated = np.zeros(size), 0.0
        for symbol in np.repeat(np.arange(size), counts.astype(int)):
            estimated += math.log((seen[symbol] + 0.5) / (seen.sum() + size / 2))
            seen[symbol] += 1
        if len(context) == depth:
            return estimated
        return np.logaddexp(estimated, sum(weighted((*context, one)) for one in range(size))) - math.log(2)

    found = est.entropy_rate(symbols, method=est.ContextTreeWeighting(depth=depth))
    assert found == pytest.approx(-weighted(()) / (len(symbols) - depth), rel=1e-12)


def test_a_context_tree_of_no_depth_is_the_dirichlet_mixture():
    symbols = np.random.default_rng(2).integers(0, 5, 200)
    counts = np.bincount(symbols)
    likelihood = (gammaln(counts + 0.5) - gammaln(0.5)).sum() + gammaln(2.5) - gammaln(202.5)
    found = est.entropy_rate(symbols, method=est.ContextTreeWeighting(depth=0))
    assert found == pytest.approx(-likelihood / 200, rel=1e-13)


def test_rates_of_blocks_and_chains_are_differences_of_block_entropies():
    symbols = np.random.default_rng(3).integers(0, 3, 500)
    h = [block_entropy(symbols, length) for length in range(1, 6)]
    found = est.entropy_rate(symbols, method=est.BlockEntropies(length=5))
    assert found == pytest.approx(h[4] - h[3], rel=1e-12)
    assert est.entropy_rate(symbols, method=est.Markov(order=0)) == pytest.approx(h[0], rel=1e-12)
    # contexts are counted where a symbol follows: not the last one
    expected = block_entropy(symbols, 3) - block_entropy(symbols[:-1], 2)
    assert est.entropy_rate(symbols, method=est.Markov(order=2)) == pytest.approx(expected, rel=1e-12)
    assert est.excess_entropy(symbols, length=4) == pytest.approx(h[3] - 4 * (h[3] - h[2]), rel=1e-11)


def test_the_limit_of_blocks_that_approach_geometrically_is_taken():
    # a noisy function of a chain has an infinite memory; its blocks' rates fall by nearly one factor
    symbols = two_states(np.random.default_rng(4), 200_000)[0]
    hidden = symbols ^ (np.random.default_rng(5).random(200_000) < 0.1)
    rates = [float(est.entropy_rate(hidden, method=est.BlockEntropies(length=n))) for n in (2, 3, 4, 9)]
    limit = float(est.entropy_rate(hidden, method=est.BlockEntropies(length=4, extrapolate=True)))
    steps = np.diff(rates[:3])
    assert limit == pytest.approx(rates[2] - steps[1] ** 2 / (steps[1] - steps[0]), rel=1e-12)
    assert abs(limit - rates[3]) < abs(rates[2] - rates[3])
    # h_1, h_2, h_3 are .68, .42, .51: a step that changes its sign has no limit to be taken
    turning = [0, 1, 0, 1, 1, 1, 0]
    plain = est.entropy_rate(turning, method=est.BlockEntropies(length=3))
    assert plain == pytest.approx(0.510825624, abs=1e-9)
    assert est.entropy_rate(turning, method=est.BlockEntropies(length=3, extrapolate=True)) == plain


@every_method
def test_known_answers_are_met_by_every_method(method):
    for exact in type(method).claims.exact:
        drawn = [exact.sample(np.random.default_rng([23, seed]))[0] for seed in range(8)]
        found = est.entropy_rate(np.stack(drawn), method=type(method)())
        # four standard errors of the mean of eight, beside the bias that is claimed
        assert abs(found.mean() - exact.value) <= exact.bias + 4 * exact.spread / math.sqrt(8)


def test_the_chain_has_the_rate_that_its_matrix_says():
    stationary = np.array([0.75, 0.25])
    assert -(stationary[:, np.newaxis] * TWO_STATES * np.log(TWO_STATES)).sum() == pytest.approx(
        TWO_STATES_RATE, rel=1e-15
    )


@every_method
def test_names_of_symbols_bases_and_labels_do_not_matter(method):
    symbols = two_states(np.random.default_rng(6), 500)[0]
    found = est.entropy_rate(symbols, method=method)
    # counts are the same, their order is another: round-off of a sum
    for other in (1 - symbols, np.array([-(2**62), 2**62])[symbols], symbols.astype(bool)):
        assert est.entropy_rate(other, method=method) == pytest.approx(found, rel=1e-13)
    labelled = xr.DataArray(symbols, dims="t")
    named = est.entropy_rate(labelled, dim="t", method=method, base=2)
    assert named.attrs["units"] == "bit"
    assert repr(method) in named.attrs["method"]
    assert float(named) == pytest.approx(found / math.log(2), rel=1e-14)
    share = est.entropy_rate(symbols, method=method, normalize=True)
    assert share == pytest.approx(found / math.log(2), rel=1e-14)


def test_real_numbers_need_a_space_and_patterns_are_one():
    values = np.random.default_rng(7).normal(size=400)
    with pytest.raises(TypeError, match=r"x: must be whole numbers .*ValueBins"):
        est.entropy_rate(values)
    space = est.OrdinalPatterns(order=3)
    found = est.entropy_rate(values, method=est.Markov(order=1), space=space)
    words = space.encode(values[np.newaxis])[0]
    assert found == pytest.approx(est.entropy_rate(words, method=est.Markov(order=1)), rel=1e-13)


@every_method
def test_a_constant_series_has_no_entropy_and_no_normalised_one(method):
    found = est.entropy_rate(np.zeros(1000, dtype=int), method=method)
    # the phrases of a constant series: two of 1976, 45 of 1978
    allowed = {"LempelZiv76": 2 * math.log(1000) / 1000, "LempelZiv78": 45 * math.log(45) / 1000}
    assert found == pytest.approx(allowed.get(type(method).__name__, 0.0), abs=1e-15)
    assert np.isnan(est.entropy_rate(np.zeros(1000, dtype=int), method=method, normalize=True))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: est.Markov(order=-1), "order: must be >= 0"),
        (lambda: est.BlockEntropies(length=0), "length: must be >= 1"),
        (lambda: est.BlockEntropies(length=2, extrapolate=True), "length: must be >= 3"),
        (lambda: est.ContextTreeWeighting(depth=-1), "depth: must be >= 0"),
        (lambda: est.entropy_rate([0, 1, 0], method=est.Markov(order=3)), "dim: must hold at least 4"),
        (lambda: est.entropy_rate([0, 1, 0]), "dim: must hold at least 9"),
        (lambda: est.lempel_ziv_complexity([1]), "dim: must hold at least 2"),
        (lambda: est.excess_entropy([0, 1, 0], length=5), "dim: must hold at least 6"),
        (
            lambda: est.entropy_rate(np.arange(1000), method=est.ContextTreeWeighting(depth=8)),
            "depth: must keep 1000.*use 5 or less",
        ),
    ],
)
def test_what_is_too_short_or_too_long_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_method_must_be_one():
    with pytest.raises(TypeError, match="method: must be one of entropy rates"):
        est.entropy_rate([0, 1, 0], method="markov")
    with pytest.raises(TypeError, match="order: must be a whole number"):
        est.Markov(order=1.5)


def test_long_series_of_any_alphabet_take_memory_in_proportion():
    """The tables of a series of 1e5 symbols hold at most ten times its bytes."""
    import tracemalloc

    rng = np.random.default_rng(8)
    for size in (2, 8, 9, 50_000):
        symbols = rng.integers(0, size, 100_000)
        for method in (est.LempelZiv76(), est.LempelZiv78(), est.ContextTreeWeighting(depth=2)):
            est.entropy_rate(symbols, method=method)  # compiled
            tracemalloc.start()
            est.entropy_rate(symbols, method=method)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak <= 10 * symbols.nbytes


def test_real_numbers_are_refused_without_a_way_that_is_none():
    x = np.random.default_rng(0).normal(size=50)
    for ask in (est.entropy_rate, est.lempel_ziv_complexity, lambda one: est.rajski_distance(one, one)):
        with pytest.raises(TypeError, match=r"pass a space such as ValueBins\(\)$"):
            ask(x)
