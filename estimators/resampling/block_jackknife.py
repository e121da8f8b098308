"""Leave out one block at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ergodica.estimators.resampling.method import Evaluate, Resampling, Spread, replicated, student, whole


@dataclass(frozen=True, kw_only=True)
class BlockJackknife(Resampling):
    """The estimate without each of g blocks in turn: error, and the bias that falls like 1/n, which is taken off.

    theta_J = mean of the pseudo-values g theta - (g - 1) theta_(-j), standard error their deviation over sqrt(g),
    interval by Student's t with g - 1 degrees of freedom

    Blocks of a series keep its correlations but for one seam; they should be longer than its correlation time.
    Estimators from nearest neighbours are no smooth functions of the sample: what is taken off as bias is noise there,
    and the estimate scatters twice as much. Use `Subsampling()` for them.

    Args:
        blocks: g, contiguous blocks along the dimension of samples, >= 3; what is left over at the end counts in the
            estimate only.

    Good values: 20; fewer where the correlation time is above n/20.

    Source: Efron and Stein 1981, Ann. Stat. 9, 586; Kuensch 1989, Ann. Stat. 17, 1217, for blocks.
    """

    blocks: int = 20

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", whole("blocks", self.blocks, 3, "try 20"))

    def spread(self, evaluate: Evaluate, arrays: Sequence[Any], dim: str, level: float, seed: int) -> Spread:
        """Error and interval of `evaluate(*arrays)`, less the bias."""
        n, g = arrays[0].sizes[dim], self.blocks
        length = n // g
        if length < 1:
            raise ValueError(
                f"blocks: must be at most the number of samples, got {g} of {n}; use fewer blocks"
            )
        used = np.arange(g * length)
        without = np.stack([np.delete(used, np.s_[j * length : (j + 1) * length]) for j in range(g)])
        whole_estimate = evaluate(*arrays)
        rest = replicated(evaluate, arrays, dim, without)
        cut = (
            whole_estimate
            if g * length == n
            else evaluate(*(x.isel({dim: slice(0, g * length)}) for x in arrays))
        )
        pseudo = g * cut - (g - 1) * rest
        bias = cut - pseudo.mean("replicate", skipna=False)
        error = pseudo.std("replicate", ddof=1, skipna=False) / np.sqrt(g)
        centre = whole_estimate - bias
        reach = student(level, g - 1) * error
        return Spread(centre, error, bias, centre - reach, centre + reach)
