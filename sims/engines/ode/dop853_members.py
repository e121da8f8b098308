"""One member of `Dop853`: its history, its samples, its steps; one lane of a group at a time. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel
from ergodica.numerics.lanes import WIDTH
from ergodica.sims.engines.ode.calls import evaluate_lanes, row_of
from ergodica.sims.engines.ode.dop853_tables import COEFFICIENTS, STAGES

Array = np.ndarray

# Hairer, Norsett, Wanner 1993, II.4 and the code DOP853
SAFETY = 0.9
SHRINK, GROW = 0.333, 6.0
FIRST_GUESS = 1e-6  # a step where the state or its slope vanishes
# columns of a member's history: scalars, the point reached, its slope, the dense output of the last sampled step
REACHED, STEP, START, WIDTH_OF_STEP, AHEAD = 0, 1, 2, 3, 4
# columns of a member's counts: targets written, steps since the last one, whether the last step was rejected
DONE, TAKEN, REJECTED = 0, 1, 2
_ALIGNMENT = 8  # of a cache line, in float64


@kernel
def room(size: int) -> Array:
    """An array of zeros (size,) that starts on a cache line."""
    held = np.zeros(size + _ALIGNMENT)
    start = (-held.ctypes.data) % (8 * _ALIGNMENT) // 8
    return held[start : start + size]


@kernel
def emit(dense: Array, start: float, width: float, t: float, out: Array) -> None:
    """The dense output at time t, from coefficients (8, d) of a step of `width` from `start`."""
    x = (t - start) / width
    y = 1.0 - x
    for i in range(out.size):
        value = dense[7, i] * x
        value = (value + dense[6, i]) * y
        value = (value + dense[5, i]) * x
        value = (value + dense[4, i]) * y
        value = (value + dense[3, i]) * x
        value = (value + dense[2, i]) * y
        value = (value + dense[1, i]) * x
        out[i] = value + dense[0, i]


@kernel
def first_step(
    y: Array, slope: Array, next_slope: Array, lane: int, h: float, rtol: float, atol: float
) -> float:
    """The first step (h > 0: trial step taken, slope there known) or the trial step (h = 0); HNW II.4."""
    size, rate, bend = 0.0, 0.0, 0.0
    for i in range(y.shape[0]):
        scale = atol + rtol * abs(y[i, lane])
        size += (y[i, lane] / scale) ** 2
        rate += (slope[i, lane] / scale) ** 2
        bend += ((next_slope[i, lane] - slope[i, lane]) / scale) ** 2
    d = y.shape[0]
    size, rate = math.sqrt(size / d), math.sqrt(rate / d)
    if h == 0.0:
        guess = FIRST_GUESS if size < 1e-5 or rate < 1e-5 else 0.01 * size / rate
        return guess if guess < math.inf else FIRST_GUESS
    steepest = max(rate, math.sqrt(bend / d) / h)
    last = max(1e-6, 1e-3 * h) if steepest <= 1e-15 else (0.01 / steepest) ** 0.125
    return min(100.0 * h, last)


@kernel
def first_steps(
    place: int,
    lanes_place: int,
    t: Array,
    h: Array,
    y: Array,
    slopes: Array,
    work: Array,
    p: Array,
    active: Array,
    column: Array,
    rtol: float,
    atol: float,
    longest: float,
) -> None:
    """Slope and first step of the active lanes that have no step yet."""
    d = y.shape[0]
    time, trial = t.copy(), np.zeros(WIDTH)
    evaluate_lanes(place, lanes_place, time, y, p, row_of(slopes, STAGES), active, column)
    for lane in range(WIDTH):
        if active[lane] > 0.0 and h[lane] <= 0.0:
            for i in range(d):
                slopes[0, i, lane] = slopes[STAGES, i, lane]
            trial[lane] = min(longest, first_step(y, slopes[0], slopes[0], lane, 0.0, rtol, atol))
        time[lane] += trial[lane]
        for i in range(d):
            work[i, lane] = y[i, lane] + trial[lane] * slopes[0, i, lane]
    evaluate_lanes(place, lanes_place, time, work, p, row_of(slopes, STAGES), active, column)
    for lane in range(WIDTH):
        if trial[lane] > 0.0:
            h[lane] = first_step(y, slopes[0], slopes[STAGES], lane, trial[lane], rtol, atol)
            if not h[lane] > 0.0:
                h[lane] = trial[lane]  # the trial step left the domain: start with what is known


@kernel
def load(history: Array, parameters: Array, lane: int, y: Array, slopes: Array, p: Array) -> None:
    """A member's point, slope and parameters into a lane."""
    d = y.shape[0]
    for i in range(d):
        y[i, lane] = history[AHEAD + i]
        slopes[0, i, lane] = history[AHEAD + d + i]
    for i in range(parameters.size):
        p[i, lane] = parameters[i]


@kernel
def store(history: Array, lane: int, t: float, h: float, y: Array, slopes: Array) -> None:
    """A lane's time, step, point and slope into the member's history."""
    d = y.shape[0]
    history[REACHED], history[STEP] = t, h
    for i in range(d):
        history[AHEAD + i] = y[i, lane]
        history[AHEAD + d + i] = slopes[0, i, lane]


@kernel
def write_samples(history: Array, counts: Array, targets: Array, out: Array) -> None:
    """Write the targets that lie within what the member has reached; `out` (targets, d)."""
    d = out.shape[1]
    while counts[DONE] < targets.size and targets[counts[DONE]] <= history[REACHED]:
        target = out[counts[DONE]]
        if history[WIDTH_OF_STEP] > 0.0:
            dense = history[AHEAD + 2 * d :].reshape(COEFFICIENTS, d)
            emit(dense, history[START], history[WIDTH_OF_STEP], targets[counts[DONE]], target)
        else:
            target[:] = history[AHEAD : AHEAD + d]
        counts[DONE] += 1
        counts[TAKEN] = 0


@kernel
def next_step(h: float, error: float, moved: bool, after_rejection: bool) -> float:
    """The step to try next after an error to the power 1/8."""
    if not moved:
        return h * max(SHRINK, SAFETY / error) if error < math.inf else h * SHRINK
    factor = GROW if error * GROW <= SAFETY else max(SHRINK, SAFETY / error)
    return h * (1.0 if after_rejection and factor > 1.0 else factor)
