"""Fourier transforms for use inside kernels: in place, one thread, any length (rocket-fft, which wraps DUCC0).

Import this module only beside kernels: it imports numba.
"""

from __future__ import annotations

import numpy as np
from rocket_fft.lowlevel import c2c

from ergodica.numerics.kernel import kernel

_AXIS = np.array([0])


@kernel
def forward(z: np.ndarray) -> None:
    """z_k = sum_j z_j exp(-2 pi i j k / N), in place; z is complex128 (N,)."""
    c2c(z, z, _AXIS, True, 1.0, 1)


@kernel
def backward(z: np.ndarray) -> None:
    """z_j = sum_k z_k exp(2 pi i j k / N), in place, without the factor 1/N: N times the inverse."""
    c2c(z, z, _AXIS, False, 1.0, 1)


@kernel
def convolve(z: np.ndarray, transfer: np.ndarray) -> None:
    """Multiply the spectrum of z by `transfer` (N,), real or complex, in place; give it its factor 1/N."""
    forward(z)
    for i in range(z.size):
        z[i] *= transfer[i]
    backward(z)
