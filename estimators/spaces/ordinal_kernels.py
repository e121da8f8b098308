"""Ordinal patterns, compiled. Import this module only to run: it imports numba."""

from contextlib import AbstractContextManager, nullcontext

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.kernel import kernel, prange
from ergodica.numerics.threads import using_threads

Indices = NDArray[np.int64]
Numbers = NDArray[np.int32]

BLOCK = 2048
"""Windows whose numbers are made together: they and their samples stay in the first-level cache."""

PARALLEL_FROM = 2**16
"""Fewest samples that are shared between threads: some .1 ms of work."""

SPLIT = 5040
"""Most outcomes that are counted in four histograms in turn: one alone would wait for its own last addition."""


@kernel
def pattern_numbers(x: Array, begin: int, windows: int, offsets: Indices, numbers: Numbers) -> None:
    """Lexicographic numbers of the rank patterns of windows at begin, begin + 1, ..., into `numbers`.

    A window holds x[begin + offset]. Its number is sum_j L_j (m - 1 - j)!, L_j the later samples below sample j. Each
    comparison is one pass over the block, in vector instructions.
    """
    numbers[:windows] = 0
    factorial, none = 1, np.int32(0)
    m = len(offsets)
    for later in range(1, m):
        factorial *= later
        weight = np.int32(factorial)
        j = m - 1 - later
        own = x[begin + offsets[j] : begin + offsets[j] + windows]
        k = j + 1
        while k < m:
            first = x[begin + offsets[k] : begin + offsets[k] + windows]
            if k + 3 < m:
                second = x[begin + offsets[k + 1] : begin + offsets[k + 1] + windows]
                third = x[begin + offsets[k + 2] : begin + offsets[k + 2] + windows]
                fourth = x[begin + offsets[k + 3] : begin + offsets[k + 3] + windows]
                for t in range(windows):
                    numbers[t] += (
                        (weight if first[t] < own[t] else none)
                        + (weight if second[t] < own[t] else none)
                        + (weight if third[t] < own[t] else none)
                        + (weight if fourth[t] < own[t] else none)
                    )
                k += 4
            elif k + 1 < m:
                second = x[begin + offsets[k + 1] : begin + offsets[k + 1] + windows]
                for t in range(windows):
                    numbers[t] += (weight if first[t] < own[t] else none) + (
                        weight if second[t] < own[t] else none
                    )
                k += 2
            else:
                for t in range(windows):
                    numbers[t] += weight if first[t] < own[t] else none
                k += 1


@kernel
def values_of(x: Array) -> int:
    """0 where x holds NaN or infinity, 1 where it is one value throughout, 2 otherwise."""
    unusable, others, own = 0, 0, x[0]
    for t in range(len(x)):
        unusable += 1 if x[t] - x[t] != 0.0 else 0
        others += 1 if x[t] != own else 0
    return 0 if unusable else (2 if others else 1)


@kernel
def count_into(counts: NDArray[np.uint32], numbers: NDArray[np.int32], many: int) -> None:
    """Counts `many` numbers in four histograms in turn."""
    whole = many - many % 4
    for t in range(0, whole, 4):
        counts[0, numbers[t]] += np.uint32(1)
        counts[1, numbers[t + 1]] += np.uint32(1)
        counts[2, numbers[t + 2]] += np.uint32(1)
        counts[3, numbers[t + 3]] += np.uint32(1)
    for t in range(whole, many):
        counts[0, numbers[t]] += np.uint32(1)


@kernel
def count_row(x: Array, offsets: Indices, begins: Indices, windows: int, counts: Array) -> None:
    """Counts of the patterns of one row `(outcomes,)`, NaN without order.

    Windows stand at begin, ..., begin + windows - 1 for each of `begins`: one run for a series, one for each line of a
    field.
    """
    if values_of(x) < 2:
        counts[:] = np.nan
        return
    outcomes = len(counts)
    numbers = np.empty(BLOCK, np.int32)
    counts[:] = 0.0
    split = np.zeros((4, outcomes if outcomes <= SPLIT else 0), np.uint32)
    for begin in begins:
        for first in range(0, windows, BLOCK):
            many = min(BLOCK, windows - first)
            pattern_numbers(x, begin + first, many, offsets, numbers)
            if outcomes <= SPLIT:
                count_into(split, numbers, many)
            else:
                for t in range(many):
                    counts[numbers[t]] += 1.0
    for part in range(4):
        for outcome in range(split.shape[1]):
            counts[outcome] += float(split[part, outcome])


@kernel(parallel=True)
def count_rows(rows: Array, offsets: Indices, begins: Indices, windows: int, counts: Array) -> None:
    """`count_row` of each row."""
    for row in prange(len(rows)):
        count_row(rows[row], offsets, begins, windows, counts[row])


@kernel(parallel=True)
def encode_rows(rows: Array, offsets: Indices, begins: Indices, windows: int, symbols: Indices) -> None:
    """Numbers of the patterns of each row `(rows, begins * windows)`, -1 throughout one with NaN or infinity."""
    for row in prange(len(rows)):
        finite = values_of(rows[row]) > 0
        numbers = np.empty(BLOCK, np.int32)
        for run in range(len(begins)):
            for first in range(0, windows, BLOCK):
                many = min(BLOCK, windows - first)
                pattern_numbers(rows[row], begins[run] + first, many, offsets, numbers)
                at = run * windows + first
                for t in range(many):
                    symbols[row, at + t] = numbers[t] if finite else -1


def threads_for(rows: Array) -> AbstractContextManager[None]:
    """One thread for a single row, or for so little that waking the others would take longer."""
    return using_threads(1) if len(rows) == 1 or rows.size < PARALLEL_FROM else nullcontext()


def counts_of(rows: Array, offsets: Indices, begins: Indices, windows: int, outcomes: int) -> Array:
    """Counts `(rows, outcomes)`."""
    counts = np.empty((len(rows), outcomes))
    with threads_for(rows):
        count_rows(rows, offsets, begins, windows, counts)
    return counts


def symbols_of(rows: Array, offsets: Indices, begins: Indices, windows: int) -> Indices:
    """Numbers `(rows, begins * windows)`."""
    symbols = np.empty((len(rows), len(begins) * max(windows, 0)), np.int64)
    with threads_for(rows):
        encode_rows(rows, offsets, begins, windows, symbols)
    return symbols
