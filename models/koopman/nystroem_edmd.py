"""Kernel EDMD on a sample of the snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.described import named
from ergodica.models.koopman.kernel_edmd import TOLERANCE, KernelEDMD
from ergodica.models.koopman.newton_basis import newton_basis
from ergodica.numerics.errors import whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@named
@dataclass(kw_only=True, eq=False)
class NystroemEDMD(KernelEDMD):
    """`KernelEDMD` within the span of k(x_i, .) for a random sample of the snapshots: for long runs.

    Args:
        centres: size of the sample, 1 or more.
        seed: of the sample.
        kernel: as of `KernelEDMD`, and so are rank, ridge and delays.

    Good values: 100 to 1000 centres.

    Source: Meanti, Chatalic, Kostic, Novelli, Pontil and Rosasco 2023, Adv. Neural Inf. Process. Syst. 36, 12242.
    """

    name = "nystroem-edmd"
    references = "Meanti et al. 2023, Adv. Neural Inf. Process. Syst. 36"
    centres: int = 300
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.centres = whole_number("centres", self.centres, 1)
        self.seed = whole_number("seed", self.seed, 0)

    def _centres(self, points: Array) -> tuple[NDArray[np.intp], Array]:
        drawn = np.random.default_rng(self.seed).permutation(len(points))[: self.centres]
        chosen, triangular = newton_basis(points[drawn], self._between, self.centres, TOLERANCE)
        return drawn[chosen], triangular
