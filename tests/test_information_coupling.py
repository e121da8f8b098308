"""Couplings of least entropy: marginals, the guarantee against all vertices, and codes against all partitions."""

import math
from itertools import combinations

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est

LN2 = math.log(2)


def entropy(p):
    p = np.asarray(p).ravel()
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def binary(p):
    return entropy([p, 1 - p])


def vertices(m, n):
    """Inverse of the constraints of each spanning tree of the entries, with the entries: all vertices of couplings."""
    rows = np.zeros((m + n - 1, m * n))
    for i in range(m):
        for j in range(n):
            rows[i, i * n + j] = 1
            if j < n - 1:
                rows[m + j, i * n + j] = 1
    for chosen in combinations(range(m * n), m + n - 1):
        square = rows[:, chosen]
        if abs(np.linalg.det(square)) > 0.5:  # totally unimodular: 0 or 1
            yield np.linalg.inv(square), chosen


def partitions(m):
    """Every partition of m outcomes as cell numbers."""

    def grow(cells):
        if len(cells) == m:
            yield cells
            return
        for cell in range(max(cells) + 2):
            yield from grow([*cells, cell])

    yield from grow([0])


def draws(m, n, count, seed=0):
    rng = np.random.default_rng(seed)
    for k in range(count):
        concentration = (0.3, 1.0, 5.0)[k % 3]
        yield rng.dirichlet(np.full(m, concentration)), rng.dirichlet(np.full(n, concentration))


@pytest.mark.parametrize(("m", "n"), [(2, 2), (2, 4), (3, 3), (3, 4)])
def test_the_greedy_coupling_is_within_a_bit_of_the_least_entropy(m, n):
    """Entropy is concave: its least value over the couplings is at a vertex, and all of them are tried."""
    trees = list(vertices(m, n))
    for p, q in draws(m, n, 30):
        right = np.concatenate([p, q[:-1]])
        least = min(entropy(one) for inverse, _ in trees if (one := inverse @ right).min() > -1e-12)
        found = entropy(est.minimum_entropy_coupling(p, q))
        assert least - 1e-12 <= found <= least + LN2
        assert found >= max(entropy(p), entropy(q)) - 1e-12


def test_marginals_are_kept_and_few_entries_are_used():
    for m, n in ((1, 4), (5, 3), (40, 60)):
        for p, q in draws(m, n, 6, seed=m):
            joint = est.minimum_entropy_coupling(3 * p, q / 7)
            # each entry is a difference of probabilities below 1
            np.testing.assert_allclose(joint.sum(axis=1), p, atol=1e-14)
            np.testing.assert_allclose(joint.sum(axis=0), q, atol=1e-14)
            assert (joint >= 0).all()
            assert np.count_nonzero(joint) <= m + n - 1


def test_equal_marginals_are_coupled_outcome_by_outcome():
    p = np.array([0.5, 0.125, 0.25, 0.125])
    np.testing.assert_array_equal(est.minimum_entropy_coupling(p, p), np.diag(p))


def test_a_code_takes_in_the_likeliest_that_leave_the_rate_and_then_the_least_likely():
    """The steps of the code written out, from each outcome that may be taken in first."""

    def best(p, rate):
        found = []
        for first in range(1, len(p)):
            alone = [i for i in range(1, len(p)) if i != first]

            def left(alone):
                return entropy([1 - p[alone].sum(), *p[alone]])

            for i in list(alone):
                if left([j for j in alone if j != i]) > rate:
                    alone.remove(i)
            while alone and left(alone) > rate:
                alone.pop()
            found.append(left(alone) if alone else 0.0)
        return max(found)

    rng = np.random.default_rng(9)
    for _ in range(60):
        p = np.sort(rng.dirichlet(np.full(7, 0.6)))[::-1]
        rate = rng.uniform(0.1, 0.9) * entropy(p)
        code = est.entropy_bounded_code(p, rate=rate).astype(int)
        # sums of up to 7 terms in another order
        assert entropy(np.bincount(code, weights=p)) == pytest.approx(best(p, rate), abs=1e-12)


@pytest.mark.parametrize("outcomes", [2, 3, 6])
def test_codes_are_within_the_binary_entropy_of_the_second_outcome_of_their_rate(outcomes):
    cells = [np.array(one) for one in partitions(outcomes)]
    for p, _ in draws(outcomes, 2, 15, seed=1):
        possible = [entropy(np.bincount(one, weights=p)) for one in cells]
        for share in (0.0, 0.2, 0.5, 0.8, 1.0):
            rate = share * entropy(p)
            code = est.entropy_bounded_code(p, rate=rate).astype(int)
            found = entropy(np.bincount(code, weights=p))
            assert found <= rate + 1e-12
            assert found <= max(h for h in possible if h <= rate + 1e-12) + 1e-12
            assert found > rate - binary(np.sort(p)[-2]) - 1e-12


