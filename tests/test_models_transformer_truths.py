"""The local score transformer learns exact scores, and its weights serve twice as many particles."""

from dataclasses import replace

import numpy as np
import torch
from particle_networks import process

from ergodica.models.draws import Draws
from ergodica.models.score.losses.denoising import Denoising
from ergodica.models.score.transformer import LocalScoreTransformer

SPEED, TRAP, RATE, EPS, SPRING = 0.3, 0.05, 0.1, 0.1, 0.05
STEPS, BATCH = 250, 64


def covariance(stiffness: float) -> np.ndarray:
    """Of position and propulsion of one active particle in a trap."""
    both = SPEED / (stiffness + RATE)
    return np.array([[EPS / stiffness + SPEED * both / stiffness, both], [both, 1.0]])


def ring(n: int, count: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """States of particles on a ring of springs in a trap, on a line, and their exact scores, (count, n, 2)."""
    numbers = np.arange(n)
    angles = 2 * np.pi * np.outer(numbers, numbers) / n
    modes = (np.cos(angles) + np.sin(angles)) / np.sqrt(n)  # orthogonal
    of_mode = [covariance(TRAP + SPRING * (2 - 2 * np.cos(2 * np.pi * k / n))) for k in numbers]
    amplitudes = np.stack([rng.normal(size=(count, 2)) @ np.linalg.cholesky(c).T for c in of_mode], axis=1)
    pulls = -np.stack([amplitudes[:, k] @ np.linalg.inv(c) for k, c in enumerate(of_mode)], axis=1)
    return tuple(torch.from_numpy(modes @ z).float() for z in (amplitudes, pulls))


def error(network: LocalScoreTransformer, x: torch.Tensor, exact: torch.Tensor) -> float:
    """Relative to the size of the score, in whitened units."""
    with torch.no_grad():
        apart, size = network.whitened(network(x) - exact), network.whitened(exact)
    return float((apart.square().mean() / size.square().mean()).sqrt())


def test_a_ring_of_active_particles_is_learned_and_holds_for_twice_as_many():
    rng, n = np.random.default_rng(0), 6
    torch.manual_seed(0)
    world = process(n, 1, box=None)
    network = LocalScoreTransformer(
        degrees=world.names,
        dimensions=1,
        neighbours=4,
        width=16,
        layers=2,
        heads=2,
        reference="gaussian",
        order="ring",
    )
    network.prepare(ring(n, 2000, rng)[0], replace(world, diffusion=np.diag([EPS, RATE])))
    optimizer = torch.optim.AdamW(network.parameters(), lr=8e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 8e-3, total_steps=STEPS, pct_start=0.1)
    here, twice = ring(n, 200, rng), ring(2 * n, 100, rng)
    alone = error(network, *here)
    loss = Denoising(sigma=0.05)
    for step in range(STEPS):
        optimizer.zero_grad()
        batch = {"x": ring(n, BATCH, rng)[0]}
        loss(network, batch, Draws(0, step, batch=BATCH)).mean().backward()
        optimizer.step()
        schedule.step()
    # Four seeds end at 0.105 +- 0.014 on either ring, of which the finite training leaves all; at the start the network
    # is the Gaussian of one particle alone.
    assert alone > 0.6
    assert error(network, *here) < 0.18
    assert error(network, *twice) < 0.18
