"""Eigenvalues and eigenvectors of a matrix in an order that does not depend on round-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Complex = NDArray[np.complex128]

DIGITS = 10
"""Digits to which moduli and angles are compared: those of a conservative system differ by round-off alone."""


def eigendecomposition(operator: NDArray[Any]) -> tuple[Complex, Complex, Complex]:
    """Eigenvalues (r,), right eigenvectors as columns (r, r), left ones as rows (r, r), with left @ right = 1.

    The largest moduli first, of equal ones the slowest, of a conjugate pair the one with the positive imaginary part.
    A matrix without a basis of eigenvectors has left ones of unit length.
    """
    values, right = np.linalg.eig(operator)
    angle = np.angle(values)
    order = np.lexsort((-angle, np.round(abs(angle), DIGITS), -np.round(abs(values), DIGITS)))
    values, right = values[order].astype(complex), right[:, order].astype(complex)
    return values, right, _left(operator, right, order)


def _left(operator: NDArray[Any], right: Complex, order: NDArray[np.intp]) -> Complex:
    if np.linalg.cond(right) * np.finfo(float).eps < 1:
        return np.asarray(np.linalg.inv(right), dtype=complex)
    from scipy.linalg import eig

    _, left = eig(operator, left=True, right=False)
    return np.asarray(left[:, order].conj().T, dtype=complex)


def continuous(eigenvalues: Complex, dt: float) -> Complex:
    """log(lambda) / dt on the principal branch, |imaginary part| <= pi / dt; -infinity for lambda = 0."""
    with np.errstate(divide="ignore"):
        decay = np.log(abs(eigenvalues))
    # apart from each other: a complex -infinity over dt has no imaginary part
    return np.asarray(decay / dt + 1j * (np.angle(eigenvalues) / dt))
