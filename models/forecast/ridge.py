"""Linear regression for many strengths of the ridge by one singular value decomposition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def ridge_path(features: Array, targets: Array, ridges: Sequence[float]) -> tuple[Array, Array]:
    """Least squares of standardised features, min mean |y - b - W f|^2 + ridge |W|^2, for each ridge.

    The singular values enter by their filter factors s / (s^2 + n ridge). The normal equations would square the
    condition number: of monomials of delayed values, which are close to dependent, nothing would be left.

    Args:
        features: (n, F).
        targets: (n, d).
        ridges: strengths, 0 or more; 0 cuts at round-off.

    Returns:
        Weights of the features as they came and, in the last row, the constant: (ridges, F + 1, d). And the degrees of
        freedom that each took, the constant counted: (ridges,).
    """
    n = len(features)
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    left, size, right = np.linalg.svd((features - mean) / scale, full_matrices=False)
    level = targets.mean(axis=0)
    seen = left.T @ (targets - level)
    least = size.max(initial=0.0) * max(features.shape) * np.finfo(float).eps
    weights = np.empty((len(ridges), features.shape[1] + 1, targets.shape[1]))
    freedom = np.empty(len(ridges))
    for at, ridge in enumerate(ridges):
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = size / (size**2 + n * ridge) if ridge > 0 else np.where(size > least, 1 / size, 0.0)
        factor = np.nan_to_num(factor)
        weights[at, :-1] = (right.T @ (factor[:, None] * seen)) / scale[:, None]
        weights[at, -1] = level - mean @ weights[at, :-1]
        freedom[at] = 1 + (factor * size).sum()
    return weights, freedom
