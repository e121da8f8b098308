"""The dominant period: closed forms, lines and bands of spectra, and what has none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ellipk

from ergodica.sims.chaos.delay import survey_delay
from ergodica.sims.chaos.period import dominant_period, peak, spectrum_of
from ergodica.sims.chaos.subject import subject
from ergodica.sims.chaos.survey import survey
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.tables import definition_of, from_equations

TURN = 2 * math.pi


def period_of(system, transient=100.0, **more):
    chosen = subject(system, more)
    start = chosen.definition.initial_point(chosen.values)
    seen = survey_delay(chosen, start) if chosen.definition.lags else survey(chosen, start)
    return dominant_period(chosen, seen, transient=transient)


def kepler(x, speed):
    table = definitions("flow")["kepler"].table() | {"initial": {"x": x, "y": 0.0, "px": 0.0, "py": speed}}
    return definition_of(table, "kepler", "flow")


@pytest.mark.parametrize(
    ("system", "exact", "relative"),
    [
        ("harmonic-oscillator", TURN, 1e-7),
        # x'' = (1 - x^2) x' - x, by Newton's method on the cycle
        ("van-der-pol", 6.66328686, 1e-7),
        # steps of a relative error of 1e-9 change the energy of a conservative orbit over 500 turns
        (kepler(1.0, 1.0), TURN, 3e-4),
        # axis a = 1/(2/x - v^2) = 0.8/0.96; spectra of spikes lean on their neighbours
        (kepler(0.8, 1.14), TURN * (1 / (2 / 0.8 - 1.14**2)) ** 1.5, 1e-3),
        (
            from_equations({"x": "v", "v": "-x - 0.4*v + cos(w*t)"}, {"w": 1.7}, {"x": 0.0, "v": 0.0}),
            TURN / 1.7,
            1e-7,
        ),
        # an angle that winds up counts by its increments
        (
            from_equations({"phi": "1 + 0.5*sin(phi)"}, {}, {"phi": 0.0}, unbounded=["phi"]),
            TURN / math.sqrt(0.75),
            1e-5,
        ),
        # a swing to 3 radians, whose period depends on the energy as ln(8 - 4 energy)
        (
            from_equations({"theta": "v", "v": "-sin(theta)"}, {}, {"theta": 3.0, "v": 0.0}),
            4 * ellipk(math.sin(1.5) ** 2),
            1e-3,
        ),
        # s = -(pi/2) exp(-s): s = i pi/2
        (from_equations({"x": "-a*lag(x, tau)"}, {"a": math.pi / 2, "tau": 1.0}, {"x": 1.0}), 4.0, 1e-5),
    ],
    ids=["harmonic", "van-der-pol", "circle", "ellipse", "forced", "angle", "swing", "delay"],
)
def test_periods_with_a_closed_form(system, exact, relative):
    assert period_of(system) == pytest.approx(exact, rel=relative)


@pytest.mark.parametrize(
    ("name", "exact", "relative"),
    [
        # a turn around a wing: Im of the eigenvalues at the foci gives .617, turns far out take longer
        ("lorenz63", 0.75, 0.02),
        ("rossler", 5.88, 0.01),
        # driven at 1.4
        ("duffing", TURN / 1.4, 1e-3),
    ],
)
def test_periods_of_chaotic_flows(name, exact, relative):
    assert period_of(name) == pytest.approx(exact, rel=relative)


def test_a_relaxation_oscillation_has_the_period_of_its_returns():
    # (3 - 2 ln 2) mu + 7.014 mu^(-1/3) - (2/3) ln(mu)/mu - 1.3233/mu: Grasman 1987, Asymptotic Methods, 2.1
    mu = 100.0
    series = (3 - 2 * math.log(2)) * mu + 7.014 * mu ** (-1 / 3) - 2 * math.log(mu) / (3 * mu) - 1.3233 / mu
    # its next terms are of the order of mu^(-4/3) = .002; sixty returns in 32 samples each
    assert period_of("van-der-pol", mu=mu) == pytest.approx(series, rel=1e-3)


def test_an_orbit_that_comes_to_rest_has_the_period_of_its_ringing():
    ringing = from_equations({"x": "v", "v": "-x - 0.2*v"}, {}, {"x": 1.0, "v": 0.0})
    assert period_of(ringing, transient=600.0) == pytest.approx(TURN / math.sqrt(0.99), rel=1e-9)
    creeping = from_equations({"x": "v", "v": "-x - 3*v"}, {}, {"x": 1.0, "v": 0.0})
    assert math.isnan(period_of(creeping))


def test_what_has_no_period():
    assert math.isnan(period_of("henon"))
    drift = from_equations({"x": "v", "v": "0"}, {}, {"x": 0.0, "v": 1.0})
    assert math.isnan(period_of(drift))


def found(samples):
    return 1.0 / peak(*spectrum_of(samples, 0.25))


def test_a_train_of_spikes_has_its_own_period_and_not_that_of_a_harmonic():
    t = 0.25 * np.arange(12_000)
    spikes = np.exp(-0.5 * ((t + 10) % 20 - 10) ** 2)[:, None]
    assert found(spikes) == pytest.approx(20.0, rel=1e-3)


def test_a_weak_subharmonic_is_not_the_period():
    t = 0.25 * np.arange(12_000)
    doubled = (np.sin(TURN * t / 8) + 0.2 * np.sin(TURN * t / 16))[:, None]
    assert found(doubled) == pytest.approx(8.0, rel=1e-3)


def test_a_broad_band_has_the_period_of_its_middle():
    # x'' = -x' c - x + noise: f P(f) is largest near the resonance
    rng = np.random.default_rng(1)
    x, v, out = 0.0, 0.0, []
    for kick in rng.normal(size=48_000):
        v += 0.0625 * (-x - 0.2 * v) + 0.1 * kick
        x += 0.0625 * v
        out.append(x)
    # a line of width c/2: some forty turns of coherence each, in 480 turns
    assert found(np.array(out[::4])[:, None]) == pytest.approx(TURN, rel=0.1)
