"""Short names for the combinations in daily use."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.claims import Claims
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.renyi import Renyi
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.space import Space
from ergodica.estimators.spaces.spatial_density import SpatialDensity
from ergodica.estimators.spaces.spectral_power import SpectralPower


@register(
    family="fields",
    takes={"x": "weights"},
    claims=Claims(
        needs="a field, real or complex",
        cost="O(n)",
        invariances={"scale": 1e-13, "sign": 0.0, "order": 1e-13},
    ),
)
def spatial_entropy(x: Any, *, dim: Dim = None, base: float = math.e, normalize: bool = False) -> Any:
    """Shannon entropy of where a field is, p = |f|^2/sum.

    H = -sum p ln p

    Args:
        x, dim, base, normalize: as for `entropy`.

    Returns:
        DataArray over the other dimensions; for A sech(A x) on a grid of step dx it is 2 - ln(2 A dx) nats.

    Raises:
        TypeError, ValueError: as for `entropy`.

    Source: Shannon 1948, Bell Syst. Tech. J. 27, 379.
    """
    return entropy(x, dim=dim, space=SpatialDensity(), base=base, normalize=normalize)


@register(
    family="fields",
    takes={"x": "weights"},
    claims=Claims(
        needs="a field or series on an even grid",
        cost="O(n log n)",
        invariances={"scale": 1e-13, "sign": 1e-13, "reversal": 1e-12},
    ),
)
def spectral_entropy(x: Any, *, dim: Dim = None, base: float = math.e, normalize: bool = False) -> Any:
    """Shannon entropy of the two-sided power spectrum.

    H = -sum p ln p, p_k = |F_k|^2/sum

    Args:
        x, dim, base, normalize: as for `entropy`.

    Returns:
        DataArray over the other dimensions; for a real cosine it is ln 2.

    Raises:
        TypeError, ValueError: as for `entropy`.

    Source: Powell and Percival 1979, J. Phys. A 12, 2053.
    """
    return entropy(x, dim=dim, space=SpectralPower(), base=base, normalize=normalize)


@register(
    family="fields",
    takes={"x": "weights"},
    claims=Claims(
        needs="nonnegative weights, or a complex field",
        cost="O(n)",
        invariances={"scale": 1e-11, "order": 1e-11},
    ),
)
def participation_number(x: Any, *, dim: Dim = None, space: Space | None = None) -> Any:
    """Number of outcomes that take part, 1/sum p^2 = exp(H_2), from 1 to n.

    Args:
        x, dim, space: as for `entropy`.

    Returns:
        DataArray over the other dimensions, unit 1: for n equal weights n.

    Raises:
        TypeError, ValueError: as for `entropy`.

    Source: Bell and Dean 1970, Discuss. Faraday Soc. 50, 55.
    """
    number = np.exp(collision := entropy(x, dim=dim, space=space, of=Renyi(q=2)))
    if not hasattr(number, "dims"):
        return number
    kept = {name: value for name, value in collision.attrs.items() if name in ("method", "ergodica_kind")}
    number.attrs = {"units": "1", "long_name": "participation number", **kept}
    return number.rename("participation_number")
