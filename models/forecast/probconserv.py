"""The ProbConserv update: a Gaussian forecast conditioned on a linear conservation law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

REFINED = 3
"""Updates of the mean: each takes the residual of the one before down to its round-off."""
ROUND_OFF = 1e-13
"""Variance of a law, by the most that one with these coefficients could have, below which it is certain already."""
UNMET = 1e-9
"""Largest residual, by the size of the terms, of a law that can be met."""


def conserved_gaussian(
    mean: ArrayLike, covariance: ArrayLike, constraints: ArrayLike, values: ArrayLike
) -> tuple[Array, Array]:
    """Mean and covariance of a Gaussian under G x = b.

    mean' = mean - C G^T (G C G^T)^-1 (G mean - b),  C' = C - C G^T (G C G^T)^-1 G C

    The limit of exact laws: what varies most is corrected most, and what is certain is not touched.

    Args:
        mean: (..., d).
        covariance: C, (..., d, d), symmetric and positive semidefinite.
        constraints: G, (m, d); rows may depend on each other.
        values: b, (..., m).

    Returns:
        mean' (..., d) and C' (..., d, d), with G mean' = b to round-off and G C' = 0.

    Raises:
        ParameterError: shapes do not fit, a value is not finite, or the law asks for what the covariance excludes.

    Good values: `conserved_gaussian(mean, np.eye(d), np.ones((1, d)), [total])` spreads what is missing evenly.

    Source: Hansen et al. 2023, Learning physical models that can respect conservation laws, arXiv 2302.11002, eq. 8.
    """
    mu, C, G, b = (np.asarray(one, dtype=np.float64) for one in (mean, covariance, constraints, values))
    _check(mu, C, G, b)
    CG = C @ G.T
    inner = G @ CG
    # laws by their standard deviations, so that those in small units or of small parts of the state count as others do
    variance = np.diagonal(inner, axis1=-2, axis2=-1)
    most = (np.sqrt(np.diagonal(C, axis1=-2, axis2=-1).clip(0)) @ abs(G).T) ** 2
    certain = variance <= ROUND_OFF * most
    by = 1 / np.where(certain, np.inf, np.sqrt(np.where(certain, 1.0, variance)))
    inner = by[..., :, None] * inner * by[..., None, :]
    solved = np.linalg.pinv(inner, rcond=ROUND_OFF, hermitian=True)
    gain = CG @ (by[..., :, None] * solved * by[..., None, :])
    found = mu
    for _ in range(REFINED):
        found = found - _applied(gain, _applied(G, found) - b)
    size = _applied(abs(G), abs(found) + abs(mu)) + abs(b)
    residual = abs(_applied(G, found) - b)
    if (residual > UNMET * np.maximum(size, np.finfo(float).tiny)).any():
        raise ParameterError(
            f"values: must be reachable within the covariance, got a residual of {residual.max():.2g}; give a "
            "covariance that lets the conserved quantities vary, or laws that agree with each other"
        )
    left = C - gain @ np.swapaxes(CG, -1, -2)
    return found, (left + np.swapaxes(left, -1, -2)) / 2


def _applied(matrix: Array, vectors: Array) -> Array:
    return np.asarray((matrix @ vectors[..., None])[..., 0])


def _check(mu: Array, C: Array, G: Array, b: Array) -> None:
    d = mu.shape[-1] if mu.ndim else 0
    shapes: dict[str, tuple[Any, bool]] = {
        "mean": (mu.shape, mu.ndim >= 1),
        "covariance": (C.shape, C.ndim >= 2 and C.shape[-2:] == (d, d)),
        "constraints": (G.shape, G.ndim == 2 and G.shape[-1] == d),
        "values": (b.shape, b.ndim >= 1 and G.ndim == 2 and b.shape[-1] == G.shape[0]),
    }
    for name, (shape, good) in shapes.items():
        if not good:
            raise ParameterError(
                f"{name}: must fit mean (..., d), covariance (..., d, d), constraints (m, d) and values (..., m), got "
                f"the shape {shape}; d is {d}"
            )
    for name, one in (("mean", mu), ("covariance", C), ("constraints", G), ("values", b)):
        if not np.isfinite(one).all():
            raise ParameterError(
                f"{name}: must be finite, got NaN or infinity; drop what diverged, or what is missing"
            )
