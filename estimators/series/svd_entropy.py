"""Entropy of the singular values of a delay embedding."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.singular_values import SingularValues

LARGER = math.sqrt(5) / (1 + math.sqrt(5))
"""Share of the larger singular value of a sinusoid of 12 samples a period in 3 dimensions: their squares are
3 + sin(3w)/sin w = 5 and 3 - sin(3w)/sin w = 1, with w = 2 pi/12."""

CLAIMS = Claims(
    needs="real numbers in order, order * (delay + 1) at least",
    cost="O(n order^2)",
    invariances={"scale": 1e-12, "sign": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(
            name="sinusoid",
            sample=lambda rng: (np.sin(2 * np.pi * np.arange(12 * 40 + 2) / 12 + 0.3),),
            value=-LARGER * math.log(LARGER) - (1 - LARGER) * math.log(1 - LARGER),
            bias=1e-11,
            source="eigenvalues of the matrix cos(w (i - j))",
        ),
        Exact(
            name="white noise",
            sample=lambda rng: (rng.normal(size=20000),),
            value=math.log(3),
            bias=1e-4,
            spread=2e-5,
            source="all directions alike",
        ),
    ),
)


@register(family="series", takes={"x": "series"}, claims=CLAIMS)
def svd_entropy(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 3,
    delay: int = 1,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Entropy of the singular values of a delay embedding: how many directions a series moves in, by its logarithm.

    H = -sum p ln p,  p_i = s_i/sum s,  s the singular values of the matrix of rows (x_t, ..., x_(t + (order-1) delay))

    Nothing is centred: take the mean off a series whose level does not matter, or it counts as a direction.

    Args:
        x: real numbers in order; every other dimension is mapped.
        dim: the dimension of order, mostly time.
        order: dimension of the embedding.
        delay: samples between its components.
        base: of the logarithm.
        normalize: divide by ln order.

    Returns:
        DataArray over the other dimensions, in nat, or an array: ln order for white noise, 0 for a constant.

    Raises:
        ValueError: fewer than order * (delay + 1) - delay samples; order or delay below 1.

    Good values: order=3 to 20, a delay at which the autocorrelation has fallen to 1/e.

    Source: Roberts, Penny, Rezek 1999, Med. Biol. Eng. Comput. 37, 93.
    """
    space = SingularValues(order=order, delay=delay)
    return entropy(x, dim=dim, space=space, base=base, normalize=normalize)
