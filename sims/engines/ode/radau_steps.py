"""One Radau IIA step: collocation polynomial, Jacobian, Newton iterations. Imports numba."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.engines.ode.calls import NOWHERE, call_at, evaluate
from ergodica.sims.engines.ode.linear import solve

Array = np.ndarray

NEWTON_STEPS = 10
DIFFERENCE = 1.5e-8  # square root of the round-off


@kernel(error_model="numpy")
def interpolate(
    x: float, origin: Array, stages: Array, nodes: Array, interpolation: Array, out: Array
) -> None:
    """The collocation polynomial at x (0 at the start of its step, 1 at the end); `stages` (s, d) less `origin`."""
    for i in range(out.size):
        out[i] = origin[i]
    for k in range(nodes.size):
        weight = x * interpolation[k]
        for j in range(nodes.size):
            if j != k:
                weight *= x - nodes[j]
        for i in range(out.size):
            out[i] += weight * stages[k, i]


@kernel(error_model="numpy")
def differentiate(
    place: int, jacobian_place: int, t: float, u: Array, p: Array, slope: Array, work: Array, matrix: Array
) -> None:
    """The Jacobian (d, d) at (t, u), by forward differences where none is given; `slope` is f(t, u)."""
    d = u.size
    if jacobian_place != NOWHERE:
        if call_at(jacobian_place, t, u, p, matrix) != 0:
            matrix[:, :] = np.nan
        return
    for j in range(d):
        kept = u[j]
        u[j] = kept + DIFFERENCE * max(1e-5, abs(kept))
        width = u[j] - kept
        evaluate(place, t, u, p, work)
        u[j] = kept
        for i in range(d):
            matrix[i, j] = (work[i] - slope[i]) / width


@kernel(error_model="numpy")
def scaled_norm(values: Array, scale: Array) -> float:
    """Root mean square of `values` (rows, d) in units of `scale` (d,)."""
    total = 0.0
    for row in range(values.shape[0]):
        for i in range(scale.size):
            total += (values[row, i] / scale[i]) ** 2
    return math.sqrt(total / values.size)


@kernel(error_model="numpy")
def newton(
    place: int,
    t: float,
    h: float,
    y: Array,
    z: Array,
    p: Array,
    scale: Array,
    tables: tuple[Any, ...],
    factors: Array,
    pivots: Array,
    tolerance: float,
) -> int:
    """Solve A^-1 z / h = f(t + c h, y + z) for the stages z (s, d) in place; steps taken, 0 for a failure.

    `tables` are those of `radau_tables.Radau`, in their order; `factors` belong to eigenvalue / h - Jacobian.
    """
    nodes, inverse, _, vectors, rows, _, _, _, _ = tables
    s, d = z.shape
    residual, change = np.empty((s, d)), np.empty((s, d))
    point, part = np.empty(d), np.empty(d, np.complex128)
    before, rate = 0.0, 0.0
    for iteration in range(NEWTON_STEPS):
        for k in range(s):
            for i in range(d):
                point[i] = y[i] + z[k, i]
            evaluate(place, t + nodes[k] * h, point, p, residual[k])
            for j in range(s):
                weight = inverse[k, j] / h
                for i in range(d):
                    residual[k, i] -= weight * z[j, i]
        change[:, :] = 0.0
        for block in range(rows.shape[0]):
            for i in range(d):
                total = 0j
                for k in range(s):
                    total += rows[block, k] * residual[k, i]
                part[i] = total
            solve(factors[block], pivots[block], part)
            for k in range(s):
                for i in range(d):
                    change[k, i] += (vectors[k, block] * part[i]).real
        size = scaled_norm(change, scale)
        if not size < math.inf:
            return 0
        if iteration > 0:
            rate = size / before if before > 0.0 else 0.0
            left = NEWTON_STEPS - 1 - iteration
            if rate >= 0.99 or rate**left / (1.0 - rate) * size > tolerance:
                return 0
        for k in range(s):
            for i in range(d):
                z[k, i] += change[k, i]
        if size == 0.0 or (iteration > 0 and rate / (1.0 - rate) * size <= tolerance):
            return iteration + 1
        before = size
    return 0
