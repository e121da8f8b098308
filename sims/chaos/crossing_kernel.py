"""The compiled search for crossings of a surface by an orbit. Imports numba."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.chaos.blow_up_kernel import blows_up
from ergodica.sims.chaos.record import FAILED, STEP, TIME
from ergodica.sims.chaos.runge_kutta import ROUND_OFF, STAGES, error, factor, stages
from ergodica.sims.engines.ode.calls import evaluate
from ergodica.sims.engines.ode.codes import ALIVE, DIVERGES, NOT_FINITE, STEP_TOO_SMALL
from ergodica.sims.engines.sharing import Each

Array = np.ndarray

TRIALS = 100
PLANE, MAXIMUM = 0, 1


class Search(NamedTuple):
    """What is looked for.

    Fields:
        place: address of the right-hand side.
        rtol: relative error of a step.
        surface, normal, offset: as for `height`.
        direction: 1 upwards, -1 downwards, 0 both.
        begin, end: times between which crossings count.
        most: steps of an orbit in a call.
    """

    place: int
    rtol: float
    surface: int
    normal: Array
    offset: float
    direction: int
    begin: float
    end: float
    most: int


class Orbits(NamedTuple):
    """The orbits, one a row.

    Fields:
        u, p: `(members, d)` and `(members, number of parameters)`.
        scale, max_step: `(members, d)` and `(members,)`, size of the components and longest step.
        record: `(members, COLUMNS)`.
        points, times, found: `(members, n, d)`, `(members, n)` and `(members,)`: crossings, and how many there are.
    """

    u: Array
    p: Array
    scale: Array
    max_step: Array
    record: Array
    points: Array
    times: Array
    found: Array


@kernel
def height(surface: int, normal: Array, offset: float, u: Array, slope: Array) -> float:
    """Signed distance from the surface: normal.u - offset, or minus the slope normal.du/dt, zero at a maximum."""
    total = 0.0
    for i in range(u.size):
        if normal[i] != 0.0:
            total += normal[i] * (u[i] if surface == PLANE else -slope[i])
    return total - (offset if surface == PLANE else 0.0)


@kernel
def meet(
    places: tuple[int, int],
    t: float,
    h: float,
    u: Array,
    p: Array,
    heights: tuple[float, float],
    surface: int,
    normal: Array,
    offset: float,
    k: Array,
    work: Array,
    new: Array,
    best: Array,
) -> float:
    """Width of the step from u that ends on the surface, between 0 and h; its end into `best` (d,).

    By the Illinois variant of the false position (Dowell and Jarratt 1971, BIT 11, 168), with a bisection
    now and then; every trial is a step of the full method. `heights` are those at 0 and at h.
    """
    j = np.empty((u.size, u.size))
    low, high, below, above = 0.0, h, heights[0], heights[1]
    found, nearest, side = h, math.inf, 0
    for trial in range(TRIALS):
        width = low - below * (high - low) / (above - below)
        if trial % 8 == 7 or not low < width < high:
            width = 0.5 * (low + high)
        stages(places, t, width, u, p, k, work, new, j, 0.0)
        at = height(surface, normal, offset, new, k[STAGES])
        if abs(at) < nearest:
            found, nearest = width, abs(at)
            for i in range(u.size):
                best[i] = new[i]
        if at == 0.0:
            break
        if (at < 0.0) == (heights[0] < 0.0):
            low, below = width, at
            if side == -1:
                above *= 0.5
            side = -1
        else:
            high, above = width, at
            if side == 1:
                below *= 0.5
            side = 1
        if high - low <= 2.0 * ROUND_OFF * h:
            break
    return found


@kernel
def crossings(member: int, how: Search, orbits: Orbits) -> None:
    """Follow one orbit from its time to the end, `most` steps at most; keep its crossings after the beginning."""
    record = orbits.record[member]
    if record[FAILED] != ALIVE:
        return
    u, p, scale, longest = orbits.u[member], orbits.p[member], orbits.scale[member], orbits.max_step[member]
    points, times, found = orbits.points[member], orbits.times[member], orbits.found[member]
    surface, normal, offset, begin, end = how.surface, how.normal, how.offset, how.begin, how.end
    places = (how.place, 0)
    d = u.size
    k, work, new, j = np.empty((STAGES + 1, d)), np.empty(d), np.empty(d), np.empty((d, d))
    t, h = record[TIME], min(record[STEP], longest)
    evaluate(how.place, t, u, p, k[0])
    here = height(surface, normal, offset, u, k[0])
    for taken in range(1, how.most + 1):
        if not t < end or found == times.size:
            break
        if blows_up(record, h, taken, u):
            record[FAILED] = DIVERGES
            break
        if not abs(h) > ROUND_OFF * abs(t):
            record[FAILED] = STEP_TOO_SMALL if math.isfinite(h) else NOT_FINITE
            break
        stages(places, t, h, u, p, k, work, new, j, 0.0)
        err = error(h, u, new, k, scale, how.rtol)
        if not err <= 1.0:
            h *= factor(err)
            continue
        there = height(surface, normal, offset, new, k[STAGES])
        # an orbit that starts on the surface has not crossed it yet
        up, down = here < 0.0 <= there, here > 0.0 >= there
        if t + h > begin and ((up and how.direction >= 0) or (down and how.direction <= 0)):
            best = points[found]
            width = meet(places, t, h, u, p, (here, there), surface, normal, offset, k, work, new, best)
            if begin < t + width <= end:
                times[found] = t + width
                found += 1
            else:
                best[:] = math.nan
            stages(places, t, h, u, p, k, work, new, j, 0.0)
        for i in range(d):
            u[i] = new[i]
            k[0, i] = k[STAGES, i]
        here = there
        t += h
        h = min(longest, h * factor(err))
    record[TIME], record[STEP], orbits.found[member] = t, h, found


follow = Each(crossings)
