"""Dynamic mode decomposition."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.exponential_fit import checked_rank
from ergodica.models.koopman.koopman import KoopmanModel
from ergodica.models.koopman.triangle import triangle
from ergodica.models.koopman.windows import pairs_of_windows
from ergodica.models.trajectories import Trajectories
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.thin_svd import thin_svd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUND_OFF = 8.0
"""Units of double precision, times the root of the snapshots, below which a direction is round-off."""


@named
@dataclass(kw_only=True, eq=False)
class DMD(KoopmanModel):
    """x_n+1 = K x_n by least squares, within the leading `rank` directions of the snapshots.

    Exact for linear systems without noise. Noise of the measurement shrinks the eigenvalues, by about its share of the
    variance in each direction; `OptimisedDMD` does not have this bias.

    Args:
        rank: directions that are kept, 1 or more and at most the numbers of a window, fewer where the data have fewer
            above round-off; None for all of these.

    Source: Schmid 2010, J. Fluid Mech. 656, 5; Tu, Rowley, Luchtenburg, Brunton and Kutz 2014, J. Comput. Dyn. 1, 391.
    """

    name = "dmd"
    references = "Schmid 2010, J. Fluid Mech. 656, 5"
    fewer = "a lower rank"
    rank: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rank = checked_rank(self.rank)

    def _learn(self, series: Trajectories) -> None:
        columns = self.lookback * series.values.shape[-1]
        if self.rank is not None and self.rank > columns:
            raise ParameterError(
                f"rank: must be at most {columns} for {series.values.shape[-1]} features in windows of "
                f"{self.lookback}, got {self.rank}; use rank=None, or HankelDMD with more delays"
            )
        blocks = (
            flat for flat in (w.reshape(len(w), -1) for w in pairs_of_windows(series.values, self.lookback))
        )
        factor = triangle(np.concatenate([flat[:-1], flat[1:]], axis=1) for flat in blocks)
        before, after = factor[:, :columns], factor[:, columns:]
        left, size, axes = thin_svd(before)
        if not size[0] > 0:
            raise ParameterError("ds: must not be zero throughout, got zeros alone; name other variables=")
        rows = series.values.shape[0] * (series.values.shape[1] - self.lookback)
        # round-off of the factorisation grows as the root of the rows that went into it, not of those that it has
        threshold = np.finfo(float).eps * max(columns, ROUND_OFF * math.sqrt(rows))
        kept = int((size > size[0] * threshold).sum())
        kept = min(kept, self.rank or kept)
        basis = axes[:kept]
        step = (left[:, :kept].T @ (after @ basis.T)) / size[:kept, None]
        self.arrays |= {"operator": step.T, "basis": basis}

    def lift(self, windows: Array) -> NDArray[Any]:
        return np.asarray(windows.reshape(len(windows), -1) @ self.arrays["basis"].T)

    def decode(self, z: NDArray[Any]) -> NDArray[Any]:
        features = self.arrays["basis"].shape[1] // self.lookback
        return np.asarray(z @ self.arrays["basis"][:, -features:])
