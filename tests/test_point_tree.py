"""Neighbours and counts among points of any dimension, against all pairs and against scipy's tree."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from ergodica.numerics import using_threads
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.point_tree import NORMS, count_near, kth_distances, mean_logarithms, nearest_points

ORDERS = {"maximum": np.inf, "euclid": 2, "manhattan": 1}


def all_pairs(x, norm):
    """Distances `(n, n)`, added up axis by axis."""
    total = np.zeros((len(x), len(x)))
    for component in x.T:
        gap = np.abs(component[:, np.newaxis] - component)
        total = np.maximum(total, gap) if norm == "maximum" else total + (gap**2 if norm == "euclid" else gap)
    return np.sqrt(total) if norm == "euclid" else total


def by_sorting(x, k, norm):
    distances = all_pairs(x, norm)
    np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1, kind="stable")[
        :, :k
    ]  # stable: of equally near ones the lower first
    return np.take_along_axis(distances, order, 1), order


def clouds():
    """Shapes, scales and ties that a tree can stumble over."""
    rng = np.random.default_rng(3)
    yield "two points", rng.normal(size=(2, 3)), 1
    yield "one full leaf", rng.normal(size=(8, 2)), 7
    yield "one point more than a leaf", rng.normal(size=(9, 1)), 8
    yield "one point more than a node", rng.normal(size=(65, 4)), 5
    yield "d = 1", rng.normal(size=(600, 1)), 3
    yield "d = 20", rng.normal(size=(300, 20)), 4
    yield "small unit", 2.0**-40 * rng.normal(size=(200, 3)), 3
    yield "large unit", 2.0**40 * rng.normal(size=(200, 3)), 3
    yield "far from the origin", 1e6 + rng.normal(size=(200, 3)), 3
    yield "heavy tails", rng.standard_cauchy(size=(500, 2)) ** 3, 6
    yield "a grid, full of ties", rng.permutation(np.argwhere(np.ones((7, 7, 7))).astype(float)), 9
    yield "few places with many points", rng.integers(0, 3, size=(400, 2)).astype(float), 12
    yield "all in one place", np.zeros((100, 2)), 5
    yield "on a line", np.linspace(0, 1, 300)[:, np.newaxis] * np.ones(3), 4
    yield "many neighbours", rng.normal(size=(200, 2)), 199


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("x", "k"), [c[1:] for c in clouds()], ids=[c[0] for c in clouds()])
def test_neighbours_and_counts_are_those_of_all_pairs(x, k, norm):
    distances, numbers = nearest_points(x[np.newaxis], k, norm)
    near, order = by_sorting(x, k, norm)
    # the sum of squares is the same operation by operation; a scale by a power of two changes no bit
    np.testing.assert_array_equal(distances[0], near)
    if norm != "euclid":  # two squares can have one root: numbers are ordered by squares
        np.testing.assert_array_equal(numbers[0], order)
    kth, copies = kth_distances(x[np.newaxis], k, norm)
    np.testing.assert_array_equal(kth[0], near[:, -1])
    assert copies[0] == np.count_nonzero(near[:, 0] == 0)
    means, twins = mean_logarithms(x, k, norm)
    assert twins == copies[0]
    wanted = np.full(k, np.nan) if twins else np.log(near).mean(0)
    np.testing.assert_allclose(means, wanted, rtol=1e-12, atol=1e-12)
    pairs = all_pairs(x, norm)
    np.fill_diagonal(pairs, np.inf)
    for radii in (near[:, -1], near[:, 0], np.full(len(x), np.median(near)), np.zeros(len(x))):
        strict = count_near(x[np.newaxis], radii[np.newaxis], norm)
        reached = count_near(x[np.newaxis], radii[np.newaxis], norm, strict=False)
        np.testing.assert_array_equal(strict[0], (pairs < radii[:, np.newaxis]).sum(1))
        np.testing.assert_array_equal(reached[0], (pairs <= radii[:, np.newaxis]).sum(1))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("d", [1, 3, 7])
def test_larger_clouds_agree_with_scipy(d, norm):
    x = np.random.default_rng(d).normal(size=(5_000, d))
    distances, numbers = nearest_points(x[np.newaxis], 4, norm)
    wanted, order = cKDTree(x).query(x, 5, p=ORDERS[norm])
    np.testing.assert_allclose(distances[0], wanted[:, 1:], rtol=1e-13)  # sums in another order
    np.testing.assert_array_equal(numbers[0], order[:, 1:])
    tree = cKDTree(x)
    radii = 1.0000001 * distances[0, :, 2]  # off every point
    counts = tree.query_ball_point(x, radii, p=ORDERS[norm], return_length=True) - 1
    np.testing.assert_array_equal(count_near(x[np.newaxis], radii[np.newaxis], norm)[0], counts)


@pytest.mark.parametrize("norm", NORMS)
def test_threads_and_lanes_change_no_bit(norm):
    x = np.random.default_rng(0).normal(size=(9, 700, 3))
    together, numbers = nearest_points(x, 3, norm)  # lanes shared among threads
    radii = together[..., -1]
    counts = count_near(x, radii, norm)
    for threads in (1, 2):
        with using_threads(threads):
            for lane in (0, 8):  # blocks of one lane shared among threads
                one = slice(lane, lane + 1)
                alone = nearest_points(x[one], 3, norm)
                np.testing.assert_array_equal(alone[0], together[one])
                np.testing.assert_array_equal(alone[1], numbers[one])
                np.testing.assert_array_equal(kth_distances(x[one], 3, norm)[0], radii[one])
                np.testing.assert_array_equal(count_near(x[one], radii[one], norm), counts[one])


@pytest.mark.parametrize("exponent", [-900, -40, 40, 900])
def test_a_power_of_two_scales_distances_and_changes_no_bit(exponent):
    x = np.random.default_rng(1).normal(size=(1, 300, 4))
    for norm in NORMS:
        before, numbers = nearest_points(x, 3, norm)
        after, same = nearest_points(np.ldexp(x, exponent), 3, norm)
        np.testing.assert_array_equal(after, np.ldexp(before, exponent))
        np.testing.assert_array_equal(same, numbers)


def test_a_norm_or_a_k_that_cannot_be_is_named():
    x = np.zeros((1, 5, 2))
    with pytest.raises(ParameterError, match="k: must be from 1 to the number of other points, 4, got 5"):
        nearest_points(x, 5)
    with pytest.raises(ParameterError, match=r"k: .*got 0"):
        kth_distances(x, 0)
    with pytest.raises(ParameterError, match="norm: must be one of maximum, euclid, manhattan, got 'l3'"):
        count_near(x, np.ones((1, 5)), "l3")


def test_no_clouds_give_no_neighbours():
    assert nearest_points(np.zeros((0, 5, 2)), 2)[0].shape == (0, 5, 2)
    assert count_near(np.zeros((0, 5, 2)), np.zeros((0, 5))).shape == (0, 5)
