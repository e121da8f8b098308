"""Counts of (present, past, past of the source) for whole numbers of few values, in one pass over the data."""

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics import kernel, prange

LARGEST_TABLE = 2**14
"""Cells of a table of counts, so that four of them stay near the processor."""
COUNTERS = 4
"""Tables that take turns, since equal neighbours would wait for each other's addition."""
BLOCK = 1024
"""Samples whose codes are made together: sums of products, several at once, before they are counted one by one."""


@kernel(parallel=True)
def ranges(
    target: NDArray[np.int64], source: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]
) -> None:
    """Least and largest number of each lane of the target, `low[lane, 0]`, and of the source, `low[lane, 1]`."""
    for lane in prange(len(target)):
        low[lane, 0], high[lane, 0] = ends_of(target[lane])
        low[lane, 1], high[lane, 1] = ends_of(source[lane])


@kernel
def ends_of(row: NDArray[np.int64]) -> tuple[int, int]:
    """Least and largest number."""
    low, high = row[0], row[0]
    for value in row:
        low = value if value < low else low
        high = value if value > high else high
    return low, high


@kernel(parallel=True)
def embedded_counts(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    lag: int,
    history: int,
    source_history: int,
    lows: NDArray[np.int64],
    sizes: NDArray[np.int64],
    ends: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    """Joint counts of each lane, `counts[ends[lane] - cells:ends[lane]]`.

    A cell is (y_t, ..., y_(t-history), x_(t-lag), ..., x_(t-lag-source_history+1)), y in base `sizes[lane, 0]` from
    `lows[lane, 0]` on and x in base `sizes[lane, 1]` from `lows[lane, 1]` on.
    """
    n = target.shape[1]
    reach = max(history, lag + source_history - 1)
    for lane in prange(len(target)):
        x, y, low, size = source[lane], target[lane], lows[lane], sizes[lane]
        cells = size[0] ** (history + 1) * size[1] ** source_history
        tables = np.zeros((COUNTERS, cells), dtype=np.int32)
        codes = np.empty(BLOCK, dtype=np.int64)
        for begin in range(reach, n, BLOCK):
            count = min(BLOCK, n - begin)
            weight = cells
            for back in range(history + 1):
                weight //= size[0]
                part = y[begin - back : begin - back + count]
                if back == 0:
                    for i in range(count):
                        codes[i] = (part[i] - low[0]) * weight
                else:
                    for i in range(count):
                        codes[i] += (part[i] - low[0]) * weight
            for back in range(source_history):
                weight //= size[1]
                part = x[begin - lag - back : begin - lag - back + count]
                for i in range(count):
                    codes[i] += (part[i] - low[1]) * weight
            for i in range(0, count - COUNTERS + 1, COUNTERS):
                for one in range(COUNTERS):
                    tables[one, codes[i + one]] += 1
            for i in range(count - count % COUNTERS, count):
                tables[0, codes[i]] += 1
        for cell in range(cells):
            total = 0
            for one in range(COUNTERS):
                total += tables[one, cell]
            counts[ends[lane] - cells + cell] = total
