"""The compiled loops over steps: states with tangent vectors, orthonormalised as they go. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel, prange
from ergodica.sims.chaos.orthonormal import log_determinant, multiply_upper, orthonormalize
from ergodica.sims.chaos.runge_kutta import STAGES, Places, error, factor, slopes, stages
from ergodica.sims.chaos.saltation import BRINK, jumps, saltation
from ergodica.sims.engines.ode.codes import ALIVE, NOT_FINITE, SLIDES, STEP_TOO_SMALL, TOO_MANY_STEPS

Array = np.ndarray

ROUND_OFF = 2.3e-16
FINEST = 1e-10
"""Steps over a jump that are shorter than this share of a typical time are taken whatever their error."""
TIME, STEP, FAILED, STEPS = 0, 1, 2, 3
"""Columns of a member's record."""
RECORD = 4


@kernel
def advance_flow(
    places: Places,
    y: Array,
    p: Array,
    scale: Array,
    end: float,
    rtol: float,
    dt: float,
    every: float,
    max_steps: int,
    time: float,
    record: Array,
    logs: Array,
    divergence: Array,
    upper: Array,
) -> None:
    """Bring one member, y (d + k d,), from its own time to `end`; adds to `logs` (k,) and `divergence` (1,).

    `dt` > 0 fixes the step, 0 leaves it to the error. Tangent vectors are orthonormalised after the first
    step that is `every` or more after the last time, and at the end; `upper` (k, k), or (0, 0), is
    multiplied by every R. Where the right-hand side may jump, `time` is a typical time, otherwise 0.
    """
    d, m = scale.size, y.size
    count = m // d - 1
    k, work, new = np.empty((STAGES + 1, m)), np.empty(m), np.empty(m)
    j, r, lengths = np.empty((d, d)), np.empty(upper.shape), np.empty(count)
    before, after = np.empty(d), np.empty(d)
    t, h = record[TIME], record[STEP]
    since = t
    divergent = slopes(places, t, y, p, k[0], j, True)
    fixed = dt > 0.0
    if fixed:
        steps = math.ceil((end - t) / dt * (1.0 - 1e-12))
        h = (end - t) / max(1, steps)
    taken = 0
    rejected = False
    while t < end:
        if taken >= max_steps:
            record[FAILED] = TOO_MANY_STEPS
            break
        taken += 1
        last = t + h >= end - 1e-10 * h
        width = end - t if last else h
        if not abs(width) > ROUND_OFF * abs(t):
            record[FAILED] = STEP_TOO_SMALL
            break
        mean, ahead = stages(places, t, width, y, p, k, work, new, j, divergent)
        err = error(width, y, new, k, scale, rtol)
        # over a jump no step is short enough for every slope
        leap = width < FINEST * time and math.isfinite(err)
        if not fixed and not err <= 1.0 and not leap:
            h = width * factor(err)
            rejected = True
            continue
        if not math.isfinite(err):
            record[FAILED] = NOT_FINITE
            break
        divergence[0] += width * mean
        divergent = ahead
        jumped = False
        if time > 0.0:
            before[:], after[:] = k[0, :d], k[STAGES, :d]
            jumped = jumps(places[0], t, width, y[:d], new[:d], before, after, scale, time, p)
        for i in range(m):
            y[i] = new[i]
            k[0, i] = k[STAGES, i]
        if jumped:
            volume = saltation(places[0], t + width, width, y, before, after, scale, BRINK * time, p)
            if not math.isfinite(volume):
                record[FAILED] = SLIDES
                break
            divergence[0] += volume
            slopes(places, t + width, y, p, k[0], j, False)
        if not fixed:
            longer = factor(err)
            if rejected:
                longer = min(1.0, longer)
            # a last step that was cut short says little about the next one
            h = max(h, width * longer) if last else width * longer
        rejected = False
        t = end if last else t + width
        if count > 0 and (t - since >= every or t >= end):
            orthonormalize(y[d:].reshape(count, d), scale, lengths, r)
            multiply_upper(r, upper)
            for i in range(count):
                logs[i] += math.log(lengths[i])
            since = t
            slopes(places, t, y, p, k[0], j, False)
    record[TIME], record[STEP] = t, h
    record[STEPS] += taken


