"""The compiled search for crossings of a surface by an orbit. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel, prange
from ergodica.sims.chaos.runge_kutta import STAGES, error, factor, stages
from ergodica.sims.engines.ode.calls import evaluate
from ergodica.sims.engines.ode.codes import NOT_FINITE, STEP_TOO_SMALL

Array = np.ndarray

ROUND_OFF = 2.3e-16
ITERATIONS = 60
TIME, STEP, FAILED = 0, 1, 2
PLANE, MAXIMUM = 0, 1


@kernel
def height(surface: int, normal: Array, offset: float, u: Array, slope: Array) -> float:
    """Signed distance from the surface: normal.u - offset, or minus the slope normal.du/dt, zero at a maximum."""
    total = 0.0
    for i in range(u.size):
        total += normal[i] * (u[i] if surface == PLANE else -slope[i])
    return total - (offset if surface == PLANE else 0.0)


@kernel
def crossings(
    place: int,
    u: Array,
    p: Array,
    scale: Array,
    rtol: float,
    surface: int,
    normal: Array,
    offset: float,
    direction: int,
    begin: float,
    end: float,
    max_step: float,
    record: Array,
    points: Array,
    times: Array,
) -> int:
    """Follow one orbit from `record`'s time to `end`; keep its crossings after `begin`, (n, d) and (n,).

    `direction` 1: upwards, -1: downwards, 0: both. The width of the step that crosses is found so that its
    end lies on the surface: by the false position with bisection, every trial a step of the full method.

    Returns how many were found.
    """
    d = u.size
    k, work, new, j = np.empty((STAGES + 1, d)), np.empty(d), np.empty(d), np.empty((d, d))
    places = (place, 0)
    t, h = record[TIME], min(record[STEP], max_step)
    evaluate(place, t, u, p, k[0])
    here = height(surface, normal, offset, u, k[0])
    found = 0
    while t < end and found < times.size:
        if not abs(h) > ROUND_OFF * abs(t):
            record[FAILED] = STEP_TOO_SMALL if math.isfinite(h) else NOT_FINITE
            break
        stages(places, t, h, u, p, k, work, new, j, 0.0)
        err = error(h, u, new, k, scale, rtol)
        if not err <= 1.0:
            h *= factor(err)
            continue
        there = height(surface, normal, offset, new, k[STAGES])
        up, down = here < 0.0 <= there, here >= 0.0 > there
        width = h
        if t + h > begin and ((up and direction >= 0) or (down and direction <= 0)):
            low, high, below, above = 0.0, h, here, there
            for iteration in range(ITERATIONS):
                trial = low - below * (high - low) / (above - below)
                # bisection now and then, where the false position creeps
                if iteration % 3 == 2 or not low < trial < high:
                    trial = 0.5 * (low + high)
                stages(places, t, trial, u, p, k, work, new, j, 0.0)
                at = height(surface, normal, offset, new, k[STAGES])
                if (at < 0.0) == (below < 0.0):
                    low, below = trial, at
                else:
                    high, above = trial, at
                if high - low <= 4.0 * ROUND_OFF * max(abs(t), h) or at == 0.0:
                    break
            if t + high > begin:
                points[found] = new
                times[found] = t + trial
                found += 1
            stages(places, t, width, u, p, k, work, new, j, 0.0)
        for i in range(d):
            u[i] = new[i]
            k[0, i] = k[STAGES, i]
        here = there
        t += width
        h = min(max_step, width * factor(err))
    record[TIME], record[STEP] = t, h
    return found


@kernel(parallel=True)
def crossings_of_all(
    place: int,
    u: Array,
    rows: Array,
    scale: Array,
    rtol: float,
    surface: int,
    normal: Array,
    offset: float,
    direction: int,
    begin: float,
    end: float,
    max_step: float,
    record: Array,
    points: Array,
    times: Array,
    found: Array,
) -> None:
    """`crossings` of every orbit, each with its own parameters."""
    for member in prange(u.shape[0]):
        found[member] = crossings(
            place,
            u[member],
            rows[member],
            scale,
            rtol,
            surface,
            normal,
            offset,
            direction,
            begin,
            end,
            max_step,
            record[member],
            points[member],
            times[member],
        )
