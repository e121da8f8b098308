"""Finite-time exponents: each window obeys the sum rule, their mean is the spectrum."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.data import check
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.chaos import finite_time_exponents, lyapunov_spectrum


@pytest.mark.parametrize(("name", "window"), [("henon", 3), ("ikeda", 1), ("standard", 10)])
def test_windows_of_a_map_sum_to_their_divergence(name, window):
    ds = finite_time_exponents(name, window=window, windows=200)
    # QR and LU of the same Jacobians, round-off of some ten logarithms
    assert np.abs(ds.finite_time_exponent.sum("index") - ds.window_divergence).max() < 1e-12


@pytest.mark.parametrize("name", ["lorenz63", "lorenz84", "halvorsen"])
def test_windows_of_a_flow_sum_to_their_divergence(name):
    ds = finite_time_exponents(name, window=0.5, windows=200)
    # an error of 1e-8 a step in each length, some 50 steps a window
    assert np.abs(ds.finite_time_exponent.sum("index") - ds.window_divergence).max() < 5e-6
    assert np.allclose(np.diff(ds.t), 0.5)


def test_a_logistic_window_is_the_mean_of_the_slopes_of_its_points():
    ds = finite_time_exponents(
        "logistic", parameters={"r": 4.0}, window=4, windows=50, transient=0, initial=[0.3]
    )
    x, logs = 0.3, []
    for _ in range(200):
        logs.append(np.log(abs(4 - 8 * x)))
        x = 4 * x * (1 - x)
    exact = np.reshape(logs, (50, 4)).mean(1)
    # the orbits part by round-off that doubles at each iteration
    assert np.allclose(ds.finite_time_exponent[:9, 0], exact[:9], atol=1e-4)


def test_linear_systems_have_the_same_exponents_in_every_window():
    ds = finite_time_exponents("arnold-cat", window=5, windows=20)
    golden = np.log((3 + np.sqrt(5)) / 2)
    assert np.allclose(ds.finite_time_exponent, [golden, -golden], atol=1e-12)


def test_the_mean_over_windows_is_the_spectrum():
    ds = finite_time_exponents("lorenz63", window=1.0, windows=1000, seed=2)
    assert np.allclose(ds.finite_time_exponent.mean("t"), ds.exponent, rtol=0, atol=1e-12)
    assert (np.abs(ds.exponent - [0.9056, 0.0, -14.5723]) < 4 * ds.standard_error + 5e-4).all()
    same = lyapunov_spectrum("lorenz63", t_end=1000.0, seed=2)
    # the same orbit, orthonormalised at other times
    assert np.abs(same.exponent - ds.exponent).max() < 0.05


def test_the_spread_falls_with_the_root_of_the_window():
    short, long = (finite_time_exponents("henon", window=w, windows=4000) for w in (20, 80))
    ratio = short.finite_time_exponent.std("t") / long.finite_time_exponent.std("t")
    # independent windows; both deviations are known to 1 %, correlations fade within some iterations
    assert (np.abs(ratio / 2 - 1) < 0.25).all()


def test_without_a_window_some_typical_times_are_taken():
    ds = finite_time_exponents("harmonic-oscillator", windows=4)
    # the typical time of an oscillation is its period, to some per cent
    assert np.allclose(ds.t, 5 * 2 * np.pi * np.arange(1, 5), rtol=0.1)
    assert np.array_equal(finite_time_exponents("henon", windows=3).t, [10, 20, 30])


def test_members_have_windows_of_their_own():
    ds = finite_time_exponents("henon", window=5, windows=30, members=3, seed=1)
    assert ds.finite_time_exponent.dims == ("member", "t", "index")
    assert ds.window_divergence.dims == ("member", "t")
    assert not np.array_equal(ds.finite_time_exponent[0], ds.finite_time_exponent[1])
    one = finite_time_exponents("henon", window=5, windows=30, seed=1)
    assert np.array_equal(one.finite_time_exponent, ds.finite_time_exponent[0])
    assert not list(check(ds)) + list(check(one))


@pytest.mark.parametrize(
    ("system", "arguments", "words"),
    [
        ("henn", {"window": 1}, "did you mean 'henon'"),
        ("henon", {"window": 1.5}, "whole number of iterations"),
        ("henon", {"window": 0}, "window: a finite number above 0"),
        ("henon", {"window": 2, "windows": 0}, "windows: a whole number of at least 1"),
        ("henon", {"window": 2, "exponents": 3}, "has 2, got 3"),
        ("mackey-glass", {"window": 2}, "function over its delay"),
        ("white-noise", {"window": 2}, "driven by noise"),
    ],
)
def test_what_cannot_work_is_refused(system, arguments, words):
    with pytest.raises(ParameterError, match=words):
        finite_time_exponents(system, **arguments)


def test_an_orbit_that_escapes_is_named():
    with pytest.raises(RunError, match="leaves the finite numbers at t="):
        finite_time_exponents("henon", window=2, initial=[5.0, 5.0])
