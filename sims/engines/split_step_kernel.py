"""The compiled inner loop of the split step: a whole slice of steps in one call, a thread a member.

Import this module only where a run starts: it imports numba.
"""

from __future__ import annotations

import numpy as np

from ergodica.numerics import kernel, prange
from ergodica.numerics.fft_kernels import convolve
from ergodica.numerics.trig import sincos

Array = np.ndarray


@kernel
def rotate(psi: Array, density: Array, potential: Array, coupling: float, duration: float) -> None:
    """psi *= exp(i duration (coupling density - potential)); density is complex with imaginary part 0."""
    a = duration * coupling
    for i in range(psi.size):
        s, c = sincos(a * density[i].real - duration * potential[i])
        re, im = psi[i].real, psi[i].imag
        psi[i] = complex(re * c - im * s, re * s + im * c)


@kernel
def rotate_by_own_density(psi: Array, potential: Array, coupling: float, duration: float) -> None:
    """psi *= exp(i duration (coupling |psi|^2 - potential))."""
    a = duration * coupling
    for i in range(psi.size):
        re, im = psi[i].real, psi[i].imag
        s, c = sincos(a * (re * re + im * im) - duration * potential[i])
        psi[i] = complex(re * c - im * s, re * s + im * c)


@kernel
def nonlinear(
    psi: Array, density: Array, density_filter: Array, potential: Array, coupling: float, duration: float
) -> None:
    """The pointwise substep. `density_filter` holds P/N; empty: none."""
    if density_filter.size == 0:
        rotate_by_own_density(psi, potential, coupling, duration)
    else:
        for i in range(psi.size):
            re, im = psi[i].real, psi[i].imag
            density[i] = re * re + im * im
        convolve(density, density_filter)
        rotate(psi, density, potential, coupling, duration)


@kernel
def advance_member(
    psi: Array,
    coupling: float,
    potential: Array,
    density_filter: Array,
    phases: Array,
    rows: Array,
    durations: Array,
    count: int,
) -> None:
    """`count` steps of one member, in place; the pointwise substeps of neighbouring steps are merged."""
    stages = rows.size
    density = np.empty(density_filter.size, np.complex128)
    nonlinear(psi, density, density_filter, potential, coupling, durations[0])
    for step in range(count):
        for stage in range(stages):
            convolve(psi, phases[rows[stage]])
            duration = durations[stage + 1]
            if stage + 1 == stages and step + 1 < count:
                duration += durations[0]
            nonlinear(psi, density, density_filter, potential, coupling, duration)


@kernel(parallel=True)
def advance_members(
    psi: Array,
    coupling: Array,
    potential: Array,
    density_filter: Array,
    phases: Array,
    rows: Array,
    durations: Array,
    count: int,
) -> None:
    """`advance_member` for every row of psi (members, N); no row depends on another or on threads."""
    for member in prange(psi.shape[0]):
        advance_member(
            psi[member], coupling[member], potential, density_filter, phases, rows, durations, count
        )
