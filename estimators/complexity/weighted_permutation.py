"""Weighted permutation entropy: windows that vary much count much."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.ordinal_weighted import WeightedOrdinalPatterns

CLAIMS = Claims(
    needs="a series of at least (order-1)*delay+1 samples, with values that differ",
    cost="O(n order^2) comparisons, many an instruction; O(order!) memory",
    invariances={"shift": 1e-12, "scale": 0.0, "sign": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(
            name="steps 1, 1, -2: two rises weigh 1/4 each, the fall 1",
            sample=lambda rng: (np.arange(61) % 3.0,),
            value=math.log(3) - 2 / 3 * math.log(2),
            arguments={"order": 2},
        ),
        Exact(
            name="white noise: all patterns alike",
            sample=lambda rng: (rng.normal(size=4000),),
            value=math.log(6),
            bias=0.0015,
            spread=0.0006,
            arguments={"order": 3},
        ),
        Exact(name="a ramp", sample=lambda rng: (np.arange(50.0),), value=0.0),
    ),
)


@register(family="ordinal", takes={"x": "series"}, claims=CLAIMS)
def weighted_permutation_entropy(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 5,
    delay: int = 1,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Weighted permutation entropy: ordinal patterns by the variance of their windows.

    H = -sum p ln p, p_i = sum of variances of windows of pattern i / sum of all

    Args:
        x, dim, base: as for `permutation_entropy`.
        order, delay: as for `WeightedOrdinalPatterns`.
        normalize: divide by ln order!.

    Returns:
        DataArray over the other dimensions; an array, or a number, for a plain array. NaN in lanes with NaN or
        infinity, and in lanes of one repeated value.

    Raises:
        TypeError: complex data.
        ValueError: as for `WeightedOrdinalPatterns` and `entropy`.

    Good values: as for `permutation_entropy`; for spikes and bursts over quiet noise.

    Source: Fadlallah, Chen, Keil, Principe 2013, Phys. Rev. E 87, 022911.
    """
    space = WeightedOrdinalPatterns(order=order, delay=delay)
    return entropy(x, dim=dim, space=space, base=base, normalize=normalize)
