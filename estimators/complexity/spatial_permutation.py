"""Permutation entropy of fields."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from typing import Any

from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.spaces.spatial_ordinal import SpatialOrdinalPatterns


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
