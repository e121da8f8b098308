"""Length of patterns against the natural period."""

import math

import numpy as np
import pytest
import xarray as xr

from ergodica import estimators as est

RNG = np.random.default_rng(6)


def wave(period, n=2000, dt=0.5, noise=0.0):
    t = dt * np.arange(n)
    x = np.sin(2 * np.pi * t / period + 1.0) + noise * RNG.normal(size=n)
    return xr.DataArray(x, dims="t", coords={"t": ("t", t, {"units": "s"})})


@pytest.mark.parametrize("period", [3.3, 20.0, 47.1, 250.0])
def test_the_period_of_a_wave_is_found_also_in_noise(period):
    for noise, error in ((0.0, 0.01), (0.5, 0.02)):
        found = est.ordinal_sampling(wave(period, noise=noise))
        # the parabola through a Hann line is off by 2 % of a bin, 1/(n dt): period/1000 of the period; noise adds to it
        assert found.period == pytest.approx(period, rel=error)
        assert found.period.attrs["units"] == "s"
        assert found.duration == pytest.approx(1000 / period, rel=error)
    assert est.ordinal_sampling(wave(period)).peak_share > 0.99


def test_the_suggested_delay_makes_patterns_a_third_to_a_half_of_the_period():
    for order in (3, 4, 5, 6):
        data = wave(47.1)
        suggested = int(est.ordinal_sampling(data, order=order).suggested_delay)
        ratio = est.ordinal_sampling(data, order=order, delay=suggested).ratio
        assert 0.3 <= ratio <= 0.5
    short = est.ordinal_sampling(wave(1.2), order=5)
    assert short.suggested_delay == 1  # cannot be less
    assert short.ratio == pytest.approx(4 * 0.5 / 1.2, rel=0.01)


def test_a_known_period_is_taken_and_noise_has_no_line():
    data = xr.DataArray(RNG.normal(size=(2, 4000)), dims=("lane", "t"))
    data[0] = 3.0
    found = est.ordinal_sampling(data, dim="t", dt=0.1, order=4, delay=2, period=2.0)
    assert np.isnan(found.period).values.tolist() == [True, False]
    assert float(found.pattern_time[1]) == pytest.approx(0.6)
    assert float(found.ratio[1]) == pytest.approx(0.3)
    assert float(found.peak_share[1]) < 0.02


def test_a_scan_is_the_plane_at_each_delay():
    data = wave(40.0, noise=0.1)
    scan = est.complexity_delay_scan(data, delays=[1, 5, 20], order=4)
    for delay in (1, 5, 20):
        point = est.complexity_entropy_plane(data, space=est.OrdinalPatterns(order=4, delay=delay))
        assert scan.complexity.sel(delay=delay) == point.complexity
        assert scan.entropy.sel(delay=delay) == point.entropy
    np.testing.assert_allclose(scan.pattern_time, [1.5, 7.5, 30.0])
    assert scan.pattern_time.attrs["units"] == "s"
    assert "delay=<delay>" in scan.entropy.attrs["method"]
    chosen = est.complexity_delay_scan(data.values, order=4)
    assert chosen.delay[0] == 1
    assert chosen.delay[-1] == 333
    assert "pattern_time" not in chosen.coords


def test_short_patterns_look_regular_long_ones_look_like_noise():
    """A flow sampled finely: H grows with the delay."""
    x = np.empty((30_000, 3))
    x[0] = 1.0, 1.0, 20.0
    for t in range(1, len(x)):
        a, b, c = x[t - 1]
        x[t] = x[t - 1] + 0.004 * np.array([10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c])
    z = xr.DataArray(x[2000:, 2], dims="t")
    found = est.ordinal_sampling(z, dt=0.004)
    assert 0.6 < found.period < 0.9  # turns of the Lorenz attractor about its wings take .75
    delay = int(found.suggested_delay)
    scan = est.complexity_delay_scan(z, delays=[1, delay, 40 * delay])
    assert scan.entropy[0] < 0.3
    assert scan.entropy[2] > 0.9
    assert float(scan.complexity[1]) > 0.35 > float(scan.complexity[0])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({}, r"dt: must be given where t has no coordinate of times, got None; pass dt="),
        ({"dt": 0.0}, r"dt: must be a positive time"),
        ({"dt": 0.1, "period": -1.0}, r"period: must be a positive time, got -1.0; None takes it"),
        ({"dt": 0.1, "period": math.nan}, r"period: must be a positive time, got nan"),
        ({"dt": 0.1, "order": 1}, r"order: must be a whole number >= 2"),
        ({"dt": 0.1, "delay": 0}, r"delay: must be a whole number >= 1"),
    ],
)
def test_what_cannot_be_is_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        est.ordinal_sampling(xr.DataArray(RNG.normal(size=100), dims="t"), **arguments)


def test_short_series_and_delays_without_a_window_are_refused():
    with pytest.raises(ValueError, match=r"dim: must hold at least 8 samples here, got 7"):
        est.ordinal_sampling(np.arange(7.0), dt=1.0)
    with pytest.raises(ValueError, match=r"dim: must hold at least .* = 401 samples, got 100"):
        est.complexity_delay_scan(RNG.normal(size=100), delays=[100])
    with pytest.raises(ValueError, match=r"delays: must hold a delay at least, got none"):
        est.complexity_delay_scan(RNG.normal(size=100), delays=[])
