"""The correlation sum: exact counts over all pairs, whatever the norm, the window, the blocks and the threads."""

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est
from ergodica.estimators.recurrence.pair_counts import count_within, possible_pairs
from ergodica.numerics.threads import using_threads


def all_pairs(points, radii, theiler, norm):
    """Counts by a table of all distances, `points` (n, d)."""
    apart = np.abs(points[:, None] - points[None])
    distances = apart.max(-1) if norm == "max" else np.sqrt((apart**2).sum(-1))
    i, j = np.triu_indices(len(points), 1 + theiler)
    return (distances[i, j][:, None] <= radii).sum(0)


def on_a_lattice(rng, *shape):
    """Numbers whose differences and their squares are exact, so that many lie right at a radius."""
    return np.round(rng.normal(size=shape) * 64) / 64


@pytest.mark.parametrize("norm", ["max", "euclidean"])
@pytest.mark.parametrize(("n", "theiler"), [(400, 0), (401, 7), (13, 2), (3, 0)])
def test_counts_are_those_of_all_pairs_exactly(n, theiler, norm):
    rng = np.random.default_rng(n)
    columns = on_a_lattice(rng, 2, 3, n)
    radii = np.sort(rng.choice(np.arange(1, 300), 40, replace=False) / 64)
    pairs = count_within(columns, np.stack([radii, 2 * radii]), theiler=theiler, norm=norm, first=1)
    for lane in range(2):
        for order in range(3):
            wanted = all_pairs(columns[lane, : order + 1].T, radii * (lane + 1), theiler, norm)
            np.testing.assert_array_equal(pairs.total[lane, order], wanted)
    assert pairs.possible.sum() == possible_pairs(n, theiler)


def test_blocks_count_their_own_pairs_and_can_be_left_out():
    points = np.random.default_rng(1).normal(size=(1, 1, 200))
    pairs = count_within(points, np.array([[0.1, 1e9]]), theiler=5)
    block = np.searchsorted(np.linspace(0, 200, 17).astype(int), np.arange(200), side="right") - 1
    i, j = np.triu_indices(200, 6)
    np.testing.assert_array_equal(pairs.within[0, :, 0, 1], pairs.possible)
    for number in (0, 7, 15):
        kept = (block[i] != number) & (block[j] != number)
        counts, possible = pairs.without(number)
        assert possible == kept.sum()
        near = np.abs(points[0, 0, i] - points[0, 0, j])[kept] <= 0.1
        assert counts[0, 0, 0] == near.sum()


@pytest.mark.parametrize(
    "radii", [np.linspace(0.5, 0.6, 300), np.geomspace(1e-280, 1.0, 50), np.array([0.3])]
)
def test_radii_may_lie_closely_widely_or_alone(radii):
    x = np.random.default_rng(2).normal(size=300)
    found = est.correlation_sum(x, absolute=radii)
    wanted = all_pairs(x[:, None], radii, 0, "max") / possible_pairs(300, 0)
    # the data are multiplied by a power of two first, which is exact
    np.testing.assert_array_equal(found, wanted)


def test_delay_vectors_are_the_vectors_that_one_would_make():
    x = np.random.default_rng(3).normal(size=200)
    vectors = np.stack([x[:-6], x[3:-3], x[6:]], axis=-1)
    delayed = est.correlation_sum(x, order=3, delay=3, theiler=2, absolute=[0.5, 1.0])
    np.testing.assert_array_equal(
        delayed, est.correlation_sum(vectors, feature_dim=1, theiler=2, absolute=[0.5, 1])
    )
    np.testing.assert_array_equal(
        delayed, all_pairs(vectors, np.array([0.5, 1.0]), 2, "max") / (192 * 191 / 2)
    )


def test_threads_and_other_lanes_change_no_count():
    # 40 lanes of 500 are more pairs than one thread is left with
    x = np.random.default_rng(4).normal(size=(40, 500))
    together = est.correlation_sum(x, order=2)
    with using_threads(1):
        np.testing.assert_array_equal(together, est.correlation_sum(x, order=2))
    np.testing.assert_array_equal(together[7], est.correlation_sum(x[7], order=2))


def test_uniform_numbers_have_the_sum_of_their_square():
    """P(|u - v| <= r) = r (2 - r); a sum over n has a standard deviation of less than 2 sqrt(r/(3 n)) here."""
    r = np.array([0.05, 0.1, 0.2])
    found = est.correlation_sum(np.random.default_rng(5).random((8, 1000)), absolute=r)
    spread = found.std(axis=0, ddof=1) / np.sqrt(8)
    assert (spread < 0.01).all()
    assert (np.abs(found.mean(axis=0) - r * (2 - r)) < 5 * spread).all()


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_radii_in_standard_deviations_do_not_know_the_unit(unit):
    x = np.random.default_rng(6).normal(size=300)
    np.testing.assert_array_equal(
        est.correlation_sum(x * 2.0 ** np.round(np.log2(unit))), est.correlation_sum(x)
    )
    # a unit that is no power of two moves a pair at most across a radius
    np.testing.assert_allclose(est.correlation_sum(x * unit), est.correlation_sum(x), atol=2 / 44850)


def test_results_are_labelled_with_their_radii():
    x = xr.DataArray(
        np.random.default_rng(7).normal(size=(2, 90)), dims=("member", "t"), attrs={"units": "m"}
    )
    found = est.correlation_sum(x, dim="t", absolute=[0.1, 0.5])
    assert found.dims == ("member", "radius")
    assert found.radius.attrs["units"] == "m"
    assert est.correlation_sum(x, dim="t").radius.attrs["units"] == "standard deviation"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"radii": [0.2, 0.1]}, "radii: must be positive, increasing numbers"),
        ({"radii": []}, "radii: must be positive, increasing numbers"),
        ({"radii": "wide"}, "radii: must be numbers"),
        ({"absolute": [-1.0]}, "absolute: must be positive, increasing numbers"),
        ({"absolute": [np.nan]}, "absolute: must be positive, increasing numbers"),
        ({"order": 0}, "order: must be a whole number >= 1"),
        ({"delay": 1.5}, "delay: must be a whole number >= 1"),
        ({"theiler": -1}, "theiler: must be a whole number >= 0"),
        ({"theiler": True}, "theiler: must be a whole number >= 0"),
        ({"norm": "manhattan"}, "norm: must be of max, euclidean"),
        ({"theiler": 49}, "dim: must hold at least 51 samples"),
        ({"order": 20, "delay": 3}, "dim: must hold at least 59 samples"),
    ],
)
def test_what_makes_no_sense_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        est.correlation_sum(np.arange(50.0), **options)


def test_constant_lanes_have_a_sum_for_absolute_radii_alone():
    x = np.stack([np.full(50, 3.0), np.arange(50.0)])
    relative, absolute = est.correlation_sum(x), est.correlation_sum(x, absolute=[0.5])
    assert np.isnan(relative[0]).all()
    assert np.isfinite(relative[1]).all()
    np.testing.assert_array_equal(absolute[:, 0], [1.0, 0.0])


def test_the_unit_of_vectors_is_the_root_mean_square_of_the_deviations_of_components():
    x = np.random.default_rng(3).normal(size=(60, 2)) * [3.0, 40.0]
    unit = np.sqrt((x.std(axis=0) ** 2).mean())
    relative = est.correlation_sum(x, dim=0, feature_dim=1, radii=[0.3, 0.7])
    absolute = est.correlation_sum(x, dim=0, feature_dim=1, absolute=unit * np.array([0.3, 0.7]))
    np.testing.assert_array_equal(relative, absolute)
