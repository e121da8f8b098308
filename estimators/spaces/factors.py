"""Singular values of tall matrices, the same bits whatever stands beside them and however many threads there are."""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale


def delay_columns(rows: Array, order: int, delay: int) -> Array:
    """`(rows, order, vectors)` of rows of samples: column j holds x[t + j delay]."""
    vectors = rows.shape[-1] - (order - 1) * delay
    return np.stack([rows[:, j * delay : j * delay + vectors] for j in range(order)], axis=1)


def scaled(values: NDArray) -> tuple[Array, NDArray[np.bool_]]:
    """Values brought near 1 by a power of two, and which rows are finite; the others are zero."""
    axes = tuple(range(1, values.ndim))
    good = np.isfinite(values).all(axis=axes)
    largest = np.where(good, np.abs(values).max(axis=axes, initial=0.0), 1.0)
    usable = good.reshape(-1, *(1,) * len(axes))
    return np.where(usable, values, 0.0) * unit_scale(largest).reshape(usable.shape), good


def singular_values(columns: Array) -> Array:
    """Singular values, largest first, `(rows, m)` of `(rows, m, n)` with n >= m: columns of n entries.

    Householder reflections make them a triangle by sums along contiguous rows, whose order is fixed; LAPACK then has
    small matrices only.
    """
    a = columns.copy()
    rows, number, _ = a.shape
    triangle = np.zeros((rows, number, number))
    for k in range(number):
        v = a[:, k, k:].copy()
        norm = np.sqrt((v * v).sum(axis=-1))
        pivot = np.where(v[:, 0] > 0, -norm, norm)
        triangle[:, k, k] = pivot
        v[:, 0] -= pivot
        square = (v * v).sum(axis=-1)
        factor = np.divide(2.0, square, out=np.zeros_like(square), where=square > 0)
        for j in range(k + 1, number):
            share = (v * a[:, j, k:]).sum(axis=-1) * factor
            a[:, j, k:] -= share[:, np.newaxis] * v
            triangle[:, k, j] = a[:, j, k]
    return np.asarray(np.linalg.svd(triangle, compute_uv=False))
