"""The compiled loops over steps: states with tangent vectors, orthonormalised as they go. Imports numba."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.chaos.blow_up_kernel import blows_up
from ergodica.sims.chaos.orthonormal import log_determinant, multiply_upper, orthonormalize
from ergodica.sims.chaos.record import FAILED, STEP, TIME
from ergodica.sims.chaos.runge_kutta import ROUND_OFF, STAGES, error, factor, slopes, stages
from ergodica.sims.chaos.saltation import BRINK, jumps, saltation
from ergodica.sims.engines.ode.codes import (
    ALIVE,
    DIVERGES,
    NOT_FINITE,
    SLIDES,
    STEP_TOO_SMALL,
    TOO_MANY_STEPS,
)
from ergodica.sims.engines.sharing import Each

Array = np.ndarray

FINEST = 1e-10
"""Steps over a jump that are shorter than this share of a typical time are taken whatever their error."""


class Course(NamedTuple):
    """How orbits and their tangent vectors are followed.

    Fields:
        rhs, jacobian: addresses of the variational equations and of the Jacobian.
        scale: `(d,)`, size of each component.
        rtol: relative error of a step, below 0 for a map.
        dt: fixed step of a flow, 0 for steps by their error.
        every: tangent vectors are orthonormalised after the first step that is so long or more after the last time.
        max_steps: most steps of a flow in a call.
        time: a typical time where the right-hand side may jump, otherwise 0.
        end: up to when.
    """

    rhs: int
    jacobian: int
    scale: Array
    rtol: float
    dt: float
    every: float
    max_steps: int
    time: float
    end: float


class Carried(NamedTuple):
    """What moves along, each with a member in a row.

    Fields:
        y: `(members, d + k d)`, states and tangent vectors.
        p: `(members, number of parameters)`.
        record: `(members, COLUMNS)`.
        logs: `(members, k)`, logarithms of growth; added to.
        divergence: `(members,)`, integral of the divergence, for a map the sum of ln |det J|; added to.
    """

    y: Array
    p: Array
    record: Array
    logs: Array
    divergence: Array


@kernel(inline="always")
def settle(frame: Array, scale: Array, lengths: Array, r: Array, logs: Array, upper: Array) -> None:
    """Make the tangent vectors (k, d) orthonormal again, and keep what that took from them."""
    orthonormalize(frame, scale, lengths, r)
    multiply_upper(r, upper)
    for i in range(lengths.size):
        logs[i] += math.log(lengths[i])


@kernel
def advance_flow(
    how: Course, end: float, y: Array, p: Array, record: Array, logs: Array, divergence: Array, upper: Array
) -> None:
    """Bring one member, y (d + k d,), from its own time to `end`; adds to `logs` (k,) and `divergence` (1,).

    Tangent vectors are orthonormalised at the end too; `upper` (k, k), or (0, 0), is multiplied by every R.
    """
    places, scale, rtol, dt, time = (how.rhs, how.jacobian), how.scale, how.rtol, how.dt, how.time
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
        if taken >= how.max_steps:
            record[FAILED] = TOO_MANY_STEPS
            break
        taken += 1
        if blows_up(record, h, taken, y[:d]):
            record[FAILED] = DIVERGES
            break
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
        if count > 0 and (t - since >= how.every or t >= end):
            settle(y[d:].reshape(count, d), scale, lengths, r, logs, upper)
            since = t
            slopes(places, t, y, p, k[0], j, False)
    record[TIME], record[STEP] = t, h


@kernel
def advance_map(
    how: Course, end: float, y: Array, p: Array, record: Array, logs: Array, divergence: Array, upper: Array
) -> None:
    """Iterate one member, as `advance_flow`."""
    places, scale = (how.rhs, how.jacobian), how.scale
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
        if count > 0 and (t - since >= how.every or t >= end):
            settle(y[d:].reshape(count, d), scale, lengths, r, logs, upper)
            since = t
    record[TIME] = t


@kernel(inline="always")
def advance_member(
    how: Course, end: float, y: Array, p: Array, record: Array, logs: Array, divergence: Array, upper: Array
) -> None:
    """`advance_map` or `advance_flow`."""
    if how.rtol < 0.0:
        advance_map(how, end, y, p, record, logs, divergence, upper)
    else:
        advance_flow(how, end, y, p, record, logs, divergence, upper)


@kernel
def advance_one(member: int, how: Course, rows: Carried) -> None:
    """Bring a member that has not stopped to the end."""
    record, divergence = rows.record[member], rows.divergence[member : member + 1]
    if record[FAILED] == ALIVE:
        y, p, logs = rows.y[member], rows.p[member], rows.logs[member]
        advance_member(how, how.end, y, p, record, logs, divergence, np.empty((0, 0)))


advance = Each(advance_one)


@kernel
def advance_frames(
    how: Course,
    start: float,
    spacing: float,
    y: Array,
    p: Array,
    record: Array,
    points: Array,
    frames: Array,
    uppers: Array,
) -> None:
    """Bring one member on by len(uppers) spacings from `start`, keeping the point, the frame and R of each.

    `uppers` (n, k, k); `points` (n, d) and `frames` (n, k, d) are left out where they are empty.
    """
    d, count = how.scale.size, uppers.shape[1]
    logs, divergence = np.zeros(count), np.zeros(1)
    for n in range(uppers.shape[0]):
        for a in range(count):
            for b in range(count):
                uppers[n, a, b] = 1.0 if a == b else 0.0
        advance_member(how, start + (n + 1) * spacing, y, p, record, logs, divergence, uppers[n])
        if record[FAILED] != ALIVE:
            return
        if points.size > 0:
            points[n] = y[:d]
            frames[n] = y[d:].reshape(count, d)
