"""Symbols of one lane as numbers 0 ... K-1, joined without ever making the product of their alphabets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array

# A table of all values from the least to the largest beats sorting while it has at most so many entries a sample.
TABLE_PER_SAMPLE = 4
SMALL_TABLE = 2**16


@dataclass(frozen=True)
class Codes:
    """Symbols of one lane.

    Args:
        values: `(n,)`, each of 0 ... size-1.
        size: number of symbols that may occur.
    """

    values: NDArray[np.int64]
    size: int

    def counts(self) -> NDArray[np.int64]:
        """How often each symbol that occurs does so, in the order of the symbols."""
        if _fits(self.size, len(self.values)):
            found = np.bincount(self.values, minlength=self.size)
            return found[found > 0]
        return np.unique(self.values, return_counts=True)[1]

    def compressed(self) -> "Codes":
        """The same partition with every symbol in use."""
        if not _fits(self.size, len(self.values)):
            used, values = np.unique(self.values, return_inverse=True)
            return Codes(values.astype(np.int64, copy=False), len(used))
        seen = np.zeros(self.size, dtype=bool)
        seen[self.values] = True
        if seen.all():
            return self
        number = np.cumsum(seen, dtype=np.int64) - 1
        return Codes(number[self.values], int(seen.sum()))


def coded(values: NDArray) -> Codes:
    """Codes of `values` `(n,)`, whole or real numbers; equal values are one symbol, in ascending order."""
    if values.dtype.kind in "biu" and values.dtype.itemsize < 8:
        values = values.astype(np.int64)  # whose differences do not wrap around
    if values.dtype.kind in "iu":
        least, largest = int(values.min()), int(values.max())
        if _fits(largest - least + 1, len(values)):
            return Codes((values - values.dtype.type(least)).astype(np.int64, copy=False),
                         largest - least + 1).compressed()  # fmt: skip
    used, number = np.unique(values, return_inverse=True)
    return Codes(number.astype(np.int64, copy=False), len(used))


def joined(parts: Sequence[Codes]) -> Codes:
    """Codes of the tuples, compressed on the way so that numbers stay below the square of n."""
    first, *others = parts
    for other in others:
        left, right = first.compressed(), other.compressed()
        first = Codes(left.values * right.size + right.values, left.size * right.size)
    return first


def coded_vectors(vectors: NDArray) -> Codes:
    """Codes of vectors `(n, d)`: two samples are one symbol where all components are equal."""
    return joined([coded(vectors[:, component]) for component in range(vectors.shape[1])])


def as_weights(counts: NDArray[np.int64]) -> Array:
    """Counts as one row of weights, what probability estimators take."""
    return counts.astype(np.float64)[np.newaxis]


def _fits(size: int, samples: int) -> bool:
    return size <= max(SMALL_TABLE, TABLE_PER_SAMPLE * samples)
