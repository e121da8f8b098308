"""Spaces of symbols, words, equal bins and spectra of matrices: codes by hand, claims, and what bad data get."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ergodica import estimators as est
from ergodica.scripts.studies import discrete_tables

unhurried = settings(deadline=None, max_examples=30)  # first calls import, busy machines are slow

SPACES = [space for space in discrete_tables.spaces() if space.claims is not None]
CLAIMED = [(space, name) for space in SPACES for name in space.claims.invariances]
CHANGES = {
    "shift": lambda x: x + 3.25,
    "scale": lambda x: x * 7.3,
    "sign": lambda x: -x,
    "monotone": lambda x: np.exp(x / 4),
    "order": lambda x: np.random.default_rng(5).permutation(x, axis=-1),
    "reversal": lambda x: x[..., ::-1],
    "relabel": lambda x: np.array([3, 0, 1, 2])[x],
}


def example(space):
    rng = np.random.default_rng(3)
    if space.exact_integers:
        return rng.integers(0, 4, size=(3, 90))
    return rng.random((3, 90)) if isinstance(space, est.Weights) else rng.normal(size=(3, 90))


@pytest.mark.parametrize(("space", "name"), CLAIMED, ids=lambda one: repr(one))
def test_claimed_invariances_of_spaces_hold(space, name):
    x = example(space)
    for of in (est.Shannon(), est.Renyi(q=2)):
        before, after = est.entropy(x, space=space, of=of), est.entropy(CHANGES[name](x), space=space, of=of)
        # counts are the same numbers, but relabelled ones are summed in another order
        slack = max(space.claims.invariances[name], 1e-14 if name == "relabel" else 0.0)
        np.testing.assert_allclose(after, before, rtol=0, atol=slack)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_spaces_say_what_they_need_and_cost(space):
    assert space.claims.needs
    assert space.claims.cost.startswith("O(")
    assert "Good values:" in type(space).__doc__


@unhurried
@given(
    values=st.lists(
        st.sampled_from([-(2**63), -7, 0, 1, 2**60, 2**60 + 1, 2**63 - 1]), min_size=1, max_size=40
    )
)
def test_symbols_of_any_size_and_sign_are_told_apart(values):
    x = np.array(values, np.int64)
    n = np.unique(x, return_counts=True)[1]
    expected = -(n / n.sum() * np.log(n / n.sum())).sum()
    # as many terms as labels, padded with zeros
    assert est.entropy(x, space=est.Symbols()) == pytest.approx(expected, rel=1e-14, abs=1e-15)
    known = est.Symbols(labels=tuple(set(values)))
    assert est.entropy(x, space=known) == pytest.approx(expected, rel=1e-14, abs=1e-15)
    codes = known.encode(x[np.newaxis])[0]
    assert [known.labels[code] for code in codes] == values


def test_labels_that_the_data_cannot_hold_are_no_trouble():
    small = np.array([1, 2, 2, 1], np.int8)
    assert est.counts(small, space=est.Symbols(labels=(2, 300, 1, 2**64 - 1))).tolist() == [2, 0, 2, 0]
    with pytest.raises(ValueError, match="labels: must hold every symbol, got 1"):
        est.counts(small, space=est.Symbols(labels=(300,)))


def test_unsigned_and_true_or_false_are_symbols_too():
    x = np.array([2**64 - 1, 2**64 - 2, 0, 0], np.uint64)
    assert est.entropy(x, space=est.Symbols()) == pytest.approx(1.5 * math.log(2))
    assert est.entropy([True, False], space=est.Symbols(number=2)) == math.log(2)
    assert est.entropy([1.0, 2.0], space=est.Symbols()) == math.log(2)


def test_symbols_do_not_depend_on_the_rows_beside_them():
    x = np.random.default_rng(0).integers(-50, 50, size=(500, 80))
    together = est.entropy(x, space=est.Symbols())
    np.testing.assert_array_equal(together, [est.entropy(row, space=est.Symbols()) for row in x])
    np.testing.assert_array_equal(together, est.entropy(x.astype(float), space=est.Symbols()))


@pytest.mark.parametrize(
    ("x", "space", "error", "message"),
    [
        ([0.5, 1.0], est.Symbols(), ValueError, r"x: symbols must be whole numbers, got 0\.5; use space=ValueBins"),
        ([1.0, 2.0**60], est.Symbols(), ValueError, r"x: symbols above 2\^53 must be of an integer dtype"),
        ([1j, 0], est.Symbols(), TypeError, r"space: Symbols takes whole numbers, got complex"),
        ([0, 5], est.Symbols(number=5), ValueError, r"number: must cover every symbol, 0 to 4, got .* 0 to 5"),
        ([-1, 1], est.Symbols(number=5), ValueError, r"number: must cover .*labels="),
        ([-1, 2], est.Symbols(labels=(-1, 1)), ValueError, r"labels: must hold every symbol, got 2 in the data"),
        ([1, 2, 3], est.EqualMassBins(bins=4), ValueError, r"bins: must be at most the number of values, got 4 for 3"),
        ([1, 0, 1], est.Words(length=4), ValueError, r"dim: must be longer than a word, got 3 for 4"),
        ([1.0, 2, 3], est.SingularValues(order=3), ValueError, r"dim: must hold at least 5 values for order 3"),
        ([1.0, 2, 3], est.Eigenvalues(order=None), ValueError, r"dim: must be two dimensions for a matrix"),
        ([1j] * 9, est.SingularValues(order=2), TypeError, r"space: SingularValues takes real data"),
    ],
)  # fmt: skip
def test_data_that_do_not_fit_are_one_clear_line(x, space, error, message):
    with pytest.raises(error, match=message) as caught:
        est.entropy(x, space=space)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: est.Symbols(number=0), ValueError, r"number: must be a whole number >= 1"),
        (lambda: est.Symbols(number=2, labels=(0, 1)), ValueError, r"number: must be left out where labels"),
        (
            lambda: est.Symbols(labels=(1, 1)),
            ValueError,
            r"labels: must be whole numbers of 64 bits, each once",
        ),
        (lambda: est.Symbols(labels=(-1, 2**63)), ValueError, r"labels: must be whole numbers of 64 bits"),
        (lambda: est.Symbols(labels=(0.5,)), ValueError, r"labels: must be whole"),
        (lambda: est.Symbols(labels=()), ValueError, r"labels: must be whole"),
        (lambda: est.Symbols(labels=3), ValueError, r"labels: must be whole"),
        (lambda: est.EqualMassBins(bins=2.5), ValueError, r"bins: must be a whole number"),
        (lambda: est.EqualMassBins(ties="first"), ValueError, r"ties: must be 'order' or 'together'"),
        (lambda: est.Words(of=est.Symbols()), TypeError, r"of: must have known outcomes.*number="),
        (lambda: est.Words(of=est.SpectralPower()), TypeError, r"of: must be a space that counts"),
        (lambda: est.Words(length=0), ValueError, r"length: must be a whole number >= 1"),
        (
            lambda: est.Words(of=est.Symbols(number=256), length=4),
            ValueError,
            r"length: .* at most 2\^24 words",
        ),
        (lambda: est.SingularValues(order=0), ValueError, r"order: must be a whole number >= 1"),
        (lambda: est.Eigenvalues(delay=0.5), ValueError, r"delay: must be a whole number >= 1"),
        (lambda: est.Kaniadakis(kappa=1), ValueError, r"kappa: must be within \(-1, 1\), got 1"),
        (lambda: est.Curado(b=0), ValueError, r"b: must be a finite number > 0, got 0"),
        (lambda: est.StretchedExponential(eta=1e-4), ValueError, r"eta: must be a finite number >= 0\.006"),
        (lambda: est.RenyiExtropy(q=-1), ValueError, r"q: must be"),
        (lambda: est.TsallisExtropy(q=0), ValueError, r"q: must be a finite number > 0"),
    ],
)
def test_impossible_parameters_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("space", [est.Symbols(), est.Symbols(number=9), est.EqualMassBins(bins=3),
                                   est.Words(of=est.Symbols(number=9)), est.SingularValues(order=2),
                                   est.Eigenvalues(order=2), est.ValueBins(bins=3)], ids=repr)  # fmt: skip
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_a_row_with_nan_or_infinity_is_nan_alone(space, poison):
    x = np.random.default_rng(2).integers(0, 9, size=(4, 30)).astype(float)
    clean = est.entropy(x, space=space)
    x[2, 7] = poison
    dirty = est.entropy(x, space=space)
    assert np.isnan(dirty[2])
    np.testing.assert_array_equal(np.delete(dirty, 2), np.delete(clean, 2))


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
def test_counting_labels_that_lie_close_and_sorting_give_the_same_bits(kind):
    labels = np.random.default_rng(1).integers(0, 100, size=(50, 120))
    offset = {np.int8: -60, np.uint8: 27, np.int64: 2**63 - 200, np.uint64: 2**64 - 200}[kind]
    close = est.Symbols().weights(labels.astype(kind) + np.array(offset, kind))
    expected = np.zeros(labels.shape)
    for row, values in zip(expected, labels, strict=True):
        n = np.unique(values, return_counts=True)[1]
        row[: len(n)] = n
    np.testing.assert_array_equal(close, expected)
    np.testing.assert_array_equal(est.Symbols().weights(labels * 10**6), expected)


@unhurried
@given(
    x=arrays(np.float64, st.integers(4, 60), elements=st.floats(-1e300, 1e300), unique=True),
    bins=st.integers(1, 4),
)
def test_bins_of_equal_mass_hold_equally_many(x, bins):
    codes = est.EqualMassBins(bins=bins).encode(x[np.newaxis])[0]
    sizes = np.bincount(codes, minlength=bins)
    assert sizes.max() - sizes.min() <= 1
    assert (np.diff(codes[np.argsort(x)]) >= 0).all()


def test_ties_of_equal_mass_bins_are_stable_or_together():
    x = np.array([[5.0, 1, 5, 5, 1, 5]])
    assert est.EqualMassBins(bins=3).encode(x).tolist() == [[1, 0, 1, 2, 0, 2]]
    assert est.EqualMassBins(bins=3, ties="together").encode(x).tolist() == [[1, 0, 1, 1, 0, 1]]
    halves = est.EqualMassBins(bins=2, ties="together")
    assert halves.encode(np.array([[0.0, 7, 7, 7]])).tolist() == [
        [0, 1, 1, 1]
    ]  # the middle rank of the 7s is 2
    assert np.isnan(est.entropy(np.full(9, 0.1), space=est.EqualMassBins(bins=3)))


@pytest.mark.parametrize(("length", "delay"), [(1, 1), (3, 1), (2, 3)])
def test_words_are_numbers_of_their_letters(length, delay):
    x = np.random.default_rng(4).integers(0, 3, size=(2, 20))
    codes = est.Words(of=est.Symbols(number=3), length=length, delay=delay).encode(x)
    for row, words in zip(x, codes, strict=True):
        expected = [
            int("".join(str(row[t + j * delay]) for j in range(length)), 3)
            for t in range(20 - (length - 1) * delay)
        ]
        assert words.tolist() == expected


@pytest.mark.parametrize(("order", "delay"), [(1, 1), (2, 1), (5, 3), (12, 1)])
def test_singular_values_and_eigenvalues_are_those_of_the_embedding(order, delay):
    x = np.random.default_rng(6).normal(size=(3, 70)).cumsum(axis=-1)
    for row, s, principal in zip(
        x,
        est.probabilities(x, space=est.SingularValues(order=order, delay=delay)),
        est.probabilities(x, space=est.Eigenvalues(order=order, delay=delay)),
        strict=True,
    ):
        vectors = np.stack(
            [row[t : t + (order - 1) * delay + 1 : delay] for t in range(70 - (order - 1) * delay)]
        )
        expected = np.linalg.svd(vectors, compute_uv=False)
        np.testing.assert_allclose(s, expected / expected.sum(), rtol=0, atol=1e-14)
        values = np.linalg.eigvalsh(np.atleast_2d(np.cov(vectors.T)))[::-1]
        np.testing.assert_allclose(principal, values / values.sum(), rtol=0, atol=1e-13)


def test_a_matrix_has_its_own_singular_values_and_covariance():
    m = xr.DataArray(np.random.default_rng(7).normal(size=(2, 30, 4)), dims=("run", "t", "component"))
    for dim in (("t", "component"), ("component", "t")):
        s = est.probabilities(m, dim=dim, space=est.SingularValues(order=None))
        expected = np.linalg.svd(m.values, compute_uv=False)
        np.testing.assert_allclose(s, expected / expected.sum(-1, keepdims=True), atol=1e-14)
    for matrix in (m, m.isel(t=slice(3))):  # more samples than variables, and fewer
        p = est.probabilities(matrix, dim=("t", "component"), space=est.Eigenvalues(order=None))
        values = np.linalg.eigvalsh(np.cov(matrix.values[1].T))[::-1][: p.sizes["outcome"]]
        np.testing.assert_allclose(p[1], values / values.sum(), atol=1e-13)


def test_signals_of_few_directions_have_few_singular_values():
    t = np.arange(1000)
    wave = est.entropy(np.sin(0.1 * t), space=est.SingularValues(order=6), of=est.Renyi(q=0.5))
    assert wave < math.log(2)  # two directions, and the rest at round-off: (4e-16)^.5 each
    noise = np.random.default_rng(8).normal(size=20_000)
    # singular values of white noise scatter by 1/sqrt(n)
    assert est.entropy(noise, space=est.Eigenvalues(order=4), normalize=True) == pytest.approx(1, abs=1e-3)
    for offset in (0.1, 1e12):
        assert np.isnan(est.entropy(np.full(50, offset), space=est.Eigenvalues()))
    assert np.isnan(est.entropy(np.zeros(50), space=est.SingularValues()))
    assert est.entropy(np.full(50, 0.1), space=est.SingularValues()) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("exponent", [-900, 900])
def test_the_size_of_the_data_does_not_matter(exponent):
    x = np.random.default_rng(9).normal(size=80)
    for space in (est.SingularValues(), est.Eigenvalues(), est.EqualMassBins(), est.ValueBins(bins=8)):
        np.testing.assert_allclose(
            est.entropy(x * 2.0**exponent, space=space), est.entropy(x, space=space), rtol=1e-13
        )
