"""Information of a continuum: bad input, degenerate lanes, warnings, limits; bins and compression."""

import warnings

import numpy as np
import pytest
import xarray as xr
from scipy.special import digamma

from ergodica import estimators as est

NEIGHBOURS = pytest.mark.parametrize("kind", [est.KSG, est.KSG2])
RANKED = pytest.mark.parametrize("estimator", [est.EqualMassTable(), est.DarbellayVajda()], ids=repr)


def pair(n, correlation=0.6, lanes=None, seed=0):
    rng = np.random.default_rng(seed)
    x, noise = rng.normal(size=(2, n) if lanes is None else (2, lanes, n))
    return x, correlation * x + np.sqrt(1 - correlation**2) * noise


@NEIGHBOURS
@pytest.mark.parametrize("k", [0, -1, 2.5, True, "3", None])
def test_neighbours_must_be_a_whole_number(kind, k):
    with pytest.raises(ValueError, match=r"k: must be a whole number of neighbours from 1 on, got .*; use"):
        kind(k=k)


@NEIGHBOURS
def test_as_many_neighbours_as_samples_are_refused(kind):
    x, y = pair(10)
    with pytest.raises(
        ValueError, match=r"dim: must hold at least 11 samples for KSG.*, got 10; give more data"
    ):
        est.mutual_information(x, y, estimator=kind(k=10))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", est.TooFewSamplesWarning)  # the farthest sample is no neighbour
        assert np.isfinite(est.mutual_information(x, y, estimator=kind(k=9)))


@NEIGHBOURS
@pytest.mark.parametrize("components", [1, 2])
def test_exact_copies_name_the_discrete_alternative(kind, components):
    x, y = np.random.default_rng(1).normal(size=(2, 1, 200, components))
    x[:, 10:13], y[:, 10:13] = (
        x[:, 9:10],
        y[:, 9:10],
    )  # four equal samples: the third neighbour is at some distance
    assert np.isfinite(kind(k=4).mutual_information(x, y)).all()
    with pytest.raises(ValueError, match=r"exact copies .*space=Symbols\(\)"):
        kind(k=3).mutual_information(x, y)


def test_whole_numbers_are_refused_and_nan_stays_in_its_lane():
    x, y = pair(100, lanes=3)
    with pytest.raises(TypeError, match="x: must hold values of a continuum, got dtype int64"):
        est.mutual_information(x.astype(int), y.astype(int), estimator=est.KSG())
    clean = est.mutual_information(x, y, estimator=est.KSG())
    x[1, 7] = np.nan
    found = est.mutual_information(x, y, estimator=est.KSG())
    assert np.isnan(found[1])
    np.testing.assert_array_equal(found[[0, 2]], clean[[0, 2]])


@pytest.mark.parametrize(
    "estimator",
    [est.KSG(), est.KSG2(), est.GaussianCopula(), est.EqualMassTable(), est.DarbellayVajda()],
    ids=repr,
)
def test_a_constant_lane_is_nan_alone(estimator):
    x, y = pair(100, lanes=3)
    clean = est.mutual_information(x, y, estimator=estimator)
    y[1] = 0.1
    found = est.mutual_information(x, y, estimator=estimator)
    assert np.isnan(found[1])
    np.testing.assert_array_equal(found[[0, 2]], clean[[0, 2]])


@NEIGHBOURS
def test_far_too_few_samples_for_the_dimension_are_warned_of(kind):
    rng = np.random.default_rng(2)
    x, noise = rng.normal(size=(2, 300, 25))
    y = 0.6 * x + 0.8 * noise
    with pytest.warns(est.TooFewSamplesWarning, match=r"n=300 .* d=50 .* use GaussianCopula"):
        found = est.mutual_information(x, y, dim=0, feature_dim=1, estimator=kind())
    assert found < 2  # of 5.58
    flat = np.concatenate([x[:, :1]] * 25, axis=1)  # fifty components, two directions: neighbours are near
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = est.mutual_information(flat, y[:, :1], dim=0, feature_dim=1, estimator=kind())
        assert one == pytest.approx(est.mutual_information(x[:, 0], y[:, 0], estimator=kind()), abs=0.01)


@NEIGHBOURS
def test_rounded_values_are_warned_of_but_not_a_variable_of_few_values(kind):
    x, y = pair(1000, 0.0)
    with pytest.warns(est.RoundedValuesWarning, match="the estimate is biased"):
        found = est.mutual_information(x.round(1), y, estimator=kind())
    assert abs(found) > 0.1  # of 0
    if kind is est.KSG2:
        with pytest.warns(est.RoundedValuesWarning, match=r"no width, .* use KSG\(\)"):
            assert est.mutual_information(np.sign(x), y, estimator=kind()) < -0.2
    few_values = [np.sign(x)] if kind is est.KSG else []
    for few in (*few_values, x.astype(np.float32).astype(float), x.round(4)):
        found = est.mutual_information(few, y, estimator=kind())
        assert abs(found) < 4 * 0.028 + 0.003  # the spread of one estimate at n = 1000 is .024 and .028


def test_independent_variables_have_none_and_a_function_as_much_as_samples_can_show():
    x, y = pair(2000, 0.0, lanes=8)
    found = est.mutual_information(x, y, estimator=est.KSG())
    assert abs(found.mean()) < 4 * 0.017 / np.sqrt(8) + 0.002  # .024 at n = 1000, falling as 1/sqrt(n)
    # of a line n_x = n_y = k - 1: I = psi(n) - psi(k), which grows with n as it must
    line = est.mutual_information(x[0], -x[0], estimator=est.KSG())
    assert line == pytest.approx(digamma(2000) - digamma(3), abs=1e-12)


