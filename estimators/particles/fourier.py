"""Fourier sums over particles, which stand on no grid, by FFT: spread, transform, undo the spreading.

rho_k = sum_j exp(-i k . x_j) for all wavevectors k = 2 pi n / L of a periodic box up to a largest one. Each particle
is spread over 10 points an axis of a grid twice as fine as needed, with the kernel exp(beta (sqrt(1 - z^2) - 1)),
whose own transform is then divided out. The error of rho_k is below 1e-8 sqrt(N).

Source: Barnett, Magland and af Klinteberg 2019, SIAM J. Sci. Comput. 41, C479.
"""

import functools
import math

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box
from ergodica.numerics.kernel import kernel

POINTS = 10
"""Points an axis over which a particle is spread."""

BETA = 2.30 * POINTS
MOST_GRID = 2**28
QUADRATURE = 128


@kernel(_nrt=False)
def _weights(position: float, points: int, out: Array) -> int:
    """Kernel at the `POINTS` grid points around `position`, in steps of the grid; returns the first of them."""
    first = math.ceil(position - 0.5 * POINTS)
    for k in range(POINTS):
        z = (first + k - position) * (2.0 / POINTS)
        inside = 1.0 - z * z
        out[k] = math.exp(BETA * (math.sqrt(inside) - 1.0)) if inside > 0.0 else 0.0
    return first


@kernel
def _spread_plane(x: Array, grid: Array) -> None:
    nx, ny = grid.shape
    wx, wy = np.empty(POINTS), np.empty(POINTS)
    for i in range(len(x)):
        a, b = _weights(x[i, 0] * nx, nx, wx), _weights(x[i, 1] * ny, ny, wy)
        for p in range(POINTS):
            row = grid[(a + p) % nx]
            for q in range(POINTS):
                row[(b + q) % ny] += wx[p] * wy[q]


@kernel
def _spread_space(x: Array, grid: Array) -> None:
    nx, ny, nz = grid.shape
    wx, wy, wz = np.empty(POINTS), np.empty(POINTS), np.empty(POINTS)
    for i in range(len(x)):
        a, b = _weights(x[i, 0] * nx, nx, wx), _weights(x[i, 1] * ny, ny, wy)
        c = _weights(x[i, 2] * nz, nz, wz)
        for p in range(POINTS):
            for q in range(POINTS):
                row = grid[(a + p) % nx, (b + q) % ny]
                weight = wx[p] * wy[q]
                for r in range(POINTS):
                    row[(c + r) % nz] += weight * wz[r]


def grid_of(modes: tuple[int, ...]) -> tuple[int, ...]:
    """Points along each axis of the grid for largest modes.

    Raises:
        ParameterError: more than 2^28 points.
    """
    from scipy.fft import next_fast_len

    shape = tuple(next_fast_len(max(4 * m + 2, 2 * POINTS), real=True) for m in modes)
    if math.prod(shape) > MOST_GRID:
        raise ParameterError(
            f"largest: must need a grid of at most {MOST_GRID} points, got {math.prod(shape):.3g}; "
            "use a smaller wavenumber"
        )
    return shape


def fourier_modes(x: Array, box: Box, modes: tuple[int, ...]) -> NDArray[np.complex128]:
    """rho_k of particles `(n, d)`, d = 2 or 3, for wavevectors 2 pi (n_x/L_x, n_y/L_y, ...).

    Args:
        x: positions, wrapped or not.
        box: periodic along every axis.
        modes: largest |n| along each axis.

    Returns:
        Complex `(2 m_x + 1, 2 m_y + 1, .., m_last + 1)`: n from -m to m, along the last axis from 0 to m, since
        rho of -k is the conjugate.

    Raises:
        ParameterError: the grid would have more than 2^28 points.
    """
    shape = grid_of(modes)
    # in the order of the grid particles spread into memory that is near
    scaled = box.wrap(x) / np.array(box.lengths)
    keys = (scaled[:, 0] * shape[0]).astype(np.int64) // POINTS * 2**32
    keys += (scaled[:, 1] * shape[1]).astype(np.int64)
    scaled = scaled[np.argsort(keys, kind="stable")]
    grid = np.zeros(shape)
    (_spread_plane if len(shape) == 2 else _spread_space)(scaled, grid)
    found: NDArray[np.complex128] = np.fft.rfftn(grid)
    for axis, (points, m) in enumerate(zip(shape, modes, strict=True)):
        last = axis == len(shape) - 1
        numbers = np.arange(0 if last else -m, m + 1)
        found = np.take(found, numbers % points, axis=axis)
        divisor = _transform(points, m)[numbers + m]
        found = found / divisor.reshape([-1 if a == axis else 1 for a in range(len(shape))])
    return found


@functools.lru_cache(maxsize=32)
def _transform(points: int, m: int) -> Array:
    """Fourier transform of the spreading kernel at n = -m .. m for a grid of so many points."""
    z, w = np.polynomial.legendre.leggauss(QUADRATURE)
    values = w * np.exp(BETA * (np.sqrt(1 - z * z) - 1)) * (POINTS / 2)
    k = 2 * np.pi * np.arange(-m, m + 1) / points
    transform: Array = np.cos(np.outer(k, z * POINTS / 2)) @ values
    return transform
