"""Information from a partition of the plane that is fine where the variables depend on each other."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.equal_mass import doubled_ranks, scalar_pair
from ergodica.estimators.information.estimator import InformationEstimator


@dataclass(frozen=True, kw_only=True)
class DarbellayVajda(InformationEstimator):
    """Mutual information of two scalars from the adaptive equal-mass partition of Darbellay and Vajda.

    I = sum_cells (n_ij/n) ln[n n_ij/(n_i n_j)], n_i and n_j the samples in the cell's two sides

    A cell is cut into four where either variable, of all samples in the cell's sides, has its median, as long as the
    samples in the cell are uneven: in these quarters (chi-square with 3 degrees of freedom, at the level below) or in
    quarters of quarters (15 degrees). So it is fine where the variables depend on each other, and one cell, hence 0,
    for most independent ones. It sees ranks alone: increasing maps change no bit. Equal values share their mean rank; a
    constant variable gives NaN.

    Args:
        significance: share of even cells that are cut all the same, above 0 and below 1; a larger one has a larger
            spread.

    Good values: significance=0.05, n >= 1000; below, dependence that is not yet significant is missed.

    Source: Darbellay and Vajda 1999, IEEE Trans. Inf. Theory 45, 1315, section IV.
    """

    significance: float = 0.05

    takes: ClassVar[str] = "series"

    claims: ClassVar[Claims] = Claims(
        needs="n >= 20 scalar samples of a continuum",
        cost="O(n log n)",
        invariances={
            "shift": 0.0,
            "scale": 0.0,
            "monotone": 0.0,
            "order": 1e-12,
            "reversal": 1e-12,
            "exchange": 1e-12,
        },
        exact=(
            Exact(
                name="correlated normal variables",
                sample=lambda rng: scalar_pair(rng, 1000, 0.6),
                value=-0.5 * float(np.log(1 - 0.36)),
                bias=0.007,
                spread=0.0225,
                source="Cover and Thomas 2006, example 8.5.1",
            ),
        ),
    )

    def __post_init__(self) -> None:
        if isinstance(self.significance, bool) or not 0 < self.significance < 1:
            raise ValueError(
                f"significance: must be above 0 and below 1, got {self.significance!r}; use 0.05"
            )

    def mutual_information(self, x: Array, y: Array) -> Array:
        """I(X; Y) of each lane `(lanes, n, 1)`, in nats."""
        from scipy.special import chdtri

        from ergodica.estimators.continuous.darbellay_vajda_kernel import partition_lanes

        result = np.empty(len(x))
        limits = np.array([chdtri(3, self.significance), chdtri(15, self.significance)])
        partition_lanes(*doubled_ranks(x, y), limits, result)
        return result

    def fewest_samples(self, *components: int) -> int:
        """20: fewer cannot be cut."""
        return 20
