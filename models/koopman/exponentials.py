"""Sums of real exponentials and damped oscillations, by real parameters of two eigenvalues each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]

REAL = 1e-12
"""Imaginary part, relative to the modulus, below which an eigenvalue is real."""


def factors_of(eigenvalues: Complex) -> Array:
    """Parameters (r,) of eigenvalues (r,) that are closed under conjugation: a and d of each two, a +- sqrt(d).

    The last of an odd number is a real eigenvalue itself. Real ones share factors from the two ends, so that two that
    are near each other are not needed for one.
    """
    real = abs(eigenvalues.imag) <= REAL * abs(eigenvalues)
    pairs = eigenvalues[~real & (eigenvalues.imag > 0)]
    alone = list(np.sort(eigenvalues[real].real))
    last = [alone.pop()] if len(alone) % 2 else []
    found = [(z.real, -(z.imag**2)) for z in pairs]
    while alone:
        one, other = alone.pop(0), alone.pop()
        found.append(((one + other) / 2, ((one - other) / 2) ** 2))
    return np.array([part for factor in found for part in factor] + last)


def eigenvalues_of(parameters: Array) -> Complex:
    """The eigenvalues of parameters (..., r): conjugate pairs are so exactly."""
    even = parameters.shape[-1] // 2 * 2
    middle, root = parameters[..., 0:even:2], np.sqrt(parameters[..., 1:even:2].astype(complex))
    return np.concatenate([middle + root, middle - root, parameters[..., even:]], axis=-1)


def sequences(parameters: Array, snapshots: int) -> tuple[Array, Array]:
    """A real basis of the sequences lambda_j^n, and its derivatives.

    (a +- sqrt(d))^n = c_n +- sqrt(d) u_n, of a pair r e^(+-ib): c_n = r^n cos b n, u_n = r^(n-1) sin(b n) / sin b

    {c_n, u_n} stays a basis where a pair becomes two real eigenvalues, d = 0. What grows is scaled to be of the order
    of 1 at the end, so that nothing overflows.

    Args:
        parameters: (..., r), as `factors_of` gives them.
        snapshots: n = 0 ... snapshots - 1.

    Returns:
        The basis (..., r, snapshots), and (..., r, 2, snapshots), its derivatives by the two parameters of the factor;
        of a last real eigenvalue the second is zero.
    """
    r = parameters.shape[-1]
    even = r // 2 * 2
    n = np.arange(snapshots)
    basis = np.zeros((*parameters.shape[:-1], r, snapshots))
    slopes = np.zeros((*parameters.shape[:-1], r, 2, snapshots))
    c, u, by_d = _powers(parameters[..., 0:even:2], parameters[..., 1:even:2], snapshots)
    basis[..., 0:even:2, :], basis[..., 1:even:2, :] = c, u
    slopes[..., 0:even:2, 0, 1:] = n[1:] * c[..., :-1]
    slopes[..., 1:even:2, 0, 1:] = n[1:] * u[..., :-1]
    slopes[..., 0:even:2, 1, 1:] = n[1:] / 2 * u[..., :-1]
    slopes[..., 1:even:2, 1, :] = by_d
    if r % 2:
        last = parameters[..., -1:]
        size = np.maximum(abs(last), 1.0)
        basis[..., -1, :] = (last / size) ** n * (1 / size) ** (n[-1] - n)
        slopes[..., -1, 0, 1:] = n[1:] * basis[..., -1, :-1]
    return basis, slopes


def _powers(a: Array, d: Array, snapshots: int) -> tuple[Array, Array, Array]:
    """c_n, u_n and the derivative of u_n by d, each (..., snapshots), by doubling:

    c_m+n = c_m c_n + d u_m u_n,  u_m+n = c_m u_n + u_m c_n

    These are the products of complex numbers, and as stable.
    """
    root = np.sqrt(abs(d))
    size = np.maximum(np.where(d < 0, np.hypot(a, root), abs(a) + root), 1.0)[..., None]
    a, d = a[..., None] / size, d[..., None] / size**2
    shape = (*a.shape[:-1], snapshots)
    c, u, by_d = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    c[..., 0] = 1.0
    if snapshots > 1:
        c[..., 1], u[..., 1] = a[..., 0], 1.0
    known = 2
    while known < snapshots:
        top = known - 1
        count = min(top, snapshots - known)
        m, n, new = slice(top, top + 1), slice(1, 1 + count), slice(known, known + count)
        c[..., new] = c[..., m] * c[..., n] + d * u[..., m] * u[..., n]
        u[..., new] = c[..., m] * u[..., n] + u[..., m] * c[..., n]
        steps = np.arange(1, 1 + count)
        # the derivative of c_n by d is n u_n-1 / 2
        mixed = top * u[..., top - 1 : top] * u[..., n] + u[..., m] * steps * u[..., :count]
        by_d[..., new] = c[..., m] * by_d[..., n] + by_d[..., m] * c[..., n] + mixed / 2
        known += count
    scale = (1 / size) ** (snapshots - 1.0 - np.arange(snapshots))
    return c * scale, u * (scale / size), by_d * (scale / size**3)
