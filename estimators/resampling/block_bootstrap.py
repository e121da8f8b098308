"""Draw blocks with replacement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.resampling.method import (
    PURPOSE,
    Evaluate,
    Resampling,
    Spread,
    block_length,
    replicated,
    student,
    whole,
)


@dataclass(frozen=True, kw_only=True)
class BlockBootstrap(Resampling):
    """Estimates of series put together from blocks drawn with replacement: error and bias from how they scatter.

    Blocks of one length start anywhere on the circle of the samples. The bias is the mean of the replicates less the
    estimate, and is taken off; the interval is Student's t with n/length - 1 degrees of freedom.

    Blocks come more than once: estimators from nearest neighbours would see exact copies. Use
    `Subsampling()` for them. Seams between blocks count in estimators that look at the order of samples.

    Args:
        length: samples a block; None takes n/25. For independent samples 1.
        replicates: >= 10.

    Good values: a few correlation times; 200 replicates for an error, 1000 for a table.

    Source: Politis and Romano 1992, in Exploring the Limits of Bootstrap, 263; Efron and Tibshirani 1993, chapter 8.
    """

    length: int | None = None
    replicates: int = 200

    def __post_init__(self) -> None:
        if self.length is not None:
            object.__setattr__(self, "length", whole("length", self.length, 1, "None takes n/25"))
        object.__setattr__(self, "replicates", whole("replicates", self.replicates, 10, "try 200"))

    def spread(self, evaluate: Evaluate, arrays: Sequence[Any], dim: str, level: float, seed: int) -> Spread:
        """Error and interval of `evaluate(*arrays)`, less the bias."""
        n = arrays[0].sizes[dim]
        length = block_length(self.length, n)
        estimate = evaluate(*arrays)
        drawn = replicated(evaluate, arrays, dim, circular_blocks(n, length, self.replicates, seed))
        blocks = n / length
        # b draws from b blocks have (b - 1)/b of the variance, as in any sample around its own mean
        error = drawn.std("replicate", ddof=1, skipna=False) * np.sqrt(blocks / (blocks - 1))
        bias = drawn.mean("replicate", skipna=False) - estimate
        centre = estimate - bias
        reach = student(level, blocks - 1) * error
        return Spread(centre, error, bias, centre - reach, centre + reach)


def circular_blocks(n: int, length: int, replicates: int, seed: int) -> NDArray[np.int64]:
    """Indices `(replicates, n)` of blocks that start anywhere and go on over the end."""
    from ergodica.numerics.random import uniforms

    count = -(-n // length)
    starts = (uniforms(seed, 0, 0, replicates * count, PURPOSE) * n).astype(np.int64)
    indices = (starts[:, np.newaxis] + np.arange(length)).reshape(replicates, count * length)
    return indices[:, :n] % n
