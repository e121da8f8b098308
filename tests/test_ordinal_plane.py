"""The complexity-entropy plane: known places of chaos and noise, limits that nothing crosses."""

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from ergodica import estimators as est

unhurried = settings(deadline=None, max_examples=150)  # first calls import, busy machines are slow
RNG = np.random.default_rng(5)


def logistic(n):
    x = np.empty(n)
    x[0] = 0.3
    for t in range(1, n):
        x[t] = 4 * x[t - 1] * (1 - x[t - 1])
    return x


def henon(n):
    x, y, found = 0.1, 0.1, np.empty(n + 100)
    for t in range(n + 100):
        x, y = 1 - 1.4 * x * x + y, 0.3 * x
        found[t] = x
    return found[100:]


@pytest.mark.parametrize(
    ("orbit", "truth"), [(logistic, (0.67985, 0.39923)), (henon, (0.6156, 0.4044))], ids=["logistic", "henon"]
)
def test_chaotic_maps_are_where_they_should_be(orbit, truth):
    point = est.complexity_entropy_plane(orbit(100_000))
    # orbits of 1e4 points scatter by .0025: ten times as long a one by .0008, and three of that
    assert point.entropy == pytest.approx(truth[0], abs=0.0024)
    assert point.complexity == pytest.approx(truth[1], abs=0.0024)


def test_noise_is_at_one_and_a_ramp_at_zero():
    series = np.stack([RNG.random(200_000), np.arange(200_000.0), -np.arange(200_000.0)])
    point = est.complexity_entropy_plane(series)
    assert point.entropy.dims == ("lane0",)
    # 119/(2 n ln 120) = 6e-5 below 1
    np.testing.assert_allclose(point.entropy, [1, 0, 0], atol=2e-4)
    np.testing.assert_allclose(point.complexity, [0, 0, 0], atol=5e-4)


@pytest.mark.parametrize("frequency", [0.05, 0.7373, 1.9, 2.7])
def test_a_sampled_sinusoid_has_14_patterns_at_most(frequency):
    x = np.sin(frequency * np.arange(50_000) + 0.3)
    assert est.permutation_entropy(x, normalize=True) <= math.log(14) / math.log(120)
    missing = est.forbidden_patterns(x)
    assert missing.missing >= 106
    assert missing.expected < 1e-100


def test_the_plane_is_entropy_and_complexity_of_the_space():
    x = RNG.normal(size=(3, 500)).cumsum(axis=-1)
    space = est.OrdinalPatterns(order=4)
    point = est.complexity_entropy_plane(x, space=space)
    np.testing.assert_array_equal(point.entropy, est.entropy(x, space=space, normalize=True))
    wanted = est.statistical_complexity(x, space=space, divergence=est.JensenShannon())
    np.testing.assert_array_equal(point.complexity, wanted)
    assert point.attrs["outcomes"] == 24
    turned = est.complexity_entropy_plane(x.T, dim=0, space=space)
    xr.testing.assert_equal(turned, point)


def test_a_corrected_entropy_has_no_place_in_the_plane():
    for take in (est.complexity_entropy_plane, est.statistical_complexity):
        with pytest.raises(TypeError, match="MillerMadow corrects an entropy and gives no probabilities"):
            take(RNG.normal(size=100), space=est.OrdinalPatterns(order=3), estimator=est.MillerMadow())
    x = RNG.normal(size=100)
    space, estimator = est.OrdinalPatterns(order=3), est.JamesStein()
    point = est.complexity_entropy_plane(x, space=space, estimator=estimator)
    p = est.probabilities(x, space=space, estimator=estimator)
    assert float(point.entropy) == pytest.approx(est.entropy(p, normalize=True), rel=1e-14)
    wanted = est.statistical_complexity(p, divergence=est.JensenShannon())
    # D is a difference of sums of order 1
    assert float(point.complexity) == pytest.approx(wanted, abs=1e-15)


def test_constant_and_nan_are_not_at_zero_silently():
    x = RNG.normal(size=(4, 200))
    x[0], x[1, 3] = 0.1, np.nan
    point = est.complexity_entropy_plane(x)
    for one in (point.entropy, point.complexity):
        assert np.isnan(one).values.tolist() == [True, True, False, False]
    assert np.isnan(est.forbidden_patterns(x).missing).values.tolist() == [True, True, False, False]


