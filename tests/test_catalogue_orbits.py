"""Every system of the catalogue from its initial point: finite, on its attractor, of the class that it names."""

from __future__ import annotations

import numpy as np
import pytest
from catalogue_orbits import AREA_PRESERVING, at_its_own_values, closeness, followed, jacobians

from ergodica.sims.chaos.orbit import orbit
from ergodica.sims.chaos.survey import survey
from ergodica.sims.dynamics.catalogue import definitions

COME_TO_REST = {"damped-pendulum", "duffing-unforced", "linear-2d", "robertson", "slow-manifold"}
"""How their motion dies away is what is of interest, so they start far from rest."""
TRANSIENTS = {"fluid-trampoline"}
"""Chaotic for thousands of periods, locked in the end."""
DELAYS = [n for n, d in definitions("flow").items() if d.lags]
FLOWS = [n for n, d in definitions("flow").items() if not (d.noise or d.lags or n in COME_TO_REST)]
MAPS = [n for n, d in definitions("map").items() if not d.noise]
COUNT, ITERATIONS = 4000, 20_000
"""Samples of an orbit; of a flow some 870 typical times."""
BLOCKS = 20
WEAK = {"sprott-more", "sprott-torus"}
SPARSE = 2.0
"""Factor on the 99 % quantile of the distances of points of an orbit: where an orbit comes is its own chance."""
ROUNDING = 1e-6
"""Initial points have eight digits."""


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_stays_finite_and_near_its_initial_point_and_contracts_as_its_class_says(name):
    chosen = at_its_own_values(name, "flow")
    category = chosen.definition.category
    seen = survey(chosen, chosen.definition.initial_point())
    samples = followed(chosen, seen, COUNT, transient=100.0)
    assert np.isfinite(samples).all()
    some = samples[::20]
    found = jacobians(chosen, some, seen.scale, 0.37 * seen.time * np.arange(len(some)))
    divergence = np.trace(found, axis1=1, axis2=2)
    if name in AREA_PRESERVING or chosen.definition.hamiltonian is not None:
        # rounding and third derivatives of differences over 1e-5 of the motion's size
        assert np.abs(divergence).max() <= 1e-6 * np.abs(found).max()
        return
    error = divergence.reshape(BLOCKS, -1).mean(1).std(ddof=1) / np.sqrt(BLOCKS)
    if category == "conservative":
        assert abs(divergence.mean()) < 4 * error + 1e-6
        return
    if category == "dissipative":
        # the averages of some are small beside their fluctuations
        assert divergence.mean() < max(0.0, 4 * error if name in WEAK else 0.0)
    if name not in TRANSIENTS:
        start, typical = closeness(chosen, samples)
        assert start <= max(SPARSE * np.quantile(typical, 0.99), ROUNDING)


@pytest.mark.parametrize("name", MAPS)
def test_a_map_stays_finite_and_near_its_initial_point_and_keeps_areas_as_its_class_says(name):
    chosen = at_its_own_values(name, "map")
    seen = survey(chosen, chosen.definition.initial_point())
    samples = followed(chosen, seen, ITERATIONS, transient=500.0)
    assert np.isfinite(samples).all()
    areas = np.abs(np.linalg.det(jacobians(chosen, samples[:100], seen.scale, np.zeros(100))))
    # a difference over a cut of the plane is no derivative, hence the median
    assert (abs(np.median(areas) - 1) < 1e-5) == (chosen.definition.category == "conservative")
    if chosen.definition.category == "dissipative":
        start, typical = closeness(chosen, samples)
        assert start <= max(SPARSE * np.quantile(typical, 0.99), ROUNDING)


@pytest.mark.parametrize("name", DELAYS)
def test_an_orbit_with_delay_stays_finite_and_passes_its_first_value(name):
    chosen = at_its_own_values(name, "flow")
    delay = min(chosen.values[lag.delay] for lag in chosen.definition.lags)
    first = chosen.definition.initial_point()
    samples = orbit(chosen, first, spacing=delay / 4, count=2000, transient=100 * delay, threads=1)
    assert np.isfinite(samples).all()
    inside = (samples.min(0) <= first) & (first <= samples.max(0))
    assert (inside | ~chosen.bounded).all()


@pytest.mark.parametrize("name", sorted(COME_TO_REST))
def test_the_motion_of_some_dies_away(name):
    chosen = at_its_own_values(name, "flow")
    first = chosen.definition.initial_point()
    samples = orbit(chosen, first, spacing=2.0, count=200, scale=np.ones(chosen.size), threads=1)
    speed = [np.linalg.norm(chosen.kernels(u)) for u in (first, samples[-1])]
    # the slowest rate of all is 0.05, but for the reaction over nine decades
    assert speed[1] < (1e-2 if name == "robertson" else 1e-6) * speed[0]
