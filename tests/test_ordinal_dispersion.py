"""Dispersion patterns: classes and words as numpy and scipy make them."""

import math

import numpy as np
import pytest
import xarray as xr
from scipy.stats import logistic, norm

from ergodica import estimators as est

RNG = np.random.default_rng(3)

MAPPED = {
    "normal cdf": lambda z, x: norm.cdf(z),
    "logistic": lambda z, x: logistic.cdf(z),
    "tanh": lambda z, x: (np.tanh(z) + 1) / 2,
    "linear": lambda z, x: (x - x.min()) / (x.max() - x.min()),
}


def words(x, space):
    """Words of classes from 0, `(words, order)`."""
    y = MAPPED[space.mapping]((x - x.mean()) / x.std(), x)
    classes = np.minimum(np.floor(space.classes * y), space.classes - 1).astype(int)
    n = len(x) - space.overlap
    return np.stack([classes[k * space.delay :][:n] for k in range(space.order)], axis=-1)


@pytest.mark.parametrize("mapping", MAPPED)
@pytest.mark.parametrize(
    ("classes", "order", "delay", "n"), [(2, 1, 1, 30), (6, 3, 1, 4100), (5, 4, 3, 400), (12, 4, 1, 500)]
)
def test_words_are_those_of_the_mapped_values(mapping, classes, order, delay, n):
    x = 3 + RNG.normal(size=n)
    space = est.Dispersion(classes=classes, order=order, delay=delay, mapping=mapping)
    wanted = words(x, space) @ classes ** np.arange(order - 1, -1, -1)
    np.testing.assert_array_equal(space.encode(x[np.newaxis])[0], wanted)
    counts = np.bincount(wanted, minlength=classes**order)
    np.testing.assert_array_equal(space.weights(np.stack([x, x]))[1], counts)


@pytest.mark.parametrize(("classes", "order", "delay"), [(3, 2, 1), (6, 3, 2), (12, 4, 1)])
def test_steps_are_differences_of_the_classes(classes, order, delay):
    x = RNG.normal(size=700).cumsum()
    space = est.FluctuationDispersion(classes=classes, order=order, delay=delay)
    base = 2 * classes - 1
    steps = np.diff(words(x, space), axis=-1) + classes - 1
    wanted = steps @ base ** np.arange(order - 2, -1, -1)
    np.testing.assert_array_equal(space.encode(x[np.newaxis])[0], wanted)
    counts = np.bincount(wanted, minlength=base ** (order - 1))
    np.testing.assert_array_equal(space.weights(x[np.newaxis])[0], counts)


@pytest.mark.parametrize("exponent", [-1000, 1000])
def test_the_unit_of_the_data_does_not_matter(exponent):
    x = RNG.normal(size=(1, 300))
    for mapping in MAPPED:
        space = est.Dispersion(classes=5, order=2, mapping=mapping)
        np.testing.assert_array_equal(space.encode(x * 2.0**exponent), space.encode(x))


def test_a_value_on_an_edge_is_of_the_upper_class():
    x = np.array([[0.0, 0.25, 0.5, 0.75, 1.0]])  # floor(4 y) + 1, but 4 at most
    assert est.Dispersion(classes=4, order=1, mapping="linear").encode(x).tolist() == [[0, 1, 2, 3, 3]]
    turns = np.array([[-1.0, 0.0, 1.0]])
    for mapping in MAPPED:
        assert est.Dispersion(classes=2, order=1, mapping=mapping).encode(turns).tolist() == [[0, 1, 1]]


def test_words_are_named():
    x = xr.DataArray(np.tile([-1.0, 1.0], 20), dims="t")
    p = est.probabilities(x, space=est.Dispersion(classes=2, order=2))
    assert p.outcome_name.values.tolist() == ["11", "12", "21", "22"]
    np.testing.assert_allclose(p, [0, 20 / 39, 19 / 39, 0])
    steps = est.probabilities(x, space=est.FluctuationDispersion(classes=2, order=2))
    assert steps.outcome_name.values.tolist() == ["-1", "+0", "+1"]
    many = est.Dispersion(classes=11, order=2).outcomes(()).names
    assert many[-1] == "11 11"
    assert est.Dispersion(classes=10, order=5).outcomes(()).names is None


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"classes": 1}, r"classes: must be a whole number >= 2, got 1; 6 is usual"),
        ({"order": 0}, r"order: must be a whole number >= 1, got 0; 2 or 3"),
        ({"mapping": "normal"}, r"mapping: must be one of normal cdf, logistic, tanh, linear, got 'normal'"),
        ({"classes": 100, "order": 4}, r"order: must give at most 2\^22 outcomes, got 100000000"),
    ],
)
def test_what_cannot_be_is_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        est.Dispersion(**arguments)


def test_steps_need_two_classes_and_pieces_do_not_add_up():
    with pytest.raises(ValueError, match=r"order: must be a whole number >= 2, got 1"):
        est.FluctuationDispersion(order=1)
    with pytest.raises(ValueError, match=r"dim: must hold at least .* = 3 samples, got 2 of axis 0"):
        est.dispersion_entropy([1.0, 2.0])
    data = xr.DataArray(RNG.normal(size=100), dims="t").chunk(t=50)
    with pytest.raises(ValueError, match=r"dim: .* one chunk"):
        est.dispersion_entropy(data)


def test_normalized_entropy_is_that_of_all_words():
    x = RNG.normal(size=20_000)
    value = est.dispersion_entropy(x, classes=3, order=2)
    assert est.dispersion_entropy(x, classes=3, order=2, normalize=True) == pytest.approx(
        value / math.log(9), rel=1e-14
    )
