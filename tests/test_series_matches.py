"""Sample, cross-sample and approximate entropy against all pairs of templates, compared one by one."""

import math

import numpy as np
import pytest

from ergodica import estimators as est
from ergodica.estimators.series.template_matches import Templates, cross_matches, self_matches
from ergodica.numerics import using_threads


def templates_that_match(x, y, values, count, delay, radius):
    """Whether each template of x lies within `radius` of each of y, by the definition."""
    near = np.ones((count, count), bool)
    for k in range(0, values * delay, delay):
        near &= np.abs(x[k : k + count, np.newaxis] - y[np.newaxis, k : k + count]) <= radius
    return near


def sample_by_pairs(x, order, delay, radius):
    count = len(x) - order * delay
    shorter, longer = (
        (templates_that_match(x, x, values, count, delay, radius).sum() - count) / 2
        for values in (order, order + 1)
    )
    return -math.log(longer / shorter)


def approximate_by_pairs(x, order, delay, radius):
    def phi(values):
        count = len(x) - (values - 1) * delay
        near = templates_that_match(x, x, values, count, delay, radius)
        return np.log(near.sum(axis=1) / count).mean()

    return phi(order) - phi(order + 1)


def cross_by_pairs(x, y, order, delay, radius):
    x, y = ((one - one.mean()) / one.std() for one in (x, y))
    count = len(x) - order * delay
    shorter, longer = (
        templates_that_match(x, y, values, count, delay, radius).sum() for values in (order, order + 1)
    )
    return -math.log(longer / shorter)


def walks(lanes, n, seed=0):
    """Walks that return, so that templates of many values match."""
    return np.sin(0.3 * np.random.default_rng(seed).normal(size=(lanes, n)).cumsum(axis=-1))


@pytest.mark.parametrize("delay", [1, 3])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_entropies_are_those_of_all_pairs(order, delay):
    x, y = walks(2, 230), walks(2, 230, seed=1)
    options = {"order": order, "delay": delay}
    # counts are the same numbers: what is left is the rounding of logarithms
    wanted = [sample_by_pairs(lane, order, delay, 0.2 * lane.std()) for lane in x]
    np.testing.assert_allclose(est.sample_entropy(x, **options), wanted, rtol=1e-13)
    wanted = [approximate_by_pairs(lane, order, delay, 0.2 * lane.std()) for lane in x]
    np.testing.assert_allclose(est.approximate_entropy(x, **options), wanted, rtol=1e-10)
    wanted = [cross_by_pairs(one, other, order, delay, 0.2) for one, other in zip(x, y, strict=True)]
    np.testing.assert_allclose(est.cross_sample_entropy(x, y, **options), wanted, rtol=1e-12)


@pytest.mark.parametrize("radius", [0.0, 0.5, 1.0, 2.0, 30.0])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_counts_of_rounded_data_are_exact_at_the_tolerance_itself(order, radius):
    """Data on a grid have many differences that are the tolerance: they match, as <= says."""
    rng = np.random.default_rng(int(radius) + order)
    templates = Templates(order=order, tolerance=1.0, absolute=None, delay=2)
    for n in (10, 61, 333):
        x, y = np.round(2 * rng.normal(size=(2, 1, n))) / 2
        count = n - 2 * order
        size = np.array([radius])
        for values, own in ((order, 0), (order + 1, 1)):
            near = templates_that_match(x[0], x[0], values, count, 2, radius)
            assert self_matches(x, size, templates, once=True)[0, own].sum() == (near.sum() - count) // 2
            np.testing.assert_array_equal(
                self_matches(x, size, templates, once=False)[0, own], near.sum(axis=1)
            )
            between = templates_that_match(x[0], y[0], values, count, 2, radius)
            np.testing.assert_array_equal(cross_matches(x, y, size, templates)[0, own], between.sum(axis=1))


