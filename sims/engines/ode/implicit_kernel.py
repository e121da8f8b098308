"""The compiled loop of `Implicit`: Radau IIA steps of one member. Imports numba."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ergodica.numerics import kernel, prange
from ergodica.sims.engines.ode.calls import evaluate
from ergodica.sims.engines.ode.codes import (
    ALIVE,
    DIVERGES,
    GROWTH,
    NOT_FINITE,
    NOT_SOLVED,
    STEP_TOO_SMALL,
    TOO_MANY_STEPS,
)
from ergodica.sims.engines.ode.growth_kernel import creeps, is_look
from ergodica.sims.engines.ode.linear import factorise, solve
from ergodica.sims.engines.ode.radau_steps import (
    NEWTON_STEPS,
    differentiate,
    interpolate,
    newton,
    scaled_norm,
)

Array = np.ndarray

# columns of a member's history behind those of its growth: scalars, the point reached, the last step's start and
# its stages
REACHED, STEP, START, WIDTH_OF_STEP, LAST_ERROR, POINT = range(GROWTH, GROWTH + 6)
# columns of a member's counts: targets written, steps since the last one, whether the last step was rejected, all steps
DONE, TAKEN, REJECTED, TOTAL = 0, 1, 2, 3

# Hairer and Wanner 1996, IV.8, and the code RADAU5
SAFETY = 0.9
SHRINK, GROW = 0.125, 5.0
NEWTON_FAILED = 0.5
ROUND_OFF = 2.3e-16
SMALLEST_STEP = 1e-290


@kernel(error_model="numpy")
def advance_member(
    place: int,
    jacobian_place: int,
    p: Array,
    targets: Array,
    out: Array,
    counts: Array,
    history: Array,
    limits: tuple[Any, ...],
    tables: tuple[Any, ...],
) -> int:
    """Bring a member to the last of `targets`, writing `out` (targets, d), in at most `rounds` steps; its code."""
    rtol, atol, longest, most_steps, rounds = limits
    nodes, _, eigenvalues, _, _, real_node, error_weights, interpolation, height = tables
    s, d, blocks = nodes.size, out.shape[1], eigenvalues.size
    y = history[POINT : POINT + d]
    origin = history[POINT + d : POINT + 2 * d]
    stages = history[POINT + 2 * d :].reshape(s, d)
    slope, work, scale = np.empty(d), np.empty(d), np.empty(d)
    z, matrix, error = np.empty((s, d)), np.empty((d, d)), np.empty((1, d))
    factors, pivots = np.empty((blocks, d, d), np.complex128), np.empty((blocks, d), np.int64)
    part, foreseen = np.empty(d, np.complex128), np.empty(d)
    tolerance = max(10.0 * ROUND_OFF / rtol, min(0.03, math.sqrt(rtol)))
    power = 1.0 / (s + 1)
    known = False
    whole = y.reshape(d, 1)
    for _ in range(rounds + 1):
        steps, before = counts[TAKEN], counts[DONE]
        while counts[DONE] < targets.size and targets[counts[DONE]] <= history[REACHED]:
            if history[WIDTH_OF_STEP] > 0.0:
                x = (targets[counts[DONE]] - history[START]) / history[WIDTH_OF_STEP]
                interpolate(x, origin, stages, nodes, interpolation, out[counts[DONE]])
            else:
                out[counts[DONE]] = y
            counts[DONE] += 1
            counts[TAKEN] = 0
        look = counts[DONE] > before or is_look(steps)
        if look and creeps(history, history[WIDTH_OF_STEP], steps, whole, 0):
            return DIVERGES
        if counts[DONE] == targets.size:
            return ALIVE
        if counts[TAKEN] >= most_steps:
            return TOO_MANY_STEPS
        counts[TAKEN] += 1
        counts[TOTAL] += 1
        t, h = history[REACHED], history[STEP]
        if not known:
            evaluate(place, t, y, p, slope)
            differentiate(place, jacobian_place, t, y, p, slope, work, matrix)
            finite = True
            for i in range(d):
                scale[i] = atol + rtol * abs(y[i])
                finite = finite and abs(slope[i]) < math.inf
            if not finite:
                return NOT_FINITE
            known = True
        if h <= 0.0:
            size, rate = 0.0, 0.0
            for i in range(d):
                size += (y[i] / scale[i]) ** 2
                rate += (slope[i] / scale[i]) ** 2
            h = 1e-6 if size < 1e-10 or rate < 1e-10 else 0.01 * math.sqrt(size / rate)
        h = min(h, longest)
        if not 0.1 * h > abs(t) * ROUND_OFF or h < SMALLEST_STEP:
            return NOT_SOLVED if counts[REJECTED] == 2 else STEP_TOO_SMALL

        regular = True
        for block in range(blocks):
            for i in range(d):
                for j in range(d):
                    factors[block, i, j] = -matrix[i, j]
                factors[block, i, i] += eigenvalues[block] / h
            regular = regular and factorise(factors[block], pivots[block])
        for k in range(s):
            if history[WIDTH_OF_STEP] > 0.0:
                x = 1.0 + nodes[k] * h / history[WIDTH_OF_STEP]
                interpolate(x, origin, stages, nodes, interpolation, z[k])
                for i in range(d):
                    z[k, i] -= y[i]
            else:
                z[k] = 0.0
        for i in range(d):
            foreseen[i] = z[s - 1, i]
        taken = 0
        if regular:
            taken = newton(place, t, h, y, z, p, scale, tables, factors, pivots, tolerance)
            if taken == 0:  # the polynomial of the last step may lead astray
                z[:, :] = 0.0
                taken = newton(place, t, h, y, z, p, scale, tables, factors, pivots, tolerance)
        if taken == 0:
            history[STEP] = h * NEWTON_FAILED
            counts[REJECTED] = 2
            continue

        for i in range(d):
            total = 0.0
            for k in range(s):
                total += error_weights[k] * z[k, i]
            work[i] = total / (h * real_node)
            part[i] = work[i] + slope[i]
            scale[i] = atol + rtol * max(abs(y[i]), abs(y[i] + z[s - 1, i]))
        solve(factors[0], pivots[0], part)
        for i in range(d):
            error[0, i] = part[i].real
        size = scaled_norm(error, scale)
        if not size < 1.0 and (counts[REJECTED] > 0 or history[WIDTH_OF_STEP] == 0.0):
            for i in range(d):  # a second filter, for steps far beyond the fast components' time
                error[0, i] += y[i]
            evaluate(place, t, error[0], p, slope)
            for i in range(d):
                part[i] = work[i] + slope[i]
            solve(factors[0], pivots[0], part)
            for i in range(d):
                error[0, i] = part[i].real
            size = scaled_norm(error, scale)
            known = False
        if not size < math.inf:
            history[STEP] = h * SHRINK
            counts[REJECTED] = 1
            known = False
            continue
        if history[WIDTH_OF_STEP] > 0.0:
            # the last polynomial, taken on to here, is wrong by the same derivative as the one of this step
            ratio = h / history[WIDTH_OF_STEP]
            far = 1.0 + ratio
            for k in range(s):
                far *= 1.0 + ratio - nodes[k]
            share = height * ratio ** (s + 1) / far
            for i in range(d):
                error[0, i] = share * (foreseen[i] - z[s - 1, i])
            size = max(size, scaled_norm(error, scale))
        size = max(size, 1e-10)
        safety = SAFETY * (2 * NEWTON_STEPS + 1) / (2 * NEWTON_STEPS + taken)
        factor = min(GROW, max(SHRINK, safety * size**-power))
        if size <= 1.0:
            if history[WIDTH_OF_STEP] > 0.0 and history[LAST_ERROR] > 0.0:  # Gustafsson's prediction
                predicted = (
                    h / history[WIDTH_OF_STEP] * (history[LAST_ERROR] / (size * size)) ** power * SAFETY
                )
                factor = min(factor, max(SHRINK, predicted))
            if counts[REJECTED] > 0:
                factor = min(factor, 1.0)
            history[START], history[WIDTH_OF_STEP], history[LAST_ERROR] = t, h, max(0.01, size)
            for i in range(d):
                origin[i] = y[i]
                y[i] += z[s - 1, i]
            stages[:, :] = z
            history[REACHED] = t + h
            counts[REJECTED] = 0
            known = False
        else:
            counts[REJECTED] = 1
        history[STEP] = h * factor
    return ALIVE


@kernel(error_model="numpy")
def advance_some(
    a: int,
    b: int,
    place: int,
    jacobian_place: int,
    parameters: Array,
    targets: Array,
    out: Array,
    counts: Array,
    history: Array,
    failed: Array,
    failed_at: Array,
    limits: tuple[Any, ...],
    tables: tuple[Any, ...],
) -> None:
    """`advance_member` for members a..b-1."""
    for m in range(a, b):
        if failed[m] != ALIVE:
            counts[m, DONE] = targets.size
        if counts[m, DONE] < targets.size:
            code = advance_member(
                place,
                jacobian_place,
                parameters[m],
                targets,
                out[m],
                counts[m],
                history[m],
                limits,
                tables,
            )
            if code != ALIVE:
                failed[m], failed_at[m] = code, history[m, REACHED]
                counts[m, DONE] = targets.size


@kernel(parallel=True, error_model="numpy")
def advance_all(
    place: int,
    jacobian_place: int,
    parameters: Array,
    targets: Array,
    out: Array,
    counts: Array,
    history: Array,
    failed: Array,
    failed_at: Array,
    limits: tuple[Any, ...],
    tables: tuple[Any, ...],
) -> None:
    """`advance_some` shared between threads."""
    for m in prange(out.shape[0]):
        advance_some(
            np.int64(m),  # an index of prange has no sign, for which all would be compiled once more
            m + 1,
            place,
            jacobian_place,
            parameters,
            targets,
            out,
            counts,
            history,
            failed,
            failed_at,
            limits,
            tables,
        )
