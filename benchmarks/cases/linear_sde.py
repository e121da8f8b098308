"""Exact samples of a linear stochastic process, one core, against the loop that one would write with numpy.

Both draw from the same transition law; the loop has its normal numbers made at once and multiplies step by step.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from timing import best

TITLE = "Linear stochastic process"
PEER = "numpy==2.4.6"
PACKAGES = ("ergodica", "numpy", "numba")
THREADS = 1
ROUNDS = 3

SNAPSHOTS = {2: 1_000_000, 10: 200_000, 50: 20_000}
LOOPED = 20_000  # by the peer


def drift(d: int) -> np.ndarray:
    """A stable M (d, d) without symmetry."""
    return np.random.default_rng(d).normal(size=(d, d)) / d - 2 * np.eye(d)


def ours() -> Callable[[], dict[str, float]]:
    """Through `run`, into a dataset."""
    from ergodica import sims

    systems = {d: sims.LinearSDE(drift_matrix=drift(d)) for d in SNAPSHOTS}
    for system in systems.values():
        system.run(t_end=10.0, snapshots=101)

    def run() -> dict[str, float]:
        return {
            f"d={d}": best(lambda d=d, n=n: systems[d].run(t_end=0.1 * n, snapshots=n + 1)) / n * 1e9
            for d, n in SNAPSHOTS.items()
        }

    return run


def peer() -> Callable[[], dict[str, float]]:
    """A loop over steps; what its matrices are does not change its time."""

    def path(d: int) -> np.ndarray:
        propagator, noise = np.eye(d) + 0.1 * drift(d), 0.4 * np.eye(d)
        forced = np.random.default_rng(0).normal(size=(LOOPED, d)) @ noise.T
        x, out = np.zeros(d), np.empty((LOOPED, d))
        for k in range(LOOPED):
            x = propagator @ x + forced[k]
            out[k] = x
        return out

    return lambda: {f"d={d}": best(lambda d=d: path(d)) / LOOPED * 1e9 for d in SNAPSHOTS}


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Nanoseconds a snapshot, the fastest of all rounds, and the other's time over ours."""
    found: list[dict[str, object]] = []
    for d in SNAPSHOTS:
        mine, theirs = (min(one[f"d={d}"] for one in side) for side in (ours, peer))
        found.append(
            {
                "job": f"linear process of {d} components, a snapshot",
                "ours": f"{mine:.3g} ns",
                "against": f"numpy, a loop: {theirs:.0f} ns",
                "ratio": theirs / mine,
            }
        )
    return found
