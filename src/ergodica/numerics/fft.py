"""Fourier transforms of arrays, by the library that owns them: numpy on the CPU, cupy on a GPU.

On the CPU numpy and not scipy, which packs several rows into one vector: the last bits of a member would depend on
the size of its ensemble.

Convention: fft(f)_k = sum_j f_j exp(-2 pi i j k / N), ifft carries 1/N; modes in Fourier order 0, 1, ..., N/2, ..., -1.
Compiled kernels use `ergodica.numerics.fft_kernels` instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def wavenumbers(points: int, length: float) -> np.ndarray:
    """2 pi n / length in Fourier order, (points,); for an even number the Nyquist mode is negative."""
    return 2 * np.pi * np.fft.fftfreq(points, length / points)


def fft(values: Array) -> Array:
    """Forward transform along the last axis."""
    return _library(values).fft(values)


def ifft(values: Array) -> Array:
    """Inverse transform along the last axis, with the factor 1/N."""
    return _library(values).ifft(values)


def _library(values: Array) -> Any:
    if isinstance(values, np.ndarray):
        return np.fft
    import cupy

    return cupy.fft
