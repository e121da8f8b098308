"""The split step over an array namespace: the same tables as the compiled loop, for a GPU.

Every operation is on whole arrays (members, N), so a GPU is busy from a few 10^4 points on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Array = Any


def advance_arrays(
    xp: Any,
    psi: Array,
    coupling: Array,
    potential: Array,
    density_filter: Array,
    phases: Array,
    rows: Sequence[int],
    durations: Sequence[float],
    count: int,
) -> None:
    """`count` steps of psi (members, N), in place, with arrays of the namespace `xp` (numpy or cupy).

    Arguments as `split_step_kernel.advance_members`, but `phases` (rows, N) and `density_filter` (N,) or empty in
    Fourier order and without factors.
    """

    def pointwise(duration: float) -> None:
        density = psi.real**2 + psi.imag**2
        if density_filter.size:
            density = xp.fft.ifft(xp.fft.fft(density) * density_filter).real
        psi[...] *= xp.exp(1j * duration * (coupling[:, None] * density - potential))

    pointwise(durations[0])
    for step in range(count):
        for stage, row in enumerate(rows):
            psi[...] = xp.fft.ifft(xp.fft.fft(psi) * phases[row])
            last = stage + 1 == len(rows) and step + 1 < count
            pointwise(durations[stage + 1] + (durations[0] if last else 0.0))
