"""The compiled inner loop of the adaptive stepper: one snapshot interval of one member in one call.

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
from ergodica.numerics.fft_kernels import backward, convolve, forward
from ergodica.numerics.trig import sincos

Array = np.ndarray

DONE, STEP_TOO_SMALL, TOO_MANY_STEPS, NOT_FINITE = 0, 1, 2, 3

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
def slope(psi_k: Array, density: Array, coupling: float, potential: Array, density_filter: Array) -> None:
    """psi_k -> i fft((g P(|psi|^2) - V) psi), in place. `density_filter` holds P/N; empty: none."""
    backward(psi_k)
    psi_k *= 1.0 / psi_k.size
    if density_filter.size == 0:
        for i in range(psi_k.size):
            re, im = psi_k[i].real, psi_k[i].imag
            rate = coupling * (re * re + im * im) - potential[i]
            psi_k[i] = complex(-rate * im, rate * re)
    else:
        for i in range(psi_k.size):
            re, im = psi_k[i].real, psi_k[i].imag
            density[i] = re * re + im * im
        convolve(density, density_filter)
        for i in range(psi_k.size):
            re, im = psi_k[i].real, psi_k[i].imag
            rate = coupling * density[i].real - potential[i]
            psi_k[i] = complex(-rate * im, rate * re)
    forward(psi_k)


@kernel
def turn(target: Array, source: Array, symbol: Array, time: float) -> None:
    """target = exp(i symbol time) source."""
    for i in range(symbol.size):
        s, c = sincos(symbol[i] * time)
        re, im = source[i].real, source[i].imag
        target[i] = complex(re * c - im * s, re * s + im * c)


@kernel
def combine(target: Array, base: Array, slopes: Array, factors: Array, step: float) -> None:
    """target = base + step sum_j factors[j] slopes[j]."""
    out = target.view(np.float64)
    out[:] = base.view(np.float64)
    for j in range(factors.size):
        if factors[j] != 0.0:
            factor = step * factors[j]
            values = slopes[j].view(np.float64)
            for i in range(out.size):
                out[i] += factor * values[i]


@kernel
def norm(values: Array) -> float:
    """Root of the sum of squares."""
    total = 0.0
    for i in range(values.size):
        total += values[i].real * values[i].real + values[i].imag * values[i].imag
    return math.sqrt(total)


@kernel
def advance_adaptively(
    psi: Array,
    step: float,
    coupling: float,
    symbol: Array,
    potential: Array,
    density_filter: Array,
    interval: float,
    rtol: float,
    atol: float,
    max_steps: int,
) -> tuple[float, int, float]:
    """Advance one member by `interval`, in place.

    `step` is the step to try first, 0 to estimate one. Returns the step to try next, a code, and the time
    reached since the start of the interval; psi is changed only when the code is `DONE`.
    """
    points = psi.size
    start, work, fifth, third = (
        np.empty(points, np.complex128),
        np.empty(points, np.complex128),
        np.empty(points, np.complex128),
        np.empty(points, np.complex128),
    )
    zero = np.zeros(points, np.complex128)
    density = np.empty(density_filter.size, np.complex128)
    slopes = np.empty((STAGES, points), np.complex128)
    start[:] = psi
    forward(start)
    size = norm(start)
    slopes[0] = start
    slope(slopes[0], density, coupling, potential, density_filter)
    if step <= 0.0:
        rate = norm(slopes[0])
        step = interval if rate == 0.0 else min(interval, FIRST_STEP * size / rate)
    if not step > 0.0:
        return 0.0, NOT_FINITE, 0.0
    remaining = interval
    for _ in range(max_steps):
        pieces = math.ceil(remaining / step)
        h = remaining / pieces
        for s in range(1, STAGES):
            combine(work, start, slopes, RUNGE_KUTTA[s, :s], h)
            turn(work, work, symbol, -NODES[s] * h)
            slope(work, density, coupling, potential, density_filter)
            turn(slopes[s], work, symbol, NODES[s] * h)
        combine(work, start, slopes, WEIGHTS, h)
        combine(fifth, zero, slopes, ERROR_5[:STAGES], h)
        combine(third, zero, slopes, ERROR_3[:STAGES], h)
        allowed = max(TINY, atol * points + rtol * max(size, norm(work)))
        five, three = norm(fifth) / allowed, norm(third) / allowed
        if not math.isfinite(five + three):
            return step, NOT_FINITE, interval - remaining
        error = 0.0 if five == 0.0 else five * five / math.sqrt(five * five + 0.01 * three * three)
        factor = GROW if error == 0.0 else min(GROW, max(SHRINK, SAFETY * error**-0.125))
        if error <= 1.0:
            turn(start, work, symbol, -h)
            size = norm(start)
            remaining = 0.0 if pieces == 1 else remaining - h
            step = max(step, h * factor) if pieces == 1 and factor > 1.0 else h * factor
            if remaining == 0.0:
                backward(start)
                psi[:] = start * (1.0 / points)
                return step, DONE, interval
            slopes[0] = start
            slope(slopes[0], density, coupling, potential, density_filter)
        else:
            step = h * min(1.0, factor)
            if step < SMALLEST_STEP * interval:
                return step, STEP_TOO_SMALL, interval - remaining
    return step, TOO_MANY_STEPS, interval - remaining


@kernel(parallel=True)
def advance_members_adaptively(
    psi: Array,
    step: Array,
    codes: Array,
    reached: Array,
    coupling: Array,
    symbol: Array,
    potential: Array,
    density_filter: Array,
    interval: float,
    rtol: float,
    atol: float,
    max_steps: int,
) -> None:
    """`advance_adaptively` for every row of psi (members, N), each with its own steps."""
    for j in prange(psi.shape[0]):
        step[j], codes[j], reached[j] = advance_adaptively(
            psi[j], step[j], coupling[j], symbol, potential, density_filter, interval, rtol, atol, max_steps
        )
