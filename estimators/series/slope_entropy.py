"""Slope entropy of a series."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.series.slope_patterns import SlopePatterns

CLAIMS = Claims(
    needs="real numbers in order, (order-1)*delay+1 at least; many times 5^(order-1) to meet all patterns",
    cost="O(n order)",
    # a slope on a threshold may change sides by round-off
    invariances={"shift": 0.05, "scale": 1e-12, "sign": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(
            name="triangle wave",
            sample=lambda rng: (np.tile([0.0, 1.0, 2.0, 3.0, 2.0, 1.0], 100)[:-4],),
            # gentle slopes: up up, up down, down down and down up, in turn 2, 1, 2 and 1 of 6 windows
            value=math.log(3) + math.log(2) / 3,
            bias=1e-12,
            source="counted by hand",
        ),
    ),
)


@register(family="series", takes={"x": "series"}, claims=CLAIMS)
def slope_entropy(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 3,
    delay: int = 1,
    steep: float = 1.0,
    flat: float = 1e-3,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Slope entropy of a series: the Shannon entropy of patterns of steep, gentle and flat slopes.

    H = -sum p ln p, with p the shares of the patterns of `SlopePatterns`: order - 1 slopes, each one of five kinds.

    Unlike ordinal patterns it sees how large steps are. The shares add up to 1; the first publication divides counts by
    the number of different patterns instead, which is no probability and can give negative numbers.

    Args:
        x: real numbers in order; every other dimension is mapped.
        dim: the dimension of order, mostly time.
        order, delay, steep, flat: of the patterns, thresholds in standard deviations (ddof=0) of the lane.
        base: of the logarithm.
        normalize: divide by ln 5^(order-1).

    Returns:
        DataArray over the other dimensions, in nat, or an array; NaN where the lane is constant.

    Raises:
        ValueError: fewer than (order-1)*delay+1 samples; order, delay or thresholds out of range.

    Good values: order=3 to 5, steep=1, flat=.001; n many times 5^(order-1).

    Source: Cuesta-Frau 2019, Entropy 21, 1167.
    """
    space = SlopePatterns(order=order, delay=delay, steep=steep, flat=flat)
    return entropy(x, dim=dim, space=space, base=base, normalize=normalize)
