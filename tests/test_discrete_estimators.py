"""Probability estimators against published numbers, sums written out, and sources that are known."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ergodica import estimators as est
from ergodica.estimators.probability.chao_wang_jost import power_tail
from ergodica.estimators.probability.nsb import log_rising
from ergodica.scripts.studies import discrete_tables

unhurried = settings(deadline=None, max_examples=12)  # first calls import, busy machines are slow
some_counts = st.lists(st.integers(0, 30), min_size=2, max_size=12).filter(lambda c: sum(c) > 1)
ESTIMATORS = discrete_tables.shannon_estimators()
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


def harmonic(a, b):
    """1/a + ... + 1/(b-1)."""
    return sum(1 / k for k in range(a, b))


def plug_in(counts):
    n = sum(counts)
    return -sum(c / n * math.log(c / n) for c in counts if c)


WRITTEN_OUT = {
    est.MillerMadow(): lambda c, n: plug_in(c) + (sum(x > 0 for x in c) - 1) / (2 * n),
    est.Zhang(): lambda c, n: sum(x / n * harmonic(x, n) for x in c if x),
    est.Schuermann(xi=1): lambda c, n: sum(x / n * harmonic(x, n) for x in c if x),
    est.Bonachela(): lambda c, n: sum((x + 1) * harmonic(x + 2, n + 3) for x in c) / (n + 2),
    est.HorvitzThompson(): lambda c, n: sum(
        -x / n * math.log(x / n) / (1 - (1 - x / n) ** n) for x in c if x
    ),
    est.Jackknife(): lambda c, n: (
        n * plug_in(c)
        - (n - 1) / n * sum(x * plug_in([*c[:i], x - 1, *c[i + 1 :]]) for i, x in enumerate(c) if x)
    ),
    est.WolpertWolf(constant=1): lambda c, n: sum(
        (x + 1) / (n + len(c)) * harmonic(x + 2, n + len(c) + 1) for x in c
    ),
    est.AddConstant(constant=1): lambda c, n: plug_in([x + 1 for x in c]),
    est.AddConstant(constant="minimax"): lambda c, n: plug_in([x + math.sqrt(n) / len(c) for x in c]),
    est.AddConstant(constant="perks"): lambda c, n: plug_in([x + 1 / len(c) for x in c]),
}


@pytest.mark.parametrize("estimator", WRITTEN_OUT, ids=repr)
@unhurried
@given(c=some_counts)
def test_estimates_are_their_sums_written_out(estimator, c):
    # the jackknife multiplies round-off by n < 360
    assert est.entropy(c, estimator=estimator) == pytest.approx(
        WRITTEN_OUT[estimator](c, sum(c)), rel=1e-11, abs=1e-11
    )


def test_grassberger_has_its_published_values():
    counts = [10, 5, 3, 1, 1]
    assert est.entropy(counts, estimator=est.Grassberger(year=1988)) == pytest.approx(1.4789, abs=5e-5)
    assert est.entropy(counts, estimator=est.Grassberger()) == pytest.approx(1.5121, abs=5e-5)


@unhurried
@given(c=some_counts)
def test_schuermann_at_one_half_is_grassberger_with_another_logarithm(c):
    n = sum(c)
    difference = float(mpmath.digamma(n)) - math.log(n)
    expected = est.entropy(c, estimator=est.Grassberger()) + difference
    assert est.entropy(c, estimator=est.Schuermann(xi=0.5)) == pytest.approx(expected, abs=1e-12)


@unhurried
@example(c=[1, 1, 1, 5])  # none seen twice
@example(c=[1, 1, 1, 1])
@given(c=some_counts)
def test_chao_shen_and_chao_wang_jost_are_their_formulas(c):
    n, once, twice = sum(c), c.count(1), c.count(2)
    coverage = 1 - once / n if once < n else 1 / n
    p = [coverage * x / n for x in c if x]
    shen = sum(-x * math.log(x) / (1 - (1 - x) ** n) if x < 1 else 0.0 for x in p)
    assert est.entropy(c, estimator=est.ChaoShen()) == pytest.approx(shen, rel=1e-12, abs=1e-14)
    with mpmath.workdps(120):  # the bracket cancels n digits
        if twice:
            a = mpmath.mpf(2 * twice) / ((n - 1) * once + 2 * twice)
        else:
            a = mpmath.mpf(2) / ((n - 1) * (once - 1) + 2) if once else mpmath.mpf(1)
        tail = 0
        if a < 1:
            bracket = -mpmath.log(a) - mpmath.fsum((1 - a) ** r / r for r in range(1, n))
            tail = once / mpmath.mpf(n) * (1 - a) ** (1 - n) * bracket
        jost = float(tail) + sum(x / n * harmonic(x, n) for x in c if x)
    assert est.entropy(c, estimator=est.ChaoWangJost()) == pytest.approx(jost, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("m", [0, 1, 30, 1000])
@pytest.mark.parametrize("a", [1e-12, 1e-6, 1e-3, 0.0951, 0.0952, 0.5, 1.0])
def test_the_tail_of_a_logarithm_keeps_its_digits(m, a):
    z = 1 - a
    with mpmath.workdps(400):
        exact = mpmath.mpf(0)
        if z:
            exact = -mpmath.log(1 - mpmath.mpf(z)) - mpmath.fsum(
                mpmath.mpf(z) ** r / r for r in range(1, m + 1)
            )
            exact /= mpmath.mpf(z) ** m
    assert float(power_tail(np.array(z), np.array(float(m)))) == pytest.approx(float(exact), rel=1e-13)


@pytest.mark.parametrize(
    "c", [[3, 0], [4, 2, 1, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0], [50, 1, 0], [200, 150, 3, 1]]
)
def test_nsb_is_its_integral(c):
    k, n = len(c), sum(c)

    def weight(u):
        a = mpmath.exp(u)
        slope = k * mpmath.psi(1, k * a + 1) - mpmath.psi(1, a + 1)
        return a * slope * mpmath.rf(k * a, n) ** -1 * mpmath.fprod(mpmath.rf(a, x) for x in c)

    def mean(u):
        a = mpmath.exp(u)
        total = n + k * a
        return mpmath.psi(0, total + 1) - mpmath.fsum((x + a) / total * mpmath.psi(0, x + a + 1) for x in c)

    # equal steps integrate what is smooth and falls off at both ends; beyond e^27 lies e^-27 of the prior
    with mpmath.workdps(25):
        u = [mpmath.mpf(step) / 10 for step in range(-270, 271)]
        weights = [weight(one) for one in u]
        exact = mpmath.fdot(weights, map(mean, u)) / mpmath.fsum(weights)
    assert est.entropy(c, estimator=est.NSB()) == pytest.approx(float(exact), abs=1e-9)


@pytest.mark.parametrize("n", [1.0, 7.0, 1e6])
def test_a_rising_factorial_keeps_its_digits(n):
    x = np.array([1e-15, 0.3, 49.9, 50.1, 1e4, 1e9, 1e18])
    with mpmath.workdps(60):
        exact = [float(mpmath.loggamma(mpmath.mpf(a) + n) - mpmath.loggamma(mpmath.mpf(a))) for a in x]
    np.testing.assert_allclose(log_rising(x, n), exact, rtol=2e-13)


def test_shrinkage_is_as_hausser_and_strimmer_write_it():
    c = np.array([10.0, 5, 3, 1, 1, 0])
    f = c / 20
    share = (1 - (f * f).sum()) / (19 * ((1 / 6 - f) ** 2).sum())
    p = est.JamesStein().probabilities(c)
    np.testing.assert_allclose(p, share / 6 + (1 - share) * f, rtol=1e-14)
    for scattered in ([1.0, 0, 0, 0], [3.0, 2, 2, 1]):  # shrunk all the way, and no further
        assert est.JamesStein().probabilities(np.array(scattered)).tolist() == [0.25] * 4


@pytest.mark.parametrize("q", [2, 3, 5])
@unhurried
@given(c=some_counts)
def test_unbiased_powers_count_the_tuples_that_coincide(q, c):
    n = sum(c)
    tsallis = est.entropy(c, of=est.Tsallis(q=q), estimator=est.UnbiasedPowers())
    renyi = est.entropy(c, of=est.Renyi(q=q), estimator=est.UnbiasedPowers())
    if n < q:
        assert np.isnan([tsallis, renyi]).all()
        return
    share = sum(math.comb(x, q) for x in c) / math.comb(n, q)
    assert tsallis == pytest.approx((1 - share) / (q - 1), rel=1e-13, abs=1e-15)
    if share:
        assert renyi == pytest.approx(math.log(share) / (1 - q), rel=1e-12, abs=1e-14)
    else:
        assert np.isnan(renyi)


def test_unbiased_powers_have_no_bias():
    p = discrete_tables.zipf(50)
    counts = np.random.default_rng(1).multinomial(20, p, size=4000)
    found = est.entropy(counts, of=est.Tsallis(q=2), estimator=est.UnbiasedPowers())
    assert abs(found.mean() - (1 - (p * p).sum())) < 4 * found.std(ddof=1) / math.sqrt(4000)
    for of in (est.Renyi(q=1.5), est.Renyi(q=math.inf), est.Tsallis(q=1), est.Shannon()):
        with pytest.raises(TypeError, match="estimator: UnbiasedPowers"):
            est.entropy(counts, of=of, estimator=est.UnbiasedPowers())


ACCURACY = {  # root mean square error on Zipf(1000), n=1000, and its own error over 60 sets
    est.PlugIn(): 0.42,
    est.ChaoShen(): 0.08,
    est.ChaoWangJost(): 0.085,
    est.NSB(): 0.08,
}


@pytest.mark.parametrize("estimator", ACCURACY, ids=repr)
def test_errors_of_few_counts_of_a_long_tail_are_as_known(estimator):
    error = discrete_tables.errors(estimator, tuple(discrete_tables.zipf()), 1000, 60)
    mean_square = (error**2).mean()
    scatter = (error**2).std(ddof=1) / math.sqrt(60)
    assert mean_square <= ACCURACY[estimator] ** 2 + 4 * scatter


@every_estimator
def test_many_counts_of_a_known_source_give_its_entropy(estimator):
    p = (0.4, 0.3, 0.2, 0.1)
    error = discrete_tables.errors(estimator, p, 30_000, 40)
    # of 4 outcomes the bias is below 4/n for all
    assert abs(error.mean()) < 4 / 30_000 + 4 * error.std(ddof=1) / math.sqrt(40)


@every_estimator
def test_rows_do_not_depend_on_what_stands_beside_them(estimator):
    rng = np.random.default_rng(0)
    rows = rng.multinomial(40, rng.dirichlet(np.ones(9)), size=300).astype(float)
    rows[3, 2] = np.nan
    rows[5] = 0
    together = est.entropy(rows, estimator=estimator)
    alone = [est.entropy(row, estimator=estimator) for row in rows[:20]]
    np.testing.assert_array_equal(together[:20], alone)
    assert np.flatnonzero(np.isnan(together)).tolist() == [3, 5]


@every_estimator
def test_fractions_are_no_counts(estimator):
    if isinstance(estimator, est.PlugIn):
        assert est.entropy([0.5, 0.5], estimator=estimator) == math.log(2)
        return
    with pytest.raises(ValueError, match=rf"x: {type(estimator).__name__} needs whole counts, got fractions"):
        est.entropy([0.5, 0.5], estimator=estimator)


@every_estimator
def test_huge_and_single_counts_give_no_infinity(estimator):
    huge = est.entropy([1e12, 1e12, 5, 0], estimator=estimator)
    assert huge == pytest.approx(math.log(2), abs=1e-6)
    one = est.entropy([1, 0, 0], estimator=estimator)
    assert np.isfinite(one) != isinstance(estimator, est.Jackknife)


def test_corrections_of_many_counts_keep_their_digits():
    """From 1e9 counts on the bias of 10 outcomes is (10-1)/(2n), and no more; round-off must not exceed it."""
    counts = np.arange(1, 11) * 2 * 10**8
    n = counts.sum()
    plug_in = est.entropy(counts)
    for estimator in (
        est.MillerMadow(),
        est.Jackknife(),
        est.Zhang(),
        est.ChaoWangJost(),
        est.Grassberger(year=1988),
    ):
        # each is exact up to terms of 1/n_i^2 = 2.5e-17; sums of 10 terms of size 1 round by 1e-15
        grassberger = 1 / (2 * n) if isinstance(estimator, est.Grassberger) else 0
        correction = est.entropy(counts, estimator=estimator) - plug_in - grassberger
        assert correction == pytest.approx(9 / (2 * n), abs=5e-15)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: est.Grassberger(year=2000), r"year: must be 1988 or 2003, got 2000"),
        (lambda: est.Schuermann(xi=0.1), r"xi: must be from 0\.5 to 1, got 0\.1"),
        (lambda: est.Schuermann(xi="a"), r"xi: must be"),
        (lambda: est.AddConstant(constant=0), r"constant: must be a finite number > 0 or one of laplace"),
        (lambda: est.AddConstant(constant="bayes"), r"constant: must be .* got 'bayes'"),
        (lambda: est.WolpertWolf(constant=math.inf), r"constant: must be"),
        (lambda: est.AddConstant(constant=True), r"constant: must be"),
    ],
)
def test_impossible_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
