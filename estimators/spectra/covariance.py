"""Spectra of the covariance: proper orthogonal modes, principal components, density matrices."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.spectra.representation import Representation


@dataclass(frozen=True, kw_only=True)
class Covariance(Representation):
    """Eigenvalues of the covariance: the variance, or energy, of each principal component or orthogonal mode.

    C = X^T X/n with X the vectors less their mean, whose eigenvalues are squares of the singular values of X/sqrt(n).

    Args:
        centred: whether the mean is taken off; False for states of a density matrix rho = sum |x><x| / tr.

    Good values: snapshots of a field as vectors give the energies of proper orthogonal modes.

    Source: Pearson 1901, Phil. Mag. 2, 559; Sirovich 1987, Q. Appl. Math. 45, 561.
    """

    centred: bool = True
    long_name = "covariance"

    def spectrum(self, x: Array) -> Array:
        """Squares of the singular values, in the unit of the data squared, the largest first."""
        values = singular_values(x, centred=self.centred)
        return values * values

    def count(self, n: int, d: int) -> int:
        """The smaller of n and d."""
        return min(n, d)

    def purity(self, x: Array) -> float | None:
        """tr C^2/(tr C)^2."""
        gram = _smaller_gram(_scaled(x, centred=self.centred))
        trace = float(np.trace(gram))
        return float((gram * gram).sum()) / trace**2 if trace > 0 else np.nan


@dataclass(frozen=True, kw_only=True)
class SingularSpectrum(Representation):
    """Singular values of the vectors themselves: what the effective rank of a representation is made from.

    Args:
        centred: whether the mean is taken off first; RankMe does not.

    Source: Roy and Vetterli 2007, Proc. EUSIPCO, 606.
    """

    centred: bool = False
    long_name = "singular values"

    def spectrum(self, x: Array) -> Array:
        """Singular values over sqrt(n), the largest first."""
        return singular_values(x, centred=self.centred)

    def count(self, n: int, d: int) -> int:
        """The smaller of n and d."""
        return min(n, d)


def singular_values(x: Array, *, centred: bool) -> Array:
    """Singular values of `(n, d)` over sqrt(n), the largest first; NaN where all vectors are one point, if centred."""
    size = float(np.abs(x).max())
    values = np.linalg.svd(_scaled(x, centred=centred), compute_uv=False) * (size / np.sqrt(len(x)))
    return values if values[0] > 0 else np.full_like(values, np.nan)


def _scaled(x: Array, *, centred: bool) -> Array:
    """The vectors by their largest number, less their mean; what round-off leaves of one point is zero."""
    size = float(np.abs(x).max())
    if not size > 0:
        return x
    scaled = x / size
    if not centred:
        return scaled
    deviation = scaled - scaled.mean(0)
    return deviation if np.abs(deviation).max() > 64 * np.finfo(float).eps else np.zeros_like(deviation)


def _smaller_gram(x: Array) -> Array:
    return x @ x.T if len(x) < x.shape[1] else x.T @ x
