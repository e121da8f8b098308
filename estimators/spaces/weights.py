"""Nonnegative arrays taken as they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.space import Axis, Outcomes, Space, grid_outcomes, points


@dataclass(frozen=True, kw_only=True)
class Weights(Space):
    """The array itself: probabilities, densities on an even grid, counts or intensities.

    p_i = w_i / sum w. A row with NaN or infinity, or all zero, gives NaN in that row alone.

    Good values: probabilities, histograms, densities on an even grid.

    Raises:
        ValueError: a weight is negative.
    """

    long_name = "weights"
    claims = Claims(
        needs="nonnegative numbers, one of them above 0",
        cost="O(n)",
        invariances={"scale": 1e-13, "order": 1e-12},
    )

    def weights(self, values: NDArray) -> Array:
        """The values of each row."""
        rows: Array = values.reshape(len(values), -1)
        if np.iscomplexobj(rows):
            raise TypeError(
                "space: Weights takes real arrays >= 0, got complex; use SpatialDensity() or SpectralPower()"
            )
        negative = rows < 0
        if negative.any():
            raise ValueError(
                f"x: weights must be >= 0, got {rows[negative].min():g}; clip round-off with .clip(0), "
                "or pass space=SpatialDensity() (|x|^2), SpectralPower() or ValueBins() for a signed field"
            )
        return rows

    def count(self, axes: tuple[Axis, ...]) -> int:
        """One outcome a point."""
        return points(axes)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """The points."""
        return grid_outcomes(axes)
