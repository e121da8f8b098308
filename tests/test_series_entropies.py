"""Fuzzy, slope and singular value entropies against their definitions, and closed forms."""

import math
from collections import Counter

import numpy as np
import pytest

from ergodica import estimators as est


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def fuzzy_by_pairs(x, order, delay, exponent, radius):
    count = len(x) - order * delay
    sums = []
    for values in (order, order + 1):
        templates = np.stack([x[k * delay : k * delay + count] for k in range(values)], axis=1)
        templates -= templates.mean(axis=1, keepdims=True)
        distance = np.abs(templates[:, np.newaxis] - templates).max(axis=-1)
        sums.append(np.exp(-((distance / radius) ** exponent)).sum() - count)
    return math.log(sums[0] / sums[1])


@pytest.mark.parametrize("exponent", [2.0, 1.0, 3.5])
@pytest.mark.parametrize(("order", "delay"), [(1, 2), (2, 1), (4, 3)])
def test_fuzzy_entropy_is_that_of_all_pairs(order, delay, exponent):
    x = noise(2, 120)
    # sums in another order, and an exponential of its own
    wanted = [fuzzy_by_pairs(lane, order, delay, exponent, 0.2 * lane.std()) for lane in x]
    found = est.fuzzy_entropy(x, order=order, delay=delay, exponent=exponent)
    np.testing.assert_allclose(found, wanted, rtol=1e-11)


def test_a_steep_membership_is_a_match_or_none():
    """Templates less their means are compared by a box as p grows: sample entropy of the differences, for order 2."""
    x = noise(200)
    count, radius = len(x) - 2, 0.2 * x.std()
    near = np.abs(np.subtract.outer(np.diff(x)[:count], np.diff(x)[:count])) <= 2 * radius
    three = np.stack([x[:count], x[1:-1], x[2:]])
    three -= three.mean(axis=0)
    both = np.abs(three[:, :, np.newaxis] - three[:, np.newaxis]).max(axis=0) <= radius
    wanted = math.log((near.sum() - count) / (both.sum() - count))
    # at p = 4000 pairs within a part in 4000 of the radius count by halves: about one of the 600 and more
    assert est.fuzzy_entropy(x, exponent=4000.0) == pytest.approx(wanted, abs=0.05)


def test_far_memberships_underflow_to_nan():
    assert math.isnan(est.fuzzy_entropy(np.cumsum(4.0 ** np.arange(20)), absolute=1e-3))


def test_an_exponent_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="exponent: must be a positive number"):
        est.fuzzy_entropy(noise(50), exponent=0)


def slopes_by_hand(x, order, delay, steep, flat):
    """Shannon entropy of words made one sample at a time."""
    scale = x.std()

    def kind(rise):
        size = abs(rise)
        level = 2 if size > steep * scale else 1 if size > flat * scale else 0
        return math.copysign(level, rise) if level else 0

    number = len(x) - (order - 1) * delay
    words = Counter(
        tuple(kind(x[t + (j + 1) * delay] - x[t + j * delay]) for j in range(order - 1))
        for t in range(number)
    )
    shares = np.array(list(words.values())) / number
    return -(shares * np.log(shares)).sum(), words


@pytest.mark.parametrize(("order", "delay"), [(2, 1), (3, 1), (4, 3)])
def test_slope_entropy_is_that_of_words_made_by_hand(order, delay):
    x = np.round(2 * noise(3, 300)) / 2
    found = est.slope_entropy(x, order=order, delay=delay, steep=0.8, flat=0.3)
    wanted = [slopes_by_hand(lane, order, delay, 0.8, 0.3)[0] for lane in x]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_patterns_of_slopes_are_numbered_by_their_digits():
    x = noise(200)
    p = est.probabilities(x, space=est.SlopePatterns(order=3))
    _, words = slopes_by_hand(x, 3, 1, 1.0, 1e-3)
    wanted = np.zeros(25)
    for (first, second), count in words.items():
        wanted[int(5 * (first + 2) + second + 2)] = count / 198
    np.testing.assert_array_equal(p, wanted)


def test_slopes_of_a_constant_are_nan_and_of_a_ramp_are_one_pattern():
    assert math.isnan(est.slope_entropy(np.full(30, 0.1)))
    assert est.slope_entropy(np.arange(30.0)) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": 1}, "order: must be a whole number from 2 to 10"),
        ({"delay": 0}, "delay: must be a whole number"),
        ({"steep": -1.0}, "steep: must be a number"),
        ({"flat": 2.0}, "flat: must be at most steep"),
        ({"order": 5, "delay": 10}, "dim: must hold at least 41 samples"),
    ],
)
def test_slopes_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        est.slope_entropy(noise(40), **options)


@pytest.mark.parametrize(("order", "delay"), [(3, 1), (6, 4)])
def test_svd_entropy_is_that_of_the_embedding(order, delay):
    x = noise(2, 150).cumsum(axis=-1)
    number = x.shape[-1] - (order - 1) * delay
    wanted = []
    for lane in x:
        s = np.linalg.svd(
            np.stack([lane[k * delay : k * delay + number] for k in range(order)]), compute_uv=False
        )
        wanted.append(-(s / s.sum() * np.log(s / s.sum())).sum())
    np.testing.assert_allclose(est.svd_entropy(x, order=order, delay=delay), wanted, rtol=1e-12)


def test_a_sinusoid_moves_in_two_directions():
    x = np.sin(0.37 * np.arange(1000))
    p = est.probabilities(x, space=est.SingularValues(order=8))
    assert (p[:2] > 0.1).all()
    assert (p[2:] < 1e-13).all()
    assert 0.5 < est.svd_entropy(x, order=8) <= math.log(2)


def test_a_slope_on_a_threshold_counts_as_the_gentler_kind():
    space = est.SlopePatterns(order=2, flat=0.0, steep=1.0)
    x = np.array([0.0, 0.0, 1.0, 1.0, -1.0, -1.0])  # standard deviation sqrt(2/3)
    np.testing.assert_array_equal(space.encode(x[np.newaxis])[0], [2, 4, 2, 0, 2])
    x = np.array([-1.0, 1.0, 1.0, -1.0])  # standard deviation 1
    steep = est.SlopePatterns(order=2, flat=0.5, steep=2.0)
    np.testing.assert_array_equal(steep.encode(x[np.newaxis])[0], [3, 2, 1])
