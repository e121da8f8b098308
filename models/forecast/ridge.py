"""Linear regression for one or many strengths of the ridge by orthogonal decompositions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.thin_svd import thin_svd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

TALL = 1.5
"""Rows by features from which singular values are found faster of the triangle of the features than of themselves."""
PANEL = 32
"""Columns that LAPACK eliminates at once."""


def ridge_path(features: Array, targets: Array, ridges: Sequence[float]) -> tuple[Array, Array]:
    """Least squares of standardised features, min mean |y - b - W f|^2 + ridge |W|^2, for each ridge.

    One ridge is solved by the triangle of the features over sqrt(n ridge) I, several share one singular value
    decomposition, whose values enter by their filter factors s / (s^2 + n ridge). The normal equations would square the
    condition number: of monomials of delayed values, which are close to dependent, nothing would be left.

    Args:
        features: (n, F).
        targets: (n, d).
        ridges: strengths, 0 or more; 0 cuts at round-off.

    Returns:
        Weights of the features as they came and, in the last row, the constant: (ridges, F + 1, d). And the degrees of
        freedom that each took, the constant counted: (ridges,).
    """
    n, count = features.shape
    mean, scale = features.mean(axis=0), features.std(axis=0)
    round_off = max(n, count) * np.finfo(float).eps
    # what varies by no more than the rounding of its mean is constant and has no weight
    scale = np.where(scale > round_off * abs(mean), scale, np.inf)
    level = targets.mean(axis=0)
    seen, wanted = (features - mean) / scale, targets - level
    # below round-off only singular values tell what to cut; a NaN goes there to be refused
    one = len(ridges) == 1 and np.sqrt(n * ridges[0]) > np.finfo(float).eps * np.linalg.norm(seen)
    if one or n > TALL * count:
        # rotated so that fewer rows hold all there is
        both = np.asarray(np.linalg.qr(np.hstack([seen, wanted]), mode="r"))
        seen, wanted = both[:, :count], both[:, count:]
    strengths = n * np.asarray(ridges, float)
    if one:
        inner, freedom = _by_triangle(seen, wanted, float(strengths[0]))
    else:
        inner, freedom = _by_singular_values(seen, wanted, strengths, round_off)
    outer = inner / scale[:, None]
    return np.concatenate([outer, (level - mean @ outer)[:, None]], axis=1), 1 + freedom


def _by_triangle(seen: Array, wanted: Array, strength: float) -> tuple[Array, Array]:
    """The regression on the upper triangle `seen` for one strength above 0: weights (1, F, d) and freedom (1,)."""
    from scipy.linalg import solve_triangular
    from scipy.linalg.lapack import dtpqrt, dtrtri

    count, whole = seen.shape[1], seen.shape[1] + wanted.shape[1]
    above, below = np.zeros((whole, whole), order="F"), np.zeros((count, whole), order="F")
    above[: len(seen), :count], above[: len(seen), count:] = seen, wanted
    root = np.sqrt(strength)
    np.fill_diagonal(below, root)
    both = dtpqrt(count, min(PANEL, whole), above, below, overwrite_a=True, overwrite_b=True)[0]
    triangle = both[:count, :count]
    # F - n ridge |R^-1|^2 by Frobenius, the trace of the hat matrix
    lost = (np.triu(root * dtrtri(triangle)[0]) ** 2).sum()
    return solve_triangular(triangle, both[:count, count:])[None], np.array([count - lost])


def _by_singular_values(
    seen: Array, wanted: Array, strengths: Array, round_off: float
) -> tuple[Array, Array]:
    left, size, right = thin_svd(seen)
    least = size.max(initial=0.0) * round_off
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.where(
            strengths[:, None] > 0,
            size / (size**2 + strengths[:, None]),
            np.where(size > least, 1 / size, 0.0),
        )
    factors = np.nan_to_num(factors)
    rotated = left.T @ wanted
    return right.T @ (factors[:, :, None] * rotated), (factors * size).sum(axis=1)
