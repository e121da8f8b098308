"""One member of `Dop853`: its history, its samples, its steps; one lane of a group at a time. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.engines.ode.calls import evaluate
from ergodica.sims.engines.ode.codes import GROWTH

Array = np.ndarray

FIRST_GUESS = 1e-6  # a step where the state or its slope vanishes
# columns of a member's history behind those of its growth: scalars, the point reached, its slope, the dense output
# of the last sampled step
REACHED, STEP, START, WIDTH_OF_STEP, AHEAD = range(GROWTH, GROWTH + 5)
# columns of a member's counts: targets written, steps since the last one, whether the last step was rejected, all steps
DONE, STEPS, REPEATED, TOTAL = 0, 1, 2, 3


@kernel(error_model="numpy")
def scaled_size(values: Array, point: Array, rtol: float, atol: float) -> float:
    """Root mean square of `values` in units of the tolerance at `point`."""
    total = 0.0
    for i in range(point.size):
        total += (values[i] / (atol + rtol * abs(point[i]))) ** 2
    return math.sqrt(total / point.size)


@kernel(error_model="numpy")
def first_step(
    place: int,
    t: float,
    y: Array,
    slopes: Array,
    p: Array,
    lane: int,
    rtol: float,
    atol: float,
    longest: float,
) -> float:
    """The first step of a lane, and its slope into `slopes`; HNW II.4."""
    d = y.shape[0]
    point, values = y[:, lane].copy(), p[:, lane].copy()
    slope, bent = np.empty(d), np.empty(d)
    evaluate(place, t, point, values, slope)
    slopes[:d, lane] = slope
    size, rate = scaled_size(point, point, rtol, atol), scaled_size(slope, point, rtol, atol)
    guess = FIRST_GUESS if size < 1e-5 or rate < 1e-5 else 0.01 * size / rate
    guess = min(longest, guess if guess < math.inf else FIRST_GUESS)
    evaluate(place, t + guess, point + guess * slope, values, bent)
    steepest = max(rate, scaled_size(bent - slope, point, rtol, atol) / guess)
    h = max(1e-6, 1e-3 * guess) if steepest <= 1e-15 else (0.01 / steepest) ** 0.125
    return min(100.0 * guess, h) if h > 0.0 else guess  # the trial may have left the domain


@kernel(error_model="numpy")
def load(history: Array, parameters: Array, lane: int, y: Array, slopes: Array, p: Array) -> None:
    """A member's point, slope and parameters into a lane."""
    d = y.shape[0]
    for i in range(d):
        y[i, lane] = history[AHEAD + i]
        slopes[i, lane] = history[AHEAD + d + i]
    for i in range(parameters.size):
        p[i, lane] = parameters[i]


@kernel(error_model="numpy")
def store(history: Array, lane: int, t: float, h: float, y: Array, slopes: Array) -> None:
    """A lane's time, step, point and slope into the member's history."""
    d = y.shape[0]
    history[REACHED], history[STEP] = t, h
    for i in range(d):
        history[AHEAD + i] = y[i, lane]
        history[AHEAD + d + i] = slopes[i, lane]


@kernel(error_model="numpy")
def write_samples(history: Array, counts: Array, targets: Array, out: Array) -> None:
    """Write the targets that lie within what the member has reached; `out` (targets, d)."""
    d = out.shape[1]
    dense = AHEAD + 2 * d
    sample = counts[DONE]
    while sample < targets.size and targets[sample] <= history[REACHED]:
        if history[WIDTH_OF_STEP] > 0.0:
            x = (targets[sample] - history[START]) / history[WIDTH_OF_STEP]
            y = 1.0 - x
            for i in range(d):  # no views of rows: numba would count their references
                value = history[dense + 7 * d + i] * x
                value = (value + history[dense + 6 * d + i]) * y
                value = (value + history[dense + 5 * d + i]) * x
                value = (value + history[dense + 4 * d + i]) * y
                value = (value + history[dense + 3 * d + i]) * x
                value = (value + history[dense + 2 * d + i]) * y
                value = (value + history[dense + d + i]) * x
                out[sample, i] = value + history[dense + i]
        else:
            for i in range(d):
                out[sample, i] = history[AHEAD + i]
        sample += 1
        counts[STEPS] = 0
    counts[DONE] = sample


@kernel(error_model="numpy")
def write_due(
    coefficients: Array,
    lane: int,
    start: float,
    width: float,
    reached: float,
    member: int,
    counts: Array,
    targets: Array,
    out: Array,
) -> None:
    """`write_samples` of one member from the lane that it is in; `coefficients` (8 d, lanes)."""
    d = out.shape[2]
    sample = counts[member, DONE]
    while sample < targets.size and targets[sample] <= reached:
        x = (targets[sample] - start) / width
        y = 1.0 - x
        for i in range(d):
            value = coefficients[7 * d + i, lane] * x
            value = (value + coefficients[6 * d + i, lane]) * y
            value = (value + coefficients[5 * d + i, lane]) * x
            value = (value + coefficients[4 * d + i, lane]) * y
            value = (value + coefficients[3 * d + i, lane]) * x
            value = (value + coefficients[2 * d + i, lane]) * y
            value = (value + coefficients[d + i, lane]) * x
            out[member, sample, i] = value + coefficients[i, lane]
        sample += 1
    counts[member, DONE] = sample
