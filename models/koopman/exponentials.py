"""Sums of real exponentials and damped oscillations, by the quadratic factors of their polynomial."""

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
    """Parameters (r,) of eigenvalues (r,) that are closed under conjugation: s and p of each factor z^2 - s z + p.

    The last of an odd number is a real eigenvalue itself. Real ones share factors from the two ends, so that two that
    are near each other are not needed for one.
    """
    real = abs(eigenvalues.imag) <= REAL * abs(eigenvalues)
    pairs = eigenvalues[~real & (eigenvalues.imag > 0)]
    alone = list(np.sort(eigenvalues[real].real))
    last = [alone.pop()] if len(alone) % 2 else []
    found = [(2 * z.real, abs(z) ** 2) for z in pairs]
    while alone:
        one, other = alone.pop(0), alone.pop()
        found.append((one + other, one * other))
    return np.array([part for factor in found for part in factor] + last)


def eigenvalues_of(parameters: Array) -> Complex:
    """The eigenvalues of parameters (..., r): conjugate pairs are so exactly."""
    even = parameters.shape[-1] // 2 * 2
    half, product = parameters[..., 0:even:2] / 2, parameters[..., 1:even:2]
    beside = half**2 - product
    root = np.sqrt(abs(beside))
    # the root that does not cancel, and the other one by the product
    large = half + np.where(half < 0, -root, root)
    with np.errstate(divide="ignore", invalid="ignore"):
        small = np.where(large != 0, product / large, 0.0)
    first = np.where(beside < 0, half + 1j * root, large)
    second = np.where(beside < 0, half - 1j * root, small)
    return np.concatenate([first, second, parameters[..., even:]], axis=-1)


def sequences(parameters: Array, snapshots: int) -> tuple[Array, Array]:
    """A real basis of the sequences lambda_j^n, and its derivatives.

    A factor z^2 - s z + p has h_n = s h_n-1 - p h_n-2, h_0 = 1, h_-1 = 0, and spans {h_n - s h_n-1 / 2, h_n-1}: of a
    pair r e^(+-i b) these are r^n cos b n and r^(n-1) sin(b n) / sin b. The basis stays one where a pair becomes real.

    Args:
        parameters: (..., r), as `factors_of` gives them.
        snapshots: n = 0 ... snapshots - 1.

    Returns:
        The basis (..., r, snapshots), and (..., r, 2, snapshots), its derivatives by the two parameters of the factor;
        of a last real eigenvalue the second is zero.
    """
    r = parameters.shape[-1]
    even = r // 2 * 2
    s, p = parameters[..., 0:even:2, None], parameters[..., 1:even:2, None]
    h, by_s, by_p = _impulse(s, p, snapshots)
    now, before = slice(1, None), slice(0, -1)
    basis = np.empty((*parameters.shape[:-1], r, snapshots))
    slopes = np.zeros((*parameters.shape[:-1], r, 2, snapshots))
    basis[..., 0:even:2, :] = h[..., now] - s / 2 * h[..., before]
    basis[..., 1:even:2, :] = h[..., before]
    slopes[..., 0:even:2, 0, :] = by_s[..., now] - s / 2 * by_s[..., before] - h[..., before] / 2
    slopes[..., 0:even:2, 1, :] = by_p[..., now] - s / 2 * by_p[..., before]
    slopes[..., 1:even:2, 0, :] = by_s[..., before]
    slopes[..., 1:even:2, 1, :] = by_p[..., before]
    if r % 2:
        n, last = np.arange(snapshots), parameters[..., -1:]
        basis[..., -1, :] = last**n
        slopes[..., -1, 0, 1:] = n[1:] * last ** n[:-1]
    return basis, slopes


def _impulse(s: Array, p: Array, snapshots: int) -> tuple[Array, Array, Array]:
    """h_-1 ... h_snapshots-1 and its derivatives by s and p, each (..., snapshots + 1), by doubling:

    h_m+n = h_m h_n - p h_m-1 h_n-1
    """
    shape = (*s.shape[:-1], snapshots + 1)
    h, by_s, by_p = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    h[..., 1] = 1.0
    if snapshots > 1:
        h[..., 2], by_s[..., 2] = s[..., 0], 1.0
    known = min(3, snapshots + 1)
    while known < snapshots + 1:
        top, count = known - 1, min(known - 2, snapshots + 1 - known)
        a, b = slice(top, top + 1), slice(top - 1, top)
        n, n1, new = slice(2, 2 + count), slice(1, 1 + count), slice(known, known + count)
        h[..., new] = h[..., a] * h[..., n] - p * h[..., b] * h[..., n1]
        for slope in (by_s, by_p):
            slope[..., new] = (
                slope[..., a] * h[..., n]
                + h[..., a] * slope[..., n]
                - p * (slope[..., b] * h[..., n1] + h[..., b] * slope[..., n1])
            )
        by_p[..., new] -= h[..., b] * h[..., n1]
        known += count
    return h, by_s, by_p
