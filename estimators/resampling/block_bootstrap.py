"""Draw blocks with replacement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.resampling.correlation import automatic_length, warn_of_short_blocks
from ergodica.estimators.resampling.method import (
    PURPOSE,
    REPLICATE,
    Evaluate,
    Resampling,
    Rows,
    Spread,
    around,
    replicated,
    student,
)
from ergodica.estimators.resampling.seams import of_order
from ergodica.estimators.whole import whole


@dataclass(frozen=True, kw_only=True)
class BlockBootstrap(Resampling):
    """Estimates of series put together from blocks drawn with replacement: error and bias from how they scatter.

    Blocks of one length start anywhere on the circle of the samples. The bias is the mean of the replicates less the
    estimate, and is taken off; the interval is Student's t with n/length - 1 degrees of freedom. Where the order of
    samples counts, the mean over shuffled blocks, which have as many seams, stands for the estimate in the bias.

    Blocks come more than once: estimators from distances (neighbours, kernels, spacings, matches of templates) see
    exact copies, and some do not refuse them. Use `Subsampling()` for them.

    Args:
        length: samples a block, for independent samples 1. None takes the larger of n/25 and what suits the
            correlations of the data (Politis and White), at most n/5.
        replicates: >= 10.

    Good values: a few correlation times; 200 replicates for an error, 1000 for a table.

    Source: Politis and Romano 1992, in Exploring the Limits of Bootstrap, 263; Efron and Tibshirani 1993, chapter 8;
    length: Politis and White 2004, Econometric Rev. 23, 53, with the correction of 2009, ibid. 28, 372.
    """

    length: int | None = None
    replicates: int = 200

    def __post_init__(self) -> None:
        if self.length is not None:
            object.__setattr__(self, "length", whole("length", self.length, 1, "None chooses one"))
        object.__setattr__(self, "replicates", whole("replicates", self.replicates, 10, "try 200"))

    def spread(self, evaluate: Evaluate, arrays: Sequence[Any], dim: str, level: float, seed: int) -> Spread:
        """Error and interval of `evaluate(*arrays)`, less the bias."""
        n = arrays[0].sizes[dim]
        length = self.length or automatic_length(arrays, dim)
        if n < 2 or length > n // 2:
            raise ValueError(
                f"length: must be at most half the samples, got {length} of {n}; use a smaller one"
            )
        if self.length is not None and length > 1:
            warn_of_short_blocks(arrays, dim, length, "length: use a greater one")
        estimate = evaluate(*arrays)
        drawn = replicated(
            evaluate, arrays, dim, self.replicates, circular_blocks(n, length, self.replicates, seed)
        )
        blocks = n / length
        # b draws from b blocks have (b - 1)/b of the variance, as in any sample around its own mean
        error = drawn.std(REPLICATE, ddof=1, skipna=False) * np.sqrt(blocks / (blocks - 1))
        orders = max(10, self.replicates // 4)
        joined = of_order(evaluate, arrays, dim, estimate, orders, shuffled_blocks(n, length, orders, seed))
        origin = estimate if joined is None else joined.mean(REPLICATE, skipna=False)
        bias = drawn.mean(REPLICATE, skipna=False) - origin
        return around(estimate, error, bias, student(level, blocks - 1))


def shuffled_blocks(n: int, length: int, replicates: int, seed: int) -> Rows:
    """All blocks from a random start on, each once, in random order."""
    from ergodica.numerics.random import uniforms

    count = -(-n // length)
    drawn = uniforms(seed, 0, 2, replicates * (count + 1), PURPOSE).reshape(replicates, count + 1)

    def one(row: Array) -> NDArray[np.int64]:
        blocks = np.array_split(np.roll(np.arange(n), int(row[0] * n)), count)
        return np.concatenate([blocks[i] for i in np.argsort(row[1:])])

    return lambda first, last: np.stack([one(row) for row in drawn[first:last]])


def circular_blocks(n: int, length: int, replicates: int, seed: int) -> Rows:
    """Blocks that start anywhere and go on over the end."""
    from ergodica.numerics.random import uniforms

    count = -(-n // length)
    drawn = uniforms(seed, 0, 0, replicates * count, PURPOSE).reshape(replicates, count, 1)

    def rows(first: int, last: int) -> NDArray[np.int64]:
        starts = (drawn[first:last] * n).astype(np.int64)
        return ((starts + np.arange(length)).reshape(last - first, count * length)[:, :n]) % n

    return rows
