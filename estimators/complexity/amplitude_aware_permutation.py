"""Amplitude-aware permutation entropy: windows of large values and steps count much."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.ordinal_amplitude_aware import AmplitudeAwareOrdinalPatterns

CLAIMS = Claims(
    needs="a series of at least (order-1)*delay+1 samples, with values that differ",
    cost="O(n order^2) comparisons, many an instruction; O(order!) memory",
    invariances={"scale": 0.0, "sign": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(
            name="0, 1, 2 in turn: rises weigh 3/4 and 5/4, the fall 3/2",
            sample=lambda rng: (np.arange(61) % 3.0,),
            value=math.log(7) - 4 / 7 * math.log(4) - 3 / 7 * math.log(3),
            arguments={"order": 2},
        ),
        Exact(
            name="0, 1, 2 in turn by their steps alone: as much up as down",
            sample=lambda rng: (np.arange(61) % 3.0,),
            value=math.log(2),
            arguments={"order": 2, "level_share": 0.0},
        ),
        Exact(name="a ramp", sample=lambda rng: (np.arange(50.0),), value=0.0),
    ),
)


@register(family="ordinal", takes={"x": "series"}, claims=CLAIMS)
def amplitude_aware_permutation_entropy(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 5,
    delay: int = 1,
    level_share: float = 0.5,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Amplitude-aware permutation entropy: ordinal patterns by the level and the steps of their windows.

    H = -sum p ln p, p_i = sum of w over windows of pattern i / sum of all,
    w = A/m sum |x_k| + (1-A)/(m-1) sum |x_k - x_(k-1)|

    Args:
        x, dim, base: as for `permutation_entropy`.
        order, delay, level_share: as for `AmplitudeAwareOrdinalPatterns`.
        normalize: divide by ln order!.

    Returns:
        DataArray over the other dimensions; an array, or a number, for a plain array. NaN in lanes with NaN or
        infinity, and in lanes of one repeated value.

    Raises:
        TypeError: complex data.
        ValueError: as for `AmplitudeAwareOrdinalPatterns` and `entropy`.

    Good values: as for `permutation_entropy`; level_share=0 where the zero of the data means nothing.

    Source: Azami and Escudero 2016, Comput. Methods Programs Biomed. 128, 40.
    """
    space = AmplitudeAwareOrdinalPatterns(order=order, delay=delay, level_share=level_share)
    return entropy(x, dim=dim, space=space, base=base, normalize=normalize)
