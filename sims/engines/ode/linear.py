"""Small dense complex linear systems inside kernels. Imports numba."""

from __future__ import annotations

import numpy as np

from ergodica.numerics import kernel

Array = np.ndarray


@kernel(error_model="numpy")
def factorise(matrix: Array, pivots: Array) -> bool:
    """LU with partial pivoting of a complex matrix (d, d) in place; False where it is singular or not finite."""
    d = pivots.size
    for k in range(d):
        best, largest = k, -1.0
        for i in range(k, d):
            size = abs(matrix[i, k].real) + abs(matrix[i, k].imag)
            if size > largest:
                best, largest = i, size
        if not (largest > 0.0 and largest < np.inf):
            return False
        pivots[k] = best
        if best != k:
            for j in range(d):
                matrix[k, j], matrix[best, j] = matrix[best, j], matrix[k, j]
        inverse = 1.0 / matrix[k, k]
        matrix[k, k] = inverse
        for i in range(k + 1, d):
            if matrix[i, k] != 0.0:
                factor = matrix[i, k] * inverse
                matrix[i, k] = factor
                for j in range(k + 1, d):
                    matrix[i, j] -= factor * matrix[k, j]
    return True


@kernel(error_model="numpy")
def solve(matrix: Array, pivots: Array, x: Array) -> None:
    """x = matrix^-1 x in place, by what `factorise` left."""
    d = pivots.size
    for k in range(d):
        best = pivots[k]
        if best != k:
            x[k], x[best] = x[best], x[k]
    for i in range(1, d):
        total = x[i]
        for j in range(i):
            total -= matrix[i, j] * x[j]
        x[i] = total
    for i in range(d - 1, -1, -1):
        total = x[i]
        for j in range(i + 1, d):
            total -= matrix[i, j] * x[j]
        x[i] = total * matrix[i, i]
