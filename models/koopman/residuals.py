"""How far eigenpairs are from eigenpairs of the Koopman operator itself, on data."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.koopman.triangle import triangle
from ergodica.models.koopman.windows import lifted_pairs, pairs_of_windows
from ergodica.numerics.deviation import unit_scale
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.thin_svd import thin_svd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ergodica.models.koopman.koopman import KoopmanModel

    Array = NDArray[np.float64]

EPSILON = 0.01
"""Residual above which an eigenvalue is called spurious."""


def residuals_on(model: KoopmanModel, values: Array) -> tuple[Array, Array]:
    """Residual of each eigenpair, and the root mean square of each eigenfunction, over all pairs of windows.

    res_j^2 = sum_n |phi_j(x_n+1) - lambda_j phi_j(x_n)|^2 / sum_n |phi_j(x_n)|^2

    With the Gram matrices G, A, L of the observables and the coefficients g of phi this is
    g* (L - lambda A* - conj(lambda) A + |lambda|^2 G) g / g* G g, which loses half of the digits; here it is summed
    over the snapshots themselves. NaN where phi_j is zero on all of them.

    Source: Colbrook and Townsend 2024, Commun. Pure Appl. Math. 77, 221 (arXiv 2111.14889).
    """
    eigenvalues = model.spectrum[0]
    missed, size, count = np.zeros(len(eigenvalues)), np.zeros(len(eigenvalues)), 0
    unit = None
    for windows in pairs_of_windows(values, model.lookback):
        phi = model.eigenfunctions_at(windows)
        if unit is None:  # in which squares neither vanish nor overflow, whatever that of the features
            unit = unit_scale(abs(phi).max(axis=0))
        phi *= unit
        before, after = phi[:-1], phi[1:]
        missed += _squares(after - eigenvalues * before)
        size += _squares(before)
        count += len(before)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(size > 0, np.sqrt(missed / size), np.nan), np.sqrt(size / count) / unit


def _squares(values: NDArray[np.complex128]) -> Array:
    """Sum of |values|^2 over the rows."""
    return np.asarray((values.real**2 + values.imag**2).sum(axis=0))


def pseudospectrum_on(model: KoopmanModel, values: Array, points: NDArray[np.complex128]) -> Array:
    """The least residual that any observable in the span of z has with each of the points of the plane.

    tau(s) = min_g |Z' g - s Z g| / |Z g| = sigma_min((R' - s R) R^-1) from the QR decomposition of [Z, Z' - Z]

    Source: Colbrook and Townsend 2024, Commun. Pure Appl. Math. 77, 221.
    """
    factor = triangle(
        np.concatenate([before, after - before], axis=1) for before, after in lifted_pairs(model, values)
    )
    r = factor.shape[1] // 2
    left, size, right = thin_svd(factor[:, :r])
    kept = size > size[0] * max(factor.shape) * np.finfo(float).eps
    white = right[kept].conj().T / size[kept]
    change = factor[:, r:] @ white
    return np.array(
        [
            np.linalg.svd(change - (point - 1) * left[:, kept], compute_uv=False)[-1]
            for point in points.ravel()
        ]
    ).reshape(points.shape)


def is_spurious(residual: Array, epsilon: float) -> NDArray[Any]:
    """Whether a residual is above `epsilon`, or none.

    Raises:
        ParameterError: epsilon is no number of 0 or more.
    """
    if isinstance(epsilon, bool) or not (isinstance(epsilon, Real) and epsilon >= 0):
        raise ParameterError(f"epsilon: must be 0 or more, got {epsilon!r}; use {EPSILON}")
    return ~(residual <= epsilon)
