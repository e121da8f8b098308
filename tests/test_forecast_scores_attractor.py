"""Scores of long-term statistics against dense histograms, direct Fourier sums and Gaussians."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from ergodica import estimators as est
from ergodica.numerics.errors import ParameterError


def orbits(n=3000, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) * 0.8, rng.normal(size=(n, d)) * np.arange(1, d + 1) + 7


def box(y, bins):
    low, high = y.min(axis=0) - 0.1 * y.std(axis=0), y.max(axis=0) + 0.1 * y.std(axis=0)
    return [np.linspace(a, b, bins + 1) for a, b in zip(low, high, strict=True)]


def test_within_the_box_it_is_the_published_histogram_formula():
    y = orbits()[1]
    f = 0.6 * (y[::-1] - y.mean(axis=0)) + y.mean(axis=0)
    edges = box(y, 30)
    p, q = (np.histogramdd(one, edges)[0] + 1e-5 for one in (y, f))
    p, q = p / p.sum(), q / q.sum()
    found = est.state_space_divergence(f, y, dim=0, feature_dim=1)
    # the cell for what lies outside adds 1e-5 to a total of 3000
    assert math.isclose(found, (p * np.log(p / q)).sum(), rel_tol=1e-7)


def test_what_lies_outside_of_the_box_is_paid_for():
    rng = np.random.default_rng(1)
    y = rng.normal(size=(20_000, 2))
    f = rng.permutation(y)
    gone = f.copy()
    gone[:10_000] += 100
    inside, half = (est.state_space_divergence(one, y, dim=0, feature_dim=1) for one in (f, gone))
    assert inside == 0
    # each cell that keeps half of its samples costs ln 2; those that lose theirs cost more
    assert half > math.log(2)


@pytest.mark.parametrize(("d", "bins"), [(1, 30), (5, 30), (9, 5), (15, 2)])
def test_hashed_cells_count_as_a_dictionary_does(d, bins):
    f, y = orbits(n=400, d=d)
    f = f + 7
    edges = box(y, bins)

    def cell(vector):
        place = tuple(
            int(np.searchsorted(e, v, side="right")) - 1 for e, v in zip(edges, vector, strict=True)
        )
        return place if all(0 <= one < bins for one in place) else None

    at_truth, at_forecast = (Counter(map(cell, one)) for one in (y, f))
    pseudocount = 1e-8
    total = len(y) + pseudocount * (float(bins) ** d + 1)
    wanted = 0.0
    for one in at_truth.keys() | at_forecast.keys():
        p, q = ((count[one] + pseudocount) / total for count in (at_truth, at_forecast))
        wanted += p * math.log(p / q)
    found = est.state_space_divergence(f, y, dim=0, feature_dim=1, bins=bins, pseudocount=pseudocount)
    assert math.isclose(found, wanted, rel_tol=1e-9)


def test_cells_beyond_whole_numbers_are_counted_anew():
    # 30^20 cells: more than 64 bits can number; with so small a pseudocount each sample is a cell of its own
    f, y = orbits(n=300, d=20)
    found = est.state_space_divergence(y + 1e-9, y, dim=0, feature_dim=1, pseudocount=1e-40)
    assert 0 <= found < 1e-6
    apart = est.state_space_divergence(f, y, dim=0, feature_dim=1, pseudocount=1e-40)
    # p ln(p/q) with p = 1/300 of each of 300 cells that the forecast never met, but for the pseudocounts' total
    added = 1e-40 * 30.0**20
    assert math.isclose(apart, math.log(1e40) * 300 / (300 + added), rel_tol=1e-2)


def test_too_many_cells_for_the_samples_are_refused_with_what_works():
    f, y = orbits(n=300, d=8)
    with pytest.raises(ParameterError, match=r"bins: .*; use bins=8"):
        est.state_space_divergence(f, y, dim=0, feature_dim=1)
    assert est.state_space_divergence(f, y, dim=0, feature_dim=1, bins=8) > 0


@pytest.mark.parametrize(("shift", "width"), [(0.0, 1.0), (1.0, 1.0), (0.0, 0.7)])
def test_divergence_of_gaussians_is_that_of_their_densities(shift, width):
    # at 100,000 samples, of truth N(0, 1) from the forecast N(shift, width^2); cells of .3 and empty tails leave 5 %
    rng = np.random.default_rng(2)
    f, y = shift + width * rng.normal(size=(100_000, 1)), rng.normal(size=(100_000, 1))
    exact = math.log(width) + (1 + shift**2) / (2 * width**2) - 0.5
    assert abs(est.state_space_divergence(f, y, dim=0, feature_dim=1) - exact) < 0.01 + 0.05 * exact


def test_spectra_are_fourier_sums_smoothed_by_a_gaussian():
    f, y = orbits(n=64, d=2)
    kept = []
    for one in (f, y):
        centred = one - one.mean(axis=0)
        angles = -2j * np.pi * np.outer(np.arange(1, 33), np.arange(64)) / 64
        power = np.abs(np.exp(angles) @ centred) ** 2
        smooth = np.zeros_like(power)
        reach = range(-12, 13)  # four deviations of 3 bins, beyond which the kernel ends
        weights = np.array([math.exp(-(i**2) / 18) for i in reach])
        for k, (i, w) in itertools.product(range(32), zip(reach, weights / weights.sum(), strict=True)):
            place = k + i
            place = -1 - place if place < 0 else 63 - place if place > 31 else place
            smooth[k] += w * power[place]
        kept.append(smooth)
    p, q = (one / one.sum(axis=0) for one in kept)
    wanted = np.sqrt(1 - np.sqrt(p * q).sum(axis=0)).mean()
    assert math.isclose(est.spectral_hellinger(f, y, dim=0, feature_dim=1, smoothing=3), wanted, rel_tol=1e-9)


def test_decibels_are_those_of_fourier_sums_in_a_window():
    f, y = orbits(n=64, d=2)
    angles = -2j * np.pi * np.outer(np.arange(1, 33), np.arange(64)) / 64
    window = np.sin(np.pi * (np.arange(64) + 0.5) / 64)[:, None] ** 2
    p, q = (np.abs(np.exp(angles) @ ((one - one.mean(axis=0)) * window)) ** 2 for one in (f, y))
    wanted = math.sqrt(((10 * np.log10(p / q)) ** 2).mean())
    found = est.log_spectral_distance(f, y, dim=0, feature_dim=1, smoothing=0)
    assert math.isclose(found, wanted, rel_tol=1e-9)


def test_independent_noise_differs_by_the_spread_of_two_exponentials():
    rng = np.random.default_rng(4)
    f, y = rng.normal(size=(2, 20_000))
    # the logarithm of a ratio of two exponential variables has the deviation pi/sqrt(3)
    exact = 10 / math.log(10) * math.pi / math.sqrt(3)
    found = est.log_spectral_distance(f, y, smoothing=0)
    # 1e4 values with a kurtosis of 4.2, of which the window leaves half independent: standard error 1.3 %
    assert abs(found / exact - 1) < 0.05


def test_a_forecast_that_came_to_rest_has_the_worst_spectrum():
    y = orbits(n=64)[1]
    rest = np.broadcast_to(y[0] * 0.1, y.shape)
    assert est.spectral_hellinger(rest, y, dim=0, feature_dim=1) == 1
    assert est.log_spectral_distance(rest, y, dim=0, feature_dim=1) == np.inf
    assert np.isnan(est.correlation_dimension_error(rest, y, dim=0, feature_dim=1))


def test_a_forecast_far_beyond_the_truth_has_a_spectrum():
    # squares of 1e200 overflow
    f, y = orbits(n=64)
    far, near = (est.spectral_hellinger(size * f, y, dim=0, feature_dim=1) for size in (1e200, 1.0))
    assert math.isclose(far, near, rel_tol=1e-12)
    louder = est.log_spectral_distance(1e200 * y, y, dim=0, feature_dim=1)
    assert math.isclose(louder, 4000, rel_tol=1e-9)
