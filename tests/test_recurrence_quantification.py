"""Recurrence quantification against the plot itself, closed forms and limits."""

import numpy as np
import pytest
import xarray as xr
from orbits_of_maps import circle

from ergodica import estimators as est
from ergodica.estimators.recurrence.line_lengths import line_lengths
from ergodica.numerics.threads import using_threads

MEASURES = (
    "recurrence_rate", "determinism", "mean_diagonal", "longest_diagonal", "diagonal_entropy", "divergence",
    "laminarity", "trapping_time", "longest_vertical", "ratio", "radius",
)  # fmt: skip


def plot(points, radius, theiler, norm):
    """The recurrence plot of `points` (n, d), empty within the window."""
    apart = np.abs(points[:, None] - points[None])
    near = apart.max(-1) <= radius if norm == "max" else (apart**2).sum(-1) <= radius**2
    i, j = np.indices(near.shape)
    return near & (abs(i - j) > theiler)


def runs(flags):
    """Lengths of the runs of ones."""
    padded = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    return np.flatnonzero(padded == -1) - np.flatnonzero(padded == 1)


def lines(recurrences, theiler):
    """Diagonal lines above the main diagonal, and vertical lines."""
    n = len(recurrences)
    diagonal = [runs(np.diagonal(recurrences, k)) for k in range(theiler + 1, n)]
    vertical = [runs(recurrences[:, k]) for k in range(n)]
    return np.concatenate(diagonal), np.concatenate(vertical)


@pytest.mark.parametrize("norm", ["max", "euclidean"])
@pytest.mark.parametrize(
    ("n", "theiler", "radius"), [(60, 0, 0.8), (61, 3, 0.9), (700, 1, 0.5), (9, 2, 0.9), (5, 0, 99.0)]
)
def test_lines_are_those_of_the_plot(n, theiler, radius, norm):
    columns = np.cumsum(np.random.default_rng(n).normal(size=(2, 2, n)) * 0.3, axis=-1)
    radii = np.array([radius, 2 * radius])
    diagonals, verticals = line_lengths(columns, radii, theiler, norm)
    for lane in range(2):
        found = lines(plot(columns[lane].T, radii[lane], theiler, norm), theiler)
        for counts, lengths in zip((diagonals[lane], verticals[lane]), found, strict=True):
            np.testing.assert_array_equal(counts, np.bincount(lengths, minlength=n + 1))


def test_measures_are_those_of_the_lines_of_the_plot():
    rng = np.random.default_rng(1)
    x = np.cumsum(rng.normal(size=150))
    found = est.recurrence_quantification(x, threshold=est.FixedRadius(value=1.0), theiler=2, shortest=3)
    recurrences = plot(x[:, None], 1.0, 2, "max")
    diagonal, vertical = lines(recurrences, 2)
    long, tall = diagonal[diagonal >= 3], vertical[vertical >= 3]
    p = np.unique(long, return_counts=True)[1] / long.size
    wanted = {
        "recurrence_rate": recurrences.sum() / (148 * 147),
        "determinism": long.sum() / diagonal.sum(),
        "mean_diagonal": long.mean(),
        "longest_diagonal": diagonal.max(),
        "diagonal_entropy": -(p * np.log(p)).sum(),
        "divergence": 1 / diagonal.max(),
        "laminarity": tall.sum() / vertical.sum(),
        "trapping_time": tall.mean(),
        "longest_vertical": vertical.max(),
        "ratio": long.sum() / diagonal.sum() / (recurrences.sum() / (148 * 147)),
        "radius": 1.0,
    }
    assert tuple(found) == MEASURES
    for name, value in wanted.items():  # sums of the same whole numbers
        np.testing.assert_allclose(found[name], value, rtol=1e-13, err_msg=name)


