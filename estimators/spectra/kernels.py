"""Spectra of Gaussian kernels: the Gram matrix of matrix-based entropies, and diffusion operators."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.spectra.distances import median_distance, squared_distances
from ergodica.estimators.spectra.representation import Representation

MEDIAN = "median"


def checked_width(sigma: Any) -> float | str:
    """The width of a Gaussian: "median" or a positive number."""
    if sigma == MEDIAN:
        return MEDIAN
    if isinstance(sigma, bool) or not isinstance(sigma, Real) or not 0 < float(sigma) < np.inf:
        raise ValueError(
            f'sigma: must be "median" (the median distance between vectors) or a positive width, got {sigma!r}; '
            'use sigma="median"'
        )
    return float(sigma)


def checked_power(time: Any) -> float:
    """The diffusion time: a positive number."""
    if isinstance(time, bool) or not isinstance(time, Real) or not 0 < float(time) < np.inf:
        raise ValueError(f"time: must be a positive number of diffusion steps, got {time!r}; use time=1")
    return float(time)


def gaussian_gram(x: Array, sigma: float | str) -> Array:
    """exp(-|x_i - x_j|^2/(2 sigma^2)), `(n, n)`; NaN where the median distance is 0."""
    squared = squared_distances(x)
    width = median_distance(squared) if sigma == MEDIAN else float(sigma)
    if not width > 0:
        return np.full_like(squared, np.nan)
    # by the width first: squares of numbers as small as 1e-200 would vanish
    return np.exp(squared * (-0.5 / width) / width, out=squared)


@dataclass(frozen=True, kw_only=True)
class GaussianKernel(Representation):
    """The Gram matrix of a Gaussian kernel over its trace: the density matrix of matrix-based Renyi entropy.

    A_ij = exp(-|x_i - x_j|^2/(2 sigma^2))/n, self-pairs counted.

    Args:
        sigma: width in the unit of the data, or "median": the median distance between vectors.

    Good values: "median"; from ln n (sigma -> 0) the entropy falls to 0 (sigma -> infinity).

    Source: Sanchez Giraldo, Rao, Principe 2015, IEEE Trans. Inf. Theory 61, 535, eq. 6.
    """

    sigma: float | str = MEDIAN
    long_name = "Gaussian kernel"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigma", checked_width(self.sigma))

    def spectrum(self, x: Array) -> Array:
        """Eigenvalues of A, the smallest first, sum 1."""
        return eigenvalues(self._matrix(x))

    def count(self, n: int, d: int) -> int:
        """n."""
        return n

    def purity(self, x: Array) -> float | None:
        """tr A^2: the mean of the squared kernel over all pairs."""
        matrix = self._matrix(x)
        return float(np.einsum("ij,ij", matrix, matrix))

    def _matrix(self, x: Array) -> Array:
        return gaussian_gram(x, self.sigma) / len(x)


@dataclass(frozen=True, kw_only=True)
class DiffusionOperator(Representation):
    """A diffusion over the vectors: a Gaussian kernel, normalized by its row sums, to the power of the time.

    K = D^(-1/2) G D^(-1/2), D_ii = sum_j G_ij, G_ij = exp(-|x_i - x_j|^2/(2 sigma^2)), eigenvalues |lambda|^t.

    It is similar to the random walk D^(-1) G and has its eigenvalues, the largest being 1. The density of
    the samples is kept (alpha = 0 in the words of diffusion maps); `UniformDiffusion` divides it out.

    Args:
        sigma: width in the unit of the data, or "median": the median distance between vectors. The reference
            implementation takes 10 whatever the data's scale.
        time: t > 0; larger keeps what is coarse.

    Good values: "median" and time=1. m far, tight clusters give ln m; sigma -> 0 ln n; sigma -> infinity 0.

    Source: Liao et al. 2023, arXiv 2312.04823, eq. 3; Coifman and Lafon 2006, Appl. Comput. Harmon. Anal. 21, 5.
    """

    sigma: float | str = MEDIAN
    time: float = 1.0
    long_name = "diffusion operator"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigma", checked_width(self.sigma))
        object.__setattr__(self, "time", checked_power(self.time))

    def spectrum(self, x: Array) -> Array:
        """|lambda|^t of K, the smallest lambda first."""
        values = eigenvalues(self._matrix(x))
        return values if self.time == 1 else values**self.time

    def count(self, n: int, d: int) -> int:
        """n."""
        return n

    def purity(self, x: Array) -> float | None:
        """tr K^2/(tr K)^2 for one step of time."""
        if self.time != 1:
            return None
        matrix = self._matrix(x)
        return float(np.einsum("ij,ij", matrix, matrix) / np.trace(matrix) ** 2)

    def _matrix(self, x: Array) -> Array:
        return _by_row_sums(gaussian_gram(x, self.sigma), -0.5)


@dataclass(frozen=True, kw_only=True)
class UniformDiffusion(DiffusionOperator):
    """A diffusion that does not see how densely the vectors are sampled: the Laplace-Beltrami form, alpha = 1.

    K = D'^(-1/2) G' D'^(-1/2) of G' = D^(-1) G D^(-1), D and D' the row sums of G and G'.

    Args:
        sigma, time: as for `DiffusionOperator`.

    Source: Coifman and Lafon 2006, Appl. Comput. Harmon. Anal. 21, 5, section 3.
    """

    long_name = "density-normalized diffusion operator"

    def _matrix(self, x: Array) -> Array:
        return _by_row_sums(_by_row_sums(gaussian_gram(x, self.sigma), -1.0), -0.5)


def _by_row_sums(matrix: Array, power: float) -> Array:
    factors = matrix.sum(1) ** power
    matrix *= factors[:, np.newaxis]
    matrix *= factors
    return matrix


def eigenvalues(matrix: Array) -> Array:
    """Eigenvalues of a symmetric matrix that has none below zero but by round-off."""
    if np.isnan(matrix[0, 0]):
        return np.full(len(matrix), np.nan)
    return np.abs(np.linalg.eigvalsh(matrix))
