"""Systems whose Koopman eigenvalues are known, sampled exactly or to round-off."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import xarray as xr

from ergodica import data

MU, LAM = -0.05, -1.0
EIGENVALUES = np.array(
    [0.99 * np.exp(0.3j), 0.99 * np.exp(-0.3j), 0.95 * np.exp(1.1j), 0.95 * np.exp(-1.1j), 0.8]
)


def as_run(values: np.ndarray, dt: float = 1.0, units: str = "1") -> xr.Dataset:
    """A run with `state(member, t, component)` or `state(t, component)`."""
    dims = ("member", "t", "component")[3 - values.ndim :]
    return data.from_arrays(
        {"state": values},
        title="a run",
        dims={"state": dims},
        t=dt * np.arange(values.shape[-2]),
        units={"state": "1", "t": units},
    )


def matrix_of(eigenvalues: np.ndarray) -> np.ndarray:
    """A real matrix, not normal, with these eigenvalues: conjugate pairs beside each other, then real ones."""
    n = len(eigenvalues)
    matrix = np.zeros((n, n))
    k = 0
    while k < n:
        one = eigenvalues[k]
        if one.imag:
            matrix[k : k + 2, k : k + 2] = [[one.real, -one.imag], [one.imag, one.real]]
            k += 2
        else:
            matrix[k, k] = one.real
            k += 1
    basis = np.eye(n) + 0.3 * np.random.default_rng(3).standard_normal((n, n))
    return basis @ matrix @ np.linalg.inv(basis)


def linear_run(matrix: np.ndarray, snapshots: int, noise: float = 0.0, seed: int = 0) -> xr.Dataset:
    """x_n+1 = A x_n + noise; a noisy run begins in its stationary state."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(len(matrix))
    warm = 500 if noise else 0
    kept = []
    for kick in noise * rng.standard_normal((warm + snapshots, len(matrix))):
        kept.append(x)
        x = matrix @ x + kick
    return as_run(np.array(kept[warm:]))


def slow_manifold(members: int = 20, snapshots: int = 41, dt: float = 0.1, seed: int = 0) -> xr.Dataset:
    """x' = mu x, y' = lam (y - x^2) by its closed form, from random starts."""
    t = dt * np.arange(snapshots)
    c = LAM / (LAM - 2 * MU)
    x0, y0 = np.random.default_rng(seed).uniform(-1, 1, (2, members, 1))
    x = x0 * np.exp(MU * t)
    y = (y0 - c * x0**2) * np.exp(LAM * t) + c * x**2
    return as_run(np.stack([x, y], axis=-1), dt)


def flow(
    velocity: Callable[[np.ndarray], np.ndarray],
    starts: np.ndarray,
    snapshots: int,
    dt: float,
    inner: int = 20,
) -> xr.Dataset:
    """A flow from starts (members, features), by `inner` classical Runge-Kutta steps between snapshots."""
    x, h = np.array(starts, dtype=float), dt / inner
    kept = [x]
    for _ in range(snapshots - 1):
        for _ in range(inner):
            a = velocity(x)
            b = velocity(x + h / 2 * a)
            c = velocity(x + h / 2 * b)
            x = x + h / 6 * (a + 2 * b + 2 * c + velocity(x + h * c))
        kept.append(x)
    return as_run(np.stack(kept, axis=1), dt)


def duffing(x: np.ndarray) -> np.ndarray:
    """x'' = -x'/2 + x - x^3."""
    return np.stack([x[:, 1], -0.5 * x[:, 1] + x[:, 0] - x[:, 0] ** 3], axis=1)


def pendulum(x: np.ndarray) -> np.ndarray:
    """x'' = -sin x."""
    return np.stack([x[:, 1], -np.sin(x[:, 0])], axis=1)


def lorenz(x: np.ndarray) -> np.ndarray:
    """sigma = 10, rho = 28, beta = 8/3."""
    a, b, c = x.T
    return np.stack([10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c], axis=1)


def disc(centre: tuple[float, float], radius: float, members: int, seed: int = 0) -> np.ndarray:
    """Points uniform in a disc."""
    rng = np.random.default_rng(seed)
    r, angle = radius * np.sqrt(rng.random(members)), rng.uniform(0, 2 * math.pi, members)
    return np.array(centre) + np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)


def farthest(found: np.ndarray, truth: np.ndarray) -> float:
    """The largest distance from a true eigenvalue to the nearest that was found."""
    return float(abs(found[:, None] - truth).min(axis=0).max())
