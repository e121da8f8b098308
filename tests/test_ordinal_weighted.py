"""Weighted windows: sums that numpy makes one window at a time."""

import math

import numpy as np
import pytest

from ergodica import estimators as est

RNG = np.random.default_rng(2)


def windows(x, order, delay):
    """`(windows, order)`."""
    reach = (order - 1) * delay
    return np.stack([x[t : t + reach + 1 : delay] for t in range(len(x) - reach)])


def summed(x, order, delay, weight):
    """Shares of the patterns, each window by its weight."""
    codes = est.OrdinalPatterns(order=order, delay=delay).encode(x[np.newaxis])[0]
    total = np.bincount(codes, weight(windows(x, order, delay)), minlength=math.factorial(order))
    return total / total.sum()


def amplitude(share):
    def weight(w):
        steps = np.abs(np.diff(w, axis=-1)).mean(axis=-1)
        return share * np.abs(w).mean(axis=-1) + (1 - share) * steps

    return weight


@pytest.mark.parametrize(("order", "delay", "n"), [(2, 1, 40), (3, 5, 2500), (5, 1, 2100), (7, 2, 100)])
def test_weights_are_those_of_numpy_window_by_window(order, delay, n):
    x = np.round(RNG.normal(size=n), 1)
    cases = [(est.WeightedOrdinalPatterns(order=order, delay=delay), lambda w: w.var(axis=-1))]
    for share in (0.0, 0.3, 1.0):
        space = est.AmplitudeAwareOrdinalPatterns(order=order, delay=delay, level_share=share)
        cases.append((space, amplitude(share)))
    for space, weight in cases:
        found = est.probabilities(x, space=space)
        # sums of up to 2500 weights, each with a few units of round-off
        np.testing.assert_allclose(found, summed(x, order, delay, weight), rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(est.probabilities(np.stack([x, x]), space=space)[1], found)


@pytest.mark.parametrize("exponent", [-1000, 1000])
def test_the_unit_of_the_data_does_not_matter(exponent):
    x = RNG.normal(size=200)
    for verb in (est.weighted_permutation_entropy, est.amplitude_aware_permutation_entropy):
        assert verb(x * 2.0**exponent, order=3) == verb(x, order=3)  # powers of two cost no digit


def test_a_far_level_costs_no_digits_of_the_variance():
    x = RNG.integers(-50, 50, size=500) / 64  # exact in double precision, also 2^30 away
    near = est.weighted_permutation_entropy(x, order=4)
    assert est.weighted_permutation_entropy(x + 2.0**30, order=4) == near


def test_quiet_stretches_add_little():
    """A slow bump on noise a million times smaller: nearly all weight is on windows that rise or fall throughout."""
    x = 1e-6 * RNG.normal(size=2000)
    x[1000:1101] = 50 - np.abs(np.arange(101) - 50)
    assert est.permutation_entropy(x, order=3) > 1.7
    # 98 such windows weigh 2/3 each, one at the top and two at the ends 2/9: these add -3 p ln p = .06, p = .0034
    assert est.weighted_permutation_entropy(x, order=3) == pytest.approx(math.log(2), abs=0.07)


def test_steps_alone_are_blind_to_the_level():
    x = RNG.integers(-50, 50, size=500) / 64
    for share, same in ((0.0, True), (0.5, False)):
        values = [
            est.amplitude_aware_permutation_entropy(x + level, order=3, level_share=share)
            for level in (0.0, 4.0)
        ]
        assert bool(values[0] == values[1]) is same


@pytest.mark.parametrize("share", [-0.1, 1.5, math.nan, "half", True])
def test_a_level_share_outside_0_to_1_is_refused(share):
    with pytest.raises(ValueError, match=r"level_share: must be from 0 to 1, got .*; 0.5 is usual"):
        est.amplitude_aware_permutation_entropy(np.arange(10.0), level_share=share)
