"""A lattice Boltzmann step of the flow past a cylinder, beside the same collision in plain numpy on a torus.

The plain one has no cylinder and no ends, which would only add to it: a roll a direction, and one relaxation time.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

TITLE = "Flow past a cylinder, a step"
PEER = None
PACKAGES = ("ergodica", "numpy", "numba")
THREADS = 1
ROUNDS = 10

SIZES = ((80, 201), (320, 801))
CELLS_A_SAMPLE = 4e6
PLAIN = 20  # fewer steps of the plain one
DIRECTIONS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1))
WEIGHTS = (4 / 9, *[1 / 9] * 4, *[1 / 36] * 4)


def plain(f: np.ndarray, rate: float) -> np.ndarray:
    """Stream and collide (9, rows, columns) on a torus."""
    f = np.array([np.roll(one, (cy, cx), (0, 1)) for one, (cx, cy) in zip(f, DIRECTIONS, strict=True)])
    density = f.sum(axis=0)
    u = (f[1] - f[2] + f[5] - f[6] + f[7] - f[8]) / density
    v = (f[3] - f[4] + f[5] - f[6] - f[7] + f[8]) / density
    square = 1.5 * (u * u + v * v)
    for k, ((cx, cy), weight) in enumerate(zip(DIRECTIONS, WEIGHTS, strict=True)):
        along = 3 * (cx * u + cy * v)
        f[k] += rate * (weight * density * (1 + along + along * along / 2 - square) - f[k])
    return f


def ours() -> Callable[[], dict[str, float]]:
    """The stepper of `sims.CylinderWake` and the plain step in turn, seconds a step."""
    from ergodica import sims
    from ergodica.numerics.arrays import CPU
    from ergodica.sims.simulation import Draw

    draws = [Draw(seed=0, member=0)]

    def run() -> dict[str, float]:
        times = {}
        for rows, columns in SIZES:
            wake = sims.CylinderWake(height=rows / 10, length=(columns - 1) / 10, upstream=5.0)
            state = wake.initial_state(draws)
            stepper = wake.stepper(0.5, draws=draws, device=CPU, threads=1)
            stepper.advance(state, 0, 2)
            count = max(1, int(CELLS_A_SAMPLE / (rows * columns)))
            begin = time.perf_counter()
            stepper.advance(state, 0, count)
            times[f"ours {rows}"] = (time.perf_counter() - begin) / count
            f = np.array(WEIGHTS)[:, None, None] * np.ones((rows, columns))
            few = max(1, count // PLAIN)
            begin = time.perf_counter()
            for _ in range(few):
                f = plain(f, 1.8)
            times[f"plain {rows}"] = (time.perf_counter() - begin) / few
        return times

    run()
    return run


def rows(ours: list[dict[str, float]]) -> list[dict[str, object]]:
    """One row a size: the fastest step of each."""
    found: list[dict[str, object]] = []
    for high, wide in SIZES:
        mine, theirs = (min(r[f"{side} {high}"] for r in ours) for side in ("ours", "plain"))
        found.append(
            {
                "job": f"lattice Boltzmann step, {high} x {wide} cells, one thread",
                "ours": f"{mine * 1e6:.0f} us, {high * wide / mine / 1e6:.0f} million cells a second",
                "against": f"plain numpy: {theirs * 1e6:.0f} us",
                "ratio": theirs / mine,
            }
        )
    return found
