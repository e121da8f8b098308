"""Fits of exponentials to resampled series."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.koopman.bootstrap import paired
from ergodica.models.koopman.exponential_fit import columns_of
from ergodica.models.koopman.exponentials import eigenvalues_of, sequences
from ergodica.models.koopman.variable_projection import best_exponentials
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]

NUMBERS = 4_000_000
"""Of all sequences that are fitted at once."""


def subset_factors(factors: Array, series: Array, kept: Array) -> Array:
    """Parameters (trials, r) of fits to the snapshots that `kept` (trials, snapshots) has 1 for, from `factors` on."""
    return _batched(factors, len(kept), series, lambda part: (series, kept[part]))


def residual_factors(
    factors: Array, values: Array, count: int, block: int | None, rng: np.random.Generator
) -> Array:
    """Parameters (count, r) of fits to a fit plus its residuals, which are drawn in blocks with replacement.

    Residuals are those about their mean, enlarged by what the fit took of them.

    Source: Davison and Hinkley 1997, Bootstrap Methods and their Application, 6.2.3.

    Raises:
        ParameterError: blocks are so long that they leave the residuals nearly as they were.
    """
    series = columns_of(values)
    snapshots = len(series)
    basis = sequences(factors, snapshots)[0].T
    size = np.sqrt((basis**2).sum(axis=0))
    held = np.linalg.qr(basis / np.where(size > 0, size, 1.0))[0]
    fit = held @ (held.T @ series)
    columns = values.shape[0] * values.shape[2]
    # the fit takes the eigenvalues and an amplitude of each for every column, and then there is the mean
    free = snapshots * columns - len(factors) * (columns + 1) - columns
    residual = series - fit
    # a mean of its own would be in every sample, and move all refits the same way
    residual = (residual - residual.mean(axis=0)) * math.sqrt(snapshots * columns / max(free, 1))
    length = 1 if block is None else block
    if length > snapshots // 2:
        raise ParameterError(
            f"block: must be at most {snapshots // 2}, half of the snapshots, got {length}; use None for 1"
        )
    starts = rng.integers(snapshots - length + 1, size=(count, -(-snapshots // length)))
    drawn = (starts[..., None] + np.arange(length)).reshape(count, -1)[:, :snapshots]
    return _batched(factors, count, series, lambda part: (fit + residual[drawn[part]], None))


def along(eigenvalues: Complex, factors: Array) -> Complex:
    """Eigenvalues of fits with the parameters (count, r), each beside the one of `eigenvalues` that it belongs to."""
    return np.stack([paired(eigenvalues, one) for one in eigenvalues_of(factors)])


def _batched(
    factors: Array, count: int, series: Array, sample: Callable[[slice], tuple[Array, Array | None]]
) -> Array:
    each = max(1, NUMBERS // (len(series) * (series.shape[1] + 4 * len(factors))))
    made = []
    for first in range(0, count, each):
        part = slice(first, min(first + each, count))
        drawn, kept = sample(part)
        starts = np.repeat(factors[None], part.stop - part.start, axis=0)
        made.append(best_exponentials(starts, drawn, kept)[0])
    return np.concatenate(made)
