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
LONGEST = 128
"""Snapshots that candidates are compared on, and so the resolution of their frequencies."""
ROUNDS = 6
SCREENING = 10
"""Steps after which the best exchange is chosen."""
GAIN = 1e-9
"""Relative gain of an exchange that counts."""


def exchanged(factors: Array, cost: float, series: Array) -> tuple[Array, float]:
    """Parameters (r,) and their squared residual after exchanges that lower it, each fitted anew.

    A factor is left out and the candidate of a grid that explains most of what the others leave takes its place.
    """
    for _ in range(ROUNDS):
        tried, costs = best_exponentials(_neighbours(factors, series), series, steps=SCREENING)
        best = int(np.argmin(costs))
        found, costs = best_exponentials(tried[best : best + 1], series)
        if not costs[0] < (1 - GAIN) * cost:
            break
        factors, cost = found[0], float(costs[0])
    return factors, cost


def _neighbours(factors: Array, series: Array) -> Array:
    """Parameters (exchanges, r) in each of which another factor has been exchanged."""
    r, length = len(factors), min(len(series), LONGEST)
    basis = sequences(factors, length)[0].T
    size = np.sqrt((basis**2).sum(axis=0))
    basis = basis / np.where(size > 0, size, 1.0)
    y = series[:length]
    made = []
    for first in range(0, r, 2):
        own = slice(first, min(first + 2, r))
        grid, candidates = (_pairs if own.stop - first == 2 else _alone)(length)
        held = np.linalg.qr(np.delete(basis, own, axis=1))[0]
        shadow = candidates @ held
        seen = candidates @ (y - held @ (held.T @ y))
        # candidates have orthonormal rows: what the others span already gains nothing
        gram = (1 + 1e-9) * np.eye(candidates.shape[1]) - shadow @ np.swapaxes(shadow, 1, 2)
        gain = (seen * np.linalg.solve(gram, seen)).sum(axis=(1, 2))
        start = factors.copy()
        start[own] = grid[int(np.argmax(gain))]
        made.append(start)
    return np.stack(made)


@lru_cache(maxsize=8)
def _pairs(length: int) -> tuple[Array, Array]:
    """Factors (candidates, 2): oscillations, and two real eigenvalues; with their sequences (candidates, 2, length)."""
    angle = np.pi * (np.arange(length) + 0.5) / length
    size = np.exp(-np.array(RATES))[:, None]
    waves = np.stack([size * np.cos(angle), -((size * np.sin(angle)) ** 2)], axis=-1)
    one, other = np.triu_indices(2 * len(REAL_RATES), 1)
    real = _real()
    both = np.stack([(real[one] + real[other]) / 2, ((real[one] - real[other]) / 2) ** 2], axis=-1)
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