def test_labels_and_chunks():
    x, y = (xr.DataArray(part, dims=("member", "t")) for part in pair(200, lanes=4))
    for estimator in (est.KSG(), est.GaussianCopula(), est.DarbellayVajda()):
        found = est.mutual_information(x, y, dim="t", estimator=estimator, base=2)
        assert found.attrs["units"] == "bit"
        assert repr(estimator) in found.attrs["method"]
        lazy = est.mutual_information(
            x.chunk(member=1), y.chunk(member=2), dim="t", estimator=estimator, base=2
        )
        np.testing.assert_array_equal(lazy.values, found.values)


def test_equal_mass_table_is_the_plug_in_of_its_counts_less_their_bias():
    x, y = pair(400)
    bins = 6
    i, j = (np.argsort(np.argsort(part)) * bins // 400 for part in (x, y))
    table = np.zeros((bins, bins))
    np.add.at(table, (i, j), 1 / 400)
    product = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    plugged_in = (table[table > 0] * np.log(table[table > 0] / product[table > 0])).sum()
    found = est.mutual_information(x, y, estimator=est.EqualMassTable(bins=bins))
    # quantiles of 400 samples in 6 bins are not whole: a sample at an edge may be on its other side
    assert found == pytest.approx(plugged_in - 25 / 800, abs=1e-12 if 400 % bins == 0 else 0.02)
    exact = est.mutual_information(x[:396], y[:396], estimator=est.EqualMassTable(bins=6))
    i, j = (np.argsort(np.argsort(part[:396])) // 66 for part in (x, y))
    table = np.histogram2d(i, j, bins=6)[0] / 396
    plugged_in = (table[table > 0] * np.log(table[table > 0] * 36)).sum()
    assert exact == pytest.approx(plugged_in - 25 / 792, abs=1e-12)


@RANKED
@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.9])
def test_bins_come_near_the_truth(estimator, correlation):
    x, y = pair(10_000, correlation, lanes=8)
    found = est.mutual_information(x, y, estimator=estimator)
    # measured over 200 samples: bias of the table .004, .001, -.042; of the partition 0, .003, .001; spread .010
    bias = 0.045 if correlation > 0.8 and isinstance(estimator, est.EqualMassTable) else 0.005
    assert abs(found.mean() + np.log(1 - correlation**2) / 2) < bias + 4 * 0.010 / np.sqrt(8)


@RANKED
def test_bins_see_ranks_alone_and_scalars_alone(estimator):
    x, y = pair(500)
    found = est.mutual_information(x, y, estimator=estimator)
    assert est.mutual_information(np.exp(x), 1e-9 * y**3, estimator=estimator) == found
    order = np.random.default_rng(3).permutation(500)
    assert est.mutual_information(x[order], y[order], estimator=estimator) == pytest.approx(found, abs=1e-12)
    with pytest.raises(ValueError, match=r"x: must be a scalar for bins, got 2 components; use KSG\(\)"):
        est.mutual_information(
            np.stack([x, y], -1), np.stack([y, x], -1), dim=0, feature_dim=1, estimator=estimator
        )


def test_two_symbols_are_told_apart_by_a_partition():
    rng = np.random.default_rng(4)
    x = np.where(rng.random(2000) < 0.5, -1.0, 1.0)
    noise = rng.normal(size=2000)
    apart = est.mutual_information(x, x + 0.1 * noise, estimator=est.DarbellayVajda())
    assert apart == pytest.approx(np.log(2), abs=0.03)  # a cell at the gap holds a few of both
    assert abs(est.mutual_information(x, noise, estimator=est.DarbellayVajda())) < 0.005


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: est.EqualMassTable(bins=1), "bins: must be a whole number from 2 on"),
        (lambda: est.EqualMassTable(bins=2.5), "bins: must be a whole number from 2 on"),
        (lambda: est.DarbellayVajda(significance=0), "significance: must be above 0 and below 1"),
        (lambda: est.Compressed(components=0), "components: must be a whole number from 1 on"),
    ],
)
def test_parameters_out_of_range_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_compression_keeps_the_directions_of_largest_variance():
    rng = np.random.default_rng(5)
    x, y = pair(400, lanes=2)
    small = 0.01 * rng.normal(size=(2, 2, 400, 6))
    turn = np.linalg.qr(rng.normal(size=(7, 7)))[0]
    wide = [
        np.concatenate([part[..., None], other], axis=-1) @ turn
        for part, other in zip((x, y), small, strict=True)
    ]
    for inner in (est.KSG(), est.GaussianCopula(), est.EqualMassTable()):
        found = est.Compressed(components=1, estimator=inner).mutual_information(*wide)
        # the other six directions have a ten thousandth of the variance
        assert found == pytest.approx(est.mutual_information(x, y, estimator=inner), abs=0.03)
    with pytest.raises(TypeError, match="estimator: must be one of information between vectors"):
        est.Compressed(estimator=est.KozachenkoLeonenko())
    line = np.repeat(x[..., None], 3, axis=-1)
    assert np.isnan(est.Compressed(components=2).mutual_information(line, wide[1])).all()


def test_compression_works_with_every_form():
    rng = np.random.default_rng(6)
    x, y, z = rng.normal(size=(3, 1, 300, 2))
    inner = est.GaussianCopula()
    outer = est.Compressed(components=2, estimator=inner)
    assert outer.multi_information([x, y, z]) == inner.multi_information([x, y, z])
    assert outer.conditional_mutual_information(x, y, z) == inner.conditional_mutual_information(x, y, z)
    assert outer.fewest_samples(9, 9) == inner.fewest_samples(2, 2)