def test_independent_points_have_the_determinism_of_chance():
    """Cells of a diagonal are independent: a line of s or more has a share p^(s-1) (s - (s-1) p) of the recurrences.

    On a circle every point has as many neighbours, so that the same holds for vertical lines.
    """
    points = circle(6, 1200, seed=2)
    for shortest in (2, 3):
        found = est.recurrence_quantification(
            points,
            feature_dim=-1,
            threshold=est.RecurrenceRate(value=0.2),
            norm="euclidean",
            shortest=shortest,
        )
        p = found.recurrence_rate
        share = p ** (shortest - 1) * (shortest - (shortest - 1) * p)
        # neighbours in time that are near in space are near to all points alike, so that laminarity varies more
        for name, most in (("determinism", 0.003), ("laminarity", 0.012)):
            error = (found[name] - share).std(ddof=1) / np.sqrt(6)
            assert error < most
            assert abs(float((found[name] - share).mean())) < 5 * error + 1e-3  # ends of lines: 2/n
        mean = shortest + p / (1 - p)  # what follows the first s is geometric
        np.testing.assert_allclose(found.mean_diagonal, mean, rtol=0.02)


def test_a_sinusoid_is_all_diagonals_and_noise_is_not():
    x = np.sin(2 * np.pi * np.arange(1000) / 50.0 + 0.1)
    threshold = est.RecurrenceRate(value=0.05)
    periodic = est.recurrence_quantification(x, order=2, delay=12, threshold=threshold)
    noise = est.recurrence_quantification(
        np.random.default_rng(3).normal(size=1000), order=2, delay=12, threshold=threshold
    )
    assert periodic.determinism > 0.99
    assert periodic.longest_diagonal == 988 - 50  # one period apart the orbit repeats from begin to end
    assert noise.determinism < 0.15
    assert noise.longest_diagonal < 8
    assert periodic.divergence < 0.01 < noise.divergence


def test_states_that_stay_make_vertical_lines():
    x = np.repeat(np.random.default_rng(4).normal(size=40), 25)
    found = est.recurrence_quantification(x, threshold=est.FixedRadius(value=1e-9))
    # a state of 25: every column has a line above and one below the main diagonal, two of them of one cell
    np.testing.assert_allclose(found.laminarity, 1 - 2 / 600, rtol=1e-14)
    assert found.longest_vertical == 24
    assert found.longest_diagonal == 24


@pytest.mark.parametrize("rate", [0.001, 0.05, 0.5])
def test_a_rate_that_is_asked_for_is_met(rate):
    x = np.random.default_rng(5).standard_cauchy(size=(3, 400))
    found = est.recurrence_quantification(x, threshold=est.RecurrenceRate(value=rate), theiler=1)
    pairs = 399 * 398 // 2
    np.testing.assert_array_equal(found.recurrence_rate, np.ceil(rate * pairs) / pairs)
    for lane in range(3):  # the radius is between that distance and the next larger one
        apart = np.abs(x[lane, :, None] - x[lane])[np.triu_indices(400, 2)]
        low, high = np.sort(apart)[[int(np.ceil(rate * pairs)) - 1, int(np.ceil(rate * pairs))]]
        assert low <= found.radius[lane] < high


def test_equal_distances_take_the_smallest_rate_that_reaches_what_was_asked():
    x = np.tile([0.0, 1.0, 3.0, 7.0], 50)
    found = est.recurrence_quantification(x, threshold=est.RecurrenceRate(value=0.1))
    assert found.recurrence_rate == 4 * (50 * 49 / 2) / (200 * 199 / 2)  # all at distance 0
    found = est.recurrence_quantification(x, threshold=est.RecurrenceRate(value=0.3))
    assert found.recurrence_rate == (4 * (50 * 49 / 2) + 2500) / (200 * 199 / 2)  # and 0 with 1


