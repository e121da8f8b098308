"""Effective dimensions of a representation: RankMe, alpha-ReQ, truncated entropy, the nuclear norm."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label
from ergodica.estimators.spectra.covariance import Covariance, SingularSpectrum
from ergodica.estimators.spectra.matrix_entropy import cross, of_spectrum, shares
from ergodica.estimators.units import base_unit
from ergodica.estimators.whole import whole

COST = "O(n d min(n, d))"
NEEDS = "vectors, two or more"
UNCHANGED = {"scale": 1e-11, "sign": 1e-11, "rotation": 1e-9, "order": 1e-9}


def power_law(d: int, alpha: float) -> Array:
    """Points +-j^(-alpha/2) e_j: mean 0 and covariance eigenvalues proportional to j^(-alpha)."""
    return cross(d) * np.arange(1, d + 1) ** (-alpha / 2)


@register(
    family="spectra",
    takes={"x": "matrix"},
    claims=Claims(
        needs=NEEDS,
        cost=COST,
        invariances=UNCHANGED,
        exact=(Exact(name="isotropic in 6", sample=lambda rng: (cross(6),), value=6.0, bias=1e-11),),
    ),
)
def rank_me(x: Any, *, dim: Dim = None, feature_dim: Any = None, centred: bool = False) -> Any:
    """RankMe, the effective rank of vectors: a number of directions between 1 and min(n, d).

    exp(-sum p ln p), p_i = sigma_i/sum sigma of the singular values sigma

    Args:
        x, dim, feature_dim: as for `matrix_entropy`.
        centred: whether the mean is taken off; the source does not.

    Returns:
        DataArray over the other dimensions, unit 1.

    Raises:
        TypeError, ValueError: as for `matrix_entropy`.

    Source: Garrido, Balestriero, Najman, LeCun 2023, ICML, eq. 1; Roy and Vetterli 2007, Proc. EUSIPCO, 606.
    """
    spectrum = SingularSpectrum(centred=centred)
    label = Label(
        name="rank_me", units="1", long_name="effective rank", method=f"exp of {Shannon()!r} of {spectrum!r}"
    )
    return of_spectrum(
        x, lambda values: math.exp(Shannon().evaluate(shares(values))), spectrum, label, dim, feature_dim
    )


@register(
    family="spectra",
    takes={"x": "matrix"},
    claims=Claims(
        needs="vectors of three or more components, four or more of them",
        cost=COST,
        invariances=UNCHANGED | {"shift": 1e-9},
        exact=(
            Exact(name="power law 1.5", sample=lambda rng: (power_law(40, 1.5),), value=1.5, bias=1e-10),
            Exact(name="power law .5", sample=lambda rng: (power_law(40, 0.5),), value=0.5, bias=1e-10),
        ),
    ),
)
def alpha_req(
    x: Any, *, dim: Dim = None, feature_dim: Any = None, modes: tuple[int, int] | None = None
) -> Any:
    """Alpha-ReQ: the exponent with which the eigenvalues of the covariance decay.

    lambda_j ~ j^(-alpha), by least squares of ln lambda_j over ln j

    Args:
        x, dim, feature_dim: as for `matrix_entropy`.
        modes: first and last j of the fit, from 1; None takes all eigenvalues above round-off.

    Returns:
        DataArray over the other dimensions, unit 1; about 1 is where representations generalise best in the source.
        NaN where less than two eigenvalues are above round-off.

    Raises:
        TypeError, ValueError: as for `matrix_entropy`; ValueError for modes that are not 1 <= first < last.

    Source: Agrawal, Mondal, Ghosh, Richards 2022, NeurIPS 35, 17626.
    """
    first, last = _checked_modes(modes)

    def slope(values: Array) -> float:
        above = values[: int((values > 1e-13 * values[0]).sum())]
        chosen = above[first - 1 : last]
        if len(chosen) < 2:
            return math.nan
        x, y = np.log(np.arange(first, first + len(chosen))), np.log(chosen)
        deviation = x - x.mean()
        return float(-(deviation @ (y - y.mean())) / (deviation @ deviation))

    fitted = "all modes" if modes is None else f"modes {first} to {last}"
    label = Label(
        name="alpha_req",
        units="1",
        long_name="decay exponent of the covariance's eigenvalues",
        method=f"least squares in logarithms of {Covariance()!r}, {fitted}",
    )
    return of_spectrum(x, slope, Covariance(), label, dim, feature_dim)


def _checked_modes(modes: tuple[int, int] | None) -> tuple[int, int | None]:
    if modes is None:
        return 1, None
    try:
        first, last = (int(mode) for mode in modes)
    except (TypeError, ValueError):
        first, last = 0, 0
    if not 1 <= first < last:
        raise ValueError(
            f"modes: must be (first, last) with 1 <= first < last, got {modes!r}; None takes all"
        )
    return first, last


@register(
    family="spectra",
    takes={"x": "matrix"},
    claims=Claims(
        needs=NEEDS,
        cost=COST,
        invariances=UNCHANGED | {"shift": 1e-9},
        exact=(
            Exact(
                name="four of nine equal modes",
                sample=lambda rng: (cross(9),),
                value=math.log(4),
                bias=1e-11,
                arguments={"modes": 4},
            ),
        ),
    ),
)
def truncated_matrix_entropy(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: Any = None,
    modes: int = 10,
    base: float = math.e,
) -> Any:
    """Entropy of the largest eigenvalues of the covariance only: what noise in the tail does not touch.

    H = -sum p ln p over i <= modes, p_i = lambda_i/(lambda_1 + ... + lambda_modes)

    Args:
        x, dim, feature_dim, base: as for `matrix_entropy`.
        modes: how many of the largest eigenvalues, >= 1; all where there are fewer.

    Returns:
        DataArray over the other dimensions, from 0 to ln(modes).

    Raises:
        TypeError, ValueError: as for `matrix_entropy`; ValueError for modes below 1.

    Good values: as many modes as carry nine tenths of the variance.

    Source: Sirovich 1987, Q. Appl. Math. 45, 561, for the modes; Shannon 1948, Bell Syst. Tech. J. 27, 379.
    """
    whole("modes", modes, 1, "try 10")
    per_unit, units = base_unit(base)
    label = Label(
        name="truncated_matrix_entropy",
        units=units,
        long_name=f"entropy of the {modes} largest eigenvalues of the covariance",
        method=f"{Shannon()!r} of the {modes} largest of {Covariance()!r}",
    )
    return of_spectrum(
        x,
        lambda v: float(Shannon().evaluate(shares(v[:modes]))) / per_unit,
        Covariance(),
        label,
        dim,
        feature_dim,
    )


@register(
    family="spectra",
    takes={"x": "matrix"},
    claims=Claims(
        needs=NEEDS,
        cost=COST,
        invariances=UNCHANGED,
        exact=(Exact(name="isotropic in 8", sample=lambda rng: (cross(8),), value=8.0, bias=1e-11),),
    ),
)
def nuclear_norm_rank(x: Any, *, dim: Dim = None, feature_dim: Any = None, centred: bool = False) -> Any:
    """Nuclear-norm proxy of the rank: smooth, with no logarithm, between 1 and the rank.

    (sum sigma)^2/sum sigma^2, the squared ratio of the nuclear and the Frobenius norm

    It is exp of the Renyi entropy of order 1/2 of the shares of the eigenvalues of X^T X.

    Args:
        x, dim, feature_dim: as for `matrix_entropy`.
        centred: whether the mean is taken off.

    Returns:
        DataArray over the other dimensions, unit 1.

    Raises:
        TypeError, ValueError: as for `matrix_entropy`.

    Source: Recht, Fazel, Parrilo 2010, SIAM Rev. 52, 471.
    """
    spectrum = SingularSpectrum(centred=centred)
    label = Label(
        name="nuclear_norm_rank",
        units="1",
        long_name="squared ratio of nuclear and Frobenius norm",
        method=f"(sum)^2/(sum of squares) of {spectrum!r}",
    )

    def ratio(values: Array) -> float:
        scaled = values / values[0]
        return float(scaled.sum() ** 2 / (scaled @ scaled))

    return of_spectrum(x, ratio, spectrum, label, dim, feature_dim)
