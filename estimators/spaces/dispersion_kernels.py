"""Words of classes, compiled. Import this module only to run: it imports numba."""

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.spaces.ordinal_kernels import (
    BLOCK,
    SPLIT,
    Indices,
    Numbers,
    count_into,
    values_of,
)
from ergodica.numerics.kernel import kernel, prange


@kernel
def classify(x: Array, edges: Array, classes: Numbers) -> None:
    """How many of the edges lie at or below each sample."""
    for first in range(0, len(x), BLOCK):
        own, found = x[first : first + BLOCK], classes[first : first + BLOCK]
        found[:] = 0
        for edge in edges:
            for t in range(len(own)):
                found[t] += np.int32(1) if own[t] >= edge else np.int32(0)


@kernel
def word_numbers(
    classes: Numbers, begin: int, words: int, delay: int, factors: Numbers, shift: int, numbers: Numbers
) -> None:
    """shift + sum_k factors[k] classes[t + k delay] for t from begin on."""
    numbers[:words] = shift
    for k in range(len(factors)):
        factor = factors[k]
        own = classes[begin + k * delay : begin + k * delay + words]
        for t in range(words):
            numbers[t] += factor * own[t]


@kernel(parallel=True)
def count_words(rows: Array, edges: Array, delay: int, factors: Numbers, shift: int, counts: Array) -> None:
    """Counts of the words of each row `(rows, outcomes)`; NaN for one with NaN, infinity or one value only."""
    outcomes = counts.shape[1]
    for row in prange(len(rows)):
        if values_of(rows[row]) < 2:
            counts[row] = np.nan
            continue
        classes = np.empty(rows.shape[1], np.int32)
        classify(rows[row], edges[row], classes)
        numbers = np.empty(BLOCK, np.int32)
        counts[row] = 0.0
        split = np.zeros((4, outcomes if outcomes <= SPLIT else 0), np.uint32)
        words = len(classes) - (len(factors) - 1) * delay
        for first in range(0, words, BLOCK):
            many = min(BLOCK, words - first)
            word_numbers(classes, first, many, delay, factors, shift, numbers)
            if outcomes <= SPLIT:
                count_into(split, numbers, many)
            else:
                for t in range(many):
                    counts[row, numbers[t]] += 1.0
        for part in range(4):
            for outcome in range(split.shape[1]):
                counts[row, outcome] += float(split[part, outcome])


@kernel(parallel=True)
def encode_words(
    rows: Array, edges: Array, delay: int, factors: Numbers, shift: int, symbols: Indices
) -> None:
    """Numbers of the words of each row, -1 throughout one with NaN, infinity or one value only."""
    for row in prange(len(rows)):
        if values_of(rows[row]) < 2:
            symbols[row] = -1
            continue
        classes = np.empty(rows.shape[1], np.int32)
        classify(rows[row], edges[row], classes)
        numbers = np.empty(symbols.shape[1], np.int32)
        word_numbers(classes, 0, symbols.shape[1], delay, factors, shift, numbers)
        for t in range(symbols.shape[1]):
            symbols[row, t] = numbers[t]
