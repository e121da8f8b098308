"""Degrees of visibility graphs, compiled: horizontal with a stack, natural by dividing at the largest sample."""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.kernel import kernel, prange

Degrees = NDArray[np.int64]


@kernel
def horizontal_lane(x: Array, stack: Degrees, past: Degrees, future: Degrees) -> None:
    """Earlier and later samples that each one sees along a level line."""
    top = 0
    for i in range(x.size):
        while top > 0 and x[stack[top - 1]] < x[i]:
            top -= 1
            past[i] += 1
            future[stack[top]] += 1
        if top > 0:
            past[i] += 1
            future[stack[top - 1]] += 1
            # an equal one hides what is behind it
            if x[stack[top - 1]] == x[i]:
                top -= 1
        stack[top] = i
        top += 1


@kernel
def natural_lane(x: Array, stack: Degrees, past: Degrees, future: Degrees) -> None:
    """Earlier and later samples that each one sees along a straight line.

    No line passes above the largest sample of a stretch, so what it sees is counted and either side is taken alone.
    Pairs across a largest sample that is not unique are hidden by it as well.
    """
    stack[0], stack[1] = 0, x.size
    top = 1
    while top > 0:
        top -= 1
        begin, end = stack[2 * top], stack[2 * top + 1]
        peak = begin
        for i in range(begin + 1, end):
            if x[i] > x[peak]:
                peak = i
        steepest = -np.inf
        for i in range(peak + 1, end):
            slope = (x[i] - x[peak]) / (i - peak)
            if slope > steepest:
                steepest = slope
                future[peak] += 1
                past[i] += 1
        steepest = -np.inf
        for i in range(peak - 1, begin - 1, -1):
            slope = (x[i] - x[peak]) / (peak - i)
            if slope > steepest:
                steepest = slope
                past[peak] += 1
                future[i] += 1
        # the longer side waits, so that few do
        left, right = peak - begin, end - peak - 1
        for side in range(2):
            is_left = (side == 0) == (left > right)
            if is_left and left > 1:
                stack[2 * top], stack[2 * top + 1] = begin, peak
                top += 1
            elif not is_left and right > 1:
                stack[2 * top], stack[2 * top + 1] = peak + 1, end
                top += 1


@kernel(parallel=True)
def degrees_of_lanes(lanes: Array, natural: bool, past: Degrees, future: Degrees) -> None:
    """Fills `past` and `future`, `(lanes, n)`, zeros before."""
    for lane in prange(lanes.shape[0]):
        stack = np.empty(lanes.shape[1] + 128, np.int64)
        if natural:
            natural_lane(lanes[lane], stack, past[lane], future[lane])
        else:
            horizontal_lane(lanes[lane], stack, past[lane], future[lane])
