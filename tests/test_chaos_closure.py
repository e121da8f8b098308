"""Which spectra count as converged: rules on made-up windows, short runs, transients, rest and divergence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims import Flow
from ergodica.sims.chaos import lyapunov_spectrum
from ergodica.sims.chaos.closure import Rules, closure
from ergodica.sims.chaos.plan import TOLERANCE, Plan, plan
from ergodica.sims.chaos.propagate import Windows, propagate
from ergodica.sims.chaos.spectrum import _dataset
from ergodica.sims.chaos.subject import subject
from ergodica.sims.dynamics.tables import from_equations

LEFT_OUT = ("transient", "dt", "exponents", "renormalize", "initial")


def planned(system, t_end=2000.0) -> Plan:
    options = dict.fromkeys(LEFT_OUT) | {"rtol": TOLERANCE, "members": 1, "seed": 0, "threads": 1}
    return plan(subject(system), t_end=t_end, **options)


def made_up(how: Plan, exponents, spread=1e-3, points=None) -> Windows:
    """Windows whose rates scatter about given exponents, of an orbit that jumps about."""
    rng = np.random.default_rng(0)
    d = how.subject.size
    noise = rng.normal(size=(1, how.windows, d)) * spread
    noise -= noise.mean((0, 1))
    rates = np.asarray(exponents) + noise
    places = rng.normal(size=(1, how.windows, d)) * how.survey.scale if points is None else points
    return Windows(rates, rates.sum(2), places)


def rules_of(how: Plan, exponents, errors=1e-3, **more) -> Rules:
    found = made_up(how, exponents, **more)
    wide = np.full(how.subject.size, errors)
    return closure(how, found, np.asarray(exponents, float), wide, float(sum(exponents)))


def test_a_flow_without_a_vanishing_exponent_does_not_count():
    how = planned("lorenz63")
    assert rules_of(how, [0.9, 0.0, -14.5]).holds
    # four standard errors, .004
    assert rules_of(how, [0.9, 0.0039, -14.5]).holds
    refused = rules_of(how, [0.9, 0.0041, -14.5])
    assert not refused.holds
    assert "FAILED: zero exponent" in refused.words


def test_a_hamiltonian_flow_without_pairs_does_not_count():
    how = planned("henon-heiles")
    assert rules_of(how, [0.1, 0.0, 0.0, -0.1]).holds
    refused = rules_of(how, [0.1, 0.0, 0.0, -0.12])
    assert not refused.holds
    assert "FAILED: pairs sum" in refused.words


def test_a_sum_that_is_not_the_divergence_does_not_count():
    how = planned("lorenz63")
    found = made_up(how, [0.9, 0.0, -14.5])
    refused = closure(how, found, np.array([0.9, 0.0, -14.5]), np.full(3, 1e-3), -13.5)
    assert not refused.holds
    assert "FAILED: sum" in refused.words


def test_wide_errors_do_not_make_a_rule_hold():
    refused = rules_of(planned("lorenz63"), [0.9, 0.2, -14.5], errors=0.3)
    assert not refused.holds
    assert not refused.known
    assert "too short: exponent 9.0e-01 +- 3.0e-01" in refused.words


def test_exponents_within_three_standard_errors_of_zero_add_nothing():
    how = planned("lorenz63")
    # some .004 of an exponent with an error of .3/16 = .02: a zero, not a second expanding direction
    ds = _dataset(how, made_up(how, [0.9, 0.004, -14.5], spread=0.3), None)
    assert 3 * ds.standard_error[1] > 0.004
    assert ds.kolmogorov_sinai_entropy == pytest.approx(0.9, abs=1e-12)
    assert ds.kaplan_yorke_dimension == pytest.approx(2 + 0.9 / 14.5, abs=1e-12)


@pytest.mark.parametrize("t_end", [0.1, 5.0, 10.0, 20.0])
def test_a_short_run_says_so_and_has_no_dimension(t_end):
    ds = lyapunov_spectrum("lorenz63", t_end=t_end)
    assert ds.converged == 0
    assert "too short" in ds.convergence
    assert np.isnan(ds.kaplan_yorke_dimension)
    assert np.isnan(ds.kolmogorov_sinai_entropy)


def test_an_orbit_on_its_way_to_rest_has_not_converged():
    # x' = -x^2: x = 1/t, the local rate -2x falls as -2/t
    slow = from_equations({"x": "-x**2", "y": "-y"}, {}, {"x": 1.0, "y": 0.0})
    ds = lyapunov_spectrum(slow, t_end=20.0, transient=0.0)
    assert ds.converged == 0
    assert "transient" in ds.convergence
    assert np.isnan(ds.kaplan_yorke_dimension)


def test_an_orbit_whose_turns_widen_has_not_converged():
    how = planned("van-der-pol")
    t = np.arange(how.windows)
    turns = np.stack([np.cos(t), np.sin(t)], 1)[None]
    assert rules_of(how, [0.0, -1.0], points=turns).holds
    refused = rules_of(how, [0.0, -1.0], points=turns * np.exp(t / 100.0)[:, None])
    assert not refused.holds
    assert "transient" in refused.words


def test_a_strobed_cycle_is_no_drift():
    # at its own period a cycle seems to creep along
    cycle = from_equations({"x": "v", "v": "-x"}, {}, {"x": 1.0, "v": 0.0})
    ds = lyapunov_spectrum(cycle, t_end=256 * 2 * np.pi * (1 + 1e-4), transient=0.5)
    assert ds.converged == 1, ds.convergence


@pytest.mark.parametrize(("rates", "dimension"), [((2.0, -1.0), 2.0), ((2.0, -2.0), 2.0), ((0.5,), 1.0)])
def test_a_point_at_rest_makes_no_entropy(rates, dimension):
    names = "xyz"[: len(rates)]
    saddle = from_equations(
        {n: f"{rate}*{n}" for n, rate in zip(names, rates, strict=True)}, {}, dict.fromkeys(names, 0.0)
    )
    for options in ({}, {"t_end": 200.0}):
        ds = lyapunov_spectrum(saddle, **options)
        assert ds.kolmogorov_sinai_entropy == 0
        assert ds.kaplan_yorke_dimension == dimension
        assert "rests" in ds.convergence


def test_steady_growth_has_its_rate_up_to_the_time_that_is_asked_for():
    growth = from_equations({"x": "0.5*x"}, {}, {"x": 1.0})
    ds = lyapunov_spectrum(growth, t_end=40.0)
    # the integration's error
    assert ds.exponent[0] == pytest.approx(0.5, abs=1e-8)
    with pytest.raises(RunError, match="diverges at t="):
        lyapunov_spectrum(growth)


def test_divergence_is_told_by_exponents_and_periods():
    with pytest.raises(RunError, match="diverges at t="):
        lyapunov_spectrum("rossler", parameters={"a": 0.9})
    with pytest.raises(ParameterError, match="diverges at t="):
        _ = Flow(system="rossler", parameters={"a": 0.9}).period


def test_an_orbit_that_diverges_after_its_survey_is_told():
    # the survey sees x = 0.1, from where the orbit comes to rest
    escape = from_equations({"x": "x**3 - x"}, {}, {"x": 0.1})
    how = planned(escape, t_end=50.0)
    with pytest.raises(RunError, match=r"member 0 (diverges|stops) at t="):
        propagate(replace(how, points=np.array([[1.1]])))
    growth = replace(planned(from_equations({"x": "x - x*y", "y": "-y"}, {}, {"x": 0.0, "y": 0.0}), 50.0))
    with pytest.raises(RunError, match="member 0 diverges at t="):
        propagate(replace(growth, points=np.array([[1.0, 0.0]])))


def test_what_a_system_with_delay_cannot_use_is_refused():
    with pytest.raises(ParameterError, match="rtol: systems with delay take fixed steps"):
        lyapunov_spectrum("mackey-glass", rtol=1e-5)
    ds = lyapunov_spectrum("mackey-glass", t_end=200.0, transient=0.0, exponents=1)
    assert "rtol" not in ds.ergodica.config