def test_lanes_and_threads_change_nothing():
    x = np.random.default_rng(6).normal(size=(40, 600))
    options = {"threshold": est.RecurrenceRate(value=0.1), "order": 2}
    together = est.recurrence_quantification(x, **options)
    with using_threads(1):
        xr.testing.assert_identical(together, est.recurrence_quantification(x, **options))
    alone = est.recurrence_quantification(x[11], **options)
    for name in MEASURES:
        np.testing.assert_array_equal(together[name][11], alone[name])


@pytest.mark.parametrize("unit", [1e-12, 1e12])
@pytest.mark.parametrize("threshold", [est.DeviationRadius(), est.RecurrenceRate(value=0.1)])
def test_the_unit_changes_the_radius_alone(unit, threshold):
    x = np.random.default_rng(7).normal(size=400)
    plain = est.recurrence_quantification(x, threshold=threshold)
    scaled = est.recurrence_quantification(x * unit, threshold=threshold)
    for name in MEASURES[:-1]:  # a pair may fall to the other side of the radius
        np.testing.assert_allclose(scaled[name], plain[name], rtol=1e-3)
    np.testing.assert_allclose(scaled.radius, plain.radius * unit, rtol=1e-9)


def test_a_plot_without_recurrences_says_so():
    found = est.recurrence_quantification(np.arange(20.0), threshold=est.FixedRadius(value=0.5))
    assert found.recurrence_rate == 0
    assert found.longest_diagonal == 0
    assert found.divergence == np.inf
    for name in ("determinism", "mean_diagonal", "diagonal_entropy", "laminarity", "trapping_time", "ratio"):
        assert np.isnan(found[name]), name


def test_a_constant_lane_is_nan_unless_the_radius_is_given():
    x = np.stack([np.full(30, 2.0), np.arange(30.0)])
    for threshold in (est.DeviationRadius(), est.RecurrenceRate(value=0.1)):
        found = est.recurrence_quantification(x, threshold=threshold)
        assert np.isnan(found.recurrence_rate[0])
        assert np.isfinite(found.recurrence_rate[1])
    assert est.recurrence_quantification(x, threshold=est.FixedRadius(value=1e-3)).recurrence_rate[0] == 1


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"threshold": 0.1}, TypeError, "threshold: must be one such as RecurrenceRate"),
        ({"shortest": 1}, ValueError, "shortest: must be a whole number from 2 on"),
        ({"norm": "l1"}, ValueError, "norm: must be of max, euclidean"),
        ({"base": 1}, ValueError, "base: must be a finite number above 1"),
        ({"order": 100}, ValueError, "dim: must hold at least 101 samples"),
        ({"dim": 3}, ValueError, "dim: must be an axis"),
    ],
)
def test_what_makes_no_sense_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        est.recurrence_quantification(np.random.default_rng(0).normal(size=60), **options)


@pytest.mark.parametrize(
    ("piece", "value"),
    [(est.FixedRadius, 0.0), (est.FixedRadius, np.inf), (est.DeviationRadius, -1), (est.RecurrenceRate, 1.0)],
)
def test_thresholds_outside_their_range_are_refused(piece, value):
    with pytest.raises(ValueError, match="value: must be"):
        piece(value=value)


@pytest.mark.parametrize("d", [2, 3, 6])
def test_all_pairs_recur_where_one_pair_is_all(d):
    corners = np.array([[0.0] * d, [0.7] * d])
    found = est.recurrence_quantification(
        corners, feature_dim=-1, threshold=est.RecurrenceRate(value=0.05), norm="euclidean"
    )
    assert found.recurrence_rate == 1
    np.testing.assert_allclose(found.radius, 0.7 * np.sqrt(d), rtol=1e-11)  # as narrow as radii get


def test_a_rate_of_a_whole_number_of_pairs_takes_no_pair_more():
    x = np.random.default_rng(0).normal(size=25)
    found = est.recurrence_quantification(x, threshold=est.RecurrenceRate(value=0.07))
    assert found.recurrence_rate == 21 / 300  # .07 * 300 is 21.000000000000004