@unhurried
@given(
    n=st.sampled_from([2, 3, 6, 24, 120]),
    shape=st.floats(-2.5, 2),
    absent=st.sampled_from([0.0, 0.5, 0.95]),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_distribution_is_beyond_the_limits(n, shape, absent, seed):
    rng = np.random.default_rng(seed)
    weights = rng.gamma(10**shape, size=n) * (rng.random(n) >= absent)
    weights[0] += 1e-9
    h = float(est.entropy(weights, normalize=True))
    c = float(est.statistical_complexity(weights, divergence=est.JensenShannon()))
    limits = est.complexity_limits(n, entropy=min(h, 1.0))
    # the inverse of H is steep at both ends: 1e-15 in H moves p by 1e-8 near the uniform distribution
    assert float(limits.lower[0]) - 1e-9 < c < float(limits.upper[0]) + 1e-9


@pytest.mark.parametrize("n", [3, 7])
def test_no_distribution_of_two_values_is_beyond_the_limits(n):
    """Extremes under a given entropy have two different probabilities besides 0: all of these, on a grid."""
    kinds = [(a, b) for a in range(1, n) for b in range(1, n - a + 1)]
    for a, b in kinds:
        p = np.linspace(0, 1 / a, 60)
        weights = np.zeros((60, n))
        weights[:, :a], weights[:, a : a + b] = p[:, None], ((1 - a * p) / b)[:, None]
        h = np.minimum(est.entropy(weights, normalize=True), 1)
        c = est.statistical_complexity(weights, divergence=est.JensenShannon())
        limits = est.complexity_limits(n, entropy=h)
        assert (c > limits.lower.values - 1e-9).all()
        assert (c < limits.upper.values + 1e-9).all()


@pytest.mark.parametrize("n", [2, 6, 120, 5040])
def test_limits_are_reached_by_the_distributions_that_they_are_made_of(n):
    for p in (0.9, 0.5, 1.5 / n):
        weights = np.append(p, np.full(n - 1, (1 - p) / (n - 1)))
        h = est.entropy(weights, normalize=True)
        c = est.statistical_complexity(weights, divergence=est.JensenShannon())
        # near the uniform distribution 1e-15 in H moves p by 1e-8
        tolerance = 1e-13 if n > 2 and p == 0.5 else 1e-9
        assert est.complexity_limits(n, entropy=h).lower[0] == pytest.approx(float(c), abs=tolerance)
    for k in {2, max(n // 3, 2), n}:
        weights = np.zeros(n)
        weights[: k - 1], weights[k - 1] = 1.0, 0.4
        h = est.entropy(weights, normalize=True)
        c = est.statistical_complexity(weights, divergence=est.JensenShannon())
        assert est.complexity_limits(n, entropy=h).upper[0] == pytest.approx(float(c), abs=1e-9)


def test_limits_meet_at_both_ends_and_between_them_the_upper_is_above():
    limits = est.complexity_limits(120)
    np.testing.assert_allclose(limits.isel(entropy=[0, -1]).to_array(), 0, atol=1e-12)
    inner = limits.isel(entropy=slice(1, -1))
    assert (inner.upper > inner.lower).all()
    # Rosso et al. 2007 draw the largest complexity of order 5 just below .5, at an entropy near .5
    assert 0.4 < float(limits.upper.max()) < 0.5


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"outcomes": 1}, r"outcomes: must be a whole number >= 2, got 1"),
        ({"outcomes": 6, "entropy": 1.2}, r"entropy: must be normalized entropies from 0 to 1"),
        ({"outcomes": 6, "entropy": math.nan}, r"entropy: must be normalized entropies from 0 to 1"),
    ],
)
def test_limits_of_what_cannot_be_are_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        est.complexity_limits(**arguments)


def test_maps_of_an_interval_forbid_patterns_and_noise_lacks_what_is_expected():
    orbit = est.forbidden_patterns(logistic(20_000), order=3)
    assert orbit.missing == 1  # the logistic map never falls twice (Amigo et al. 2007)
    found = est.forbidden_patterns(RNG.random((2000, 404)))
    error = float(found.missing.std()) / math.sqrt(2000)
    # measured in 20,000 series: the number expected of independent windows is 0 to 8 % too large at order 5
    expected = float(found.expected)
    assert 0.92 * expected - 4 * error < float(found.missing.mean()) < expected + 4 * error
    assert expected == pytest.approx(120 * (119 / 120) ** 400, rel=1e-12)
    with pytest.raises(ValueError, match=r"dim: must hold at least"):
        est.forbidden_patterns([1.0, 2.0, 3.0])


def test_complexity_is_drawn_as_a_plane_below_its_limits(tmp_path):
    from ergodica.data.pictures import picture
    from ergodica.data.pictures.canvas import new_figure

    ax = new_figure(4, 3).subplots()
    drawn = picture("plane_limits")(est.complexity_limits(24), ax)
    assert len(drawn) == 2
    picture("plane")(
        est.complexity_entropy_plane(RNG.normal(size=(5, 99)), space=est.OrdinalPatterns(order=4)), ax
    )
    assert "entropy" in ax.get_xlabel()
    ax.figure.savefig(tmp_path / "plane.png")
