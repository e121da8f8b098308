"""Entropies of spectra by the names that they have in the literature."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.renyi import Renyi
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.registry import register
from ergodica.estimators.spectra.covariance import Covariance
from ergodica.estimators.spectra.kernels import MEDIAN, DiffusionOperator, GaussianKernel
from ergodica.estimators.spectra.matrix_entropy import cross, spectral_estimate


def clusters(count: int, size: int, distance: float) -> Array:
    """`count` clusters of `size` equal points each, on a line, so far apart that no kernel joins them."""
    return np.repeat(distance * np.arange(count), size)[:, np.newaxis]


KERNEL = {"shift": 1e-10, "scale": 1e-10, "rotation": 1e-10, "order": 1e-10}


@register(
    family="spectra",
    takes={"x": "matrix"},
    claims=Claims(
        needs="vectors, two or more",
        cost="O(n d min(n, d))",
        invariances={"shift": 1e-10, "scale": 1e-12, "sign": 1e-12, "rotation": 1e-10, "order": 1e-10},
        exact=(Exact(name="isotropic in 7", sample=lambda rng: (cross(7),), value=math.log(7), bias=1e-12),),
    ),
)
def von_neumann_entropy(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: Any = None,
    centred: bool = True,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Von Neumann entropy of the covariance: how many directions the vectors fill.

    S = -tr rho ln rho, rho = C/tr C

    exp(S) is the number of directions, d for an isotropic covariance.

    Args:
        x, dim, feature_dim, base, normalize: as for `matrix_entropy`.
        centred: whether the mean is taken off.

    Returns:
        DataArray over the other dimensions, from 0 to ln min(n, d).

    Raises:
        TypeError, ValueError: as for `matrix_entropy`.

    Source: von Neumann 1927, Nachr. Ges. Wiss. Goettingen, 273.
    """
    return spectral_estimate(
        x, Covariance(centred=centred), Shannon(), dim=dim, feature_dim=feature_dim, base=base, normalize=normalize,
        name="von_neumann_entropy", long_name="von Neumann entropy of the covariance",
    )  # fmt: skip


@register(
    family="spectra",
    takes={"x": "matrix"},
    claims=Claims(
        needs="vectors, two or more",
        cost="O(n^2 d) for q=2, else O(n^3)",
        invariances=KERNEL,
        exact=(
            Exact(
                name="four far clusters",
                sample=lambda rng: (clusters(4, 6, 1000.0),),
                value=math.log(4),
                bias=1e-12,
                arguments={"sigma": 1.0},
            ),
            Exact(
                name="four far clusters, q=1.01",
                sample=lambda rng: (clusters(4, 6, 1000.0),),
                value=math.log(4),
                bias=1e-10,
                arguments={"sigma": 1.0, "q": 1.01},
            ),
        ),
    ),
)
def matrix_renyi_entropy(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: Any = None,
    q: float = 2.0,
    sigma: float | str = MEDIAN,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Matrix-based Renyi entropy: of the eigenvalues of a kernel's Gram matrix, with no density in between.

    S_q = ln(tr A^q)/(1 - q), A = G/n

    Args:
        x, dim, feature_dim, base, normalize: as for `matrix_entropy`.
        q: order >= 0; 2 needs no eigenvalues, 1 is von Neumann's.
        sigma: width of the Gaussian, as for `GaussianKernel`.

    Returns:
        DataArray over the other dimensions, from 0 to ln n.

    Raises:
        TypeError, ValueError: as for `matrix_entropy`.

    Source: Sanchez Giraldo, Rao, Principe 2015, IEEE Trans. Inf. Theory 61, 535.
    """
    return spectral_estimate(
        x, GaussianKernel(sigma=sigma), Renyi(q=q), dim=dim, feature_dim=feature_dim, base=base, normalize=normalize,
        name="matrix_renyi_entropy", long_name=f"matrix-based Renyi entropy of order {q:g}",
    )  # fmt: skip


@register(
    family="spectra",
    takes={"x": "matrix"},
    claims=Claims(
        needs="vectors, two or more",
        cost="O(n^2 d + n^3)",
        invariances=KERNEL,
        exact=(
            Exact(
                name="five far clusters",
                sample=lambda rng: (clusters(5, 8, 1000.0),),
                value=math.log(5),
                bias=1e-12,
                arguments={"sigma": 1.0},
            ),
            Exact(
                name="narrow kernel",
                sample=lambda rng: (rng.normal(size=(60, 3)),),
                value=math.log(60),
                bias=1e-9,
                arguments={"sigma": 1e-4},
            ),
            Exact(
                name="wide kernel",
                sample=lambda rng: (rng.normal(size=(60, 3)),),
                value=0.0,
                bias=1e-6,
                arguments={"sigma": 1e5},
            ),
        ),
    ),
)
def diffusion_spectral_entropy(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: Any = None,
    sigma: float | str = MEDIAN,
    time: float = 1.0,
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Diffusion spectral entropy: how many separate regions a diffusion over the vectors sees.

    S = -sum p ln p, p_i = |lambda_i|^t/sum |lambda|^t

    Args:
        x, dim, feature_dim, base, normalize: as for `matrix_entropy`.
        sigma, time: as for `DiffusionOperator`. The reference implementation has sigma=10 and base=2.

    Returns:
        DataArray over the other dimensions, from 0 to ln n.

    Raises:
        TypeError, ValueError: as for `matrix_entropy`.

    Source: Liao et al. 2023, arXiv 2312.04823, eq. 4.
    """
    return spectral_estimate(
        x, DiffusionOperator(sigma=sigma, time=time), Shannon(), dim=dim, feature_dim=feature_dim, base=base,
        normalize=normalize, name="diffusion_spectral_entropy", long_name="diffusion spectral entropy",
    )  # fmt: skip
