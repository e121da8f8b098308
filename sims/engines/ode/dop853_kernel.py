"""The compiled loop of `Dop853`: lanes, each a member with its own time and step.

The lanes of many members lie four groups of eight wide, those of few members one group.

Import this module only where a run starts: it imports numba.
"""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel, prange
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.calls import NOWHERE, call_at, data_of
from ergodica.sims.engines.ode.codes import ALIVE, DIVERGES, NOT_FINITE, STEP_TOO_SMALL, TOO_MANY_STEPS
from ergodica.sims.engines.ode.dop853_members import (
    AHEAD,
    DONE,
    REACHED,
    REPEATED,
    START,
    STEP,
    STEPS,
    TOTAL,
    WIDTH_OF_STEP,
    first_step,
    load,
    store,
    write_due,
    write_samples,
)
from ergodica.sims.engines.ode.dop853_steps import attempt, extend, room
from ergodica.sims.engines.ode.dop853_tables import (
    ABSOLUTE,
    BEGAN,
    BUSY,
    COEFFICIENTS,
    DUE,
    ERROR,
    LAST_WIDTH,
    LONGEST,
    MOST,
    REJECTED,
    RELATIVE,
    SINGLES,
    SIZE,
    SLOPES,
    TAKEN,
    TIME,
    WIDTHS,
    decide,
    move,
)
from ergodica.sims.engines.ode.growth_kernel import FIRST_LOOK, creeps, next_look

Array = np.ndarray

EMPTY, EVERY = -1, -1
SAMPLED = 1 << WIDTH  # the first of the bits that say where a sample lies


