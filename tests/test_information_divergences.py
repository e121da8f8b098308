"""Divergences of distributions: closed forms, rules between them, and weights that are not probabilities yet."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est

LN2 = math.log(2)
METRICS = (est.jensen_shannon_distance, est.hellinger, est.total_variation)
DIVERGENCES = (*METRICS, est.kullback_leibler, est.jensen_shannon_divergence)
# sums of some tens of terms of size 1
ROUND_OFF = 1e-14


def draw(seed, lanes=50, outcomes=8):
    """Distributions some of whose outcomes are absent."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(outcomes, 0.5), size=lanes)
    p[:, 0] = 0.0
    return p / p.sum(axis=-1, keepdims=True)


def test_values_are_those_of_the_definitions():
    p, q = draw(0)[:, 1:], draw(1)[:, 1:]
    middle = (p + q) / 2
    relative = (p * np.log(p / q)).sum(axis=-1)
    shared = ((p * np.log(p / middle)).sum(axis=-1) + (q * np.log(q / middle)).sum(axis=-1)) / 2
    for found, expected in (
        (est.kullback_leibler(p, q), relative),
        (est.cross_entropy(p, q), -(p * np.log(q)).sum(axis=-1)),
        (est.jensen_shannon_divergence(p, q), shared),
        (est.jensen_shannon_distance(p, q), np.sqrt(shared)),
        (est.hellinger(p, q), np.sqrt(1 - np.sqrt(p * q).sum(axis=-1))),
        (est.total_variation(p, q), np.maximum(p - q, 0).sum(axis=-1)),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=ROUND_OFF)
    np.testing.assert_allclose(
        est.cross_entropy(p, q), est.entropy(p) + est.kullback_leibler(p, q), rtol=1e-13
    )


@pytest.mark.parametrize("divergence", DIVERGENCES)
def test_equal_distributions_are_at_no_distance_whatever_their_sums(divergence):
    p = draw(2)
    assert (divergence(p, p) == 0).all()
    # an odd factor rounds the shares by one unit, of which a root makes 1e-8
    assert (divergence(p, 1e12 / 3 * p) <= 1e-7).all()
    assert (divergence(p, p[::-1]) > 0.01).all()


@pytest.mark.parametrize("metric", METRICS)
def test_metrics_are_symmetric_and_obey_the_triangle(metric):
    p, q, r = draw(3), draw(4), draw(5)
    np.testing.assert_allclose(metric(p, q), metric(q, p), rtol=1e-13)
    assert (metric(p, r) <= metric(p, q) + metric(q, r) + ROUND_OFF).all()


def test_distributions_without_a_common_outcome_are_farthest():
    p, q = [3, 1, 0, 0], [0, 0, 1, 1]
    assert est.kullback_leibler(p, q) == np.inf
    assert est.cross_entropy(p, q) == np.inf
    assert est.jensen_shannon_divergence(p, q) == pytest.approx(LN2, rel=1e-15)
    assert est.jensen_shannon_divergence(p, q, base=2) == pytest.approx(1, rel=1e-15)
    assert est.jensen_shannon_distance(p, q, normalize=True) == pytest.approx(1, rel=1e-15)
    assert est.hellinger(p, q) == pytest.approx(1, rel=1e-15)
    assert est.total_variation(p, q) == 1


def test_neighbours_keep_their_digits():
    """D of (1/2 + e, 1/2 - e) from a fair coin is 2 e^2 + 4 e^4/3, far below the rounding of its terms."""
    for e in (1e-4, 1e-6):
        found = est.kullback_leibler([0.5 + e, 0.5 - e], [0.5, 0.5])
        # rounding of 1/2 +- e is 1e-16/e of e, twice as much of its square
        assert found == pytest.approx(2 * e**2 + 4 * e**4 / 3, rel=1e-15 / e)


def test_the_inequalities_of_pinsker_and_of_hellinger_hold():
    p, q = draw(6)[:, 1:], draw(7)[:, 1:]
    variation, distance = est.total_variation(p, q), est.hellinger(p, q)
    assert (variation <= np.sqrt(est.kullback_leibler(p, q) / 2)).all()
    assert (distance**2 <= variation).all()
    assert (variation <= math.sqrt(2) * distance).all()


def test_outcomes_are_named_and_others_are_mapped():
    p = xr.DataArray(draw(8, 6).reshape(2, 3, 8), dims=("member", "t", "outcome"))
    found = est.kullback_leibler(p, p.isel(member=0), dim="outcome", base=2)
    assert found.dims == ("member", "t")
    assert found.attrs["units"] == "bit"
    assert (found.isel(member=0) == 0).all()
    assert est.hellinger(p, p, dim="outcome").attrs["units"] == "1"


def test_lanes_without_weight_or_with_nan_are_nan_alone():
    p, q = draw(9, 3)[:, 1:], draw(10, 3)[:, 1:]
    clean = est.kullback_leibler(p, q)
    p[1] = 0.0
    q[2, 3] = np.nan
    found = est.kullback_leibler(p, q)
    assert found[0] == clean[0]
    assert np.isnan(found[1:]).all()
    assert all(np.isnan(divergence(p, q)[1:]).all() for divergence in DIVERGENCES)


@pytest.mark.parametrize("rare", [1e-300, 1e-20, 1e-8])
def test_rare_outcomes_keep_their_logarithm(rare):
    likely = math.log(1 / (1 + rare)) - math.log(0.5)
    wanted = rare / (1 + rare) * (math.log(rare) + likely) + likely / (1 + rare)
    assert est.kullback_leibler([rare, 1.0], [1.0, 1.0]) == pytest.approx(wanted, rel=1e-14)
    back = (-math.log(2) - math.log(rare) - math.log(2) + 2 * math.log1p(rare)) / 2
    assert est.kullback_leibler([1.0, 1.0], [rare, 1.0]) == pytest.approx(back, rel=1e-13)


@pytest.mark.parametrize("divergence", [*DIVERGENCES, est.cross_entropy])
def test_what_are_no_weights_is_refused(divergence):
    with pytest.raises(ValueError, match="q: must hold weights >= 0, got -1"):
        divergence([1.0, 2.0], [3.0, -1.0])
    with pytest.raises(ValueError, match="dim: must hold as many samples"):
        divergence([1.0, 2.0], [3.0, 1.0, 1.0])
    with pytest.raises(TypeError, match="p: must hold real numbers"):
        divergence([1j, 2.0], [3.0, 1.0])
