"""The criteria for two phases, each alone: depth, share, distance and chance; and the errors of both densities."""

from __future__ import annotations

import numpy as np
import pytest
from particle_sets import run, two_phases

from ergodica import estimators as est
from ergodica.estimators.particles.peaks import Peaks, peaks

MANY = 1e6
"""Independent cells, with which nothing is chance."""


def fit(*parts: tuple[float, float, float], samples: float = MANY) -> Peaks:
    """Peaks of a sum of Gaussians: shares, means and deviations."""
    n = np.arange(200.0)
    share, mean, deviation = (np.array(one)[:, None] for one in zip(*parts, strict=True))
    density = share * np.exp(-0.5 * ((n - mean) / deviation) ** 2) / deviation
    return peaks(1e6 * density.sum(0), samples=samples)


@pytest.mark.parametrize(("deviation", "two"), [(9.0, True), (11.6, True), (12.3, False), (14.0, False)])
def test_the_valley_must_be_below_seventy_percent(deviation, two):
    found = fit((0.5, 60.0, deviation), (0.5, 60.0 + 36.0, deviation))
    # the other criteria are met: 36 is 4 square roots of 78
    assert found.means[1] - found.means[0] > 2.5 * np.sqrt(found.means.mean())
    assert found.valley < 0.7 if two else found.valley > 0.7
    assert found.two is two


@pytest.mark.parametrize(("share", "two"), [(0.008, False), (0.012, True)])
def test_a_peak_must_have_a_hundredth_of_the_area(share, two):
    found = fit((1 - share, 20.0, 4.0), (share, 80.0, 4.0))
    # peaks this far apart share nothing
    assert found.shares.min() == pytest.approx(share, rel=1e-3)
    assert found.two is two


@pytest.mark.parametrize(("distance", "two"), [(13.0, False), (14.4, True)])
def test_peaks_must_be_some_square_roots_of_the_number_apart(distance, two):
    found = fit((0.5, 30 - distance / 2, 1.5), (0.5, 30 + distance / 2, 1.5))
    assert found.valley < 0.1
    # 2.5 square roots of 30 are 13.7
    assert found.two is two


@pytest.mark.parametrize(("samples", "two"), [(17.0, False), (27.0, True)])
def test_the_valley_must_be_deeper_than_chance(samples, two):
    found = fit((0.5, 20.0, 4.0), (0.5, 42.0, 4.0), samples=samples)
    # width .35 * 4 of the smoothing, height .5/(sqrt(2 pi) 4.24): samples .233 counts at the peak, and at 2 deviations
    # (1 - v) sqrt(counts) = 2 sqrt(1 + v) with v = .067, so 21 samples
    assert found.two is two


def test_errors_are_those_of_the_mean_of_blocks():
    x, _, _ = two_phases(48.0, 0.2, 1.2, 0.5, frames=12, seed=11)
    ds = run(x, 48.0)
    found = est.coexistence_densities(ds, cell=4.0, blocks=4)
    alone = [
        est.coexistence_densities(ds.isel(t=slice(3 * b, 3 * b + 3)), cell=4.0, blocks=1) for b in range(4)
    ]
    for phase in ("gas", "liquid"):
        spread = np.std([float(one[f"{phase}_density"]) for one in alone], ddof=1)
        # a fit that starts from that of the whole run ends within 1 % of the spread of one that does not
        assert float(found[f"{phase}_error"]) == pytest.approx(spread / np.sqrt(4), rel=0.05)
