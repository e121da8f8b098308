"""Time asymmetry of a series by ordinal patterns and visibility graphs."""

import itertools
import math

import numpy as np
import pytest

from ergodica import estimators as est
from ergodica.estimators.irreversibility.visibility import HorizontalVisibility, NaturalVisibility
from ergodica.estimators.irreversibility.visibility import _divergence as divergence_of_degrees

GRAPHS = (HorizontalVisibility(), NaturalVisibility())
SEEDS = 8


def logistic(n, seeds=SEEDS):
    x = np.empty((seeds, n))
    x[:, 0] = np.random.default_rng(3).random(seeds)
    for t in range(1, n):
        x[:, t] = 4 * x[:, t - 1] * (1 - x[:, t - 1])
    return x


def autoregressive(n, seeds=SEEDS):
    e = np.random.default_rng(5).normal(size=(seeds, n))
    for t in range(1, n):
        e[:, t] += 0.7 * e[:, t - 1]
    return e


def seen_by_definition(x, *, natural):
    """Degrees from the definition: every pair, every sample between."""
    past, future = np.zeros(len(x), int), np.zeros(len(x), int)
    for i, j in itertools.combinations(range(len(x)), 2):
        between = np.arange(i + 1, j)
        line = x[i] + (x[j] - x[i]) * (between - i) / (j - i) if natural else min(x[i], x[j])
        if (x[between] < line).all():
            future[i] += 1
            past[j] += 1
    return past, future


@pytest.mark.parametrize("graph", GRAPHS, ids=repr)
@pytest.mark.parametrize(
    "x",
    [
        np.random.default_rng(0).normal(size=80),
        np.random.default_rng(1).normal(size=80).cumsum(),
        np.random.default_rng(2).integers(0, 4, size=80).astype(float),  # ties
        np.arange(40.0) ** 2,  # all see each other
        -(np.arange(40.0) ** 2),
        np.arange(40.0),
        np.zeros(20),
    ],
)
def test_degrees_are_those_of_the_definition(graph, x):
    past, future = graph.degrees(x[np.newaxis])
    wanted = seen_by_definition(x, natural=isinstance(graph, NaturalVisibility))
    np.testing.assert_array_equal(past[0], wanted[0])
    np.testing.assert_array_equal(future[0], wanted[1])


@pytest.mark.parametrize("graph", GRAPHS, ids=repr)
def test_long_slopes_and_teeth_need_no_more_memory_than_their_length(graph):
    n = 20_000
    for x in (np.arange(n) % 2 + 0.0, np.minimum(np.arange(n), n - np.arange(n)) % 500 + 0.0):
        past, future = graph.degrees(x[np.newaxis])
        assert past.sum() == future.sum() >= n - 1


def test_horizontal_degrees_of_the_logistic_map_have_their_known_shares():
    """P_out(1) = P(x' > x) = 2/3 and P_in(1) = P(x' < x) = 1/3: x' > x where x < 3/4, of measure 2/3.

    Eight orbits of a million samples give a divergence of .3800; Lacasa et al. 2012 found about as much.
    """
    x = logistic(20_000)
    past, future = HorizontalVisibility().degrees(x)
    assert np.mean(future[:, :-1] == 1) == pytest.approx(2 / 3, abs=1e-3)
    assert np.mean(past[:, 1:] == 1) == pytest.approx(1 / 3, abs=1e-3)
    found = est.visibility_irreversibility(x)
    # orbits of 20,000 scatter by .009 and lie .006 above
    assert found.mean() == pytest.approx(0.38, abs=0.006 + 4 * 0.009 / math.sqrt(SEEDS))


def test_horizontal_degrees_of_noise_are_geometric():
    """P(k) = 2^-k of the later ones alone."""
    past, future = HorizontalVisibility().degrees(np.random.default_rng(0).normal(size=(SEEDS, 20_000)))
    for one in (past[:, 1:], future[:, :-1]):
        share = np.bincount(one.ravel(), minlength=6)[1:6] / one.size
        # neighbouring degrees are correlated; without it the largest error would be .5/sqrt(160000) = .00125
        np.testing.assert_allclose(share, 0.5 ** np.arange(1, 6), atol=0.006)


@pytest.mark.parametrize("measure", [
    est.visibility_irreversibility,
    lambda x: est.visibility_irreversibility(x, graph=NaturalVisibility()),
    est.ordinal_asymmetry,
    est.bounded_ordinal_asymmetry,
    lambda x: est.bounded_ordinal_asymmetry(x, order=4, delay=2),
])  # fmt: skip
def test_reversible_series_lie_near_zero_and_driven_ones_do_not(measure):
    noise = np.random.default_rng(1).normal(size=(SEEDS, 5000))
    sawtooth = (np.arange(5000) * 0.037 + np.random.default_rng(2).random((SEEDS, 1))) % 1 + 0.1 * noise
    level = max(measure(noise).mean(), measure(autoregressive(5000)).mean())
    assert level < 0.01  # the plug-in's bias falls like 1/n and is of this size at 5000
    assert measure(sawtooth).mean() > 10 * level


