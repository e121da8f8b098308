"""What every measure promises, for all of them at once and for any distribution."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ergodica import estimators as est

unhurried = settings(deadline=None, max_examples=25)  # first calls import, busy machines are slow

ORDERS = (0, 1e-9, 0.1, 0.5, 0.89, 0.95, 1 - 1e-9, 1, 1 + 1e-9, 1.05, 1.2, 2, 3.7, 50)
MEASURES = [
    est.Shannon(),
    est.Hartley(),
    est.Renyi(q=math.inf),
    *(est.Renyi(q=q) for q in ORDERS),
    *(est.Tsallis(q=q) for q in ORDERS),
    est.MinEntropy(),
    *(est.Kaniadakis(kappa=kappa) for kappa in (-0.7, 0, 1e-9, 0.3, 0.51, 0.99)),
    *(est.Curado(b=b) for b in (1e-6, 0.049, 0.051, 1, 40)),
    *(est.StretchedExponential(eta=eta) for eta in (0.1, 0.5, 1, 2, 30)),
    est.ShannonExtropy(),
    *(est.RenyiExtropy(q=q) for q in (0, 0.5, 0.95, 1, 1.05, 2, 7)),
    *(est.TsallisExtropy(q=q) for q in (0.1, 0.5, 1 - 1e-9, 1, 1.01, 2, 7)),
]
every_measure = pytest.mark.parametrize("of", MEASURES, ids=repr)

weights = arrays(
    np.float64,
    st.integers(1, 40),
    elements=st.one_of(st.just(0.0), st.floats(1e-12, 1e6)),
).filter(lambda w: w.sum() > 0)


@every_measure
def test_uniform_is_the_maximum_and_certain_is_zero(of):
    for n in (2, 3, 10, 1000):
        assert est.entropy(np.ones(n), of=of) == pytest.approx(of.maximum(n), rel=1e-13)
        assert est.entropy(np.ones(n), of=of, normalize=True) == pytest.approx(1, rel=1e-13)
        certain = est.entropy(np.eye(n)[0], of=of)
        assert certain == 0
        assert math.copysign(1, certain) == 1  # no -0 in a table


@every_measure
@unhurried
@given(w=weights)
def test_between_zero_and_the_maximum(of, w):
    value = est.entropy(w, of=of)
    assert -1e-14 <= value <= of.maximum(len(w)) * (1 + 1e-12) + 1e-12


@every_measure
@unhurried
@given(w=weights, seed=st.integers(0, 2**32 - 1))
def test_relabelling_rescaling_and_impossible_outcomes_change_nothing(of, w, seed):
    rng = np.random.default_rng(seed)
    absent = np.zeros(0 if of.impossible_count else 3)
    other = np.concatenate([rng.permutation(w), absent]) * 2.0 ** rng.integers(-1000, 900)
    # sums of up to 43 terms in another order
    assert est.entropy(other, of=of) == pytest.approx(est.entropy(w, of=of), rel=1e-11, abs=1e-13)


@every_measure
@unhurried
@given(w=weights, share=st.floats(0, 0.5), seed=st.integers(0, 2**32 - 1))
def test_evening_out_two_outcomes_never_lowers_it(of, w, share, seed):
    """Schur concavity: a transfer from a likelier to a less likely outcome is never a loss."""
    first, second = np.random.default_rng(seed).integers(len(w), size=2)
    moved = share * (w[first] - w[second])
    even = w.copy()
    even[first] -= moved
    even[second] += moved
    before, after = est.entropy(w, of=of), est.entropy(even, of=of)
    assert after >= before - 1e-12 * (1 + abs(before))


@unhurried
@given(w=weights)
def test_renyi_never_increases_with_its_order(w):
    values = [est.entropy(w, of=est.Renyi(q=q)) for q in (*ORDERS, math.inf)]
    assert (np.diff(values) <= 1e-12).all()


@unhurried
@given(w=weights)
def test_hartley_is_renyi_0_and_tsallis_0_counts_the_support(w):
    support = np.count_nonzero(w)
    assert est.entropy(w, of=est.Hartley()) == est.entropy(w, of=est.Renyi(q=0)) == np.log(support)
    assert est.entropy(w, of=est.Tsallis(q=0)) == support - 1


@pytest.mark.parametrize("kind", [est.Renyi, est.Tsallis])
@pytest.mark.parametrize("offset", [1e-15, 1e-12, 1e-9, -1e-9, 1e-6, -1e-6])
def test_orders_near_one_lose_no_digits(kind, offset):
    w = np.random.default_rng(0).exponential(size=1000)
    p = w / w.sum()
    log = np.log(p)
    shannon = -(p * log).sum()
    curvature = (p * (log + shannon) ** 2).sum() if kind is est.Renyi else (p * log**2).sum()
    expected = (
        shannon - curvature * offset / 2
    )  # first order of the expansion in q-1; the next is 1e-12 * 100
    assert est.entropy(w, of=kind(q=1 + offset)) == pytest.approx(
        expected, rel=1e-10 if abs(offset) > 1e-7 else 1e-13
    )


@pytest.mark.parametrize("kind", [est.Renyi, est.Tsallis])
@pytest.mark.parametrize("border", [0.9, 1.1])
def test_the_two_formulas_meet_where_one_takes_over(kind, border):
    w = np.random.default_rng(1).exponential(size=(20, 300)) ** 3
    below, above = (est.entropy(w, of=kind(q=border + step)) for step in (-1e-13, 1e-13))
    np.testing.assert_allclose(below, above, rtol=1e-11)  # 1e-13 times a slope of order 10


@pytest.mark.parametrize("q", [0.1, 0.5, 0.95, 1, 3])
@pytest.mark.parametrize("rare", [1e-17, 3e-10, 1e-3])
def test_extropies_keep_their_digits_beside_a_nearly_certain_outcome(rare, q):
    with mpmath.workdps(60):
        total = 1 + 2 * mpmath.mpf(rare)
        rest = [2 * rare / total, *[1 - rare / total] * 2]
        powers = mpmath.fsum(one ** mpmath.mpf(q) for one in rest)
        tsallis = (2 - powers) / (mpmath.mpf(q) - 1) if q != 1 else 0
        renyi = 2 * mpmath.log(powers / 2) / (1 - mpmath.mpf(q)) if q != 1 else 0
        if q == 1:
            tsallis = renyi = -mpmath.fsum(one * mpmath.log(one) for one in rest)
    found = [est.entropy([rare, 1.0, rare], of=kind(q=q)) for kind in (est.TsallisExtropy, est.RenyiExtropy)]
    assert found[0] == pytest.approx(float(tsallis), rel=1e-14)
    # far from order 1 a sum that is nearly 1 is taken the logarithm of
    assert found[1] == pytest.approx(float(renyi), rel=1e-14, abs=4e-16)


def test_large_orders_neither_underflow_nor_overflow():
    w = np.random.default_rng(2).exponential(size=500)
    peak = est.entropy(w, of=est.Renyi(q=math.inf))
    for q in (1e3, 1e6, 1e300):
        assert peak <= est.entropy(w, of=est.Renyi(q=q)) <= peak * q / (q - 1) * (1 + 1e-12)
        assert est.entropy(w, of=est.Tsallis(q=q)) == pytest.approx(1 / (q - 1), rel=1e-9)


def test_renyi_adds_over_independent_parts_and_tsallis_has_its_cross_term():
    rng = np.random.default_rng(4)
    a, b = rng.exponential(size=30), rng.exponential(size=50)
    joint = np.outer(a, b).ravel()
    for q in (0, 0.5, 1, 1.01, 2, 7, math.inf):
        of = est.Renyi(q=q)
        parts = est.entropy(a, of=of) + est.entropy(b, of=of)
        assert est.entropy(joint, of=of) == pytest.approx(parts, rel=1e-12)
    for q in (0, 0.5, 1, 1.01, 2, 7):
        of = est.Tsallis(q=q)
        s, r = est.entropy(a, of=of), est.entropy(b, of=of)
        assert est.entropy(joint, of=of) == pytest.approx(s + r + (1 - q) * s * r, rel=1e-12)


def test_tsallis_and_renyi_are_functions_of_each_other():
    w = np.random.default_rng(6).exponential(size=(10, 64))
    for q in (0.3, 0.97, 1.5, 2, 4):
        renyi, tsallis = est.entropy(w, of=est.Renyi(q=q)), est.entropy(w, of=est.Tsallis(q=q))
        np.testing.assert_allclose(tsallis, np.expm1((1 - q) * renyi) / (1 - q), rtol=1e-11)


@pytest.mark.parametrize("q", [-1, -1e-9, math.nan, "two", None])
@pytest.mark.parametrize("kind", [est.Renyi, est.Tsallis])
def test_an_impossible_order_is_refused(kind, q):
    with pytest.raises(ValueError, match=r"q: must be .*got"):
        kind(q=q)


def test_tsallis_of_infinite_order_names_the_min_entropy():
    with pytest.raises(ValueError, match=r"Renyi\(q=inf\)"):
        est.Tsallis(q=math.inf)
