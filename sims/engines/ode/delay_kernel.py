"""The compiled loop of `Delay`: Runge-Kutta steps of one member over its own past. Imports numba."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.engines.ode.calls import evaluate
from ergodica.sims.engines.ode.codes import ALIVE, NOT_FINITE
from ergodica.sims.engines.sharing import Each

Array = np.ndarray

NODES = 0
"""Column of a member's history that counts its nodes; their times, values and slopes follow, in a ring."""
HEADER = 1
SAME = 1e-9
"""Times closer than so many steps are one: a break, not a round-off beside it."""


class Course(NamedTuple):
    """What the members have in common.

    Fields:
        place: address of the right-hand side.
        components: `(lags,)`, the delayed ones.
        targets: `(targets,)`, times of the samples.
        ring: nodes that a history has room for.
        rounds: steps at most.
    """

    place: int
    components: Array
    targets: Array
    ring: int
    rounds: int


class Members(NamedTuple):
    """The members, one a row.

    Fields:
        parameters, delays: `(members, number)`.
        breaks: `(members, number)`, times at which a low derivative jumps: steps end there.
        dt: `(members,)`, length of a step.
        history: `(members, numbers)`, see above.
        out: `(members, targets, d)`.
        counts: `(members, 1)`, targets written.
        failed, failed_at: `(members,)`.
    """

    parameters: Array
    delays: Array
    breaks: Array
    dt: Array
    history: Array
    out: Array
    counts: Array
    failed: Array
    failed_at: Array


@kernel(error_model="numpy")
def put(history: Array, ring: int, d: int, t: float, value: Array, slope: Array) -> None:
    """Add a node."""
    slot = int(history[NODES]) % ring
    history[HEADER + slot] = t
    for i in range(d):
        history[HEADER + ring + slot * d + i] = value[i]
        history[HEADER + ring + (ring + slot) * d + i] = slope[i]
    history[NODES] += 1.0


@kernel(error_model="numpy")
def hermite(history: Array, ring: int, d: int, node: int, t: float, component: int) -> float:
    """A component at time t by the cubic through the node and the next one."""
    a, b = node % ring, (node + 1) % ring
    start = history[HEADER + a]
    h = history[HEADER + b] - start
    values, slopes = HEADER + ring + component, HEADER + ring + ring * d + component
    left, right = history[values + a * d], history[values + b * d]
    x = (t - start) / h
    y = 1.0 - x
    bend = (left - right + h * history[slopes + a * d]) * y + (right - left - h * history[slopes + b * d]) * x
    value: float = y * left + x * right + x * y * bend
    return value


@kernel(error_model="numpy")
def look_back(history: Array, ring: int, d: int, cursor: int, t: float) -> int:
    """The last node that is not later than t, searched for from `cursor` on.

    Where the state or its slope jumps lie two nodes, before and after: a t a little above gives the one after, a
    little below leads `hermite` to the one before.
    """
    last = int(history[NODES]) - 1
    while cursor < last and history[HEADER + (cursor + 1) % ring] <= t:
        cursor += 1
    return cursor


@kernel(error_model="numpy")
def fill_lags(
    history: Array,
    ring: int,
    d: int,
    components: Array,
    delays: Array,
    cursors: Array,
    t: float,
    near: float,
    point: Array,
) -> None:
    """Put the delayed components behind the present ones in `point` (d + lags,).

    They are taken after the jumps at times up to `near` beside theirs, with a `near` below 0 before these jumps.
    """
    last = int(history[NODES]) - 1
    for k in range(components.size):
        cursors[k] = look_back(history, ring, d, cursors[k], t - delays[k] + near)
        if cursors[k] >= last:
            point[d + k] = history[HEADER + ring + (last % ring) * d + components[k]]
        else:
            point[d + k] = hermite(history, ring, d, cursors[k], t - delays[k], components[k])


