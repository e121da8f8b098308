"""Lyapunov spectra: known values, and the exact rules on every system of the catalogue."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica.data import check
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.chaos import lyapunov_spectrum
from ergodica.sims.chaos.running import kaplan_yorke, standard_errors
from ergodica.sims.chaos.subject import subject
from ergodica.sims.chaos.survey import survey
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.tables import from_equations

GOLDEN = np.log((3 + np.sqrt(5)) / 2)
# system, parameters, exponents, error of the value itself
TRUTHS = [
    ("lorenz63", {}, [0.9056, 0.0, -14.5723], 5e-4),
    ("rossler", {}, [0.071, 0.0, -5.394], 1e-3),
    ("henon", {}, [0.4192, -1.6232], 2e-4),
    ("logistic", {"r": 4.0}, [np.log(2)], 0.0),
    ("arnold-cat", {}, [GOLDEN, -GOLDEN], 1e-12),
    ("tent", {"mu": 1.6}, [np.log(1.6)], 1e-12),
    ("tent", {}, [np.log(1.9)], 1e-12),
    ("baker", {}, [np.log(2), -np.log(2)], 1e-9),
    ("harmonic-oscillator", {}, [0.0, 0.0], 1e-6),
    ("linear-2d", {}, [-0.1, -0.1], 1e-4),
    ("slow-manifold", {}, [-0.05, -1.0], 1e-6),
]
SLOW = {"slow-manifold": 1000.0}
"""Times enough for a linear flow; the steps of its fast direction would be a million in the time taken by itself."""
FLOWS = [n for n, d in definitions("flow").items() if not d.lags and not d.noise]
MAPS = [n for n, d in definitions("map").items() if not d.noise]
STIFF_FOR_LONG = {"oregonator", "robertson"}
"""An explicit step needs minutes for some of their periods; they are tested over a short time below."""


def few_sites(name: str, kind: str) -> dict[str, float]:
    """Eight sites are enough for a rule."""
    return {"n": 8.0} if definitions(kind)[name].sites else {}  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "parameters", "exact", "uncertain"), TRUTHS)
def test_known_exponents_are_found_within_four_standard_errors(name, parameters, exact, uncertain):
    ds = lyapunov_spectrum(name, parameters=parameters, seed=1, t_end=SLOW.get(name))
    assert (np.abs(ds.exponent - exact) <= 4 * ds.standard_error + uncertain).all(), ds.exponent.values
    assert ds.converged == 1, ds.convergence
    assert (np.diff(ds.exponent) <= 0).all()


def test_the_dimension_of_the_lorenz_attractor():
    ds = lyapunov_spectrum("lorenz63", t_end=2000.0)
    assert abs(ds.mean_divergence + 10 + 1 + 8 / 3) < 1e-10
    # d(dimension) = d(l_1)/|l_3|: 4 * .01/14.6
    assert abs(ds.kaplan_yorke_dimension - 2.062) < 3e-3
    assert ds.kolmogorov_sinai_entropy == ds.exponent[0]


@pytest.mark.parametrize("name", [n for n in FLOWS if n not in STIFF_FOR_LONG])
def test_every_flow_obeys_the_exact_rules(name):
    chosen = subject(name, few_sites(name, "flow"))
    time = survey(chosen, chosen.definition.initial_point(chosen.values)).time
    ds = lyapunov_spectrum(name, parameters=chosen.values, t_end=40 * time, transient=40 * time)
    # forty typical times are enough for the rules, and mostly too short for the exponents
    assert "FAILED" not in ds.convergence
    assert ds.converged == (not {"short:", "transient:"} & set(ds.convergence.split()))
    assert abs(ds.exponent.sum() - ds.mean_divergence) < 1e-4 * np.abs(ds.exponent).max() + 1e-8


@pytest.mark.parametrize("name", MAPS)
def test_every_map_obeys_the_exact_rule(name):
    ds = lyapunov_spectrum(name, parameters=few_sites(name, "map"), t_end=512, transient=200)
    assert "FAILED" not in ds.convergence
    # QR and LU of the same Jacobians
    assert abs(ds.exponent.sum() - ds.mean_divergence) < 1e-9 * max(1, ds.sizes["index"])


@pytest.mark.parametrize("name", sorted(STIFF_FOR_LONG))
def test_a_stiff_flow_obeys_the_sum_rule_over_a_short_time(name):
    ds = lyapunov_spectrum(name, t_end=0.5, transient=0.0)
    # the fast direction turns within the first steps; the sum counts every stage of them
    assert abs(ds.exponent.sum() - ds.mean_divergence) < 1e-6 * abs(ds.mean_divergence)


def test_fewer_exponents_are_the_first_of_all():
    few, all_ = (lyapunov_spectrum("lorenz63", t_end=300.0, exponents=k) for k in (1, 3))
    assert few.sizes["index"] == 1
    assert abs(few.exponent[0] - all_.exponent[0]) < 4 * np.hypot(
        few.standard_error[0], all_.standard_error[0]
    )
    assert np.isnan(few.kaplan_yorke_dimension)


def test_a_fixed_step_agrees_with_adaptive_ones():
    # a periodic orbit: the same attractor, no chance
    runs = [
        lyapunov_spectrum("van-der-pol", t_end=300.0, **more)
        for more in ({}, {"dt": 0.01}, {"renormalize": 0.5})
    ]
    for run in runs[1:]:
        assert np.abs(run.exponent - runs[0].exponent).max() < 3e-3
        assert run.converged == 1, run.convergence


def test_members_are_the_same_in_an_ensemble_of_any_size_and_on_any_threads():
    two = lyapunov_spectrum("rossler", t_end=200.0, members=2, seed=3)
    four = lyapunov_spectrum("rossler", t_end=200.0, members=4, seed=3, threads=1)
    assert two.member_exponent.dims == ("member", "index")
    assert np.array_equal(two.member_exponent, four.member_exponent[:2])
    assert np.allclose(two.member_exponent.mean("member"), two.exponent, rtol=0, atol=1e-14)


def test_more_members_and_longer_runs_narrow_the_error():
    short = lyapunov_spectrum("lorenz63", t_end=500.0)
    long = lyapunov_spectrum("lorenz63", t_end=8000.0)
    many = lyapunov_spectrum("lorenz63", t_end=500.0, members=16)
    # 16 times the data is 4 times narrower; the error itself is known to some 20 %
    for better in (long, many):
        assert 2 < short.standard_error[0] / better.standard_error[0] < 8


def test_the_standard_error_covers_independent_runs():
    ds = lyapunov_spectrum("lorenz63", t_end=500.0, members=32)
    spread = ds.member_exponent[:, 0].std(ddof=1) / np.sqrt(32)
    # both are good to some 15 %; a block's rate has also the change of speed between its ends, which cancels
    # from block to block, so that the error of a short run leans up
    assert 0.7 < ds.standard_error[0] / spread < 2.6


def test_a_vanishing_exponent_of_an_integrable_orbit_has_a_wide_error():
    ds = lyapunov_spectrum("plummer")
    # the true ones are 0 and the estimates fall as ln(t)/t
    assert (np.abs(ds.exponent) < 4 * ds.standard_error).all()


def test_the_dataset_keeps_the_contract():
    ds = lyapunov_spectrum("henon", t_end=1024)
    assert not list(check(ds))
    assert ds.exponent_running.dims == ("t", "index")
    assert np.allclose(ds.exponent_running[-1], ds.exponent)
    assert ds.t[-1] == 1024
    assert {one.attrs["units"] for one in ds.data_vars.values()} == {"1"}
    assert ds.ergodica.config["system"] == "henon"


def test_equations_of_ones_own_take_the_same_road():
    definition = from_equations({"x": "a*y", "y": "-a*x - b*y"}, {"a": 2.0, "b": 0.2})
    ds = lyapunov_spectrum(definition, t_end=500.0, initial=[1.0, 0.0])
    assert np.allclose(ds.exponent, -0.1, atol=5e-3)  # |v| wobbles by a factor e^(b/2a) within a turn
    assert ds.mean_divergence == pytest.approx(-0.2, abs=1e-10)


def test_a_map_that_loses_a_direction_has_an_exponent_of_minus_infinity_in_effect():
    ds = lyapunov_spectrum("henon", parameters={"b": 0.0}, t_end=256)
    assert ds.exponent[1] < -600
    assert np.isfinite(ds.exponent).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"system": "lorenz64"}, "did you mean 'lorenz"),
        ({"system": "ornstein-uhlenbeck"}, "driven by noise"),
        ({"system": 3}, "a name of the catalogue"),
        ({"system": "lorenz63", "parameters": {"rhoo": 1.0}}, "did you mean 'rho'"),
        ({"system": "lorenz63", "t_end": -1.0}, "t_end: finite and above 0, got -1.0"),
        ({"system": "lorenz63", "exponents": 4}, "has 3, got 4"),
        ({"system": "lorenz63", "members": 0}, "members: a whole number of at least 1"),
        ({"system": "lorenz63", "rtol": 1.0}, "rtol: from"),
        ({"system": "lorenz63", "initial": [1.0]}, r"initial: finite, shape \(3,\)"),
        ({"system": "henon", "t_end": 10.5}, "whole number of iterations"),
        ({"system": "henon", "dt": 0.1}, "steps of 1"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(arguments, words):
    with pytest.raises(ParameterError, match=words) as caught:
        lyapunov_spectrum(**arguments)
    assert "\n" not in str(caught.value)


def test_an_orbit_that_escapes_is_named_with_its_time():
    with pytest.raises(RunError, match=r"leaves the finite numbers at t="):
        lyapunov_spectrum("henon", initial=[10.0, 10.0])
    with pytest.raises(RunError, match=r"member 1 stops at t="):
        lyapunov_spectrum("henon", initial=[[0.1, 0.1], [10.0, 10.0]], members=2)


def test_dimension_formula():
    assert kaplan_yorke(np.array([0.9, 0.0, -14.5])) == pytest.approx(2 + 0.9 / 14.5)
    assert kaplan_yorke(np.array([-0.1, -1.0])) == 0.0
    assert np.isnan(kaplan_yorke(np.array([1.0, 0.5])))


def test_errors_of_windows_follow_their_statistics():
    rng = np.random.default_rng(0)
    white = rng.normal(size=(1, 256, 200))
    errors = standard_errors(white, 1.0)
    # the exact error is 1/16; the larger of two estimates leans up
    assert 0.9 < np.mean(errors) * 16 < 1.6
    slow = np.diff(np.log(np.arange(1, 258)))[None, :, None]
    # ln(t)/t still to fall
    assert standard_errors(slow, 1.0)[0] > 0.5 * slow.mean()


def test_the_error_is_that_of_sixteen_blocks_or_of_eight_members():
    turning = np.tile([1.0, -1.0], 8)[None, :, None]
    # of 16 values +-1; they wander about their mean by half of one window, which is less
    assert standard_errors(turning, 1.0)[0] == pytest.approx(np.sqrt(16 / 15) / 4)
    apart = np.broadcast_to(np.tile([1.0, -1.0], 4)[:, None, None], (8, 256, 1))
    assert standard_errors(apart, 1.0)[0] == pytest.approx(np.sqrt(8 / 7) / np.sqrt(8))
    # of fewer members only the blocks count, here 4 x 16 of them
    assert standard_errors(apart[:4], 1.0)[0] == pytest.approx(np.sqrt(64 / 63) / 8)
    assert np.isnan(standard_errors(apart[:1, :1], 1.0)).all()


def test_a_map_of_any_length_has_an_error():
    # 10007 is prime: windows that are alike leave out a few of its iterations
    even, odd = (lyapunov_spectrum("henon", t_end=n) for n in (10_000, 10_007))
    assert odd.standard_error[0] == pytest.approx(even.standard_error[0], rel=0.5)
    assert odd.converged == 1, odd.convergence
    assert 10_007 - 14 <= odd.t[-1] <= 10_007
    assert not (odd.t % 1).any()
    single = lyapunov_spectrum("henon", t_end=1)
    assert np.isnan(single.standard_error).all()
    assert "too short: 1 typical times" in single.convergence


def test_the_divergence_is_integrated_as_exactly_as_the_orbit():
    # of windows of a step each, so that their first slopes count; rtol is 1e-8
    ds = lyapunov_spectrum("van-der-pol", t_end=20.0, transient=0.0)
    assert abs(ds.exponent.sum() - ds.mean_divergence) < 1e-7


def test_tangent_vectors_are_carried_over_jumps_of_the_right_hand_side():
    # a clock: x'' = -x - 2 c x' + a sign(x'). Its half turns are linear, x -> a + (a + x) q with
    # q = exp(-c pi/sqrt(1 - c^2)), so that the cycle has exponents 0 and -c; without the jumps they are -c, -c
    c = 0.1
    clock = from_equations(
        {"x": "v", "v": "-x - 2*c*v + a*sign(v)"}, {"c": c, "a": 1.0}, {"x": 0.0, "v": 6.0}, nonsmooth=True
    )
    ds = lyapunov_spectrum(clock, t_end=600.0)
    # the windows cut turns: a factor of some e^.3 over the whole time
    assert np.abs(ds.exponent - [0.0, -c]).max() < 1e-3
    assert abs(ds.exponent.sum() - ds.mean_divergence) < 1e-8
    assert ds.converged == 1, ds.convergence


def test_an_orbit_that_slides_along_a_jump_is_refused():
    with pytest.raises(RunError, match=r"slides along a jump"):
        # the mass starts at the speed of the belt and is carried along
        lyapunov_spectrum("stick-slip-oscillator", initial=[-1.0, 0.3999])
