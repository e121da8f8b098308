"""The compiled loop of `Dop853`: groups of eight lanes, each a member with its own time and step.

Import this module only where a run starts: it imports numba.
"""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel, prange
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.calls import data_of
from ergodica.sims.engines.ode.codes import ALIVE, NOT_FINITE, STEP_TOO_SMALL, TOO_MANY_STEPS
from ergodica.sims.engines.ode.dop853_members import (
    AHEAD,
    DONE,
    REACHED,
    REJECTED,
    START,
    STEP,
    TAKEN,
    WIDTH_OF_STEP,
    first_step,
    load,
    next_step,
    store,
    write_samples,
)
from ergodica.sims.engines.ode.dop853_steps import (
    ABSOLUTE,
    ACCEPTED,
    ERROR,
    RELATIVE,
    SINGLES,
    SIZE,
    TIME,
    WIDTHS,
    attempt,
    extend,
    room,
)
from ergodica.sims.engines.ode.dop853_tables import COEFFICIENTS, SLOPES

Array = np.ndarray

CHUNK = 64
"""Members that one thread takes at a time; lanes are refilled from them."""
EMPTY, EVERY = -1, -1
ROUND_OFF = 2.3e-16
SMALLEST_STEP = 1e-290


@kernel(error_model="numpy")
def advance_group(
    place: int,
    lanes_place: int,
    parameters: Array,
    targets: Array,
    out: Array,
    counts: Array,
    history: Array,
    failed: Array,
    failed_at: Array,
    rtol: float,
    atol: float,
    longest: float,
    most_steps: int,
    rounds: int,
) -> bool:
    """Bring members to the last of `targets`, writing `out` (members, targets, d) on the way.

    At most `rounds` steps of the whole group; returns whether all members are done. All arrays have the
    members of the group along their first axis.
    """
    members, finished, d = out.shape
    count = parameters.shape[1]
    space = room(d, count)
    base = data_of(space)
    singles = space[: SINGLES * WIDTH].reshape(SINGLES, WIDTH)
    t, h, mask, error = singles[TIME], singles[WIDTHS], singles[ACCEPTED], singles[ERROR]
    singles[SIZE], singles[RELATIVE], singles[ABSOLUTE] = d, rtol, atol
    rows = space[SINGLES * WIDTH : (SINGLES + (3 + SLOPES + COEFFICIENTS) * d + count) * WIDTH].reshape(
        -1, WIDTH
    )
    y, slopes = rows[:d], rows[3 * d : (3 + SLOPES) * d]
    coefficients = rows[(3 + SLOPES) * d : (3 + SLOPES + COEFFICIENTS) * d].reshape(COEFFICIENTS, d, WIDTH)
    p = rows[(3 + SLOPES + COEFFICIENTS) * d :]
    member = np.full(WIDTH, EMPTY)
    waiting = 0
    for _ in range(rounds):
        fresh, busy, active = False, 0, EMPTY
        for lane in range(WIDTH):
            while member[lane] == EMPTY and waiting < members:
                m = waiting
                waiting += 1
                if failed[m] != ALIVE:
                    counts[m, DONE] = finished
                write_samples(history[m], counts[m], targets, out[m])
                if counts[m, DONE] < finished:
                    member[lane], t[lane], h[lane] = m, history[m, REACHED], history[m, STEP]
                    load(history[m], parameters[m], lane, y, slopes, p)
                    fresh = fresh or h[lane] <= 0.0
            if member[lane] == EMPTY:
                h[lane] = 0.0
            else:
                busy += 1
                active = lane
        if busy == 0:
            return bool(space.size > 0)  # True; the room must outlive the use of its address
        if busy > 1:
            active = EVERY
        if fresh:
            for lane in range(WIDTH):
                if member[lane] != EMPTY and h[lane] <= 0.0:
                    h[lane] = first_step(place, t[lane], y, slopes, p, lane, rtol, atol, longest)
        for lane in range(WIDTH):
            h[lane] = h[lane] if h[lane] < longest else longest

        attempt(place, lanes_place, base, d, count, active)
        some, sampled = False, False
        for lane in range(WIDTH):
            mask[lane] = 0.0
            if member[lane] != EMPTY and error[lane] <= 1.0:
                mask[lane] = 1.0
                some = True
                sampled = sampled or targets[counts[member[lane], DONE]] <= t[lane] + h[lane]
        if some:
            extend(place, lanes_place, base, d, count, active, sampled)

        for lane in range(WIDTH):
            m = member[lane]
            if m == EMPTY:
                continue
            moved, code = mask[lane] > 0.0, ALIVE
            counts[m, TAKEN] += 1
            width = h[lane]
            h[lane] = next_step(width, error[lane], moved, counts[m, REJECTED] > 0)
            counts[m, REJECTED] = 0 if moved else 1
            if moved:
                before = t[lane]
                t[lane] += width
                if targets[counts[m, DONE]] <= t[lane]:
                    history[m, START], history[m, WIDTH_OF_STEP], history[m, REACHED] = before, width, t[lane]
                    for i in range(COEFFICIENTS):
                        for j in range(d):
                            history[m, AHEAD + (2 + i) * d + j] = coefficients[i, j, lane]
                    write_samples(history[m], counts[m], targets, out[m])
            elif not (0.1 * h[lane] > abs(t[lane]) * ROUND_OFF and h[lane] > SMALLEST_STEP):
                code = STEP_TOO_SMALL if error[lane] < math.inf else NOT_FINITE
            if code == ALIVE and counts[m, TAKEN] >= most_steps:
                code = TOO_MANY_STEPS
            if code != ALIVE:
                failed[m], failed_at[m] = code, t[lane]
                counts[m, DONE] = finished
            if counts[m, DONE] == finished:
                store(history[m], lane, t[lane], h[lane], y, slopes)
                member[lane] = EMPTY
    for lane in range(WIDTH):
        if member[lane] != EMPTY:
            store(history[member[lane]], lane, t[lane], h[lane], y, slopes)
    return bool(space.size == 0)


