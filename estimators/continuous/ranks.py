"""Sorting by digits: the order of real numbers in O(n), stable, for kernels that run over lanes."""

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics import kernel, prange

Indices = NDArray[np.int32]

DIGIT = 11  # bits; 2048 counters stay in the first-level cache
DIGITS = 6


@kernel
def order_into(values: Array, order: Indices) -> None:
    """`order` of ascending values, equal ones in the order in which they are: finite numbers, n < 2^31."""
    n = values.size
    bits = (values + 0.0).view(np.uint64)  # -0.0 and 0.0 are equal
    size = 1 << DIGIT
    mask = np.uint64(size - 1)
    counts = np.zeros((DIGITS, size), np.int32)
    for i in range(n):
        key = bits[i]
        # of IEEE numbers the sign is kept in the highest bit: flipped so that they ascend as whole numbers
        key = ~key if key >> np.uint64(63) else key | np.uint64(1 << 63)
        bits[i] = key
        for digit in range(DIGITS):
            counts[digit, (key >> np.uint64(DIGIT * digit)) & mask] += 1
        order[i] = i
    other_bits = np.empty_like(bits)
    other = np.empty_like(order)
    here, there, index, spare = bits, other_bits, order, other
    for digit in range(DIGITS):
        shift = np.uint64(DIGIT * digit)
        count = counts[digit]
        if n == 0 or count[(here[0] >> shift) & mask] == n:
            continue
        total = 0
        for value in range(size):
            total, count[value] = total + count[value], total
        for i in range(n):
            key = here[i]
            value = (key >> shift) & mask
            place = count[value]
            count[value] = place + 1
            there[place] = key
            spare[place] = index[i]
        here, there, index, spare = there, here, spare, index
    if index is not order:
        order[:] = index


@kernel(parallel=True)
def ranks(lanes: Array, out: NDArray[np.int64]) -> None:
    """Ranks 0 to n - 1 of each row of `(lanes, n)`; of equal values the earlier is lower."""
    for lane in prange(lanes.shape[0]):
        order = np.empty(lanes.shape[1], np.int32)
        order_into(lanes[lane], order)
        for rank in range(order.size):
            out[lane, order[rank]] = rank


@kernel(parallel=True)
def middle_ranks(lanes: Array, out: Indices) -> None:
    """Twice the rank, 0 to 2 n - 2, of each row of `(lanes, n)`; equal values have the mean of their ranks."""
    for lane in prange(lanes.shape[0]):
        n = lanes.shape[1]
        values, order = lanes[lane], np.empty(n, np.int32)
        order_into(values, order)
        begin = 0
        while begin < n:
            end = begin + 1
            while end < n and values[order[end]] == values[order[begin]]:
                end += 1
            for place in range(begin, end):
                out[lane, order[place]] = begin + end - 1
            begin = end
