"""Phrases of Lempel and Ziv 1978, from a tree of phrases whose edges are found by a hash."""

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics import kernel


@kernel
def phrases_of_1978(series: NDArray[np.int64], symbols: int) -> int:
    """Number of phrases, the last one a new one or not, of symbols 0 ... symbols-1."""
    n = len(series)
    slots = 4
    while slots < 2 * n:
        slots *= 2
    mask = slots - 1
    edges = np.zeros(slots, dtype=np.int64)  # 1 + phrase * symbols + next symbol; 0 is empty
    ends = np.zeros(slots, dtype=np.int32)
    count, at = 0, 0
    for t in range(n):
        edge = at * symbols + series[t] + 1
        slot = (edge ^ (edge >> 15)) * 2654435761 & mask
        while edges[slot] != 0 and edges[slot] != edge:
            slot = (slot + 1) & mask
        if edges[slot] == edge:
            at = ends[slot]
        else:
            count += 1
            edges[slot] = edge
            ends[slot] = count
            at = 0
    return count + (at != 0)
