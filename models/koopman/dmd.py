"""Dynamic mode decomposition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.koopman import KoopmanModel
from ergodica.models.trajectories import Trajectories

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@named
@dataclass(kw_only=True, eq=False)
class DMD(KoopmanModel):
    """x_n+1 = K x_n by least squares, on the leading `rank` directions of the snapshots."""

    name = "dmd"
    rank: int | None = None

    def _learn(self, series: Trajectories) -> None:
        values = series.values
        before, after = (part.reshape(-1, values.shape[-1]) for part in (values[:, :-1], values[:, 1:]))
        _, size, axes = np.linalg.svd(before, full_matrices=False)
        kept = int((size > size[0] * max(before.shape) * np.finfo(float).eps).sum())
        basis = axes[: min(kept, self.rank or kept)]
        found = np.linalg.lstsq(before @ basis.T, after @ basis.T, rcond=None)[0]
        self.arrays |= {"operator": found.T, "basis": basis}

    def lift(self, windows: Array) -> NDArray[Any]:
        return np.asarray(windows[:, -1] @ self.arrays["basis"].T)

    def decode(self, z: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(z @ self.arrays["basis"])
