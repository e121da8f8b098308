"""Permutation entropy of fields."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from typing import Any

import numpy as np

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.spatial_ordinal import SpatialOrdinalPatterns

CLAIMS = Claims(
    needs="a field over two dimensions with a window at least, with values that differ",
    cost="O(n order^2) comparisons of n points, many an instruction; O(order!) memory, order = product of shape",
    invariances={"shift": 0.0, "scale": 0.0, "monotone": 0.0, "sign": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(
            name="white noise: all patterns alike",
            sample=lambda rng: (rng.normal(size=(80, 80)),),
            value=math.log(24),
            bias=0.0025,
            spread=0.0006,
        ),
        Exact(
            name="a plane that rises along both",
            sample=lambda rng: (np.add.outer(np.arange(20.0), 0.1 * np.arange(9)),),
            value=0.0,
        ),
        Exact(
            name="a chessboard: both windows as often",
            sample=lambda rng: (np.indices((21, 21)).sum(axis=0) % 2.0,),
            value=math.log(2),
        ),
    ),
)


@register(family="ordinal", takes={"x": "field"}, claims=CLAIMS)
def spatial_permutation_entropy(
    x: Any,
    *,
    dim: Dim,
    shape: tuple[int, ...] = (2, 2),
    delay: int | tuple[int, ...] = 1,
    estimator: ProbabilityEstimator = PlugIn(),
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Permutation entropy of a field: the entropy of the order of values in small windows.

    H = -sum p ln p over the (d1 d2)! patterns of windows of shape (d1, d2)

    Args:
        x: DataArray, a field over the dimensions of `dim`; every other dimension is mapped.
        dim: names of the dimensions of a window, in the order of `shape`.
        shape, delay: as for `SpatialOrdinalPatterns`.
        estimator: as for `permutation_entropy`.
        base: of the logarithm; e gives nat, 2 bit.
        normalize: divide by ln (d1 d2)!.

    Returns:
        DataArray over the other dimensions, NaN for fields with NaN or infinity, or of one repeated value.

    Raises:
        TypeError: complex data.
        ValueError: as for `SpatialOrdinalPatterns` and `entropy`.

    Good values: shape=(2, 2); (2, 3) for fields of more than 10^4 points.

    Source: Ribeiro, Zunino, Lenzi, Santoro, Mendes 2012, PLoS ONE 7, e40689.
    """
    space = SpatialOrdinalPatterns(shape=shape, delay=delay)
    return entropy(x, dim=dim, space=space, estimator=estimator, base=base, normalize=normalize)
