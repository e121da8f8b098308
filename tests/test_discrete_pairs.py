"""Every measure with every space and every estimator: a number that is what its labels say, or a clear refusal."""

import functools
import math

import numpy as np
import pytest
from scipy.special import gamma, gammaincc

from ergodica import estimators as est
from ergodica.scripts.studies import discrete_tables

SPACES = discrete_tables.spaces()
MEASURES = discrete_tables.measures()
ESTIMATORS = discrete_tables.probability_estimators()
every_space = pytest.mark.parametrize("space", SPACES, ids=repr)


def upper_gamma(a, x):
    return gammaincc(a, x) * gamma(a)


FORMULAS = {
    "Shannon": lambda p, of: -sum(x * math.log(x) for x in p if x > 0),
    "Renyi": lambda p, of: math.log(sum(x**of.q for x in p if x > 0)) / (1 - of.q),
    "MinEntropy": lambda p, of: -math.log(max(p)),
    "Hartley": lambda p, of: math.log(sum(x > 0 for x in p)),
    "Tsallis": lambda p, of: (1 - sum(x**of.q for x in p if x > 0)) / (of.q - 1),
    "Kaniadakis": lambda p, of: -sum(x * (x**of.kappa - x**-of.kappa) for x in p if x > 0) / (2 * of.kappa),
    "Curado": lambda p, of: sum(1 - math.exp(-of.b * x) for x in p) + math.exp(-of.b) - 1,
    "StretchedExponential": lambda p, of: sum(
        upper_gamma(1 + 1 / of.eta, -math.log(x)) - x * gamma(1 + 1 / of.eta) for x in p if x > 0
    ),
    "ShannonExtropy": lambda p, of: -sum((1 - x) * math.log(1 - x) for x in p if x < 1),
    "RenyiExtropy": lambda p, of: (
        (len(p) - 1) * math.log(sum((1 - x) ** of.q for x in p) / (len(p) - 1)) / (1 - of.q)
    ),
    "TsallisExtropy": lambda p, of: (len(p) - 1 - sum((1 - x) ** of.q for x in p)) / (of.q - 1),
}


@functools.cache
def frequencies(space):
    """Plain relative frequencies of the weights of each row of the example."""
    dims = discrete_tables.dimensions(space)
    values = discrete_tables.example_data().values
    rows = values if dims == ("t",) else values[np.newaxis]
    return [list(map(float, w / w.sum())) for w in space.weights(np.ascontiguousarray(rows, float))]


@every_space
def test_plug_in_is_the_formula_of_every_measure(space):
    p = frequencies(space)
    for of in MEASURES:
        if type(of).__name__ not in discrete_tables.accepted(space, est.PlugIn()):
            continue
        expected = [FORMULAS[type(of).__name__](row, of) for row in p]
        found = np.atleast_1d(discrete_tables.value_of(space, of, est.PlugIn()).values)
        # sums of up to 480 terms, each rounded; (n-1) ln of a sum near n-1 in extropies loses three digits more
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12, err_msg=repr(of))


@every_space
def test_every_pair_gives_a_labelled_bounded_number_or_names_the_pairs_that_do(space):
    largest_of = {of: of.maximum(max(len(frequencies(space)[0]), 2)) for of in MEASURES}
    for estimator in ESTIMATORS:
        for of in MEASURES:
            if type(of).__name__ not in discrete_tables.accepted(space, estimator):
                with pytest.raises(TypeError, match=r"^(estimator|of): .*; .+") as caught:
                    discrete_tables.value_of(space, of, estimator)
                assert "\n" not in str(caught.value)
                assert any(f"{word}(" in str(caught.value) for word in ("PlugIn", "Symbols"))
                continue
            h = discrete_tables.value_of(space, of, estimator)
            assert np.isfinite(h.values).all(), (of, estimator)
            # what corrects for unseen outcomes may pass the maximum: by less than a nat here, Bonachela's by more
            beyond = 0.0 if estimator.gives_probabilities else 1.0
            beyond = 3.0 if isinstance(estimator, est.Bonachela) else beyond
            assert (h.values > -1e-12 - 0.2 * (beyond > 0)).all(), (of, estimator)
            assert (h.values <= largest_of[of] + beyond + 1e-12).all(), (of, estimator)
            assert h.name == f"{of.name}_entropy"
            assert h.units == ("nat" if of.logarithmic else "1")
            assert all(repr(piece) in h.method for piece in (of, space, estimator))
            assert space.long_name in h.long_name
            assert of.long_name in h.long_name


@every_space
@pytest.mark.parametrize("of", MEASURES, ids=repr)
def test_normalizing_and_the_base_divide_by_what_they_should(space, of):
    if not space.outcomes_known:
        with pytest.raises(TypeError, match=r"number="):
            discrete_tables.value_of(space, of, est.PlugIn(), normalize=True)
        return
    nats = discrete_tables.value_of(space, of, est.PlugIn())
    share = discrete_tables.value_of(space, of, est.PlugIn(), normalize=True)
    outcomes = est.probabilities(
        discrete_tables.example_data(), dim=discrete_tables.dimensions(space), space=space
    ).sizes["outcome"]
    np.testing.assert_allclose(share * of.maximum(outcomes), nats, rtol=1e-13)
    assert share.units == "1"
    assert (share <= 1 + 1e-12).all()
    if of.logarithmic:
        bits = discrete_tables.value_of(space, of, est.PlugIn(), base=2)
        np.testing.assert_allclose(bits * math.log(2), nats, rtol=1e-15)
        assert bits.units == "bit"
    else:
        with pytest.raises(TypeError, match="is no logarithm"):
            discrete_tables.value_of(space, of, est.PlugIn(), base=2)


def test_probabilities_are_given_by_those_that_estimate_them_and_refused_by_the_rest():
    n = discrete_tables.example_data()
    for estimator in ESTIMATORS:
        if estimator.gives_probabilities:
            p = est.probabilities(n, dim="t", space=est.Symbols(number=4), estimator=estimator)
            np.testing.assert_allclose(p.sum("outcome"), 1, rtol=1e-14)
        else:
            with pytest.raises(TypeError, match="gives no probabilities; use PlugIn"):
                est.probabilities(n, dim="t", space=est.Symbols(number=4), estimator=estimator)
