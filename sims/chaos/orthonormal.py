"""Gram-Schmidt on tangent vectors, measured in the size of each component."""

from __future__ import annotations

import math

import numpy as np

from ergodica.numerics import kernel

Array = np.ndarray

SMALLEST = 1e-300
CANCELLED = 0.1


@kernel(fastmath={"reassoc", "contract"})
def product(a: Array, b: Array) -> float:
    """Inner product of two vectors (d,)."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@kernel
def orthonormalize(v: Array, scale: Array, lengths: Array, r: Array) -> None:
    """Make the rows of v (k, m) orthonormal in units of `scale` in place: Gram-Schmidt, again where much cancels.

    The product is over the first n = scale.size entries; further ones, in the same units again, follow along.
    `lengths` (k,) are the diagonal of R; `r` (k, k) or (0, 0) is filled with R, old = new R for vectors as
    columns. A vector that is lost (its length vanishes) is replaced by a unit vector with a positive length
    of 1e-300.
    """
    count, d = v.shape
    n = scale.size
    keep = r.size > 0
    for i in range(d):
        unit = 1.0 / scale[i % n]
        for a in range(count):
            v[a, i] *= unit
    for a in range(count):
        row = v[a]
        if keep:
            r[:, a] = 0.0
        before = math.sqrt(product(row[:n], row[:n]))
        after = before
        for _ in range(2):
            for b in range(a):
                c = product(v[b, :n], row[:n])
                for i in range(d):
                    row[i] -= c * v[b, i]
                if keep:
                    r[b, a] += c
            after = math.sqrt(product(row[:n], row[:n]))
            if after > CANCELLED * before:
                break
            before = after
        lengths[a] = after
        if after < SMALLEST:
            lengths[a] = SMALLEST
            after = _replace(v, a, n)
        if keep:
            r[a, a] = lengths[a]
        unit = 1.0 / after
        for i in range(d):
            row[i] *= unit
    for a in range(count):
        for i in range(d):
            v[a, i] *= scale[i % n]


@kernel
def multiply_upper(r: Array, upper: Array) -> None:
    """upper <- r upper, both upper triangular (k, k); nothing where they are empty."""
    count = r.shape[0]
    for a in range(count):
        for c in range(count):
            total = 0.0
            for b in range(a, c + 1):
                total += r[a, b] * upper[b, c]
            upper[a, c] = total


@kernel
def _replace(v: Array, a: int, n: int) -> float:
    """Put what is least in the span of the earlier rows into row a; its length after projection."""
    d = v.shape[1]
    best, place = -1.0, 0
    for i in range(n):
        rest = 1.0
        for b in range(a):
            rest -= v[b, i] * v[b, i]
        if rest > best:
            best, place = rest, i
    for i in range(d):
        v[a, i] = 1.0 if i == place else 0.0
    for _ in range(2):
        for b in range(a):
            c = product(v[b, :n], v[a, :n])
            for i in range(d):
                v[a, i] -= c * v[b, i]
    return math.sqrt(product(v[a, :n], v[a, :n]))


@kernel
def log_determinant(a: Array) -> float:
    """ln |det a| of a square matrix, which is overwritten: Gauss elimination with pivots."""
    n = a.shape[0]
    total = 0.0
    for c in range(n):
        pivot = c
        for row in range(c + 1, n):
            if abs(a[row, c]) > abs(a[pivot, c]):
                pivot = row
        if abs(a[pivot, c]) < SMALLEST:
            return math.log(SMALLEST)
        if pivot != c:
            for i in range(c, n):
                a[c, i], a[pivot, i] = a[pivot, i], a[c, i]
        total += math.log(abs(a[c, c]))
        for row in range(c + 1, n):
            q = a[row, c] / a[c, c]
            for i in range(c + 1, n):
                a[row, i] -= q * a[c, i]
    return total
