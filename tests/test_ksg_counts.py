"""Estimates from neighbours are those of all pairs, for any arrangement of samples, on any number of threads."""

import numpy as np
import pytest
from neighbour_counts import conditional, first_algorithm, second_algorithm

from ergodica import estimators as est
from ergodica.estimators.continuous.digamma import digamma, digamma_table
from ergodica.estimators.continuous.ranks import ranks
from ergodica.numerics import using_threads

EXACT = 1e-12  # counts are the same whole numbers; sums of 300 terms differ by round-off alone
RAW = {"standardize": False}


def planes(n, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    yield "correlated", a, 0.6 * a + 0.8 * b
    yield "line", a, 2 * a
    yield "wide", 1e9 * a, b
    yield "tall", a, 1e9 * b
    yield "heavy tails", *rng.standard_cauchy((2, n))
    yield "rounded", a.round(3), b.round(3)
    yield "waves", a, np.sin(100 * a) + 1e-3 * b
    yield "clump", *(np.array([a, b]) * np.where(rng.random(n) < 0.5, 1e-6, 1.0))
    yield "two values", np.sign(a), b
    yield "circle", np.cos(a), np.sin(a)


@pytest.mark.filterwarnings("ignore:values are rounded")
@pytest.mark.parametrize("n", [4, 9, 60, 300])
@pytest.mark.parametrize("k", [1, 3, 8])
def test_two_scalars_have_the_counts_of_all_pairs(n, k):
    for name, x, y in planes(n):
        if k < n:
            found = est.mutual_information(x, y, estimator=est.KSG(k=k, **RAW))
            wanted = first_algorithm([x[:, None], y[:, None]], k)
            assert found == pytest.approx(wanted, abs=EXACT), name


@pytest.mark.parametrize(("d_x", "d_y"), [(1, 2), (3, 1), (2, 4)])
@pytest.mark.parametrize(
    ("kind", "brute"), [(est.KSG, first_algorithm), (est.KSG2, second_algorithm)], ids=["first", "second"]
)
def test_vectors_have_the_counts_of_all_pairs(d_x, d_y, kind, brute):
    rng = np.random.default_rng(d_x)
    x, y = rng.normal(size=(2, 200, d_x)), rng.normal(size=(2, 200, d_y))
    y[..., 0] += x[..., 0]
    for k in (1, 4):
        found = kind(k=k, **RAW).mutual_information(x, y)
        assert found == pytest.approx([brute([x[i], y[i]], k) for i in range(2)], abs=EXACT)


@pytest.mark.filterwarnings("ignore:values ")
def test_rectangles_of_two_scalars_have_the_counts_of_all_pairs():
    for name, x, y in planes(150):
        found = est.mutual_information(x, y, estimator=est.KSG2(**RAW))
        wanted = second_algorithm([x[:, None], y[:, None]], 3)
        assert found == pytest.approx(wanted, abs=EXACT), name


@pytest.mark.parametrize(
    ("kind", "brute"), [(est.KSG, first_algorithm), (est.KSG2, second_algorithm)], ids=["first", "second"]
)
def test_several_variables_have_the_counts_of_all_pairs(kind, brute):
    rng = np.random.default_rng(3)
    parts = [rng.normal(size=(1, 200, d)) for d in (1, 2, 1)]
    parts[2] += parts[0]
    found = kind(**RAW).multi_information(parts)
    assert found == pytest.approx([brute([part[0] for part in parts], 3)], abs=EXACT)


def test_conditional_form_has_the_counts_of_all_pairs():
    rng = np.random.default_rng(4)
    x, y, z = (rng.normal(size=(2, 200, d)) for d in (1, 2, 1))
    y += x + z
    found = est.KSG(k=3, **RAW).conditional_mutual_information(x, y, z)
    assert found == pytest.approx([conditional(x[i], y[i], z[i], 3) for i in range(2)], abs=EXACT)


def test_components_are_divided_by_their_standard_deviations():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(1, 150, 2)) * [1e-3, 50.0], rng.normal(size=(1, 150, 1))
    found = est.KSG().mutual_information(x, y)
    wanted = first_algorithm([(x / x.std(axis=1, keepdims=True))[0], (y / y.std())[0]], 3)
    assert found == pytest.approx([wanted], abs=EXACT)


@pytest.mark.parametrize("kind", [est.KSG, est.KSG2])
@pytest.mark.parametrize("factor", [1e-12, 1e12, 1e-200, 1e200])
def test_the_unit_of_one_side_changes_nothing(kind, factor):
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(1, 300, 1)), rng.normal(size=(1, 300, 1))
    y += x
    # one sample may change sides where a factor rounds: psi changes by 1/n_x at most, over n
    for first, second in ((factor * x, y), (x, factor * y)):
        changed = kind().mutual_information(first, second)
        assert changed == pytest.approx(kind().mutual_information(x, y), abs=5e-3)


def test_threads_and_other_lanes_change_no_bit():
    rng = np.random.default_rng(7)
    x, y, z = rng.normal(size=(3, 9, 3000, 1))
    y += x
    wide = np.concatenate([x, z], axis=-1)

    def all_of(lanes):
        part = slice(lanes, lanes + 1) if isinstance(lanes, int) else lanes
        return np.stack(
            [
                est.KSG().mutual_information(x[part], y[part]),
                est.KSG2().mutual_information(wide[part], y[part]),
                est.KSG().conditional_mutual_information(x[part], y[part], z[part]),
            ]
        )

    with using_threads(1):
        together = all_of(slice(None))
    with using_threads(2):
        np.testing.assert_array_equal(all_of(slice(None)), together)
        np.testing.assert_array_equal(all_of(4)[:, 0], together[:, 4])


def test_order_of_samples_and_of_sides_changes_no_bit_of_two_scalars():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(2, 1, 500, 1))
    y += x
    order = rng.permutation(500)
    found = est.KSG(**RAW).mutual_information(x, y)
    assert est.KSG(**RAW).mutual_information(x[:, order], y[:, order]) == found
    assert est.KSG(**RAW).mutual_information(y, x) == found


def test_digamma_is_that_of_scipy():
    from scipy.special import digamma as reference

    m = np.arange(1, 5000)
    np.testing.assert_allclose(digamma_table(4999)[1:], reference(m), rtol=4e-16, atol=4e-16)
    for x in (0.5, 1.0, 3.25, 17.5, 1e4):
        assert digamma(x) == pytest.approx(reference(x), rel=1e-14)


def test_ranks_are_those_of_a_stable_sort():
    rng = np.random.default_rng(9)
    x = rng.normal(size=(3, 400)) * 10.0 ** rng.integers(-300, 300, (3, 400))
    x[1] = x[1].round(1)
    x[2, ::7] = 0.0
    x[2, 3::7] = -0.0
    found = np.empty(x.shape, np.int64)
    ranks(x, found)
    order = np.argsort(x, axis=1, kind="stable")
    np.testing.assert_array_equal(found, np.argsort(order, axis=1))
