"""A first look at orbits: at rest, on a straight line, on the way to infinity; and what is at hand in sims."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import RunError
from ergodica.sims.chaos.arguments import dimension
from ergodica.sims.chaos.looks import common_look, look_at_each
from ergodica.sims.chaos.subject import subject
from ergodica.sims.chaos.survey import survey
from ergodica.sims.dynamics.tables import from_equations

NAMES = (
    "basins",
    "bifurcation_diagram",
    "correlation_dimension",
    "covariant_vectors",
    "finite_time_exponents",
    "lyapunov_spectrum",
    "poincare_section",
    "zero_one_test",
)


def test_an_equilibrium_is_seen_and_has_the_exponents_of_its_jacobian():
    ds = sims.lyapunov_spectrum("lorenz63", initial=[0.0, 0.0, 0.0], t_end=20.0)
    growing = (-11 + np.sqrt(11**2 + 4 * 10 * 27)) / 2
    # x and y: s^2 + 11 s - 270 = 0; z: -8/3
    assert np.allclose(ds.exponent, [growing, -8 / 3, -11 - growing], atol=1e-6)


def test_a_straight_line_is_followed_for_a_finite_time():
    seen = survey(subject(from_equations({"x": "1", "y": "0"})), np.zeros(2))
    assert np.isfinite([seen.time, *seen.scale, *seen.mean]).all()


def test_what_grows_without_bound_is_refused_and_the_others_are_looked_at():
    chosen = subject("henon-heiles")
    bound, escapes = np.array([0.0, 0.1, 0.3, 0.0]), np.array([0.0, 2.0, 0.1, 1.0])
    with pytest.raises(RunError, match=r"henon-heiles: the orbit"):
        look_at_each(chosen, escapes[None])
    both = look_at_each(chosen, np.stack([escapes, bound]))
    alone = survey(chosen, bound)
    assert [one.time for one in both] == [alone.time, alone.time]
    assert common_look([(chosen, escapes), (chosen, bound)]).time == alone.time


def test_names_of_dimensions():
    assert [dimension(name, "value") for name in ("r", "x[3]", "t", "point")] == [
        "r",
        "x_3",
        "t_value",
        "point_value",
    ]


def test_everything_is_at_hand_without_loading_it():
    code = (
        "import sys; from ergodica import sims; "
        f"assert all(name in dir(sims) and callable(getattr(sims, name)) for name in {NAMES!r}); "
        "loaded = {'numba', 'xarray', 'scipy', 'sympy', 'matplotlib', 'pandas'} & set(sys.modules); "
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
