"""Sums of Gaussian kernels over all other points of a cloud: density at each point and how many kernels make it."""

import math

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.numerics.elementary import exp
from ergodica.numerics.kernel import kernel, prange

CHUNK = 512  # points whose distances are in the first-level cache
BLOCK = 64  # points a task
PARTS = 8  # sums side by side, so that they are taken in vectors, in one order on any machine


@kernel(error_model="numpy")
def _point(q: Array, i: int, width: float, itself: bool, room: Array, parts: Array) -> tuple[float, float]:
    """ln sum_j w_ij and (sum_j w_ij)^2 / sum_j w_ij^2, with w_ij = exp(-|q_i - q_j|^2 / (2 width^2))."""
    d, n = q.shape
    rate = -0.5 / (width * width)
    least, total, squares = math.inf, 0.0, 0.0
    for begin in range(0, n, CHUNK):
        size = min(CHUNK, n - begin)
        room[:] = math.inf
        room[:size] = 0.0
        for axis in range(d):
            own = q[axis, i]
            row = q[axis, begin : begin + size]
            for j in range(size):
                gap = row[j] - own
                room[j] += gap * gap
        if not itself and begin <= i < begin + size:
            room[i - begin] = math.inf
        nearest = math.inf
        for j in range(size):
            nearest = room[j] if room[j] < nearest else nearest
        if nearest < least:  # weights are relative to the largest, so that a lone point's do not vanish
            shrink = math.exp(rate * (least - nearest)) if least < math.inf else 0.0
            total, squares, least = total * shrink, squares * shrink * shrink, nearest
        if least == math.inf:
            continue
        for j in range(CHUNK):
            room[j] = exp(rate * (room[j] - least))
        parts[:] = 0.0
        for j in range(0, CHUNK, PARTS):
            for p in range(PARTS):
                w = room[j + p]
                parts[p] += w
                parts[PARTS + p] += w * w
        for p in range(PARTS):
            total += parts[p]
            squares += parts[PARTS + p]
    return math.log(total) + rate * least, total * total / squares


@kernel(parallel=True)
def kernel_sums(q: Array, widths: Array, itself: bool, logarithms: Array, effective: Array) -> None:
    """Both numbers of `_point` for each point of each cloud.

    Args:
        q: `(lanes, d, n)`.
        widths: `(lanes,)`.
        itself: whether the kernel on the point itself counts.
        logarithms, effective: `(lanes, n)`, the result.
    """
    lanes, _, n = q.shape
    blocks = (n + BLOCK - 1) // BLOCK
    for task in prange(lanes * blocks):
        lane, block = task // blocks, task % blocks
        room, parts = np.empty(CHUNK), np.empty(2 * PARTS)
        for i in range(block * BLOCK, min(n, (block + 1) * BLOCK)):
            first, second = _point(q[lane], i, widths[lane], itself, room, parts)
            logarithms[lane, i] = first
            effective[lane, i] = second
