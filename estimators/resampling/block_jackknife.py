"""Leave out one block at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.resampling.correlation import warn_of_short_blocks
from ergodica.estimators.resampling.method import (
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
class BlockJackknife(Resampling):
    """The estimate without each of g blocks in turn: error, and the bias that falls like 1/n, which is taken off.

    theta_J = g theta - sum_j (1 - 1/h_j) theta_(-j),  standard error^2 = 1/g sum_j (theta_j - theta_J)^2 / (h_j - 1)

    with h_j = n over the length of block j and the pseudo-values theta_j = h_j theta - (h_j - 1) theta_(-j); the
    interval is Student's t with g - 1 degrees of freedom. Of equal blocks theta_J is the mean of the pseudo-values.

    Blocks should be longer than the correlation time. Where the order of samples counts, what the seam makes up is
    taken from every theta_(-j): half of what two seams do, those of all samples with block j put at the end.

    Estimators from nearest neighbours are no smooth functions of the sample: what is taken off as bias is noise there,
    and the estimate scatters twice as much. Use `Subsampling()` for them.

    Args:
        blocks: g, contiguous blocks along the dimension of samples, >= 3; where g does not divide n some are one
            longer.

    Good values: 20; fewer where the correlation time is above n/20.

    Source: Efron and Stein 1981, Ann. Stat. 9, 586; Kuensch 1989, Ann. Stat. 17, 1217, for blocks; Busing, Meijer and
    van der Leeden 1999, Stat. Comput. 9, 3, for unequal ones.
    """

    blocks: int = 20

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", whole("blocks", self.blocks, 3, "try 20"))

    def spread(self, evaluate: Evaluate, arrays: Sequence[Any], dim: str, level: float, seed: int) -> Spread:
        """Error and interval of `evaluate(*arrays)`, less the bias."""
        import xarray as xr

        n, g = arrays[0].sizes[dim], self.blocks
        if n < g:
            raise ValueError(
                f"blocks: must be at most the number of samples, got {g} of {n}; use fewer blocks"
            )
        warn_of_short_blocks(arrays, dim, n // g, "blocks: use fewer of them")
        estimate = evaluate(*arrays)
        # longer blocks first, so that those of one length are resampled together
        every = np.array_split(np.arange(n), g)
        parts = []
        for length in dict.fromkeys(map(len, every)):
            same = [block for block in every if len(block) == length]
            parts.append(replicated(evaluate, arrays, dim, len(same), _without(n, same)))
        rest = xr.concat(parts, dim=REPLICATE)
        # the same block put behind all others: the same seam and one more; the outer blocks leave none
        seams = of_order(evaluate, arrays, dim, estimate, g - 2, _behind(n, every[1:-1]))
        if seams is not None:
            rest[1:-1] -= ((seams - estimate) / 2).transpose(*rest.dims).values
        ratio = xr.DataArray(n / np.array([len(block) for block in every]), dims=REPLICATE)
        bias = ((1 - 1 / ratio) * (rest - estimate)).sum(REPLICATE, skipna=False) + 0.0 * estimate
        pseudo = estimate - (ratio - 1) * (rest - estimate)
        scatter = (pseudo - (estimate - bias)) ** 2 / (ratio - 1)
        error = np.sqrt(scatter.mean(REPLICATE, skipna=False))
        return around(estimate, error, bias, student(level, g - 1))


def _without(n: int, blocks: list[NDArray[np.int64]]) -> Rows:
    """All samples without each block, of one length."""
    return lambda first, last: np.stack([np.delete(np.arange(n), block) for block in blocks[first:last]])


def _behind(n: int, blocks: list[NDArray[np.int64]]) -> Rows:
    """All samples with each block at their end."""
    return lambda first, last: np.stack(
        [np.append(np.delete(np.arange(n), block), block) for block in blocks[first:last]]
    )
