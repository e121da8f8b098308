"""Learned scores reach the truths, in small: a trapped particle, random matrices, particles on a ring."""

import numpy as np
import pytest

from ergodica import models
from ergodica.scripts.studies.score_chain import exact_score as ring_score
from ergodica.scripts.studies.score_chain import seen_score
from ergodica.scripts.studies.score_data import harmonic_ring, linear, trapped
from ergodica.scripts.studies.score_linear import HarmonicRing, Trapped, random_linear
from ergodica.scripts.studies.score_measure import covariance_alone, measured, relative, states
from ergodica.scripts.studies.score_trap import exact_score

SMALL = {
    **{"steps": 300, "batch": 512, "learning_rate": 5e-3, "ema": 0.99, "progress": False},
    "check_every": 150,  # checks would cost more than so few steps
    "threads": 1,
}


def learned(ds, reference, **options):
    return models.score.train(
        ds, network="mlp", network_options={"width": 32}, reference=reference, **{**SMALL, **options}
    )


@pytest.mark.parametrize(("reference", "score", "g"), [("gaussian", 0.05, 0.06), ("none", 0.12, 0.12)])
def test_score_and_rates_of_a_trapped_particle(reference, score, g):
    one = Trapped()
    ds = trapped(one, samples=40_000, spacing=40.0, seed=1)
    test = trapped(one, samples=10_000, spacing=40.0, seed=2)
    found = measured(learned(ds, reference), test, exact_score(one))
    assert found["score"] < score
    # against the exact score on the same states, which leaves the network's own error
    assert found["total"] == pytest.approx(found["exact_score_total"], rel=0.02)
    assert found["g"] == pytest.approx(found["exact_score_g"], rel=g)
    # chance alone: a few standard errors
    assert found["exact_score_total"] == pytest.approx(2 * one.total, abs=4 * found["total_error"])
    assert found["identity"] == pytest.approx(2 * one.total, abs=4 * found["identity_error"])


def test_without_noise_of_position_the_rate_of_the_propulsion_is_the_stiffness():
    one = Trapped(v0=0.5, A=0.2, gamma=0.3, eps=0.0)
    ds = trapped(one, samples=40_000, spacing=10.0, seed=1)
    with pytest.warns(UserWarning, match="infinite"):
        found = measured(learned(ds, "gaussian"), ds, exact_score(one))
    assert found["total"] == np.inf
    # each of two directions gives A
    assert found["g"] == pytest.approx(2 * one.A, rel=0.08)


def test_random_matrices_with_noise_in_all_directions():
    process = random_linear(3, seed=5)
    ds = linear(process, samples=40_000, spacing=5.0, seed=1)
    test = linear(process, samples=10_000, spacing=5.0, seed=2)
    found = measured(learned(ds, "none"), test, process.score)
    assert found["score"] < 0.12
    assert found["total"] == pytest.approx(found["exact_score_total"], rel=0.03)
    # sqrt((d + 1)/n) = .01 of chance, where nothing but the covariance is learned
    assert covariance_alone(ds, test, process.score) < 0.03


def test_what_is_seen_of_a_ring_is_all_where_all_are_neighbours():
    ring = HarmonicRing(7)
    x = np.random.default_rng(0).normal(size=(50, 14))
    assert seen_score(ring, ring, 6)(x) == pytest.approx(ring_score(ring)(x), rel=1e-9, abs=1e-9)
    x = states(harmonic_ring(HarmonicRing(16), samples=2000, spacing=40.0, seed=1))
    misses = [
        relative(seen_score(HarmonicRing(16), HarmonicRing(16), k)(x), ring_score(HarmonicRing(16))(x))
        for k in (2, 4, 6)
    ]
    assert misses[0] > 2 * misses[1] > 4 * misses[2]


def test_weights_learned_on_a_ring_hold_on_twice_as_many_particles():
    ring, twice = HarmonicRing(6), HarmonicRing(12)
    ds = harmonic_ring(ring, samples=5_000, spacing=40.0, seed=1)
    network = models.score.train(
        ds,
        network="transformer",
        network_options={"order": "ring", "neighbours": 4, "width": 16, "layers": 1, "heads": 2},
        reference="gaussian",
        loss=models.score.ImplicitScoreMatching(),
        **{**SMALL, "steps": 150, "batch": 64, "ema": 0.95, "check_every": 150},
    )
    for one in (ring, twice):
        test = harmonic_ring(one, samples=2000, spacing=40.0, seed=2)
        found = measured(network, test, ring_score(one))
        # each particle's own covariance, where the network starts, misses by more than twice as much
        assert found["score"] < 0.3
        assert found["total"] == pytest.approx(found["exact_score_total"], rel=0.15)
