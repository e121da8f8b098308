"""The compiled inner loop of the adaptive stepper: one snapshot interval of every member in one call.

Import this module only where a run starts: it imports numba.

The unknown is psi in Fourier space in the frame that turns with the linear part (Lawson 1967, SIAM J.
Numer. Anal. 4, 372), phi = exp(i symbol (t - t_n)) psi_k: the stiff part is exact and the explicit method
sees only the nonlinearity.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import DOP853

from ergodica.numerics import kernel, prange
from ergodica.numerics.fft_kernels import aligned_empty, backward, convolve, forward
from ergodica.numerics.trig import sincos

Array = np.ndarray

ADVANCED, STEP_TOO_SMALL, NOT_FINITE = 0, 1, 2

# Hairer, Norsett, Wanner 1993, Solving Ordinary Differential Equations I, II.5: tables as scipy publishes
# them
STAGES = 12
NODES = np.ascontiguousarray(DOP853.C)
RUNGE_KUTTA = np.ascontiguousarray(DOP853.A)
WEIGHTS = np.ascontiguousarray(DOP853.B)
ERROR_5 = np.ascontiguousarray(DOP853.E5)
ERROR_3 = np.ascontiguousarray(DOP853.E3)

SAFETY = 0.9
SHRINK, GROW = 0.2, 6.0
FIRST_STEP = 0.1  # of the time in which the nonlinearity turns the phase by one radian
TINY = 5e-324  # keeps a field at rest from dividing by zero
SMALLEST_STEP = 1e-12  # of the snapshot interval


@kernel
def slope(
    field: Array,
    density: Array,
    coupling: float,
    potential: Array,
    density_filter: Array,
    powers: Array,
    twiddles: Array,
) -> None:
    """psi_k -> the transform of i (g P(|psi|^2) - V) psi, in place. `field` and `density` are (2, N) parts."""
    re, im = field[0], field[1]
    backward(re, im, powers, twiddles)
    scale = 1.0 / re.size
    for i in range(re.size):
        re[i] *= scale
        im[i] *= scale
    rate, rest = density[0], density[1]
    for i in range(re.size):
        rate[i] = re[i] * re[i] + im[i] * im[i]
        rest[i] = 0.0
    if density_filter.size:
        convolve(rate, rest, density_filter, powers, twiddles)
    for i in range(re.size):
        r = coupling * rate[i] - potential[i]
        x, y = re[i], im[i]
        re[i] = -r * y
        im[i] = r * x
    forward(re, im, powers, twiddles)


@kernel
def turn(target: Array, source: Array, symbol: Array, time: float) -> None:
    """target = exp(i symbol time) source, both (2, N) parts."""
    for i in range(symbol.size):
        s, c = sincos(symbol[i] * time)
        x, y = source[0, i], source[1, i]
        target[0, i] = x * c - y * s
        target[1, i] = x * s + y * c


@kernel
def combine(target: Array, base: Array, slopes: Array, factors: Array, step: float) -> None:
    """target = base + step sum_j factors[j] slopes[j], fields being (2, N) parts."""
    out, first = target.reshape(-1), base.reshape(-1)
    for i in range(out.size):  # an assignment of whole arrays takes numba seconds to compile
        out[i] = first[i]
    for j in range(factors.size):
        if factors[j] != 0.0:
            factor = step * factors[j]
            values = slopes[j].reshape(-1)
            for i in range(out.size):
                out[i] += factor * values[i]


@kernel
def norm(field: Array) -> float:
    """Root of the sum of squares, summed in one fixed order."""
    total = 0.0
    for value in field.reshape(-1):
        total += value * value
    return math.sqrt(total)


@kernel
def advance_adaptively(
    psi: Array,
    step: float,
    remaining: float,
    coupling: float,
    symbol: Array,
    potential: Array,
    density_filter: Array,
    powers: Array,
    twiddles: Array,
    interval: float,
    rtol: float,
    atol: float,
    steps: int,
) -> tuple[float, float, int]:
    """Advance one member by `remaining` of its `interval`, in place, in at most `steps` steps.

    `step` is the step to try first, 0 to estimate one; `symbol` is in the order of the plan of `powers` and
    `twiddles`. Returns the step to try next, what then remains, and a code; psi is at the time that it was
    advanced to, unless the code says that it failed.
    """
    if remaining == 0.0:
        return step, 0.0, ADVANCED
    points = psi.size
    fields = aligned_empty((STAGES + 6) * 2 * points).reshape(STAGES + 6, 2, points)
    slopes = fields[:STAGES]
    start, work, fifth = fields[STAGES], fields[STAGES + 1], fields[STAGES + 2]
    third, density, zero = fields[STAGES + 3], fields[STAGES + 4], fields[STAGES + 5]
    for i in range(points):
        zero[0, i] = 0.0
        zero[1, i] = 0.0
        start[0, i] = psi[i].real
        start[1, i] = psi[i].imag
    forward(start[0], start[1], powers, twiddles)
    size = norm(start)
    moved = True
    for _ in range(steps):
        if moved:
            combine(slopes[0], start, slopes, NODES[:0], 0.0)
            slope(slopes[0], density, coupling, potential, density_filter, powers, twiddles)
        if step <= 0.0:
            rate = norm(slopes[0])
            step = interval if rate == 0.0 else min(interval, FIRST_STEP * size / rate)
        if not step > 0.0:
            return 0.0, remaining, NOT_FINITE
        pieces = math.ceil(remaining / step)
        h = remaining / pieces
        for s in range(1, STAGES):
            combine(work, start, slopes, RUNGE_KUTTA[s, :s], h)
            turn(work, work, symbol, -NODES[s] * h)
            slope(work, density, coupling, potential, density_filter, powers, twiddles)
            turn(slopes[s], work, symbol, NODES[s] * h)
        combine(work, start, slopes, WEIGHTS, h)
        combine(fifth, zero, slopes, ERROR_5[:STAGES], h)
        combine(third, zero, slopes, ERROR_3[:STAGES], h)
        allowed = max(TINY, atol * points + rtol * max(size, norm(work)))
        five, three = norm(fifth) / allowed, norm(third) / allowed
        if not math.isfinite(five + three):
            return step, remaining, NOT_FINITE
        error = 0.0 if five == 0.0 else five * five / math.sqrt(five * five + 0.01 * three * three)
        factor = GROW if error == 0.0 else min(GROW, max(SHRINK, SAFETY * error**-0.125))
        moved = error <= 1.0
        if moved:
            turn(start, work, symbol, -h)
            size = norm(start)
            remaining = 0.0 if pieces == 1 else remaining - h
            step = max(step, h * factor) if pieces == 1 and factor > 1.0 else h * factor
            if remaining == 0.0:
                break
        else:
            step = h * min(1.0, factor)
            if step < SMALLEST_STEP * interval:
                return step, remaining, STEP_TOO_SMALL
    backward(start[0], start[1], powers, twiddles)
    for i in range(points):
        psi[i] = complex(start[0, i] / points, start[1, i] / points)
    return step, remaining, ADVANCED


@kernel(parallel=True)
def advance_members_adaptively(
    psi: Array,
    step: Array,
    remaining: Array,
    codes: Array,
    coupling: Array,
    symbol: Array,
    potential: Array,
    density_filter: Array,
    powers: Array,
    twiddles: Array,
    interval: float,
    rtol: float,
    atol: float,
    steps: int,
) -> None:
    """`advance_adaptively` for every row of psi (members, N), each with its own steps."""
    for j in prange(psi.shape[0]):
        step[j], remaining[j], codes[j] = advance_adaptively(
            psi[j],
            step[j],
            remaining[j],
            coupling[j],
            symbol,
            potential,
            density_filter,
            powers,
            twiddles,
            interval,
            rtol,
            atol,
            steps,
        )
