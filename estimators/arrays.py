"""Arrays that every estimator works on: contiguous rows in double precision, a block of them at a time."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics.deviation import unit_scale as unit_scale

Array = NDArray[np.float64]

# Rows are taken in blocks whose temporaries stay in the second-level cache; measured flat from 2^13 to 2^16.
BLOCK_ELEMENTS = 2**15

# Below, weights that matter may be subnormal numbers, of few digits.
SMALLEST_SUM = 1e-290


def double_precision(values: NDArray) -> NDArray:
    """C-contiguous float64 or complex128: one order of summation whatever the memory layout was."""
    wanted = np.complex128 if np.iscomplexobj(values) else np.float64
    return np.ascontiguousarray(values, dtype=wanted)


def row_blocks(rows: int, row_elements: int, together: int | None = None) -> Iterator[slice]:
    """Slices over the rows, each of `together` rows, or of about `BLOCK_ELEMENTS` elements and one row at least."""
    step = together or max(1, BLOCK_ELEMENTS // max(1, row_elements))
    for first in range(0, rows, step):
        yield slice(first, min(first + step, rows))


def map_rows(
    function: Callable[[NDArray], Array],
    values: NDArray,
    core_ndim: int,
    outputs: tuple[int, ...],
    together: int | None = None,
    *,
    exact: bool = False,
) -> Array:
    """`function` on every row of `values`, whose last `core_ndim` axes are one row.

    Args:
        function: takes (rows, *core) in double precision, returns (rows, *outputs); each row of its result
            depends on that row alone, so that results are the same bit for bit whatever the blocks.
        values: any layout and any leading shape.
        core_ndim: number of trailing axes that make a row.
        outputs: shape of the result of one row.
        together: most rows that `function` is given at once; None as many as fit the cache.
        exact: hand whole numbers over as they are, not in double precision.

    Returns:
        Array of shape (*leading, *outputs).
    """
    split = values.ndim - core_ndim
    leading, core = values.shape[:split], values.shape[split:]
    rows = values.reshape((-1, *core)) if values.size else values.reshape((0, *core))
    result = np.empty((len(rows), *outputs))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        for block in row_blocks(len(rows), int(np.prod(core)), together):
            part = rows[block]
            keep = exact and part.dtype.kind in "biu"
            result[block] = function(np.ascontiguousarray(part) if keep else double_precision(part))
    return result.reshape((*leading, *outputs))


def normalized(weights: Array) -> Array:
    """weights/sum along the last axis; a row whose sum is zero, infinite or NaN becomes NaN throughout."""
    total = weights.sum(axis=-1, keepdims=True)
    extreme = (total < SMALLEST_SUM) | (total == np.inf)
    if extreme.any():
        weights = weights * np.where(extreme, unit_scale(weights.max(axis=-1, keepdims=True)), 1.0)
        total = weights.sum(axis=-1, keepdims=True)
    return weights / np.where((total > 0) & np.isfinite(total), total, np.nan)