@kernel
def advance_map(
    places: Places,
    y: Array,
    p: Array,
    scale: Array,
    end: float,
    every: float,
    record: Array,
    logs: Array,
    divergence: Array,
    upper: Array,
) -> None:
    """Iterate one member, as `advance_flow`; `divergence` is the sum of ln |det J|."""
    d, m = scale.size, y.size
    count = m // d - 1
    new, j, r, lengths = np.empty(m), np.empty((d, d)), np.empty(upper.shape), np.empty(count)
    t = record[TIME]
    since = t
    while t < end:
        slopes(places, t, y, p, new, j, True)
        if places[1] != 0:
            divergence[0] += log_determinant(j)
        for i in range(m):
            y[i] = new[i]
        t += 1.0
        if not np.isfinite(y[:d]).all():
            record[FAILED] = NOT_FINITE
            break
        if count > 0 and (t - since >= every or t >= end):
            orthonormalize(y[d:].reshape(count, d), scale, lengths, r)
            multiply_upper(r, upper)
            for i in range(count):
                logs[i] += math.log(lengths[i])
            since = t
    record[TIME] = t


@kernel
def advance_one(
    places: Places,
    member: int,
    y: Array,
    p: Array,
    scale: Array,
    end: float,
    control: tuple[float, float, float, int, float],
    record: Array,
    logs: Array,
    divergence: Array,
) -> None:
    """Bring a member to `end`; `control` is (rtol, dt, every, max_steps, time), rtol < 0 for a map."""
    rtol, dt, every, max_steps, time = control
    y, p, record, logs = y[member], p[member], record[member], logs[member]
    total, none = divergence[member : member + 1], np.empty((0, 0))
    if record[FAILED] != ALIVE:
        return
    if rtol < 0.0:
        advance_map(places, y, p, scale, end, every, record, logs, total, none)
    else:
        advance_flow(places, y, p, scale, end, rtol, dt, every, max_steps, time, record, logs, total, none)


@kernel
def advance_in_turn(
    places: Places,
    y: Array,
    p: Array,
    scale: Array,
    end: float,
    control: tuple[float, float, float, int, float],
    record: Array,
    logs: Array,
    divergence: Array,
) -> None:
    """Bring every member to `end`, one after the other."""
    for member in range(y.shape[0]):
        advance_one(places, member, y, p, scale, end, control, record, logs, divergence)


@kernel(parallel=True)
def advance(
    places: Places,
    y: Array,
    p: Array,
    scale: Array,
    end: float,
    control: tuple[float, float, float, int, float],
    record: Array,
    logs: Array,
    divergence: Array,
) -> None:
    """Bring every member to `end`, each on its own."""
    for member in prange(y.shape[0]):
        advance_one(places, member, y, p, scale, end, control, record, logs, divergence)


@kernel
def advance_frames(
    places: Places,
    y: Array,
    p: Array,
    scale: Array,
    start: float,
    spacing: float,
    control: tuple[float, float, float, int, float],
    record: Array,
    points: Array,
    frames: Array,
    uppers: Array,
) -> None:
    """Bring one member on by len(uppers) spacings from `start`, keeping the point, the frame and R of each.

    `uppers` (n, k, k); `points` (n, d) and `frames` (n, k, d) are left out where they are empty.
    """
    rtol, dt, every, max_steps, time = control
    d, count = scale.size, uppers.shape[1]
    logs, divergence = np.zeros(count), np.zeros(1)
    for n in range(uppers.shape[0]):
        for a in range(count):
            for b in range(count):
                uppers[n, a, b] = 1.0 if a == b else 0.0
        end = start + (n + 1) * spacing
        if rtol < 0.0:
            advance_map(places, y, p, scale, end, every, record, logs, divergence, uppers[n])
        else:
            advance_flow(
                places,
                y,
                p,
                scale,
                end,
                rtol,
                dt,
                every,
                max_steps,
                time,
                record,
                logs,
                divergence,
                uppers[n],
            )
        if record[FAILED] != ALIVE:
            return
        if points.size > 0:
            points[n] = y[:d]
            frames[n] = y[d:].reshape(count, d)