def test_ordinal_asymmetry_is_the_divergence_of_counted_patterns():
    x = np.random.default_rng(7).normal(size=400).cumsum() ** 2
    for order, delay in ((3, 1), (4, 2)):
        windows = np.stack([x[i * delay : len(x) - (order - 1 - i) * delay] for i in range(order)], axis=1)
        forward = [tuple(np.argsort(w, kind="stable")) for w in windows]
        backward = [tuple(np.argsort(w[::-1], kind="stable")) for w in windows]
        patterns = sorted(set(forward) | set(backward))
        p, q = (
            np.array([part.count(one) for one in patterns]) / len(windows) for part in (forward, backward)
        )
        middle = (p + q) / 2
        halves = [np.sum(one[one > 0] * np.log(one[one > 0] / middle[one > 0])) / 2 for one in (p, q)]
        found = est.bounded_ordinal_asymmetry(x, order=order, delay=delay)
        assert found == pytest.approx(sum(halves), rel=1e-10)
        if (p > 0).all() and (q > 0).all():
            wanted = np.sum(p * np.log(p / q))
            assert est.ordinal_asymmetry(x, order=order, delay=delay) == pytest.approx(wanted, rel=1e-10)
        p, q = p * len(windows) + 0.5, q * len(windows) + 0.5
        wanted = np.sum(p * np.log(p / q)) / p.sum()
        found = est.ordinal_asymmetry(x, order=order, delay=delay, pseudo_count=0.5)
        assert found == pytest.approx(wanted, rel=1e-10)


def test_a_forbidden_pattern_makes_the_divergence_infinite_and_so_nan():
    """The logistic map never falls twice, its reverse never rises twice; patterns of three have measures of sixths."""
    x = logistic(20_000)
    assert np.isnan(est.ordinal_asymmetry(x)).all()
    # 012 1/3, 021 1/15 ..., from the arcsine law between the points where x, f(x), f(f(x)) cross
    crossings = np.sin(np.pi * np.array([0, 1 / 6, 1 / 5, 1 / 3, 2 / 5, 1 / 2])) ** 2
    edges = np.unique(np.append(crossings, 1.0))
    shares = {}
    for low, high in itertools.pairwise(edges):
        for a, b in itertools.pairwise(np.linspace(low, high, 201)):
            middle = (a + b) / 2
            orbit = [middle, 4 * middle * (1 - middle)]
            orbit.append(4 * orbit[1] * (1 - orbit[1]))
            measure = 2 / np.pi * (np.arcsin(np.sqrt(b)) - np.arcsin(np.sqrt(a)))
            key = tuple(np.argsort(orbit))
            shares[key] = shares.get(key, 0) + measure
    assert sum(shares.values()) == pytest.approx(1, abs=1e-12)
    total = 0.0
    for key in itertools.permutations(range(3)):
        p = shares.get(key, 0.0)
        q = shares.get(tuple(2 - np.array(key)), 0.0)
        total += p * math.log(2 * p / (p + q)) if p else 0.0
    found = est.bounded_ordinal_asymmetry(x)
    assert abs(found.mean() - total) < 4 * found.std(ddof=1) / math.sqrt(SEEDS) + 1e-3


def test_ties_look_the_same_both_ways():
    """Few values, reversible: without the same rule both ways ties would look like an arrow of time."""
    x = np.random.default_rng(0).integers(0, 3, size=(4, 5000))
    assert (est.ordinal_asymmetry(x) < 0.01).all()
    assert (est.visibility_irreversibility(x) < 0.01).all()


@pytest.mark.parametrize("measure", [
    est.visibility_irreversibility, est.ordinal_asymmetry, est.bounded_ordinal_asymmetry
])  # fmt: skip
def test_constant_lanes_are_nan_and_bad_requests_refused(measure):
    x = np.random.default_rng(0).normal(size=(3, 200))
    x[1] = 2.0
    found = measure(x)
    assert np.isnan(found).tolist() == [False, True, False]
    with pytest.raises(ValueError, match="at least"):
        measure(x[:, :2])
    with pytest.raises(ValueError, match="base"):
        measure(x, base=1)


def test_graphs_and_orders_that_are_none_are_refused():
    x = np.arange(20.0)
    with pytest.raises(TypeError, match="graph: must be HorizontalVisibility"):
        est.visibility_irreversibility(x, graph="natural")
    with pytest.raises(ValueError, match="order"):
        est.ordinal_asymmetry(x, order=1)
    with pytest.raises(ValueError, match="pseudo_count"):
        est.ordinal_asymmetry(x, pseudo_count=-1.0)


def test_samples_on_a_line_hide_each_other_in_any_unit():
    """Slopes of whole numbers over a few samples are exact; divided by 49 they would not be."""
    x = np.random.default_rng(8).integers(0, 50, size=(1, 3000)).astype(float)
    past, future = NaturalVisibility().degrees(x)
    wanted = divergence_of_degrees(past[0, 1:], future[0, :-1])
    for unit in (1.0, 2.0**-40, 5.0):
        assert est.visibility_irreversibility(x * unit, graph=NaturalVisibility()) == wanted
