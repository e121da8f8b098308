"""Orbits that creep towards a blow-up: every measure ends, and says when."""

from __future__ import annotations

import numpy as np
import pytest

from ergodica import sims
from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.chaos.plan import plan
from ergodica.sims.chaos.propagate import propagate
from ergodica.sims.chaos.record import FAILED
from ergodica.sims.chaos.subject import subject
from ergodica.sims.chaos.surfaces import find_crossings, surface_of
from ergodica.sims.chaos.survey import survey
from ergodica.sims.engines.ode.codes import DIVERGES

POINT = np.ones(3)
GROWING = {"a": 0.9}
"""Roessler's orbit spirals out for ever, in ever sharper spikes."""


@pytest.fixture(scope="module")
def bounded():
    """What a survey of the band gives."""
    return survey(subject("rossler"), POINT)


def test_the_search_for_crossings_ends_an_orbit_that_creeps(bounded):
    chosen = subject("rossler", GROWING)
    surface = surface_of(chosen, bounded.mean, "x", None, maxima=True)
    met = find_crossings(
        chosen,
        [bounded],
        POINT[None],
        chosen.vector[None],
        surface,
        direction=1,
        begin=500.0,
        end=1e4,
        count=10,
        rtol=1e-10,
    )
    assert met.record[0, FAILED] == DIVERGES
    # far beyond the band, whose size is some 10, long before steps fall below round-off
    assert 1e6 < np.abs(met.ends).max() < 1e10


def test_a_diagram_goes_on_beside_a_value_that_diverges():
    with pytest.warns(UserWarning, match=r"1 of 3 orbits leave the finite numbers, the first that of a=0.9"):
        ds = sims.bifurcation_diagram(
            "rossler", parameter="a", values=[0.1, 0.2, 0.9], points=5, transient=50.0, rtol=1e-8
        )
    assert np.isfinite(ds.bifurcation.values[:2]).all()
    assert np.isnan(ds.bifurcation.values[2]).all()
    # a survey sees its growth at the same time
    assert 20 < float(ds.stopped_at[2]) < 30


def test_tangent_vectors_of_an_orbit_that_creeps_end_with_a_time():
    # a horizon of nothing, so that the survey lets the orbit pass, and a survey of the band in its place
    options = dict.fromkeys(("t_end", "transient", "dt", "renormalize", "initial"))
    fixed = {"rtol": 1e-8, "members": 1, "seed": 0, "threads": 1, "exponents": 1}
    planned = plan(subject("rossler"), **options | fixed | {"t_end": 256.0, "transient": 0.0})
    object.__setattr__(planned, "subject", subject("rossler", GROWING))
    with pytest.raises(RunError, match=r"rossler: member 0 stops at t=2\d\.\d+, the state grows without end"):
        propagate(planned)


def test_a_survey_ends_an_orbit_whose_steps_shorten_as_it_grows():
    # grows like a low power of the number of steps, which no look at its extent takes for divergence
    chosen = subject("kawczynski-strizhak", {"mu": 0.63, "kappa": -0.2})
    with pytest.raises(RunError, match=r"kawczynski-strizhak: the orbit diverges at t=\d+"):
        survey(chosen, chosen.definition.initial_point(chosen.values))


@pytest.mark.parametrize(
    ("system", "parameters"),
    [("chen-lee", {"a": 0.5, "b": -20, "c": 3.8}), ("hyper-xu", {"a": 1e4, "c": 25})],
)
def test_a_period_out_of_reach_says_when_and_why(system, parameters, monkeypatch):
    from ergodica.sims.chaos import period

    monkeypatch.setattr(period, "MOST_STEPS", 100_000)
    with pytest.raises(ParameterError, match=rf"period.* {system}: the orbit stops at t=[\d.]+.* \d+ steps"):
        sims.Flow(system=system, parameters=parameters).period  # noqa: B018


def test_basins_of_a_system_without_attractors_are_divergence():
    axis = np.linspace(-2.0, 2.0, 3)
    ds = sims.basins("rossler", {"x": axis, "y": axis}, parameters=GROWING)
    assert (ds.basin.values == -1).all()


def test_a_diagram_leaves_an_orbit_whose_steps_are_short_beside_its_time(monkeypatch):
    # its fourth component drifts for ever, on whose time the stiff others take half a million steps
    from ergodica.sims.chaos import surfaces

    monkeypatch.setattr(surfaces, "MOST_STEPS", 100_000)
    monkeypatch.setattr(surfaces, "MOST_A_PERIOD", 0)
    with pytest.warns(
        UserWarning, match=r"hyper-xu: 1 of 1 orbits have fewer points, the first, of c=25, is left at t=\d+"
    ):
        ds = sims.bifurcation_diagram(
            "hyper-xu", parameter="c", values=[25.0], parameters={"a": 1e4}, points=5
        )
    assert np.isnan(ds.stopped_at.values).all()
