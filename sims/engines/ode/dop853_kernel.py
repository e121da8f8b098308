"""The compiled loop of `Dop853`: groups of eight lanes, each a member with its own time and step.

Import this module only where a run starts: it imports numba.
"""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel, prange
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.calls import evaluate_lanes, row_of
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
    first_steps,
    load,
    next_step,
    room,
    store,
    write_samples,
)
from ergodica.sims.engines.ode.dop853_tables import (
    COEFFICIENTS,
    SLOPES,
    STAGES,
    accept,
    dense_coefficients,
    error_roots,
    squared_errors,
    stage_1,
    stage_2,
    stage_3,
    stage_4,
    stage_5,
    stage_6,
    stage_7,
    stage_8,
    stage_9,
    stage_10,
    stage_11,
    stage_12,
    stage_13,
    stage_14,
    stage_15,
)

Array = np.ndarray

CHUNK = 64
"""Members that one thread takes at a time; lanes are refilled from them."""
EMPTY = -1
ROUND_OFF = 2.3e-16
SMALLEST_STEP = 1e-290


@kernel
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
    block = room((SLOPES + 3 + COEFFICIENTS) * d * WIDTH).reshape(SLOPES + 3 + COEFFICIENTS, d, WIDTH)
    slopes, coefficients = block[:SLOPES], block[SLOPES : SLOPES + COEFFICIENTS]
    y, work, new = (
        block[SLOPES + COEFFICIENTS],
        block[SLOPES + COEFFICIENTS + 1],
        block[SLOPES + COEFFICIENTS + 2],
    )
    p = room(count * WIDTH).reshape(count, WIDTH)
    singles = room(11 * WIDTH).reshape(11, WIDTH)
    t, h, time, mask, active, size = singles[0], singles[1], singles[2], singles[3], singles[4], singles[5]
    fifth, third, error, relative, absolute = singles[6], singles[7], singles[8], singles[9], singles[10]
    size[:], relative[:], absolute[:] = d, rtol, atol
    column = np.empty(2 * d + count)
    member = np.full(WIDTH, EMPTY)
    waiting = 0
    for _ in range(rounds):
        fresh, busy = False, False
        for lane in range(WIDTH):
            while member[lane] == EMPTY and waiting < members:
                m = waiting
                waiting += 1
                if failed[m] != ALIVE:
                    counts[m, DONE] = finished
                write_samples(history[m], counts[m], targets, out[m])
                if counts[m, DONE] < finished:
                    member[lane], active[lane] = m, 1.0
                    t[lane], h[lane] = history[m, REACHED], history[m, STEP]
                    load(history[m], parameters[m], lane, y, slopes, p)
                    fresh = fresh or h[lane] <= 0.0
            busy = busy or member[lane] != EMPTY
        if not busy:
            return True
        if fresh:
            first_steps(place, lanes_place, t, h, y, slopes, work, p, active, column, rtol, atol, longest)
        for lane in range(WIDTH):
            h[lane] = 0.0 if member[lane] == EMPTY else h[lane] if h[lane] < longest else longest

        stage_1(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 1), active, column)
        stage_2(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 2), active, column)
        stage_3(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 3), active, column)
        stage_4(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 4), active, column)
        stage_5(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 5), active, column)
        stage_6(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 6), active, column)
        stage_7(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 7), active, column)
        stage_8(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 8), active, column)
        stage_9(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 9), active, column)
        stage_10(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 10), active, column)
        stage_11(work, y, slopes, time, t, h, d)
        evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 11), active, column)
        stage_12(new, y, slopes, time, t, h, d)
        squared_errors(y, new, slopes, fifth, third, relative, absolute, d)
        error_roots(error, fifth, third, h, size, 1)

        some, sampled = False, False
        for lane in range(WIDTH):
            mask[lane] = 0.0
            if member[lane] != EMPTY and error[lane] <= 1.0:
                mask[lane] = 1.0
                some = True
                sampled = sampled or targets[counts[member[lane], DONE]] <= t[lane] + h[lane]
        if some:
            evaluate_lanes(place, lanes_place, time, new, p, row_of(slopes, STAGES), active, column)
        if sampled:
            stage_13(work, y, slopes, time, t, h, d)
            evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 13), active, column)
            stage_14(work, y, slopes, time, t, h, d)
            evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 14), active, column)
            stage_15(work, y, slopes, time, t, h, d)
            evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, 15), active, column)
            dense_coefficients(coefficients, y, new, slopes, h, d)
        accept(y, new, slopes, mask, d)

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
                member[lane], active[lane] = EMPTY, 0.0
    for lane in range(WIDTH):
        if member[lane] != EMPTY:
            store(history[member[lane]], lane, t[lane], h[lane], y, slopes)
    return False


@kernel(parallel=True)
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


@kernel
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
