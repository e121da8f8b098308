"""Learned scores of active particles joined to a ring by springs: one network for any number of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ergodica import models
from ergodica.scripts.studies.score_data import harmonic_ring
from ergodica.scripts.studies.score_linear import HarmonicRing
from ergodica.scripts.studies.score_measure import Array, Row, Score, measured, one_core, relative, states

SAMPLES, TEST = 100_000, 20_000
SPACING = 40.0
NEIGHBOURS = 6
"""Three on either side."""
OPTIONS = {"order": "ring", "neighbours": NEIGHBOURS, "width": 32, "layers": 2}
STEPS, BATCH, LEARNING_RATE = 800, 128, 2e-3
SEEDS = {"gaussian": 3, "none": 1}


def by_particle(ring: HarmonicRing) -> Array:
    """Covariance of (x_1, g_1, x_2, g_2, ...)."""
    n = ring.particles
    order = np.arange(2 * n).reshape(2, n).T.ravel()
    return np.asarray(ring.covariance[np.ix_(order, order)])


def exact_score(ring: HarmonicRing) -> Score:
    """Score of states (samples, 2 N): x and g of each particle in turn."""
    precision = np.linalg.inv(by_particle(ring))

    def score(x: Array) -> Array:
        return np.asarray(-x @ precision)

    return score


def seen_score(ring: HarmonicRing, of: HarmonicRing, neighbours: int = NEIGHBOURS) -> Score:
    """The best that a network can say which sees but `neighbours`: the score of their marginal density in ring `of`.

    It is the mean of the exact score over what is not seen.
    """
    n, half = ring.particles, neighbours // 2
    window = by_particle(of)[: 2 * (neighbours + 1), : 2 * (neighbours + 1)]
    rows = np.linalg.inv(window)[2 * half : 2 * half + 2]
    matrix = np.zeros((2 * n, 2 * n))
    for i in range(n):
        for place, offset in enumerate(range(-half, half + 1)):
            j = (i + offset) % n
            matrix[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = rows[:, 2 * place : 2 * place + 2]

    def score(x: Array) -> Array:
        return np.asarray(-x @ matrix.T)

    return score


def rows(reference: str, seed: int, steps: int = STEPS, samples: int = SAMPLES) -> Iterator[Row]:
    """One training on N = 8, measured there and on twice as many."""
    small = HarmonicRing()
    with one_core() as told:
        ds = harmonic_ring(small, samples=samples, spacing=SPACING, seed=seed)
        network = models.score.train(
            ds,
            network="transformer",
            network_options=OPTIONS,
            reference=reference,
            loss=models.score.ImplicitScoreMatching(),
            steps=steps,
            batch=BATCH,
            learning_rate=LEARNING_RATE,
            ema=0.99,
            seed=seed,
            progress=False,
            threads=1,
        )
    for ring in (small, HarmonicRing(2 * small.particles)):
        test = harmonic_ring(ring, samples=TEST, spacing=SPACING, seed=1000 + seed)
        x = states(test)
        yield {
            "process": f"N = {ring.particles}",
            "reference": reference,
            "seed": seed,
            "exact_total": ring.total,
            "exact_g": ring.of_propulsion,
            "seen": relative(seen_score(ring, small)(x), exact_score(ring)(x)),
            **measured(network, test, exact_score(ring)),
            **told,
        }


def chain() -> Iterator[Row]:
    """v0=.3, A=.05, springs of .05, gamma=eps=.1."""
    for reference, seeds in SEEDS.items():
        for seed in range(seeds):
            yield from rows(reference, seed)
