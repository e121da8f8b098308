"""The compiled loop of `Symplectic`: eight members in lanes. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel, prange
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.calls import BYTES, data_of, evaluate_lanes
from ergodica.sims.engines.ode.codes import ALIVE, NOT_FINITE
from ergodica.sims.engines.ode.vectors import Block, over_components

Array = np.ndarray

ROW = BYTES * WIDTH
EVERY = -1
_CACHE_LINE = 8  # in float64


def _push(y: Block, slope: Block, time: Block, length: Block, t: Block, node: Block) -> None:
    y[0] = length[0].times_plus(slope[0], y[0])
    time[0] = t[0] + node[0]


def _not_finite(y: Block, total: Block) -> tuple[object, ...]:
    return (y[0] - y[0],)


push = over_components(_push, arrays=2, lanes=4)
not_finite = over_components(_not_finite, arrays=1, lanes=1, sums=1)


@kernel(error_model="numpy")
def advance_group(
    velocity: int,
    velocity_lanes: int,
    force: int,
    force_lanes: int,
    u: Array,
    parameters: Array,
    failed: Array,
    failed_at: Array,
    table: Array,
    dt: float,
    first: int,
    per: int,
    out: Array,
) -> None:
    """Steps of at most eight members, (members, d) in place, sampled every `per` into `out` (members, samples, d).

    `table` (2 stages + 1, 2): lengths of kick, drift, kick, ... and the times within the step after them, both
    in units of dt.
    """
    members, d = u.shape
    half, rows, size = d // 2, parameters.shape[1], table.shape[0]
    held = np.zeros((3 + 2 * size + 2 * d + rows) * WIDTH + 2 * d + rows + _CACHE_LINE)
    start = (-held.ctypes.data) % (8 * _CACHE_LINE) // 8
    space = held[start : held.size - _CACHE_LINE + start]
    lanes = space[: (3 + 2 * size + 2 * d + rows) * WIDTH].reshape(-1, WIDTH)
    t, bad, y, p = lanes[0], lanes[2], lanes[3 + 2 * size :], lanes[3 + 2 * size + 2 * d :]
    for lane in range(WIDTH):
        member = min(lane, members - 1)  # lanes left over repeat the last member
        for i in range(d):
            y[i, lane] = u[member, i]
        for i in range(rows):
            p[i, lane] = parameters[member, i]
        for i in range(size):
            lanes[3 + 2 * i, lane], lanes[4 + 2 * i, lane] = table[i, 0] * dt, table[i, 1] * dt
    base = data_of(space)
    time, lengths = base + ROW, base + 3 * ROW
    position = lengths + 2 * size * ROW
    momentum, slope = position + half * ROW, position + d * ROW
    values = slope + d * ROW
    column = values + rows * ROW
    active = 0 if members == 1 else EVERY
    t[:] = first * dt
    lanes[1] = t
    evaluate_lanes(force, force_lanes, time, position, values, slope, d, rows, active, column)
    for step in range(first, first + per * out.shape[1]):
        t[:] = step * dt
        for stage in range(size):
            length = lengths + 2 * stage * ROW
            if stage % 2 == 0:
                push(momentum, slope + half * ROW, time, length, base, length + ROW, half)
                if stage < size - 1:
                    evaluate_lanes(
                        velocity, velocity_lanes, time, position, values, slope, d, rows, active, column
                    )
            else:
                push(position, slope, time, length, base, length + ROW, half)
                evaluate_lanes(force, force_lanes, time, position, values, slope, d, rows, active, column)
        not_finite(position, base + 2 * ROW, d)
        for lane in range(members):
            if math.isnan(bad[lane]) and failed[lane] == ALIVE:
                failed[lane], failed_at[lane] = NOT_FINITE, (step + 1) * dt
        if (step - first + 1) % per == 0:
            sample = (step - first) // per
            for lane in range(members):
                for i in range(d):
                    out[lane, sample, i] = y[i, lane] if failed[lane] == ALIVE else math.nan
    u[:] = out[:, -1]


@kernel(parallel=True, error_model="numpy")
def advance_groups(
    velocity: int,
    velocity_lanes: int,
    force: int,
    force_lanes: int,
    u: Array,
    parameters: Array,
    failed: Array,
    failed_at: Array,
    table: Array,
    dt: float,
    first: int,
    per: int,
    out: Array,
) -> None:
    """`advance_group` for every eight members."""
    for group in prange((u.shape[0] + WIDTH - 1) // WIDTH):
        a, b = group * WIDTH, min((group + 1) * WIDTH, u.shape[0])
        advance_group(
            velocity,
            velocity_lanes,
            force,
            force_lanes,
            u[a:b],
            parameters[a:b],
            failed[a:b],
            failed_at[a:b],
            table,
            dt,
            first,
            per,
            out[a:b],
        )
