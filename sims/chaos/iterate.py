"""The compiled loop over iterations of a map. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.engines.ode.calls import evaluate

Array = np.ndarray


@kernel
def iterate(place: int, points: Array, rows: Array, first: int, spacing: int, out: Array) -> None:
    """Iterate `points` (members, d) `first` times, then sample every `spacing` into `out` (count, members, d)."""
    members, d = points.shape
    new = np.empty(d)
    for member in range(members):
        u, p = points[member], rows[member]
        n = 0
        for sample in range(out.shape[0]):
            for _ in range(first if sample == 0 else spacing):
                evaluate(place, float(n), u, p, new)
                for i in range(d):
                    u[i] = new[i]
                n += 1
            out[sample, member] = u


@kernel
def lifetimes(place: int, points: Array, rows: Array, most: int, out: Array) -> None:
    """How many of `most` iterations each of `points` (members, d) stays finite, into `out` (members,)."""
    d = points.shape[1]
    u, new = np.empty(d), np.empty(d)
    for member in range(points.shape[0]):
        u[:] = points[member]
        out[member] = most
        for n in range(most):
            evaluate(place, float(n), u, rows[member], new)
            finite = True
            for i in range(d):
                u[i] = new[i]
                finite = finite and math.isfinite(new[i])
            if not finite:
                out[member] = n
                break
