"""A basis of the observables of a kernel: one that is orthonormal in its own inner product, by pivoted Cholesky."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BLOCK = 32
"""Pivots at once, so that most of the work is a product of matrices."""


def newton_basis(
    points: Array, kernel: Callable[[Array, Array], Array], most: int, tolerance: float
) -> tuple[NDArray[np.intp], Array]:
    """Centres among points, and the basis at them: K ~ L L^T for the kernel matrix K of all points.

    The next centre is where what the former ones leave of k(x, x) is largest. Neither K nor more than `most` columns
    of it are made. The basis elsewhere is k(x, centres) L_centres^-T.

    Args:
        points: (n, features).
        kernel: of vectors (n, features) and (m, features): (n, m).
        most: centres at most.
        tolerance: of what is left, relative to the largest k(x, x), at which it ends.

    Returns:
        Indices of the centres (m,), and the rows of L at them, lower triangular (m, m).

    Source: Pazouki and Schaback 2011, J. Comput. Appl. Math. 236, 575; Harbrecht, Peters and Schneider 2012, Appl.
    Numer. Math. 62, 428.
    """
    parts = [points[first : first + BLOCK] for first in range(0, len(points), BLOCK)]
    left = np.concatenate([np.diagonal(kernel(part, part)) for part in parts])
    largest, most = left.max(), min(most, len(points))
    held = np.zeros((len(points), 0))
    chosen: list[int] = []
    while len(chosen) < most and left.max() > tolerance * largest:
        tried = np.argsort(-left, kind="stable")[: min(BLOCK, most - len(chosen))]
        tried = tried[left[tried] > tolerance * largest]
        columns = kernel(points, points[tried]) - held @ held[tried].T
        made = np.zeros((len(points), 0))
        for _ in range(len(tried)):
            place = int(np.argmax(left[tried]))
            pivot = int(tried[place])
            # those near a centre that was just taken wait for the next block
            if left[pivot] <= max(tolerance * largest, 0.1 * left.max()):
                break
            column = columns[:, place] - made @ made[pivot]
            column = column / np.sqrt(column[pivot])
            made = np.column_stack([made, column])
            left = np.maximum(left - column**2, 0.0)
            left[pivot] = 0.0
            chosen.append(pivot)
        held = np.column_stack([held, made])
    centres = np.array(chosen, dtype=np.intp)
    return centres, np.tril(held[centres])
