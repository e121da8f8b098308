"""Information of symbols: against counts by hand, closed forms, rules that hold for all variables."""

import math
from collections import Counter

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est

LN2 = math.log(2)
# entropies of a few hundred counts, summed in another order
ROUND_OFF = 1e-12


def entropy(*series):
    """H of the tuples, in nats, from a dictionary."""
    counts = np.array(list(Counter(zip(*(np.asarray(s).tolist() for s in series), strict=True)).values()))
    p = counts / counts.sum()
    return float(-(p * np.log(p)).sum())


def dependent(seed, n=400, size=3):
    """Three series that depend on each other and on their past."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, size, n)
    z = rng.integers(0, size, n)
    y = np.where(rng.random(n) < 0.6, np.roll(x, 1) + z, rng.integers(0, size, n)) % size
    return x, y, z


def lagged(x, lag, reach):
    return x[reach - lag : len(x) - lag]


@pytest.mark.parametrize("size", [2, 3, 40])
def test_every_quantity_is_the_sum_of_entropies_that_defines_it(size):
    x, y, z = dependent(0, size=size)
    hx, hy, hz, hxy = entropy(x), entropy(y), entropy(z), entropy(x, y)
    hxz, hyz, hxyz = entropy(x, z), entropy(y, z), entropy(x, y, z)
    for found, expected in (
        (est.joint_entropy(x), hx),
        (est.joint_entropy(x, y, z), hxyz),
        (est.conditional_entropy(x, y), hxy - hy),
        (est.conditional_entropy(x, [y, z]), hxyz - hyz),
        (est.mutual_information(x, y), hx + hy - hxy),
        (est.conditional_mutual_information(x, y, z), hxz + hyz - hxyz - hz),
        (est.multi_information(x, y, z), hx + hy + hz - hxyz),
        (est.dual_total_correlation(x, y, z), hxy + hxz + hyz - 2 * hxyz),
        (est.o_information(x, y, z), hxyz + hx + hy + hz - hxy - hxz - hyz),
        (est.shannon_distance(x, y), 2 * hxy - hx - hy),
        (est.rajski_distance(x, y), 1 - (hx + hy - hxy) / hxy),
        (est.mutual_information(x, y, normalize=True), (hx + hy - hxy) / min(hx, hy)),
        (est.joint_entropy(x, y, normalize=True), hxy / (hx + hy)),
        (est.conditional_entropy(x, y, normalize=True), (hxy - hy) / hx),
        (est.multi_information(x, y, z, normalize=True), (hx + hy + hz - hxyz) / (hx + hy + hz - max(hx, hy, hz))),
    ):  # fmt: skip
        assert found == pytest.approx(expected, abs=ROUND_OFF)


@pytest.mark.parametrize("size", [2, 5, 60])
@pytest.mark.parametrize(
    ("lag", "history", "source_history"), [(1, 1, 1), (2, 1, 1), (1, 3, 1), (1, 1, 2), (3, 2, 2), (1, 0, 1)]
)
def test_transfer_entropy_is_its_conditional_information(size, lag, history, source_history):
    """Tables of counts (few symbols, short pasts) and codes (many) against a dictionary."""
    x, y, z = dependent(1, size=size)
    reach = max(history, lag + source_history - 1)
    now, driver = lagged(y, 0, reach), [lagged(x, lag + k, reach) for k in range(source_history)]
    past = [lagged(y, 1 + k, reach) for k in range(history)]
    own = entropy(*past) if past else 0.0
    expected = entropy(now, *past) + entropy(*driver, *past) - entropy(now, *driver, *past) - own
    options = {"lag": lag, "history": history, "source_history": source_history}
    found = est.transfer_entropy(x, y, **options)
    assert found == pytest.approx(expected, abs=ROUND_OFF)
    share = est.transfer_entropy(x, y, **options, normalize=True)
    least = min(entropy(now, *past), entropy(*driver, *past)) - own
    # where the past determines what follows, nothing is left to have a share of
    assert share == pytest.approx(expected / least if least > 1e-9 else np.nan, abs=ROUND_OFF, nan_ok=True)
    # of a vector of one component and of huge names the same number
    assert est.transfer_entropy(x[:, None] - 2**62, y[:, None], feature_dim=1, **options) == pytest.approx(
        expected, abs=ROUND_OFF
    )
    if lag == 1 and history:
        extra = [lagged(z, 2, max(reach, 2))]
        cut = slice(max(reach, 2) - reach, None)
        now, driver, past = now[cut], [one[cut] for one in driver], [one[cut] for one in past]
        expected = entropy(now, *past, *extra) + entropy(*driver, *past, *extra)
        expected -= entropy(now, *driver, *past, *extra) + entropy(*past, *extra)
        found = est.transfer_entropy(x, y, given=z, given_lag=2, **options)
        assert found == pytest.approx(expected, abs=ROUND_OFF)


def test_a_common_driver_is_seen_and_conditioned_away():
    rng = np.random.default_rng(2)
    driver = rng.integers(0, 2, 20_000)
    x = np.roll(driver, 1) ^ (rng.random(20_000) < 0.1)
    y = np.roll(driver, 2) ^ (rng.random(20_000) < 0.1)
    assert est.transfer_entropy(x, y) > 0.2
    # of independent symbols 2 n T is chi-square with 4 degrees of freedom: below 30 but for 5e-6
    assert 2 * 20_000 * est.transfer_entropy(x, y, given=driver, given_lag=2) < 30
    both = est.transfer_entropy(x, y, given=[driver, x], given_lag=2)
    assert 2 * 20_000 * both < 60


def test_the_exclusive_or_is_synergy_and_a_copy_is_redundancy():
    x, y = np.divmod(np.tile(np.arange(4), 25), 2)
    z = x ^ y
    assert est.mutual_information(x, z) == pytest.approx(0.0, abs=1e-15)
    assert est.conditional_mutual_information(x, z, y) == pytest.approx(LN2, rel=1e-14)
    assert est.o_information(x, y, z) == pytest.approx(-LN2, rel=1e-14)
    assert est.o_information(x, x, x) == pytest.approx(LN2, rel=1e-14)
    assert est.multi_information(x, x, x) == pytest.approx(2 * LN2, rel=1e-14)
    assert est.rajski_distance(x, 1 - x) == pytest.approx(0.0, abs=1e-15)
    assert est.rajski_distance(x, y) == pytest.approx(1.0, rel=1e-14)


def test_names_of_symbols_do_not_matter_even_sparse_ones():
    x, y, z = dependent(3, size=4)
    names = np.array([-(2**62), 17, 2**61, 3])
    for verb in (est.mutual_information, est.transfer_entropy, est.shannon_distance):
        assert verb(names[x], names[y]) == pytest.approx(verb(x, y), abs=ROUND_OFF)
    for dtype in (np.int8, np.uint8, np.uint64, np.int32):
        assert est.transfer_entropy(x.astype(dtype), y.astype(dtype)) == est.transfer_entropy(x, y)
    wide = np.array([-128, 127, 0, 1], dtype=np.int8)
    assert est.mutual_information(wide[x], wide[y]) == pytest.approx(
        est.mutual_information(x, y), abs=ROUND_OFF
    )
    assert est.transfer_entropy(wide[x], wide[y]) == pytest.approx(est.transfer_entropy(x, y), abs=ROUND_OFF)
    assert est.mutual_information(x > 1, y > 1) == est.mutual_information(1 * (x > 1), 1 * (y > 1))
    assert est.conditional_mutual_information(names[x], y, z) == pytest.approx(
        est.conditional_mutual_information(x, y, names[z]), abs=ROUND_OFF
    )


def test_numbers_at_the_ends_of_their_type_are_told_apart():
    x, y, _ = dependent(5, size=4)
    ends = {
        np.int8: [-100, 100, 0, 1],
        np.int16: [-(2**15), 2**15 - 1, 0, 1],
        np.uint64: [0, 2**64 - 1, 2**63, 1],
        np.int64: [-(2**63), 2**63 - 1, 0, 1],
    }
    for dtype, names in ends.items():
        wide = np.array(names, dtype=dtype)
        for verb in (est.mutual_information, est.transfer_entropy, est.joint_entropy):
            assert verb(wide[x], wide[y]) == pytest.approx(verb(x, y), abs=ROUND_OFF)
        close = np.array(names[:1], dtype=dtype) + np.arange(4).astype(dtype)
        assert est.transfer_entropy(close[x], close[y]) == pytest.approx(
            est.transfer_entropy(x, y), abs=ROUND_OFF
        )
    dense = np.tile(np.arange(-100, 101), 2)  # differences of 8 bits would meet each other
    assert est.mutual_information(dense.astype(np.int8), dense) == pytest.approx(math.log(201), rel=1e-14)
    # nine variables, whose tuples number more than 2^64: their numbers must not run over
    t = np.arange(512)
    assert est.joint_entropy(t % 2, *[t // 2] * 8) == pytest.approx(math.log(512), rel=1e-14)


def test_shares_have_no_base_and_arrays_must_lie_at_the_same_places():
    x, y, _ = dependent(6, size=3)
    assert est.mutual_information(x, y, normalize=True, base=2) == est.mutual_information(
        x, y, normalize=True
    )
    one, other = (xr.DataArray(x, dims="t", coords={"t": start + np.arange(len(x))}) for start in (0, 1))
    with pytest.raises(ValueError, match=r"x, y: must have the same coordinates, .*; align them"):
        est.mutual_information(one, other)


def test_round_off_is_no_information_and_no_share_of_it():
    for m in range(2, 12):
        x, y = np.indices((m, 7)).reshape(2, -1)
        assert est.mutual_information(x, y) >= 0
        z = np.random.default_rng(m).integers(0, 8 * m, 200)
        noise = np.random.default_rng(m + 1).integers(0, 3, 200)
        function = 5 * z % 97
        assert np.isnan(est.conditional_mutual_information(function, noise, z, normalize=True))


def test_vectors_of_symbols_are_symbols():
    x, y, z = dependent(4)
    pair = np.stack([x, z], axis=-1)
    assert est.mutual_information(pair, y, feature_dim=-1) == pytest.approx(
        entropy(x, z) + entropy(y) - entropy(x, z, y), abs=ROUND_OFF
    )


def test_distances_are_metrics():
    x, y, z = dependent(5)
    for distance in (est.shannon_distance, est.rajski_distance):
        assert distance(x, x) == pytest.approx(0.0, abs=ROUND_OFF)
        assert distance(x, y) == pytest.approx(distance(y, x), abs=ROUND_OFF)
        assert distance(x, z) <= distance(x, y) + distance(y, z)


def test_spaces_and_estimators_of_probabilities_compose():
    rng = np.random.default_rng(6)
    x = rng.normal(size=600)
    y = np.roll(x, 1) + 0.5 * rng.normal(size=600)
    for space in (est.ValueBins(bins=6), est.OrdinalPatterns(order=3), est.EqualMassBins(bins=4)):
        a, b = (space.encode(one[np.newaxis])[0] for one in (x, y))
        for estimator in (None, est.MillerMadow(), est.ChaoShen(), est.Grassberger()):
            options = {"space": space, "estimator": estimator}
            for verb in (est.mutual_information, est.transfer_entropy, est.joint_entropy):
                assert verb(x, y, **options) == pytest.approx(verb(a, b, estimator=estimator), abs=ROUND_OFF)
    found = est.mutual_information(x, y > 0, space=(est.ValueBins(bins=6), None))
    bins = est.ValueBins(bins=6).encode(x[np.newaxis])[0]
    assert found == pytest.approx(est.mutual_information(bins, 1 * (y > 0)), abs=ROUND_OFF)
    # symbolic transfer entropy goes from x to y and not back
    forth, back = (
        est.transfer_entropy(*pair, space=est.OrdinalPatterns(order=3)) for pair in ((x, y), (y, x))
    )
    assert forth > 2 * back


def test_miller_and_madow_take_back_the_bias_of_independent_symbols():
    rng = np.random.default_rng(7)
    x, y = rng.integers(0, 8, (2, 200, 500))
    plain, corrected = est.mutual_information(x, y), est.mutual_information(x, y, estimator=est.MillerMadow())
    # (8 - 1)^2/(2 n) = .049; a lane has the standard deviation sqrt(2 * 49)/(2 n) = .0099
    assert plain.mean() == pytest.approx(0.049, abs=0.003)
    assert abs(corrected.mean()) < 4 * 0.0099 / math.sqrt(200) + 0.001


def test_lanes_are_mapped_and_a_lane_with_nan_is_nan_alone():
    x, y = np.random.default_rng(8).normal(size=(2, 3, 200))
    space = est.ValueBins(bins=4)
    clean = est.mutual_information(x, y, space=space)
    x[1, 5] = np.nan
    found = est.mutual_information(x, y, space=space)
    assert np.isnan(found[1])
    np.testing.assert_array_equal(found[[0, 2]], clean[[0, 2]])


def test_a_lane_of_many_symbols_does_not_change_the_bits_of_others():
    x, y, _ = dependent(9)
    many = np.random.default_rng(9).integers(-(2**62), 2**62, len(x))
    found = est.transfer_entropy(np.stack([x, many]), np.stack([y, many]))
    assert found[0] == est.transfer_entropy(x, y)
    assert found[1] == est.transfer_entropy(many, many)


def test_labels_units_and_methods_are_set():
    x, y, z = (xr.DataArray(np.tile(one, (2, 1)), dims=("member", "t")) for one in dependent(10))
    found = est.conditional_mutual_information(x, y, z.isel(member=0), dim="t", base=2)
    assert found.dims == ("member",)
    assert found.name == "conditional_mutual_information"
    assert found.attrs["units"] == "bit"
    assert found.attrs["method"] == "counts of symbols by PlugIn()"
    share = est.mutual_information(x, y, dim="t", normalize=True)
    assert share.attrs["units"] == "1"
    assert share.attrs["long_name"] == "normalized mutual information"
    assert est.rajski_distance(x, y, dim="t").attrs["units"] == "1"


def test_constant_symbols_share_nothing_and_have_no_share():
    x, zeros = np.arange(10) % 3, np.zeros(10, dtype=int)
    assert est.mutual_information(x, zeros) == 0
    assert np.isnan(est.mutual_information(x, zeros, normalize=True))
    assert np.isnan(est.rajski_distance(zeros, zeros))


X = np.arange(20) % 3


@pytest.mark.parametrize(
    ("error", "call", "words"),
    [
        (TypeError, lambda: est.mutual_information(X, X + 0.5), "y: must be whole numbers"),
        (TypeError, lambda: est.mutual_information(X, X, estimator=est.KSG()), "x: must hold values of a continuum"),
        (TypeError, lambda: est.mutual_information(X, X, space=est.Weights()), "space: must make symbols"),
        (TypeError, lambda: est.mutual_information(X, X, space=est.Symbols(), estimator=est.KSG()), "leave out one"),
        (TypeError, lambda: est.mutual_information(X, X, estimator="ksg"), "estimator: must be one of information"),
        (TypeError, lambda: est.mutual_information(X + 0.5, X * 2.5, normalize=True), "normalize: .* no maximum"),
        (TypeError, lambda: est.shannon_distance(X, X, estimator=est.KSG()), "estimator: must be one of prob"),
        (TypeError, lambda: est.joint_entropy(X + 0.5, estimator=est.KSG()), "estimator: must be one of entropies"),
        (TypeError, lambda: est.joint_entropy(), "arrays: must be at least one"),
        (ValueError, lambda: est.multi_information(X), "arrays: must be at least 2"),
        (ValueError, lambda: est.o_information(X, X), "arrays: must be at least 3"),
        (ValueError, lambda: est.mutual_information(X, X[:-1]), "dim: must hold as many samples"),
        (ValueError, lambda: est.mutual_information(X, X, space=[est.Symbols()]), "space: must be one, or one for"),
        (ValueError, lambda: est.transfer_entropy(X, X, lag=0), "lag: must be >= 1"),
        (ValueError, lambda: est.transfer_entropy(X, X, source_history=0), "source_history: must be >= 1"),
        (ValueError, lambda: est.transfer_entropy(X, X, history=20), "dim: must hold at least 21"),
        (TypeError, lambda: est.transfer_entropy(X, X, history=1.5), "history: must be a whole number"),
        (ValueError, lambda: est.transfer_entropy(X, X, given=[]), "given: must hold at least one"),
        (ValueError, lambda: est.mutual_information(X, X, base=1), "base: must be"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(error, call, words):
    with pytest.raises(error, match=words):
        call()
