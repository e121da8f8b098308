"""Statistical complexity: zero at both ends, between them by its formulas."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ergodica import estimators as est

unhurried = settings(deadline=None, max_examples=100)  # first calls import, busy machines are slow

DIVERGENCES = [est.Disequilibrium(), est.JensenShannon()]
every_divergence = pytest.mark.parametrize("divergence", DIVERGENCES, ids=repr)


@every_divergence
def test_order_and_disorder_have_no_complexity(divergence):
    for n in (2, 5, 120):
        assert est.statistical_complexity(np.eye(n)[0], divergence=divergence) == 0
        uniform = est.statistical_complexity(np.full(n, 0.1), divergence=divergence)
        assert uniform == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("p", [0.01, 0.2, 0.45])
def test_two_outcomes_by_hand(p):
    disorder = -(p * math.log(p) + (1 - p) * math.log(1 - p)) / math.log(2)
    assert est.statistical_complexity([p, 1 - p]) == pytest.approx(disorder * 2 * (p - 0.5) ** 2, rel=1e-12)
    middle = (p + 0.5) / 2
    mixed = -(middle * math.log(middle) + (1 - middle) * math.log(1 - middle))
    divergence = mixed - disorder * math.log(2) / 2 - math.log(2) / 2
    largest = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)) - math.log(2) / 2
    value = est.statistical_complexity([p, 1 - p], divergence=est.JensenShannon())
    assert value == pytest.approx(disorder * divergence / largest, rel=1e-11)


@every_divergence
def test_a_certain_outcome_is_farthest_from_uniform(divergence):
    expected = {"lmc": lambda n: 1 - 1 / n, "jensen_shannon": lambda n: 1.0}[divergence.name]
    for n in (2, 7, 5000):
        assert divergence.from_uniform(np.eye(n)[1]) == pytest.approx(expected(n), rel=1e-12)


@every_divergence
@unhurried
@given(
    w=arrays(np.float64, st.integers(2, 30), elements=st.floats(0, 10)).filter(lambda w: w.sum() > 1e-3),
    seed=st.integers(0, 2**32 - 1),
)
def test_bounded_and_blind_to_labels(divergence, w, seed):
    value = est.statistical_complexity(w, divergence=divergence)
    assert 0 <= value <= 1
    shuffled = np.random.default_rng(seed).permutation(w)
    assert est.statistical_complexity(shuffled, divergence=divergence) == pytest.approx(
        value, rel=1e-9, abs=1e-14
    )


def test_nearly_uniform_rows_keep_their_digits():
    n, step = 1000, 1e-6
    p = np.full(n, 1 / n)
    p[::2] *= 1 + step
    p[1::2] *= 1 - step
    largest = math.log(2 * n) - math.log(n) / 2 - (n + 1) / (2 * n) * math.log(n + 1)
    # second order of the divergence: sum (p-u)^2/(8u) = step^2/8; ln(1 + c) of a contrast 5e-7 has 10 digits left
    assert est.JensenShannon().from_uniform(p) == pytest.approx(step**2 / 8 / largest, rel=1e-3)


def test_rows_without_weight_are_nan_and_the_measure_can_be_chosen():
    assert np.isnan(est.statistical_complexity([[0.0, 0.0], [1.0, 3.0]])).tolist() == [True, False]
    w = np.array([0.1, 0.6, 0.3])
    collision = est.entropy(w, of=est.Renyi(q=2), normalize=True)
    expected = collision * ((w - 1 / 3) ** 2).sum()
    assert est.statistical_complexity(w, of=est.Renyi(q=2)) == pytest.approx(expected, rel=1e-13)


def test_pieces_that_do_not_fit_are_refused():
    with pytest.raises(TypeError, match=r"divergence: must be Disequilibrium\(\)"):
        est.statistical_complexity([1.0, 2.0], divergence="lmc")
    with pytest.raises(TypeError, match=r"of: must be a measure"):
        est.statistical_complexity([1.0, 2.0], of="shannon")
    with pytest.raises(ValueError, match=r"normalize: needs at least 2 outcomes"):
        est.statistical_complexity([1.0])
