"""The compiled loop for systems with delay: RK4 over a history of points and slopes. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.chaos.orthonormal import orthonormalize
from ergodica.sims.chaos.record import FAILED, NOW, TIME
from ergodica.sims.engines.ode.calls import call_at, evaluate
from ergodica.sims.engines.ode.codes import NOT_FINITE

Array = np.ndarray

NODES = np.array([0.0, 0.5, 0.5, 1.0])
FINAL = np.array([1.0, 2.0, 2.0, 1.0]) / 6.0


@kernel
def past(history: Array, now: int, x: float, h: float, component: int) -> float:
    """A component x <= 0 steps from now, by the cubic through values and slopes; history (2, slots, d)."""
    slots = history.shape[1]
    back = math.ceil(-x)
    at = x + back
    first = (now - back) % slots
    if at == 0.0:
        return history[0, first, component]
    second = (first + 1) % slots
    a, b = history[0, first, component], history[0, second, component]
    left, right = h * history[1, first, component], h * history[1, second, component]
    rest = 1.0 - at
    return (
        (1.0 + 2.0 * at) * rest * rest * a
        + at * rest * rest * left
        + at * at * (3.0 - 2.0 * at) * b
        - at * at * rest * right
    )


@kernel
def slopes_at(
    places: tuple[int, int],
    t: float,
    c: float,
    h: float,
    state: Array,
    tangent: Array,
    histories: Array,
    now: int,
    lags: Array,
    components: Array,
    p: Array,
    u: Array,
    j: Array,
    du: Array,
    dv: Array,
) -> float:
    """Slopes of the state (d,) and the tangent vectors (k, d) c steps after now; returns the trace."""
    d, count = state.size, tangent.shape[0]
    for i in range(d):
        u[i] = state[i]
    for q in range(lags.size):
        u[d + q] = past(histories[0], now, c - lags[q] / h, h, components[q])
    evaluate(places[0], t, u, p, du)
    if count == 0:
        return 0.0
    if call_at(places[1], t, u, p, j) != 0:
        j[:] = np.nan
    total = 0.0
    for i in range(d):
        total += j[i, i]
    for a in range(count):
        for i in range(d):
            row = 0.0
            for q in range(d):
                row += j[i, q] * tangent[a, q]
            for q in range(lags.size):
                row += j[i, d + q] * past(histories[1 + a], now, c - lags[q] / h, h, components[q])
            dv[a, i] = row
    return total


@kernel
def advance_delay(
    places: tuple[int, int],
    histories: Array,
    lags: Array,
    components: Array,
    p: Array,
    scale: Array,
    h: float,
    steps: int,
    every: int,
    record: Array,
    logs: Array,
    divergence: Array,
) -> None:
    """Take `steps` of size h; histories (1 + k, 2, slots, d) hold values and slopes, the state's first.

    Tangent vectors are functions over the longest delay; they are orthonormalised every so many steps and at
    the end, in the mean over the slots.
    """
    count, slots, d = histories.shape[0] - 1, histories.shape[2], histories.shape[3]
    now = int(record[NOW])
    t = record[TIME]
    u, j = np.empty(d + lags.size), np.empty((d, d + lags.size))
    y, v = np.empty(d), np.empty((count, d))
    ky, kv = np.zeros((5, d)), np.zeros((5, count, d))
    lengths, r = np.empty(count), np.empty((0, 0))
    units = np.empty(slots * d)
    for slot in range(slots):
        for i in range(d):
            units[slot * d + i] = scale[i] * math.sqrt(slots)
    for step in range(steps):
        start, trace = histories[0, 0, now], 0.0
        for s in range(4):
            c = NODES[s]
            for i in range(d):
                y[i] = start[i] + (c * h * ky[s - 1, i] if s > 0 else 0.0)
                for a in range(count):
                    v[a, i] = histories[1 + a, 0, now, i] + (c * h * kv[s - 1, a, i] if s > 0 else 0.0)
            trace += FINAL[s] * slopes_at(
                places, t + c * h, c, h, y, v, histories, now, lags, components, p, u, j, ky[s], kv[s]
            )
            if s == 0:
                # the last cubic before now needs the slope at now
                for i in range(d):
                    histories[0, 1, now, i] = ky[0, i]
                    for a in range(count):
                        histories[1 + a, 1, now, i] = kv[0, a, i]
        divergence[0] += h * trace
        following = (now + 1) % slots
        finite = True
        for i in range(d):
            total = 0.0
            for s in range(4):
                total += FINAL[s] * ky[s, i]
            histories[0, 0, following, i] = start[i] + h * total
            finite &= math.isfinite(histories[0, 0, following, i])
            for a in range(count):
                total = 0.0
                for s in range(4):
                    total += FINAL[s] * kv[s, a, i]
                histories[1 + a, 0, following, i] = histories[1 + a, 0, now, i] + h * total
        t += h
        now = following
        if not finite:
            record[FAILED] = NOT_FINITE
            break
        if count > 0 and ((step + 1) % every == 0 or step + 1 == steps):
            # the slope at now is made with the next step
            histories[:, 1, now, :] = 0.0
            orthonormalize(histories[1:].reshape(count, 2 * slots * d), units, lengths, r)
            for a in range(count):
                logs[a] += math.log(lengths[a])
    record[TIME], record[NOW] = t, now