@kernel(error_model="numpy")
def advance_group(
    place: int,
    lanes_place: int,
    whole_place: int,
    groups: int,
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

    At most `rounds` steps of 8 `groups` lanes; returns whether all members are done. All arrays have the
    members along their first axis; lanes are refilled from them. At `whole_place` all stages of a step lie, as
    `dynamics.dop853_lanes` makes them, or nothing.
    """
    members, finished, d = out.shape
    count, lanes = parameters.shape[1], groups * WIDTH
    space = room(d, count, groups)
    base = data_of(space)
    singles = space[: SINGLES * lanes].reshape(SINGLES, lanes)
    t, h, due, busy, error = singles[TIME], singles[WIDTHS], singles[DUE], singles[BUSY], singles[ERROR]
    rejected, taken, began, width = singles[REJECTED], singles[TAKEN], singles[BEGAN], singles[LAST_WIDTH]
    singles[SIZE], singles[RELATIVE], singles[ABSOLUTE] = d, rtol, atol
    singles[LONGEST] = longest
    most = singles[MOST]
    rows = space[SINGLES * lanes : (SINGLES + (3 + SLOPES + COEFFICIENTS) * d + count) * lanes].reshape(
        -1, lanes
    )
    y, slopes = rows[:d], rows[3 * d : (3 + SLOPES) * d]
    coefficients = rows[(3 + SLOPES) * d : (3 + SLOPES + COEFFICIENTS) * d]
    p = rows[(3 + SLOPES + COEFFICIENTS) * d :]
    member = np.full(lanes, EMPTY)
    bits = np.zeros(groups, np.int64)
    waiting, free, active = 0, True, EVERY
    for _ in range(rounds):
        if free:
            free, occupied = False, 0
            for lane in range(lanes):
                while member[lane] == EMPTY and waiting < members:
                    m = waiting
                    waiting += 1
                    if failed[m] != ALIVE:
                        counts[m, DONE] = finished
                    write_samples(history[m], counts[m], targets, out[m])
                    if counts[m, DONE] < finished:
                        member[lane], busy[lane], due[lane] = m, 1.0, targets[counts[m, DONE]]
                        taken[lane], rejected[lane] = counts[m, STEPS], counts[m, REPEATED]
                        most[lane] = min(most_steps, next_look(counts[m, STEPS]))
                        t[lane], h[lane] = history[m, REACHED], min(longest, history[m, STEP])
                        load(history[m], parameters[m], lane, y, slopes, p)
                        if h[lane] <= 0.0:
                            h[lane] = first_step(place, t[lane], y, slopes, p, lane, rtol, atol, longest)
                if member[lane] != EMPTY:
                    occupied += 1
                    active = lane
            if occupied == 0:
                return bool(space.size > 0)  # True; the room must outlive the use of its address
            if occupied > 1:
                active = EVERY

        if whole_place != NOWHERE and active == EVERY:
            if call_at(whole_place, 0.0, space, space, space) != 0:
                error[:] = math.nan
        else:
            attempt(place, lanes_place, base, d, count, active, groups)
        every = 0
        for group in range(groups):
            bits[group] = decide(base, groups, group)
            every |= bits[group]
        if every != 0:
            extend(place, lanes_place, whole_place, space, d, count, active, every >= SAMPLED, groups)
        for group in range(groups):
            events = move(base, groups, group) | (bits[group] >> WIDTH)
            if events == 0:
                continue
            for place_in_group in range(WIDTH):
                if not (events >> place_in_group) & 1:
                    continue
                lane = group * WIDTH + place_in_group
                m = member[lane]
                if (bits[group] >> (WIDTH + place_in_group)) & 1:
                    sample = counts[m, DONE]
                    for i in range(d):
                        out[m, sample, i] = rows[d + i, lane]
                    counts[m, DONE] = sample + 1
                    if sample + 1 < finished and targets[sample + 1] <= t[lane]:
                        write_due(
                            coefficients, lane, began[lane], width[lane], t[lane], m, counts, targets, out
                        )
                    if creeps(history[m], width[lane], int(taken[lane]), y, lane):
                        failed[m] = DIVERGES
                    counts[m, TOTAL] += int(taken[lane])
                    taken[lane], most[lane] = 0.0, min(most_steps, FIRST_LOOK)
                elif taken[lane] < most[lane]:
                    failed[m] = STEP_TOO_SMALL if error[lane] < math.inf else NOT_FINITE
                elif creeps(history[m], width[lane], int(taken[lane]), y, lane):
                    failed[m] = DIVERGES
                elif taken[lane] < most_steps:
                    most[lane] = min(most_steps, next_look(int(taken[lane])))
                    continue
                else:
                    failed[m] = TOO_MANY_STEPS
                if failed[m] != ALIVE:
                    failed_at[m] = t[lane]
                    counts[m, DONE] = finished
                if counts[m, DONE] == finished:
                    if failed[m] == ALIVE:
                        history[m, START], history[m, WIDTH_OF_STEP] = began[lane], width[lane]
                        for i in range(COEFFICIENTS * d):
                            history[m, AHEAD + 2 * d + i] = coefficients[i, lane]
                    store(history[m], lane, t[lane], h[lane], y, slopes)
                    counts[m, STEPS], counts[m, REPEATED] = 0, 0
                    member[lane], busy[lane], h[lane], due[lane] = EMPTY, 0.0, 0.0, math.inf
                    free = True
                else:
                    due[lane] = targets[counts[m, DONE]]
    for lane in range(lanes):
        m = member[lane]
        if m != EMPTY:
            store(history[m], lane, t[lane], h[lane], y, slopes)
            counts[m, STEPS], counts[m, REPEATED] = int(taken[lane]), int(rejected[lane])
    return bool(space.size == 0)


@kernel(parallel=True, error_model="numpy")
def advance_groups(
    place: int,
    lanes_place: int,
    whole_place: int,
    groups: int,
    chunk: int,
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
    """`advance_group` for every `chunk` of members; `complete` (chunks,) says which are done."""
    for part in prange(complete.size):
        if not complete[part]:
            a, b = part * chunk, min((part + 1) * chunk, out.shape[0])
            complete[part] = advance_group(
                place,
                lanes_place,
                whole_place,
                groups,
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
    whole_place: int,
    groups: int,
    chunk: int,
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
    for part in range(complete.size):
        if not complete[part]:
            a, b = part * chunk, min((part + 1) * chunk, out.shape[0])
            complete[part] = advance_group(
                place,
                lanes_place,
                whole_place,
                groups,
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
