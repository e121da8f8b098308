"""Transfer entropy of whole numbers of few values, from one table of counts a lane."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.information.embedding import Embedding
from ergodica.estimators.information.route import Discrete, ratio
from ergodica.estimators.measures.shannon import Shannon

LARGEST_LANE = 2**31 - 1
"""Samples that counters of 32 bits hold."""
FEWEST_CELLS = 64
"""A table is taken up to so many cells, or as many as there are samples."""


def transfer_of_tables(
    way: Discrete,
    past: Embedding,
    arrays: Sequence[NDArray],
    otherwise: Callable[[Sequence[NDArray]], Array],
    normalize: bool,
) -> Array:
    """Transfer entropy of each lane in nats; lane by lane by a table, or otherwise.

    Args:
        way: of symbols.
        past: lags and lengths.
        arrays: source and target `(lanes, n, 1)`, and conditions.
        otherwise: what is done with lanes that are not whole numbers of few values.
        normalize: as for `transfer_entropy`.
    """
    if (
        len(arrays) != 2
        or any(space is not None for space in way.spaces)
        or any(x.shape[2] != 1 or x.dtype.kind not in "biu" or x.dtype == np.uint64 for x in arrays)
        or arrays[0].shape[1] > LARGEST_LANE
    ):
        return otherwise(arrays)
    from ergodica.estimators.information.transfer_kernels import LARGEST_TABLE, embedded_counts, ranges

    source, target = (np.ascontiguousarray(x[..., 0], dtype=np.int64) for x in arrays)
    past.check(target.shape[1])
    low, high = np.empty((2, len(target), 2), dtype=np.int64)
    ranges(target, source, low, high)
    # a range of 64-bit numbers fits without a sign; its powers fit floating point only
    sizes = (high.view(np.uint64) - low.view(np.uint64)).astype(np.float64) + 1
    cells = sizes[:, 0] ** (past.history + 1) * sizes[:, 1] ** past.source_history
    few = cells <= min(LARGEST_TABLE, max(FEWEST_CELLS, target.shape[1]))
    result = np.empty(len(target))
    if not few.all():
        result[~few] = otherwise([x[~few] for x in arrays])
    if few.any():
        size, ends = sizes[few].astype(np.int64), np.cumsum(cells[few].astype(np.int64))
        counts = np.empty(ends[-1], dtype=np.int64)
        source, target, low = (x if few.all() else x[few] for x in (source, target, low))
        embedded_counts(source, target, past.lag, past.history, past.source_history, low, size, ends, counts)
        tables = np.split(counts, ends[:-1])
        result[few] = [
            _of_table(way, table.reshape(a, a**past.history, -1), normalize)
            for table, (a, _) in zip(tables, size.tolist(), strict=True)
        ]
    return result


def _of_table(way: Discrete, table: NDArray[np.int64], normalize: bool) -> float:
    """I(Y; X | Z) of counts `(y, z, x)`."""

    def entropy(counts: NDArray[np.int64]) -> float:
        weights = counts[counts > 0].astype(np.float64)
        return float(way.estimator.entropy(weights[np.newaxis], Shannon())[0])

    z = entropy(table.sum(axis=(0, 2)))
    first, second = entropy(table.sum(axis=0)) - z, entropy(table.sum(axis=2)) - z
    found = way.information(first + second + z - entropy(table))
    return ratio(found, min(first, second)) if normalize else found