def test_many_strips_count_as_one():
    """Long enough for several strips, so that inner ones, counted without a look at the first value, take part."""
    x = np.random.default_rng(3).normal(size=6000)
    count, radius = len(x) - 2, 0.9
    found = self_matches(
        x[np.newaxis],
        np.array([radius]),
        Templates(order=2, tolerance=1.0, absolute=None, delay=1),
        once=True,
    )
    for values in (2, 3):
        total = 0
        for begin in range(0, count, 500):
            part = slice(begin, min(begin + 500, count))
            near = np.ones((part.stop - part.start, count), bool)
            for k in range(values):
                near &= (
                    np.abs(x[part.start + k : part.stop + k, np.newaxis] - x[np.newaxis, k : k + count])
                    <= radius
                )
            total += near.sum()
        assert found[0, values - 2].sum() == (total - count) // 2


def test_threads_and_batches_change_no_bit():
    x = np.random.default_rng(4).normal(size=(5, 3000))
    with using_threads(1):
        alone = [est.sample_entropy(lane) for lane in x]
        fuzzy = est.fuzzy_entropy(x[:, :300])
    with using_threads(2):
        np.testing.assert_array_equal(est.sample_entropy(x), alone)
        np.testing.assert_array_equal(est.fuzzy_entropy(x[:, :300]), fuzzy)


def test_a_tolerance_in_units_of_the_data_is_the_same_one():
    x = 7.0 * walks(1, 300)[0]
    for function in (est.sample_entropy, est.approximate_entropy, est.fuzzy_entropy):
        assert function(x, absolute=0.3 * x.std()) == function(x, tolerance=0.3)


@pytest.mark.parametrize("scale", [1e-160, 1e-12, 1e12, 1e160])
def test_the_unit_of_the_data_does_not_matter(scale):
    x = walks(1, 300)[0]
    for function in (est.sample_entropy, est.approximate_entropy, est.fuzzy_entropy, est.slope_entropy):
        # rounding of the data moves no difference across the tolerance in this sample
        assert function(scale * x) == pytest.approx(function(x), rel=1e-9)


def test_a_periodic_series_has_none():
    x = np.tile([0.0, 3.0, 1.0, 2.0, 5.0], 40)
    assert est.sample_entropy(x) == 0


def test_the_value_of_independent_numbers_grows_with_a_smaller_tolerance_as_their_closed_form():
    x = np.random.default_rng(5).normal(size=20000)
    for r in (0.1, 0.2, 0.5):
        # four standard errors of the share A/B, of which sqrt(1/A) is most: A is n^2 erf(r/2)^3/2
        error = 4 / math.sqrt(0.5 * 2e4**2 * math.erf(r / 2) ** 3) + 4 / math.sqrt(2e4)
        assert est.sample_entropy(x, tolerance=r) == pytest.approx(-math.log(math.erf(r / 2)), abs=error)


def test_no_matches_is_nan():
    assert math.isnan(est.sample_entropy(np.arange(20.0) ** 2, tolerance=1e-6))  # none at all
    x = np.array([0.0, 0.0, 5.0, 100.0, 0.0, 0.0, 50.0, -70.0, 200.0])
    assert math.isnan(est.sample_entropy(x, absolute=1.0))  # one pair, which does not go on
    assert math.isnan(est.sample_entropy(np.full(50, 0.1)))
    assert math.isnan(est.approximate_entropy(np.full(50, 0.1)))
    assert math.isnan(est.fuzzy_entropy(np.full(50, 0.1)))
    assert math.isnan(est.cross_sample_entropy(np.full(50, 0.1), np.arange(50.0)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": 0}, "order: must be a whole number from 1 on, got 0"),
        ({"order": 2.0}, "order: must be a whole number"),
        ({"delay": -1}, "delay: must be a whole number"),
        ({"tolerance": 0.0}, "tolerance: must be a positive number"),
        ({"absolute": math.nan}, "absolute: must be a positive number"),
        ({"base": 1.0}, "base: must be"),
        ({"order": 9, "delay": 10}, "dim: must hold at least 92 samples"),
    ],
)
def test_arguments_out_of_range_are_refused(options, message):
    for function in (est.sample_entropy, est.approximate_entropy, est.fuzzy_entropy):
        with pytest.raises(ValueError, match=message):
            function(walks(1, 60)[0], **options)


def test_whole_numbers_are_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"astype\(float\)"):
        est.sample_entropy(np.arange(100) % 7)
