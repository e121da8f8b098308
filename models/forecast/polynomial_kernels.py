"""Rollouts of polynomial autoregressions, several rows side by side in the lanes of the processor."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.kernel import kernel

LANES = 16


@kernel(error_model="numpy", fastmath={"contract"})
def roll_out(
    context: Any,
    weights: Any,
    parent: Any,
    factor: Any,
    delays: int,
    spacing: int,
    noise: Any,
    limit: float,
    made: Any,
) -> None:
    """Sets made (fits, rows, steps, r): x(n + 1) = x(n) + W f + c with the monomials f of the delayed values.

    `context` (rows, reach, r), `weights` (fits, F + 1, r), `noise` (rows, steps or 0, r); monomial m from the
    `delays * r`-th on is that of `parent[m]` times that of `factor[m]`.
    """
    fits, rows, steps, r = made.shape
    reach, count = context.shape[1], len(parent)
    blocks = (rows + LANES - 1) // LANES
    for task in range(fits * blocks):
        fit, first = task // blocks, task % blocks * LANES
        own = min(LANES, rows - first)
        path = np.zeros((reach + steps, r, LANES))
        f, after = np.empty((count, LANES)), np.empty((r, LANES))
        for lane in range(own):
            for n in range(reach):
                for j in range(r):
                    path[n, j, lane] = context[first + lane, n, j]
        for n in range(reach, reach + steps):
            for k in range(delays):
                for j in range(r):
                    for lane in range(LANES):
                        f[k * r + j, lane] = path[n - 1 - k * spacing, j, lane]
            for m in range(delays * r, count):
                a, b = f[parent[m]], f[factor[m]]
                for lane in range(LANES):
                    f[m, lane] = a[lane] * b[lane]
            for j in range(r):
                for lane in range(LANES):
                    after[j, lane] = path[n - 1, j, lane] + weights[fit, count, j]
            for m in range(count):
                for j in range(r):
                    weight = weights[fit, m, j]
                    for lane in range(LANES):
                        after[j, lane] += weight * f[m, lane]
            for j in range(r):
                for lane in range(LANES):
                    value = after[j, lane]
                    if (lane < own) & (noise.shape[1] > 0):
                        value += noise[first + lane, n - reach, j]
                    # a NaN fails both comparisons
                    bounded = (
                        value if (value < limit) & (value > -limit) else (-limit if value < 0 else limit)
                    )
                    path[n, j, lane] = bounded
                    if lane < own:
                        made[fit, first + lane, n - reach, j] = bounded