def test_the_bottleneck_limits_information_and_keeps_the_marginals():
    for p, q in draws(5, 4, 12, seed=2):
        for rate in (0.0, 0.4, 0.9, 10.0):
            joint = est.bottleneck_coupling(p, q, rate=rate)
            np.testing.assert_allclose(joint.sum(axis=1), p, atol=1e-14)
            np.testing.assert_allclose(joint.sum(axis=0), q, atol=1e-14)
            shared = entropy(p) + entropy(q) - entropy(joint)
            assert shared <= rate + 1e-12
            code = est.entropy_bounded_code(p, rate=rate).astype(int)
            coded = np.bincount(code, weights=p)
            # what the code has of its coupling with q, since X tells of Y through it alone
            through = est.minimum_entropy_coupling(coded, q)
            assert shared == pytest.approx(entropy(coded) + entropy(q) - entropy(through), abs=1e-12)


def test_a_wide_bottleneck_is_none():
    p, q = next(draws(5, 4, 1, seed=3))
    joint = est.minimum_entropy_coupling(p, q)
    np.testing.assert_allclose(est.bottleneck_coupling(p, q, rate=entropy(p)), joint, atol=1e-15)
    np.testing.assert_allclose(est.bottleneck_coupling(p, q, rate=0.0), np.outer(p, q), atol=1e-15)
    in_bits = est.bottleneck_coupling(p, q, rate=0.5 / LN2, base=2)
    np.testing.assert_array_equal(in_bits, est.bottleneck_coupling(p, q, rate=0.5))


def test_outcomes_keep_their_names_and_other_dimensions_are_mapped():
    rng = np.random.default_rng(4)
    p = xr.DataArray(rng.random((3, 4)), dims=("member", "x"), coords={"x": [1.0, 2.0, 4.0, 8.0]})
    q = xr.DataArray(rng.random(5), dims="y")
    joint = est.minimum_entropy_coupling(p, q, dim=("x", "y"))
    assert joint.dims == ("member", "x", "y")
    np.testing.assert_array_equal(joint["x"], p["x"])
    np.testing.assert_array_equal(joint[1], est.minimum_entropy_coupling(p[1].values, q.values))
    assert est.minimum_entropy_coupling(p, p, dim="x").dims == ("member", "x", "x_2")
    lazy = est.minimum_entropy_coupling(p.chunk(member=1), q, dim=("x", "y"))
    xr.testing.assert_identical(lazy.compute(), joint)
    total = est.entropy(joint, dim=("x", "y"))
    assert float(total[2]) == pytest.approx(entropy(joint[2]), rel=1e-13)
    code = est.entropy_bounded_code(p, rate=0.5, dim="x")
    assert code.dims == ("member", "x")
    assert est.bottleneck_coupling(p, q, rate=0.5, dim=("x", "y")).dims == ("member", "x", "y")


def test_lanes_without_weight_are_nan_alone():
    p, q = np.array([[1.0, 2.0], [0.0, 0.0], [np.nan, 1.0]]), np.array([1.0, 1.0])
    joint = est.minimum_entropy_coupling(p, q)
    np.testing.assert_array_equal(joint[0], est.minimum_entropy_coupling(p[0], q))
    assert np.isnan(joint[1:]).all()
    assert np.isnan(est.entropy_bounded_code(p, rate=0.1)[1:]).all()


@pytest.mark.parametrize(
    ("error", "call", "words"),
    [
        (ValueError, lambda: est.minimum_entropy_coupling([1, -1], [1, 1]), "p: must hold weights >= 0, got -1"),
        (ValueError, lambda: est.bottleneck_coupling([1, 1], [1, 1], rate=-0.1), "rate: must be an entropy >= 0"),
        (ValueError, lambda: est.bottleneck_coupling([1, 1], [1, 1], rate=np.nan), "rate: must be an entropy >= 0"),
        (ValueError, lambda: est.entropy_bounded_code([1, 1], rate=1, base=0.5), "base: must be"),
        (TypeError, lambda: est.minimum_entropy_coupling([1j, 1], [1, 1]), "p: must hold weights >= 0, got complex"),
        (TypeError, lambda: est.entropy_bounded_code([1j, 1], rate=1), "p: must hold weights >= 0, got complex"),
        (TypeError, lambda: est.entropy_bounded_code(np.ma.ones(2), rate=1), "p: must not be a masked array"),
        (TypeError, lambda: est.minimum_entropy_coupling([1, 1], np.ma.ones(2)), "q: must not be a masked array"),
        (TypeError, lambda: est.minimum_entropy_coupling(xr.DataArray([1, 1]), [1, 1]), "both DataArrays"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(error, call, words):
    with pytest.raises(error, match=words):
        call()
