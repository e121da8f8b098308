"""The compiled loop of `Noisy`: eight members in lanes. Imports numba."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ergodica.numerics import kernel, normal_pair
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.calls import data_of, evaluate_lanes
from ergodica.sims.engines.ode.codes import ALIVE, NOT_FINITE
from ergodica.sims.engines.ode.groups import EVERY, bounds, fill_lanes, write_sample
from ergodica.sims.engines.sharing import Each

Array = np.ndarray

EULER_MARUYAMA, HEUN, SRA1, ITERATION = 0, 1, 2, 3
_ROOT_THIRD = 1.0 / math.sqrt(3.0)


class Steps(NamedTuple):
    """The steps to take.

    Step k goes from t = k dt on; its random numbers are those of index k + before.

    Fields:
        drift, drift_lanes, noise, noise_lanes: addresses of the functions.
        seed, purpose: of the random numbers.
        scheme: number of the scheme.
        substeps: increments of which a step is made.
        dt: length of a step.
        before, first: see above, `first` the first k.
        per: steps a sample.
    """

    drift: int
    drift_lanes: int
    noise: int
    noise_lanes: int
    seed: np.uint64
    purpose: int
    scheme: int
    substeps: int
    dt: float
    before: int
    first: int
    per: int


class Members(NamedTuple):
    """The members, one a row: u (members, d) in place, sampled into out (members, samples, d)."""

    u: Array
    parameters: Array
    streams: Array
    failed: Array
    failed_at: Array
    out: Array


@kernel(error_model="numpy")
def path(
    seed: int, stream: int, step: int, component: int, purpose: int, dt: float, substeps: int, both: bool
) -> tuple[float, float]:
    """Increment of a Wiener process over a step, and with `both` the integral of the path from its start.

    I_1 = W(t + dt) - W(t),  I_10 = integral of W(s) - W(t) ds. A step is made of `substeps` finer ones with
    their own numbers, so that steps of different lengths follow the same path.
    """
    width = dt / substeps
    root = math.sqrt(width)
    walked, area = 0.0, 0.0
    for k in range(substeps):
        one, other = normal_pair(seed, stream, step * substeps + k, component, purpose)
        if both:
            area += width * (walked + 0.5 * root * (one + _ROOT_THIRD * other))
        walked += root * one
    return walked, area


@kernel(error_model="numpy")
def advance_group(group: int, how: Steps, all: Members) -> None:
    """Steps of at most eight members."""
    start, stop = bounds(group, all.u.shape[0])
    u, parameters, streams, out = (
        all.u[start:stop],
        all.parameters[start:stop],
        all.streams[start:stop],
        all.out[start:stop],
    )
    failed, failed_at = all.failed[start:stop], all.failed_at[start:stop]
    scheme, dt, first, per = how.scheme, how.dt, how.first, how.per
    members, d = u.shape
    rows = parameters.shape[1]
    space = np.zeros((1 + 8 * d + rows) * WIDTH + 2 * d + rows)
    lanes = space[: (1 + 8 * d + rows) * WIDTH].reshape(-1, WIDTH)
    t, y, f, b, moved = lanes[0], lanes[1 : 1 + d], lanes[1 + d :], lanes[1 + 2 * d :], lanes[1 + 3 * d :]
    f2, b2, walked, area = lanes[1 + 4 * d :], lanes[1 + 5 * d :], lanes[1 + 6 * d :], lanes[1 + 7 * d :]
    p, column = lanes[1 + 8 * d :], data_of(space[(1 + 8 * d + rows) * WIDTH :])
    time, here, slope, size = data_of(t), data_of(y), data_of(f), data_of(b)
    there, slope2, size2, values = data_of(moved), data_of(f2), data_of(b2), data_of(p)
    fill_lanes(u, parameters, y, p)
    active = 0 if members == 1 else EVERY
    third, share = 1.0 / 3.0, 1.5 / dt
    for step in range(first, first + per * out.shape[1]):
        for lane in range(members):  # those left over have no noise
            for i in range(d):
                walked[i, lane], area[i, lane] = path(
                    how.seed,
                    streams[lane],
                    step + how.before,
                    i,
                    how.purpose,
                    dt,
                    how.substeps,
                    scheme == SRA1,
                )
        t[:] = step * dt
        evaluate_lanes(how.drift, how.drift_lanes, time, here, values, slope, d, rows, active, column)
        evaluate_lanes(how.noise, how.noise_lanes, time, here, values, size, d, rows, active, column)
        if scheme == EULER_MARUYAMA:
            for i in range(d):
                for lane in range(WIDTH):
                    y[i, lane] += dt * f[i, lane] + b[i, lane] * walked[i, lane]
        elif scheme == ITERATION:
            for i in range(d):
                for lane in range(WIDTH):
                    y[i, lane] = f[i, lane] + b[i, lane] * walked[i, lane]
        elif scheme == HEUN:
            for i in range(d):
                for lane in range(WIDTH):
                    moved[i, lane] = y[i, lane] + dt * f[i, lane] + b[i, lane] * walked[i, lane]
            t[:] = (step + 1) * dt
            evaluate_lanes(how.drift, how.drift_lanes, time, there, values, slope2, d, rows, active, column)
            evaluate_lanes(how.noise, how.noise_lanes, time, there, values, size2, d, rows, active, column)
            for i in range(d):
                for lane in range(WIDTH):
                    y[i, lane] += 0.5 * (
                        dt * (f[i, lane] + f2[i, lane]) + (b[i, lane] + b2[i, lane]) * walked[i, lane]
                    )
        else:
            t[:] = (step + 1) * dt
            evaluate_lanes(how.noise, how.noise_lanes, time, here, values, size2, d, rows, active, column)
            for i in range(d):
                for lane in range(WIDTH):
                    moved[i, lane] = y[i, lane] + 0.75 * dt * f[i, lane] + share * b2[i, lane] * area[i, lane]
            t[:] = (step + 0.75) * dt
            evaluate_lanes(how.drift, how.drift_lanes, time, there, values, slope2, d, rows, active, column)
            for i in range(d):
                for lane in range(WIDTH):
                    y[i, lane] += (
                        third * dt * (f[i, lane] + 2.0 * f2[i, lane])
                        + b2[i, lane] * walked[i, lane]
                        + (b[i, lane] - b2[i, lane]) * (area[i, lane] / dt)
                    )
        for lane in range(members):
            finite = True
            for i in range(d):
                finite = finite and abs(y[i, lane]) < math.inf
            if not finite and failed[lane] == ALIVE:
                failed[lane], failed_at[lane] = NOT_FINITE, (step + 1) * dt
        if (step - first + 1) % per == 0:
            write_sample(y, failed, out, (step - first) // per)
    u[:] = out[:, -1]


advance = Each(advance_group)
