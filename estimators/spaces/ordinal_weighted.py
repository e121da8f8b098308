"""Ordinal patterns that count as much as their windows vary."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.claims import Claims
from ergodica.estimators.spaces.ordinal import real_rows
from ergodica.estimators.spaces.ordinal_windows import (
    check_order,
    check_windows,
    pattern_outcomes,
    rows_of,
    window_offsets,
)
from ergodica.estimators.spaces.space import Axis, Outcomes, Space
from ergodica.estimators.spaces.spatial_density import largest_part


@dataclass(frozen=True, kw_only=True)
class WeightedOrdinalPatterns(Space):
    """Ordinal patterns, each window with its variance for a weight, so that small noise on quiet stretches adds little.

    p_i = sum of w over windows of pattern i / sum of w, w = 1/m sum_k (x_k - mean)^2

    Windows, numbers, names and ties are those of `OrdinalPatterns`. Weights are no counts. A lane of one repeated value
    is NaN, as is one with NaN or infinity.

    Args:
        order: samples m in a window, 2 to 10.
        delay: step between them, >= 1.

    Raises:
        ValueError: order or delay out of range; fewer samples than (order-1)*delay+1.

    Good values: as for `OrdinalPatterns`.

    Source: Fadlallah, Chen, Keil, Principe 2013, Phys. Rev. E 87, 022911, eqs. 5-7.
    """

    order: int = 5
    delay: int = 1
    long_name = "variance-weighted ordinal patterns"
    claims = Claims(
        needs="real numbers in order, not all the same",
        cost="O(n order^2) comparisons, O(order!) memory",
        invariances={"shift": 1e-12, "scale": 1e-12, "sign": 1e-12, "reversal": 1e-12},
    )

    def __post_init__(self) -> None:
        check_order(self.order, self.delay)

    def check(self, axes: tuple[Axis, ...]) -> None:
        """One axis with a window at least."""
        check_windows(axes, self.order, self.delay)

    def count(self, axes: tuple[Axis, ...]) -> int:
        """order!"""
        return math.factorial(self.order)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Numbers of the patterns and their names."""
        return pattern_outcomes(self.order)

    def rows_together(self, axes: tuple[Axis, ...]) -> int:
        """Enough for several cores."""
        return rows_of(axes[0].size, math.factorial(self.order))

    def weights(self, values: NDArray) -> Array:
        """Summed variances of the windows of each pattern."""
        return summed_weights(values, self.order, self.delay, math.nan)


def summed_weights(values: NDArray, order: int, delay: int, share: float) -> Array:
    """Weights summed over the windows of each pattern, of rows scaled by a power of two; `share` as in the kernel."""
    from ergodica.estimators.spaces.ordinal_kernels import threads_for
    from ergodica.estimators.spaces.ordinal_weight_kernels import weigh_rows

    rows = real_rows(values)
    summed = np.empty((len(rows), math.factorial(order)))
    scales = unit_scale(largest_part(rows))[:, 0]
    offsets = window_offsets(order, delay)
    with threads_for(rows):
        weigh_rows(rows, offsets, scales, share, summed)
    return summed
