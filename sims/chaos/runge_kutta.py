"""One step of DOP853 for a state and its tangent vectors, written once for all systems. Imports numba.

Tables: Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I, II.5, as scipy publishes them.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import DOP853

from ergodica.numerics import kernel
from ergodica.sims.engines.ode.calls import call_at, evaluate

Array = np.ndarray
Places = tuple[int, int]

STAGES = 12
ROUND_OFF = 2.3e-16
"""A step below this share of the time does not move it."""
NODES = np.ascontiguousarray(DOP853.C)
WEIGHTS = np.ascontiguousarray(DOP853.A)
FINAL = np.ascontiguousarray(DOP853.B)
FIFTH = np.ascontiguousarray(DOP853.E5)
THIRD = np.ascontiguousarray(DOP853.E3)
ABSOLUTE = 1e-8
"""Of the size of the largest component; below this, relative errors are round-off."""
SAFETY, SHRINK, GROW = 0.9, 0.333, 6.0


@kernel
def slopes(places: Places, t: float, y: Array, p: Array, dy: Array, j: Array, wanted: bool) -> float:
    """Slopes of a state and its tangent vectors, y (d + k d,); returns the divergence where it is `wanted`.

    `places` are the addresses of the variational equations (the right-hand side does where k = 0) and of
    the Jacobian, 0 for no divergence. `j` (d, d) receives the Jacobian.
    """
    evaluate(places[0], t, y, p, dy)
    if not wanted or places[1] == 0:
        return 0.0
    d = j.shape[0]
    if call_at(places[1], t, y[:d], p, j) != 0:
        j[:] = np.nan
    total = 0.0
    for i in range(d):
        total += j[i, i]
    return total


@kernel
def stages(
    places: Places,
    t: float,
    h: float,
    y: Array,
    p: Array,
    k: Array,
    work: Array,
    new: Array,
    j: Array,
    first: float,
) -> tuple[float, float]:
    """Fill the slopes k (13, m) of a step from y (m,), whose first is known, and the new point.

    `first` is the divergence at y. Returns the mean of the divergence over the step, by the same formula, and
    the divergence at the new point.
    """
    m = y.size
    mean = FINAL[0] * first
    for s in range(1, STAGES):
        for i in range(m):
            work[i] = 0.0
        for q in range(s):
            a = WEIGHTS[s, q]
            if a != 0.0:
                for i in range(m):
                    work[i] += a * k[q, i]
        for i in range(m):
            work[i] = y[i] + h * work[i]
        mean += FINAL[s] * slopes(places, t + NODES[s] * h, work, p, k[s], j, FINAL[s] != 0.0)
    for i in range(m):
        work[i] = 0.0
    for q in range(STAGES):
        b = FINAL[q]
        if b != 0.0:
            for i in range(m):
                work[i] += b * k[q, i]
    for i in range(m):
        new[i] = y[i] + h * work[i]
    return mean, slopes(places, t + h, new, p, k[STAGES], j, True)


@kernel
def error(h: float, y: Array, new: Array, k: Array, scale: Array, rtol: float) -> float:
    """Error over tolerance: the larger of the state's and the tangent vectors'; NaN where not finite.

    A component of the state may err by rtol |u|, down to round-off of the largest one; a tangent vector by rtol
    of its length, each component in units of `scale` (d,).
    """
    d, m = scale.size, y.size
    worst, largest = 0.0, 0.0
    for i in range(d):
        largest = max(largest, scale[i])
    for start in range(0, m, d):
        length = 0.0
        if start > 0:
            for i in range(d):
                before, after = y[start + i] / scale[i], new[start + i] / scale[i]
                length += max(before * before, after * after)
            length = math.sqrt(length)
        fifth, third = 0.0, 0.0
        for i in range(d):
            five, three = 0.0, 0.0
            for j in range(STAGES + 1):
                five += FIFTH[j] * k[j, start + i]
                three += THIRD[j] * k[j, start + i]
            if start == 0:
                weight = rtol * (ABSOLUTE * largest + max(abs(y[i]), abs(new[i])))
            else:
                weight = rtol * scale[i] * length
            five /= weight
            three /= weight
            fifth += five * five
            third += three * three
        bottom = fifth + 0.01 * third
        part = abs(h) * fifth / math.sqrt(bottom * d) if bottom > 0.0 else fifth
        # NaN must not lose a comparison
        if not part <= worst:
            worst = part
        if not math.isfinite(worst):
            return math.nan
    return worst


@kernel
def factor(err: float) -> float:
    """By how much the next step is longer."""
    if not math.isfinite(err):
        return 0.1
    if err == 0.0:
        return GROW
    return min(GROW, max(SHRINK, SAFETY * err ** (-0.125)))
