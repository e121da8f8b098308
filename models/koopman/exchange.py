"""A way out of local minima of a sum of exponentials: one of its factors is exchanged for a better one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.koopman.exponentials import sequences
from ergodica.models.koopman.variable_projection import best_exponentials

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

RATES = (-0.02, 0.01, 0.05, 0.12, 0.25, 0.5, 1.0)
"""Decay of the candidates in a step."""
REAL_RATES = (-0.05, 0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2)
LONGEST = 256
"""Snapshots that candidates are compared on, and so the resolution of their frequencies."""
ROUNDS = 6
GAIN = 1e-9
"""Relative gain of an exchange that counts."""


def exchanged(factors: Array, cost: float, series: Array) -> tuple[Array, float]:
    """Parameters (r,) and their squared residual after exchanges that lower it, each fitted anew.

    A factor is left out and the candidate of a grid that explains most of what the others leave takes its place.
    """
    r = len(factors)
    for _ in range(ROUNDS):
        starts = [_instead(factors, first, min(first + 2, r), series) for first in range(0, r, 2)]
        found, costs = best_exponentials(np.stack(starts), series)
        best = int(np.argmin(costs))
        if not costs[best] < (1 - GAIN) * cost:
            break
        factors, cost = found[best], float(costs[best])
    return factors, cost


def _instead(factors: Array, first: int, last: int, series: Array) -> Array:
    """`factors` with another one in the place of first ... last."""
    grid, candidates = (_pairs if last - first == 2 else _alone)(min(len(series), LONGEST))
    length = candidates.shape[-1]
    others = np.concatenate([factors[:first], factors[last:]])
    residual, candidates = series[:length], candidates
    if len(others):
        basis = sequences(others, length)[0].T
        size = np.sqrt((basis**2).sum(axis=0))
        held = np.linalg.qr(basis / np.where(size > 0, size, 1.0))[0]
        residual = residual - held @ (held.T @ residual)
        candidates = candidates - (candidates @ held) @ held.T
    gram = candidates @ np.swapaxes(candidates, 1, 2)
    gram += 1e-9 * np.eye(
        gram.shape[-1]
    )  # of candidates of length 1: what the others span already gains nothing
    seen = candidates @ residual
    gain = (seen * np.linalg.solve(gram, seen)).sum(axis=(1, 2))
    made = factors.copy()
    made[first:last] = grid[int(np.argmax(gain))]
    return made


@lru_cache(maxsize=8)
def _pairs(length: int) -> tuple[Array, Array]:
    """Factors (candidates, 2): oscillations, and two real eigenvalues; with their sequences (candidates, 2, length)."""
    angle = np.pi * (np.arange(length) + 0.5) / length
    size = np.exp(-np.array(RATES))[:, None]
    waves = np.stack([2 * size * np.cos(angle), np.broadcast_to(size**2, (len(RATES), length))], axis=-1)
    one, other = np.triu_indices(2 * len(REAL_RATES), 1)
    real = _real()
    both = np.stack([real[one] + real[other], real[one] * real[other]], axis=-1)
    grid = np.concatenate([waves.reshape(-1, 2), both])
    return grid, _unit(sequences(grid, length)[0])


@lru_cache(maxsize=8)
def _alone(length: int) -> tuple[Array, Array]:
    grid = _real()[:, None]
    return grid, _unit(sequences(grid, length)[0])


def _real() -> Array:
    size = np.exp(-np.array(REAL_RATES))
    return np.concatenate([size, -size])


def _unit(basis: Array) -> Array:
    """Orthonormal rows of the same span."""
    return np.ascontiguousarray(np.swapaxes(np.linalg.qr(np.swapaxes(basis, 1, 2))[0], 1, 2))
