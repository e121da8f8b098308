"""Singular values of tall matrices, the same bits whatever stands beside them and however many threads there are."""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale

BLOCK = 8192
"""Entries of the columns that are turned together: they stay in the second-level cache."""


def delay_columns(rows: Array, order: int, delay: int) -> Array:
    """`(rows, order, vectors)` of rows of samples, without a copy: column j holds x[t + j delay]."""
    vectors = rows.shape[-1] - (order - 1) * delay
    row, sample = rows.strides
    return np.lib.stride_tricks.as_strided(
        rows, (len(rows), order, vectors), (row, sample * delay, sample), writeable=False
    )


def scaled(values: NDArray) -> tuple[Array, NDArray[np.bool_]]:
    """Values brought near 1 by a power of two, and which rows are finite; the others are zero."""
    axes = tuple(range(1, values.ndim))
    good = np.isfinite(values).all(axis=axes)
    largest = np.where(good, np.abs(values).max(axis=axes, initial=0.0), 1.0)
    usable = good.reshape(-1, *(1,) * len(axes))
    return np.where(usable, values, 0.0) * unit_scale(largest).reshape(usable.shape), good


def singular_values(columns: Array, centre: Array | None = None) -> Array:
    """Singular values, largest first, `(rows, m)` of m columns `(rows, m, n)` less `centre` `(rows, m, 1)`.

    Householder reflections make them a triangle, block after block, by sums along contiguous rows, whose order is
    fixed; LAPACK then has small matrices only.
    """
    rows, number, size = columns.shape
    triangle = np.zeros((rows, number, number))
    for begin in range(0, size, BLOCK):
        block = columns[:, :, begin : begin + BLOCK]
        block = block if centre is None else block - centre
        triangle = _reflected(np.concatenate([triangle.swapaxes(1, 2), block], axis=2))
    return np.asarray(np.linalg.svd(triangle, compute_uv=False))


def _reflected(a: Array) -> Array:
    """The triangle `(rows, m, m)` of columns `(rows, m, n)`, n >= m; overwrites them."""
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
    return triangle
