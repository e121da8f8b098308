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
def rotate(re: Array, im: Array, density: Array, potential: Array, coupling: float, duration: float) -> None:
    """psi *= exp(i duration (coupling density - potential)), psi = re + i im."""
    a = duration * coupling
    for i in range(re.size):
        s, c = sincos(a * density[i] - duration * potential[i])
        x, y = re[i], im[i]
        re[i] = x * c - y * s
        im[i] = x * s + y * c


@kernel
def rotate_by_own_density(re: Array, im: Array, potential: Array, coupling: float, duration: float) -> None:
    """psi *= exp(i duration (coupling |psi|^2 - potential)), psi = re + i im."""
    a = duration * coupling
    for i in range(re.size):
        x, y = re[i], im[i]
        s, c = sincos(a * (x * x + y * y) - duration * potential[i])
        re[i] = x * c - y * s
        im[i] = x * s + y * c


@kernel
def filtered_density(
    re: Array, im: Array, density: Array, rest: Array, density_filter: Array, powers: Array, twiddles: Array
) -> None:
    """density = P(|psi|^2); `rest` is room for the imaginary part, which is round-off."""
    for i in range(re.size):
        density[i] = re[i] * re[i] + im[i] * im[i]
        rest[i] = 0.0
    convolve(density, rest, density_filter, powers, twiddles)


@kernel
def advance_member(
    psi: Array,
    work: Array,
    coupling: float,
    potential: Array,
    density_filter: Array,
    phases: Array,
    powers: Array,
    twiddles: Array,
    rows: Array,
    durations: Array,
    count: int,
) -> None:
    """`count` steps of one member, in place; the pointwise substeps of neighbouring steps are merged.

    `density_filter` and the rows of `phases` are transfer functions made by the plan of `powers` and `twiddles`; an
    empty filter is none. Stage j takes `phases[rows[j]]`; `durations` are those of the pointwise substeps. `work`
    is room for the parts of psi, float64 (2, N); with a filter (4, N).
    """
    stages = rows.size
    points = psi.size
    re, im, density, rest = work[0], work[1], work[-2], work[-1]
    for i in range(points):
        re[i] = psi[i].real
        im[i] = psi[i].imag
    for substep in range(count * stages + 1):
        stage = substep % stages
        if substep > 0:
            convolve(re, im, phases[rows[stage - 1]], powers, twiddles)
        duration = durations[stage]
        if stage == 0 and substep > 0:
            duration = durations[stages] if substep == count * stages else durations[0] + durations[stages]
        if density_filter.size == 0:
            rotate_by_own_density(re, im, potential, coupling, duration)
        else:
            filtered_density(re, im, density, rest, density_filter, powers, twiddles)
            rotate(re, im, density, potential, coupling, duration)
    for i in range(points):
        psi[i] = complex(re[i], im[i])


@kernel(parallel=True)
def advance_members(
    psi: Array,
    work: Array,
    coupling: Array,
    potential: Array,
    density_filter: Array,
    phases: Array,
    powers: Array,
    twiddles: Array,
    rows: Array,
    durations: Array,
    count: int,
) -> None:
    """`advance_member` for every row of psi (members, N); no row depends on another or on threads."""
    for member in prange(psi.shape[0]):
        advance_member(
            psi[member],
            work[member],
            coupling[member],
            potential,
            density_filter,
            phases,
            powers,
            twiddles,
            rows,
            durations,
            count,
        )
