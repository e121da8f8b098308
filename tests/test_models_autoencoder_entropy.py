"""Mutual information alone leaves few latent directions in use; the entropy brings them back."""

import numpy as np
import pytest
import torch
from autoencoder_runs import dataset

from ergodica.models.koopman import Dense, KoopmanAutoencoder
from ergodica.models.koopman.information import effective_rank

CORRELATIONS = np.array([0.99, 0.4, 0.35, 0.3, 0.25, 0.2])
"""Of six independent Gaussian series with their next values: one is slow, five are fast."""


def slow_and_fast(snapshots=2000, seed=0):
    """The six series, turned into each other, (snapshots, 6)."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(snapshots, 6)) * np.sqrt(1 - CORRELATIONS**2)
    x = np.empty((snapshots, 6))
    x[0] = rng.normal(size=6)
    for n in range(1, snapshots):
        x[n] = CORRELATIONS * x[n - 1] + noise[n]
    return x @ np.linalg.qr(rng.normal(size=(6, 6)))[0]


def rank_after(series, seed, **weights):
    model = KoopmanAutoencoder(
        skip=False,
        constant=False,
        latent=6,
        horizon=1,
        encoder=Dense(width=24, depth=1),
        reconstruction=0.003,
        linear=0.0,
        prediction=0.0,
        temperature=1.0,
        **weights,
    )
    model.fit(dataset(series, dt=1.0), steps=200, batch=128, learning_rate=1e-2, seed=seed)
    return float(effective_rank(torch.from_numpy(model.lift(series[:, None]))))


@pytest.fixture(scope="module")
def series():
    return slow_and_fast()


@pytest.mark.parametrize("seed", [0, 1])
def test_entropy_raises_the_effective_rank_that_information_alone_lets_collapse(series, seed):
    neither = rank_after(series, seed)
    ranks = [rank_after(series, seed, information=1.0, entropy=weight) for weight in (0.0, 0.3, 1.0)]
    # by reconstruction alone the encoder keeps all six, of equal variance
    assert neither > 5.0
    assert ranks[0] < 0.6 * neither
    assert ranks[0] + 0.5 < ranks[1] < ranks[2] - 0.5
    assert ranks[2] > 5.0
