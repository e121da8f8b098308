"""Exponents of systems with delay: characteristic roots, known values, and a zero on every attractor."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import lambertw

from ergodica.numerics.errors import ParameterError
from ergodica.sims.chaos import lyapunov_spectrum
from ergodica.sims.dynamics.catalogue import definitions
from ergodica.sims.dynamics.tables import from_equations

DELAYS = [name for name, definition in definitions("flow").items() if definition.lags]


def test_a_linear_equation_has_the_real_parts_of_its_characteristic_roots():
    # s = -a exp(-s tau): s = W_k(-a tau)/tau
    a, tau = 0.9, 1.3
    definition = from_equations({"x": "-a*lag(x, tau)"}, {"a": a, "tau": tau}, {"x": 1.0})
    roots = np.sort(np.concatenate([lambertw(-a * tau, k).real / tau for k in (range(-3, 3),)]))[::-1]
    ds = lyapunov_spectrum(definition, exponents=4, t_end=400.0, transient=40.0)
    # the fourth turns eight times as fast as the first; its phase within the run is worth 1/400
    assert np.abs(ds.exponent - roots[:4]).max() < 4e-3
    assert "rests" in ds.attrs["convergence"]


def test_two_delays_of_different_length():
    # s = -a exp(-s) - b exp(-s r): checked by the residual of the leading exponent, whose root is real
    definition = from_equations(
        {"x": "-a*lag(x, one) - b*lag(x, r)"}, {"a": 0.1, "b": 0.15, "one": 1.0, "r": 0.37}, {"x": 1.0}
    )
    s = float(lyapunov_spectrum(definition, exponents=1, t_end=200.0, transient=50.0).exponent[0])
    assert abs(s + 0.1 * np.exp(-s) + 0.15 * np.exp(-0.37 * s)) < 1e-6


def test_a_delay_equation_without_delayed_terms_in_effect_is_an_ordinary_one():
    delayed = from_equations(
        {"x": "y", "y": "mu*(1 - x**2)*y - x + c*lag(x, tau)"},
        {"mu": 1.0, "c": 0.0, "tau": 0.5},
        {"x": 1.0, "y": 0.0},
    )
    ds = lyapunov_spectrum(delayed, exponents=2, t_end=400.0)
    plain = lyapunov_spectrum("van-der-pol", parameters={"mu": 1.0}, t_end=400.0)
    assert np.abs(ds.exponent - plain.exponent).max() < 5e-3


@pytest.mark.parametrize("name", DELAYS)
def test_every_delay_system_obeys_the_exact_rules(name):
    ds = lyapunov_spectrum(name, exponents=3)
    assert ds.converged == 1, ds.convergence
    assert ds.exponent[0] > 3 * ds.standard_error[0]


def test_the_dimension_of_the_mackey_glass_attractor():
    ds = lyapunov_spectrum("mackey-glass")
    # Farmer 1982, Physica D 4, 366, table 1, delay 17: dimension 2.10 +- .02 (from exponents of a coarser history)
    assert abs(ds.kaplan_yorke_dimension - 2.10) < 0.06
    assert ds.mean_divergence == pytest.approx(-0.1, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"dt": 20.0}, "dt: at most the shortest delay, 17"), ({"exponents": 1000}, "has 64, got 1000")],
)
def test_what_cannot_work_is_refused(arguments, words):
    with pytest.raises(ParameterError, match=words):
        lyapunov_spectrum("mackey-glass", **arguments)
