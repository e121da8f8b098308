"""Look at shorter windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.resampling.correlation import warn_of_short_blocks
from ergodica.estimators.resampling.method import REPLICATE, Evaluate, Resampling, Spread, replicated, student
from ergodica.estimators.whole import whole


@dataclass(frozen=True, kw_only=True)
class Subsampling(Resampling):
    """Estimates of windows of the series: error from how they scatter, scaled to the whole.

    standard error^2 = b/n sum_i (h_i - mean h)^2 / tr C,  C_ij = overlap of windows i and j over b, centred

    with the estimates h_i of windows of b samples; the interval is Student's t with (tr C)^2/tr C^2 degrees of freedom,
    which is windows - 1 where they lie side by side and half as many more where they overlap.

    No sample comes twice and no seam is made, so that every estimator is served. It assumes an error that falls like
    1/sqrt(n), which is too wide where it falls faster (a dependence of exactly 0), and says nothing of the bias.

    Args:
        windows: n/b, >= 3.
        overlap: windows that begin within one; 1 sets them side by side.

    Good values: 10 windows, as long as the estimator is already sensible at n/10.

    Source: Politis and Romano 1994, Ann. Stat. 22, 2031; Meketon and Schmeiser 1984, Proc. Winter Simul. Conf., 226,
    for overlap; degrees of freedom: Satterthwaite 1946, Biometrics Bull. 2, 110.
    """

    windows: int = 10
    overlap: int = 4

    def __post_init__(self) -> None:
        object.__setattr__(self, "windows", whole("windows", self.windows, 3, "try 10"))
        object.__setattr__(self, "overlap", whole("overlap", self.overlap, 1, "try 4"))

    def spread(self, evaluate: Evaluate, arrays: Sequence[Any], dim: str, level: float, seed: int) -> Spread:
        """Error and interval of `evaluate(*arrays)`."""
        n = arrays[0].sizes[dim]
        size = n // self.windows
        if size < 2:
            raise ValueError(
                f"windows: must leave two samples each, got {self.windows} of {n} samples; use fewer windows"
            )
        count = min((self.windows - 1) * self.overlap + 1, n - size + 1)
        starts = np.rint(np.linspace(0, n - size, count)).astype(np.int64)
        warn_of_short_blocks(arrays, dim, size, "windows: use fewer of them")
        estimate = evaluate(*arrays)
        parts = replicated(
            evaluate,
            arrays,
            dim,
            count,
            lambda first, last: starts[first:last, np.newaxis] + np.arange(size),
        )
        freedom, total = _freedom(starts, size)
        error = np.sqrt(parts.var(REPLICATE, ddof=0, skipna=False) * (count / total) * (size / n))
        reach = student(level, freedom) * error
        return Spread(estimate, error, 0.0 * estimate, estimate - reach, estimate + reach)


def _freedom(starts: NDArray[np.int64], size: int) -> tuple[float, float]:
    """Degrees of freedom of the scatter of windows about their mean, and its expectation over their variance."""
    shared = np.clip(size - np.abs(starts[:, np.newaxis] - starts), 0, None) / size
    centred = shared - shared.mean(0) - shared.mean(1)[:, np.newaxis] + shared.mean()
    total = float(np.trace(centred))
    return total**2 / float(np.square(centred).sum()), total
