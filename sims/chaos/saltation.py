"""What a jump of the right-hand side does to tangent vectors. Imports numba."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel
from ergodica.sims.engines.ode.calls import evaluate

Array = np.ndarray

BRINK = 1e-5
"""A jump is looked for in steps below this share of a typical time, which few other things make so short."""
LEAST = 1e-2
"""A jump, in units of a component's size over a typical time; smaller ones do not shorten a step so."""
BISECTIONS, ATTEMPTS, HALVINGS = 40, 5, 16


@kernel
def beyond(
    place: int,
    t: float,
    start: Array,
    tau: float,
    before: Array,
    after: Array,
    scale: Array,
    p: Array,
    at: Array,
    slope: Array,
) -> bool:
    """Whether the slope at start + tau * before, at time t + tau, is nearer to that after the jump."""
    for i in range(start.size):
        at[i] = start[i] + tau * before[i]
    evaluate(place, t + tau, at, p, slope)
    return apart(slope, after, scale) < apart(slope, before, scale)


@kernel
def crossing_time(
    place: int,
    t: float,
    start: Array,
    brink: float,
    before: Array,
    after: Array,
    scale: Array,
    p: Array,
    at: Array,
    slope: Array,
) -> float:
    """When the line start + tau * before meets the jump, -3 brink < tau < 4 brink; NaN where it does not."""
    low, high = -3.0 * brink, 4.0 * brink
    if beyond(place, t, start, low, before, after, scale, p, at, slope) or not beyond(
        place, t, start, high, before, after, scale, p, at, slope
    ):
        return math.nan
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if beyond(place, t, start, middle, before, after, scale, p, at, slope):
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


@kernel
def saltation(
    place: int,
    t: float,
    width: float,
    y: Array,
    before: Array,
    after: Array,
    scale: Array,
    brink: float,
    p: Array,
) -> float:
    """Carry the tangent vectors in y (d + k d,) over a jump of the slope in the step of `width` that ended at t.

    v -> v + (f+ - f-) g.v,  g = n / (n.f- + dh/dt),

    f- and f+ the slopes `before` and `after` it (d,), n the gradient of the switching function h. g is the change
    of the time at which a straight line along f- meets the jump, per displacement of its start: nothing needs to be
    known of h. A jump at a fixed time has g = 0.
    Returns ln det = ln(1 + g.(f+ - f-)); NaN for an orbit that slides along the jump. Where it grazes the jump,
    which has no finite g, nothing is done.

    Source: Mueller 1995, Chaos Solitons Fractals 5, 1671, eq. 21.
    """
    d, m = scale.size, y.size
    start, moved, at, slope = np.empty(d), np.empty(d), np.empty(d), np.empty(d)
    for i in range(d):
        moved[i] = y[i]
    if not beyond(place, t - width, moved, 0.0, before, after, scale, p, at, slope):
        return 0.0
    speed = 0.0
    for i in range(d):
        start[i] = y[i] - brink * before[i]
        moved[i] = start[i]
        speed += (before[i] / scale[i]) ** 2
    middle = crossing_time(place, t - brink, start, brink, before, after, scale, p, at, slope)
    g = np.empty(d)
    determinant = 1.0
    for i in range(d):
        # as long as the way to the jump, less where the orbit almost grazes it
        aside, there = brink * math.sqrt(speed) * scale[i], math.nan
        for _ in range(ATTEMPTS):
            moved[i] = start[i] + aside
            there = crossing_time(place, t - brink, moved, brink, before, after, scale, p, at, slope)
            if math.isfinite(there):
                break
            aside *= 0.1
        moved[i] = start[i]
        g[i] = (middle - there) / aside
        determinant += g[i] * (after[i] - before[i])
    if not math.isfinite(determinant):
        return 0.0
    if not determinant > 0.0:
        return math.nan
    for first in range(d, m, d):
        along = 0.0
        for i in range(d):
            along += g[i] * y[first + i]
        for i in range(d):
            y[first + i] += along * (after[i] - before[i])
    return math.log(determinant)


@kernel
def jumps(
    place: int,
    t: float,
    width: float,
    old: Array,
    new: Array,
    before: Array,
    after: Array,
    scale: Array,
    time: float,
    p: Array,
) -> bool:
    """Whether the slope jumps in the step of `width` from `old` to `new` (d,), which starts at t.

    `before` and `after` (d,) are the slopes at its ends, and then those beside the jump. A smooth change that is as
    fast shrinks when the interval is halved.
    """
    d = scale.size
    if not width < BRINK * time or not apart(before, after, scale) * time > LEAST:
        return False
    at, slope = np.empty(d), np.empty(d)
    whole, low, high = apart(before, after, scale), 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        for i in range(d):
            at[i] = old[i] + middle * (new[i] - old[i])
        evaluate(place, t + middle * width, at, p, slope)
        if apart(slope, after, scale) < apart(slope, before, scale):
            high = middle
            after[:] = slope
        else:
            low = middle
            before[:] = slope
    return apart(before, after, scale) > 0.5 * whole


@kernel
def apart(a: Array, b: Array, scale: Array) -> float:
    """The largest difference of two slopes, in units of `scale`."""
    largest = 0.0
    for i in range(scale.size):
        largest = max(largest, abs(a[i] - b[i]) / scale[i])
    return largest
