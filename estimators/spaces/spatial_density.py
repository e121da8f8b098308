"""The distribution of a field over space."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.space import Axis, Outcomes, Space, grid_outcomes, points


def largest_part(rows: NDArray) -> Array:
    """max(|Re|, |Im|) along the last axis, kept as an axis."""
    if np.iscomplexobj(rows):
        rows = rows.view(np.float64)
    return np.maximum(rows.max(axis=-1, keepdims=True), -rows.min(axis=-1, keepdims=True))


def squared_modulus(rows: NDArray) -> Array:
    """|f|^2 without the square root that abs takes."""
    if np.iscomplexobj(rows):
        return np.asarray(rows.real * rows.real + rows.imag * rows.imag)
    return np.asarray(rows * rows)


@dataclass(frozen=True, kw_only=True)
class SpatialDensity(Space):
    """Where a field is: the share of |f|^2 at each grid point.

    p_i = |f_i|^2 / sum_j |f_j|^2, for real and complex fields on an even grid. With a grid step dx the
    Shannon entropy of p is the differential entropy of the density minus ln dx, so that it grows by ln 2
    when the grid is halved.

    Good values: fields on a grid that resolves them.
    """

    long_name = "spatial density"
    claims = Claims(
        needs="real or complex numbers on an even grid, one of them not 0",
        cost="O(n)",
        invariances={"scale": 1e-13, "sign": 0.0, "reversal": 1e-13, "order": 1e-12},
    )

    def weights(self, values: NDArray) -> Array:
        """|f|^2 of each row, scaled by a power of two."""
        rows = values.reshape(len(values), -1)
        return squared_modulus(rows * unit_scale(largest_part(rows)))

    def count(self, axes: tuple[Axis, ...]) -> int:
        """One outcome a grid point."""
        return points(axes)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """The grid points."""
        return grid_outcomes(axes)