@kernel(parallel=True, error_model="numpy")
def advance_groups(
    place: int,
    lanes_place: int,
    parameters: Array,
    targets: Array,
    out: Array,
    counts: Array,
    history: Array,
    failed: Array,
    failed_at: Array,
    rtol: float,
    atol: float,
    longest: float,
    most_steps: int,
    rounds: int,
    complete: Array,
) -> None:
    """`advance_group` for every `CHUNK` of members; `complete` (chunks,) says which are done."""
    for chunk in prange(complete.size):
        if not complete[chunk]:
            a, b = chunk * CHUNK, min((chunk + 1) * CHUNK, out.shape[0])
            complete[chunk] = advance_group(
                place,
                lanes_place,
                parameters[a:b],
                targets,
                out[a:b],
                counts[a:b],
                history[a:b],
                failed[a:b],
                failed_at[a:b],
                rtol,
                atol,
                longest,
                most_steps,
                rounds,
            )


@kernel(error_model="numpy")
def advance_in_turn(
    place: int,
    lanes_place: int,
    parameters: Array,
    targets: Array,
    out: Array,
    counts: Array,
    history: Array,
    failed: Array,
    failed_at: Array,
    rtol: float,
    atol: float,
    longest: float,
    most_steps: int,
    rounds: int,
    complete: Array,
) -> None:
    """`advance_groups` on one thread."""
    for chunk in range(complete.size):
        if not complete[chunk]:
            a, b = chunk * CHUNK, min((chunk + 1) * CHUNK, out.shape[0])
            complete[chunk] = advance_group(
                place,
                lanes_place,
                parameters[a:b],
                targets,
                out[a:b],
                counts[a:b],
                history[a:b],
                failed[a:b],
                failed_at[a:b],
                rtol,
                atol,
                longest,
                most_steps,
                rounds,
            )