@kernel(error_model="numpy")
def advance_member(
    place: int,
    p: Array,
    components: Array,
    delays: Array,
    breaks: Array,
    targets: Array,
    out: Array,
    counts: Array,
    history: Array,
    ring: int,
    dt: float,
    rounds: int,
) -> int:
    """Bring a member to the last of the targets, in at most so many rounds of a step; its code."""
    d = out.shape[1]
    near = SAME * dt
    cursors = np.full(delays.size, max(0, int(history[NODES]) - ring))
    point, x = np.empty(d + delays.size), np.empty(d)
    first, second, third, fourth = np.empty(d), np.empty(d), np.empty(d), np.empty(d)
    for _ in range(rounds + 1):
        node = int(history[NODES]) - 1
        slot = node % ring
        t = history[HEADER + slot]
        while counts[0] < targets.size and targets[counts[0]] <= t:
            before = node - 1
            while history[HEADER + before % ring] == t:  # of two nodes at a jump, the first ends the step
                before -= 1
            for i in range(d):
                out[counts[0], i] = hermite(history, ring, d, before, targets[counts[0]], i)
            counts[0] += 1
        if counts[0] == targets.size:
            return ALIVE
        left = dt
        for k in range(breaks.size):
            if breaks[k] > t:
                left = breaks[k] - t
                break
        h = left if left <= dt else 0.5 * left if left < 2.0 * dt else dt
        end, at_break = t + h, False
        for k in range(breaks.size):
            if abs(breaks[k] - end) <= near:
                end, at_break = breaks[k], True
        for i in range(d):
            x[i] = history[HEADER + ring + slot * d + i]
            first[i] = history[HEADER + ring + (ring + slot) * d + i]
            point[i] = x[i] + 0.5 * h * first[i]
        fill_lags(history, ring, d, components, delays, cursors, t + 0.5 * h, near, point)
        evaluate(place, t + 0.5 * h, point, p, second)
        for i in range(d):
            point[i] = x[i] + 0.5 * h * second[i]
        evaluate(place, t + 0.5 * h, point, p, third)
        for i in range(d):
            point[i] = x[i] + h * third[i]
        fill_lags(history, ring, d, components, delays, cursors, end, -near if at_break else near, point)
        evaluate(place, end, point, p, fourth)
        finite = True
        for i in range(d):
            x[i] += h / 6.0 * (first[i] + 2.0 * (second[i] + third[i]) + fourth[i])
            point[i] = x[i]
            finite = finite and abs(x[i]) < math.inf
        evaluate(place, end, point, p, first)
        for i in range(d):
            finite = finite and abs(first[i]) < math.inf
        if not finite:
            return NOT_FINITE
        if at_break:
            put(history, ring, d, end, x, first)
            fill_lags(history, ring, d, components, delays, cursors, end, near, point)
            evaluate(place, end, point, p, first)
        put(history, ring, d, end, x, first)
    return ALIVE


@kernel(error_model="numpy")
def advance_one(m: int, how: Course, all: Members) -> None:
    """`advance_member` for a member that has not stopped."""
    counts, history = all.counts[m], all.history[m]
    if all.failed[m] == ALIVE and counts[0] < how.targets.size:
        # one by one: with the tuples themselves the loop within takes half as long again
        code = advance_member(
            how.place,
            all.parameters[m],
            how.components,
            all.delays[m],
            all.breaks[m],
            how.targets,
            all.out[m],
            counts,
            history,
            how.ring,
            all.dt[m],
            how.rounds,
        )
        if code != ALIVE:
            all.failed[m] = code
            all.failed_at[m] = history[HEADER + (int(history[NODES]) - 1) % how.ring]
    if all.failed[m] != ALIVE:
        counts[0] = how.targets.size


advance = Each(advance_one)


@kernel(error_model="numpy")
def first_node(
    place: int, p: Array, components: Array, delays: Array, history: Array, ring: int, t: float, u: Array
) -> None:
    """Add the node at the start, where the slope becomes that of the equation."""
    d = u.size
    point, slope = np.empty(d + delays.size), np.empty(d)
    point[:d] = u
    fill_lags(history, ring, d, components, delays, np.zeros(delays.size, np.int64), t, 0.0, point)
    evaluate(place, t, point, p, slope)
    put(history, ring, d, t, u, slope)
