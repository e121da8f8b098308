"""Entropy production from exact scores is that of closed forms, in every part."""

import numpy as np
import pytest
from exact_scores import LinearScore, particle_dataset, trapped

from ergodica.models.score import entropy_production

SIGMAS = 4.5
"""Of a standard error from 16 blocks, itself known to 18 %: passed by chance once in 2000 comparisons."""


def near(found, name, truth):
    error = found[f"{name}_standard_error"].values
    assert (np.abs(found[name].values - truth) < SIGMAS * error).all(), (found[name].values, truth, error)


def exact_parts(**parameters):
    """sigma by (particle, variable, axis)."""
    drift, noise, covariance = trapped(**parameters)
    flow = drift + noise @ np.linalg.inv(covariance)
    parts = np.diag(np.linalg.inv(noise) @ flow @ covariance @ flow.T)
    n = parameters.get("particles", 1)
    return parts.reshape(n, 2, -1)


@pytest.mark.parametrize(
    ("speed", "trap", "rate", "temperature", "dimensions"),
    [(0.3, 0.05, 0.1, 0.1, 2), (1.0, 0.5, 2.0, 0.3, 1), (0.2, 1.0, 0.3, 0.05, 3)],
)
def test_trapped_particle_has_the_rates_of_the_closed_form(speed, trap, rate, temperature, dimensions):
    v, a, g, e = speed, trap, rate, temperature
    ds, network = particle_dataset(
        4000, speed=v, trap=a, rate=g, temperature=e, dimensions=dimensions, members=2
    )
    found = entropy_production(network, ds)
    total = v**2 * g / (e * (a + g))
    part = g * v**2 * a / (e * (a + g) ** 2 + v**2 * g)
    near(found, "total", dimensions * total)
    near(found, "identity_total", dimensions * total)
    near(found, "by_degree_of_freedom", np.repeat([total - part, part], dimensions))
    near(found, "by_variable", dimensions * np.array([total - part, part]))
    near(found, "total_by_member", dimensions * total)
    near(found, "total_minus_identity", 0.0)
    near(found, "stein_residual", 0.0)
    # the parts are the same sums in another order
    assert found.by_degree_of_freedom.sum() == pytest.approx(float(found.total), rel=1e-12)
    assert found.by_particle.sum() == pytest.approx(float(found.total), rel=1e-12)


def test_particles_of_a_harmonic_ring_have_the_rates_of_its_modes():
    given = {"particles": 8, "spring": 0.4, "dimensions": 2}
    ds, network = particle_dataset(3000, seed=2, **given)
    found = entropy_production(network, ds, batch=700)
    exact = exact_parts(**given)
    stiffness = 0.05 + 0.4 * (2 - 2 * np.cos(2 * np.pi * np.arange(8) / 8))
    modes = 2 * (0.3**2 * 0.1 / (0.1 * (stiffness + 0.1))).sum()
    assert exact.sum() == pytest.approx(modes, rel=1e-10)
    near(found, "total", modes)
    near(found, "by_degree_of_freedom", exact.sum(axis=0).reshape(-1))
    near(found, "by_particle", exact.sum(axis=(1, 2)))
    near(found, "by_particle_and_variable", exact.sum(axis=2))
    assert float(found.total_per_particle) == pytest.approx(float(found.total) / 8)


@pytest.mark.filterwarnings("ignore:total. must be that without a score")
def test_a_wrong_score_is_flagged_by_what_needs_none():
    ds, network = particle_dataset(4000, seed=3)
    wrong = LinearScore(network.degrees, 1.3 * network.precision.numpy())
    found = entropy_production(wrong, ds)
    assert abs(found.total_minus_identity) > 5 * found.total_minus_identity_standard_error
    assert (np.abs(np.diag(found.stein_residual)) > 0.2).all()
