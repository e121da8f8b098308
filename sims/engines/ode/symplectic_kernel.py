"""The compiled loop of `Symplectic`: eight members in lanes. Imports numba."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ergodica.numerics import kernel
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.calls import BYTES, data_of, evaluate_lanes
from ergodica.sims.engines.ode.codes import ALIVE, NOT_FINITE
from ergodica.sims.engines.ode.groups import EVERY, bounds, fill_lanes, write_sample
from ergodica.sims.engines.ode.vectors import Block, over_components
from ergodica.sims.engines.sharing import Each

Array = np.ndarray

ROW = BYTES * WIDTH
_CACHE_LINE = 8  # in float64


def _push(y: Block, slope: Block, time: Block, length: Block, t: Block, node: Block) -> None:
    y[0] = length[0].times_plus(slope[0], y[0])
    time[0] = t[0] + node[0]


def _not_finite(y: Block, total: Block) -> tuple[object, ...]:
    return (y[0] - y[0],)


push = over_components(_push, arrays=2, lanes=4)
not_finite = over_components(_not_finite, arrays=1, lanes=1, sums=1)


class Steps(NamedTuple):
    """The steps to take; step k goes from t = k dt on.

    Fields:
        velocity, velocity_lanes, force, force_lanes: addresses of the functions.
        table: `(2 stages + 1, 2)`, lengths of kick, drift, kick, ... and the times within the step after them, both
            in units of dt.
        dt: length of a step.
        first: the first k.
        per: steps a sample.
    """

    velocity: int
    velocity_lanes: int
    force: int
    force_lanes: int
    table: Array
    dt: float
    first: int
    per: int


class Members(NamedTuple):
    """The members, one a row: u (members, d) in place, sampled into out (members, samples, d)."""

    u: Array
    parameters: Array
    failed: Array
    failed_at: Array
    out: Array


@kernel(error_model="numpy")
def advance_group(group: int, how: Steps, all: Members) -> None:
    """Steps of at most eight members."""
    start, stop = bounds(group, all.u.shape[0])
    u, parameters, out = all.u[start:stop], all.parameters[start:stop], all.out[start:stop]
    failed, failed_at = all.failed[start:stop], all.failed_at[start:stop]
    dt, first, per = how.dt, how.first, how.per
    members, d = u.shape
    half, rows, size = d // 2, parameters.shape[1], how.table.shape[0]
    held = np.zeros((3 + 2 * size + 2 * d + rows) * WIDTH + 2 * d + rows + _CACHE_LINE)
    begin = (-held.ctypes.data) % (8 * _CACHE_LINE) // 8
    space = held[begin : held.size - _CACHE_LINE + begin]
    lanes = space[: (3 + 2 * size + 2 * d + rows) * WIDTH].reshape(-1, WIDTH)
    t, bad, y, p = lanes[0], lanes[2], lanes[3 + 2 * size :], lanes[3 + 2 * size + 2 * d :]
    fill_lanes(u, parameters, y, p)
    for lane in range(WIDTH):
        for i in range(size):
            lanes[3 + 2 * i, lane], lanes[4 + 2 * i, lane] = how.table[i, 0] * dt, how.table[i, 1] * dt
    base = data_of(space)
    time, lengths = base + ROW, base + 3 * ROW
    position = lengths + 2 * size * ROW
    momentum, slope = position + half * ROW, position + d * ROW
    values = slope + d * ROW
    column = values + rows * ROW
    active = 0 if members == 1 else EVERY
    t[:] = first * dt
    lanes[1] = t
    evaluate_lanes(how.force, how.force_lanes, time, position, values, slope, d, rows, active, column)
    for step in range(first, first + per * out.shape[1]):
        t[:] = step * dt
        for stage in range(size):
            length = lengths + 2 * stage * ROW
            if stage % 2 == 0:
                push(momentum, slope + half * ROW, time, length, base, length + ROW, half)
                if stage < size - 1:
                    evaluate_lanes(
                        how.velocity,
                        how.velocity_lanes,
                        time,
                        position,
                        values,
                        slope,
                        d,
                        rows,
                        active,
                        column,
                    )
            else:
                push(position, slope, time, length, base, length + ROW, half)
                evaluate_lanes(
                    how.force, how.force_lanes, time, position, values, slope, d, rows, active, column
                )
        not_finite(position, base + 2 * ROW, d)
        for lane in range(members):
            if math.isnan(bad[lane]) and failed[lane] == ALIVE:
                failed[lane], failed_at[lane] = NOT_FINITE, (step + 1) * dt
        if (step - first + 1) % per == 0:
            write_sample(y, failed, out, (step - first) // per)
    u[:] = out[:, -1]


advance = Each(advance_group)
