"""How many lines of each length a recurrence plot has."""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.recurrence.pair_counts import EUCLIDEAN, threads_for

Counts = NDArray[np.int64]

TASKS = 16
"""Parts of a long series, for threads."""


def line_lengths(columns: Array, radius: Array, theiler: int, norm: str) -> tuple[Counts, Counts]:
    """Diagonal lines above the main diagonal, and vertical lines, by length: two `(lanes, n + 1)`.

    The plot itself is never in memory. Lines end at the edges and at the Theiler window.
    """
    from ergodica.estimators.recurrence.line_kernels import DIAGONAL, VERTICAL, count_lines

    lanes, _, n = columns.shape
    tasks = TASKS if n > TASKS**2 else 1
    found = np.zeros((lanes, tasks, 2, n + 1), np.int64)
    limits = radius * radius if norm == EUCLIDEAN else radius
    with threads_for(lanes * n * n):
        count_lines(columns, theiler, norm == EUCLIDEAN, limits, tasks, found)
    total = found.sum(axis=1)
    return total[:, DIAGONAL], total[:, VERTICAL]
