"""Correlation entropy, errors and the range of radii against all pairs of vectors in plain numpy."""

import math

import numpy as np
import pytest

from ergodica import estimators as est
from ergodica.estimators.recurrence.scaling import scaling_range

RADII = np.array([4.0, 8.0, 12.0])


def shares(x, order, delay, theiler, left_out=()):
    """Correlation sums of 0, 1, ..., order values, over the vectors that have all of them."""
    n = len(x) - (order - 1) * delay
    columns = np.stack([x[k * delay : k * delay + n] for k in range(order)])
    i, j = np.triu_indices(n, theiler + 1)
    kept = ~np.isin(i, left_out) & ~np.isin(j, left_out)
    apart = np.maximum.accumulate(np.abs(columns[:, i[kept]] - columns[:, j[kept]]), axis=0)
    return [np.ones(len(RADII)), *((one[:, np.newaxis] <= RADII).mean(axis=0) for one in apart)]


@pytest.mark.parametrize(("order", "delay", "theiler", "base"), [(1, 1, 0, math.e), (3, 2, 4, 2.0)])
def test_entropy_and_its_error_are_those_of_all_pairs(order, delay, theiler, base):
    x = 8 * np.random.default_rng(order).normal(size=400)
    step = 0.25 * delay * math.log(base)
    found = est.correlation_entropy(
        x, order=order, delay=delay, theiler=theiler, dt=0.25, base=base, absolute=RADII
    )

    def entropy(left_out=()):
        sums = shares(x, order + 1, delay, theiler, left_out)
        return np.log(sums[-2] / sums[-1]).mean() / step, np.log(sums[-3] / sums[-2]).mean() / step

    whole, lower = entropy()
    np.testing.assert_allclose(found.entropy, whole, rtol=1e-12)
    np.testing.assert_allclose(found.lower_order_entropy, lower, rtol=1e-12)
    edges = np.linspace(0, len(x) - order * delay, 17).astype(int)
    parts = np.array([entropy(np.arange(*edges[k : k + 2]))[0] for k in range(16)])
    np.testing.assert_allclose(found.standard_error, math.sqrt(15) * parts.std(), rtol=1e-9)
    assert (found.radius_low, found.radius_high) == (RADII[0], RADII[-1])


def test_the_range_begins_at_20_pairs_and_ends_at_a_share_of_them_all_in_short_series():
    within = np.arange(0, 4951, 10)
    used = within[scaling_range(within, 100, 4950)]
    assert (used[0], used[-1]) == (20, 240)  # 5 % of 4950 pairs are 247.5
    used = within[scaling_range(within, 100, 10**6)]
    assert used[-1] == 2000  # 20 a vector
    used = within[scaling_range(within, 1000, 10**6)]
    assert used[0] == 100  # a tenth of one a vector
