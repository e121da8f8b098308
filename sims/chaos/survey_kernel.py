"""The compiled loops of a survey. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.chaos.blow_up_kernel import blows_up
from ergodica.sims.chaos.record import FAILED, STEP, TIME
from ergodica.sims.chaos.runge_kutta import ROUND_OFF, STAGES, error, factor, stages
from ergodica.sims.engines.ode.calls import evaluate
from ergodica.sims.engines.ode.codes import DIVERGES, NOT_FINITE, STEP_TOO_SMALL

Array = np.ndarray

FIRST_STEP = 1e-6
LONGEST_WAY = 1e12
"""In sizes of the orbit, or in time where it is slower than one size a time."""


@kernel
def longest_step(slope: Array, scale: Array) -> float:
    """The time in which an orbit of this slope covers many times its size."""
    speed = 1.0
    for i in range(slope.size):
        speed = max(speed, abs(slope[i]) / scale[i])
    return LONGEST_WAY / speed


@kernel
def look(
    place: int, u: Array, p: Array, scale: Array, rtol: float, record: Array, steps: int, sums: Array
) -> None:
    """Take `steps` accepted steps; adds time, u, u^2 and (du/dt)^2 over time to `sums` (4, d)."""
    d = u.size
    k, work, new, j = np.empty((STAGES + 1, d)), np.empty(d), np.empty(d), np.empty((d, d))
    places = (place, 0)
    t, h = record[TIME], record[STEP]
    evaluate(place, t, u, p, k[0])
    if h == 0.0:
        speed = 0.0
        for i in range(d):
            speed = max(speed, abs(k[0, i]) / scale[i])
        h = FIRST_STEP / speed if speed > 0.0 else FIRST_STEP
    accepted = 0
    while accepted < steps:
        if not abs(h) > ROUND_OFF * abs(t):
            record[FAILED] = STEP_TOO_SMALL if math.isfinite(h) else NOT_FINITE
            break
        stages(places, t, h, u, p, k, work, new, j, 0.0)
        err = error(h, u, new, k, scale, rtol)
        if not err <= 1.0:
            h *= factor(err)
            continue
        for i in range(d):
            sums[0, i] += h
            sums[1, i] += h * new[i]
            sums[2, i] += h * new[i] * new[i]
            sums[3, i] += h * k[STAGES, i] * k[STAGES, i]
            u[i] = new[i]
            k[0, i] = k[STAGES, i]
        t += h
        # at an equilibrium, or along a straight line, nothing else ends the growth of the step
        h = min(h * factor(err), longest_step(k[STAGES], scale))
        accepted += 1
        if blows_up(record, h, accepted, u):
            record[FAILED] = DIVERGES
            break
    record[TIME], record[STEP] = t, h


@kernel
def look_map(place: int, u: Array, p: Array, record: Array, steps: int, sums: Array) -> None:
    """Iterate `steps` times; adds count, u, u^2 and the squared change to `sums` (4, d)."""
    d = u.size
    new = np.empty(d)
    for _step in range(steps):
        evaluate(place, record[TIME], u, p, new)
        record[TIME] += 1.0
        for i in range(d):
            if not math.isfinite(new[i]):
                record[FAILED] = NOT_FINITE
                return
            sums[0, i] += 1.0
            sums[1, i] += new[i]
            sums[2, i] += new[i] * new[i]
            sums[3, i] += (new[i] - u[i]) ** 2
            u[i] = new[i]
