"""Look at shorter windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ergodica.estimators.resampling.method import Evaluate, Resampling, Spread, replicated, student, whole


@dataclass(frozen=True, kw_only=True)
class Subsampling(Resampling):
    """Estimates of windows of the series: error from how they scatter, scaled to the whole.

    standard error = sqrt(b/n) times the deviation of the estimates of windows of b samples, interval by Student's t
    with n/b - 1 degrees of freedom, half as many more where windows overlap

    No sample comes twice and no seam is made, so that every estimator is served. It assumes an error that falls like
    1/sqrt(n), and says nothing of the bias.

    Args:
        windows: n/b, >= 3.
        overlap: windows that begin within one; 1 sets them side by side.

    Good values: 10 windows, as long as the estimator is already sensible at n/10.

    Source: Politis and Romano 1994, Ann. Stat. 22, 2031; Meketon and Schmeiser 1984, Proc. Winter Simul. Conf., 226,
    for overlap.
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
        count = (self.windows - 1) * self.overlap + 1
        starts = np.rint(np.linspace(0, n - size, count)).astype(np.int64)
        estimate = evaluate(*arrays)
        parts = replicated(evaluate, arrays, dim, starts[:, np.newaxis] + np.arange(size))
        # windows vary about their own mean: w of them have (w - 1)/w of the variance
        freedom = self.windows - 1
        variance = parts.var("replicate", ddof=0, skipna=False) * (self.windows / freedom)
        error = np.sqrt(variance * (size / n))
        # the variance of overlapping windows scatters by two thirds of that of windows side by side
        reach = student(level, freedom * 1.5 if self.overlap > 1 else freedom) * error
        return Spread(estimate, error, 0.0 * estimate, estimate - reach, estimate + reach)
