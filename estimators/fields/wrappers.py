"""Short names for the combinations in daily use."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.renyi import Renyi
from ergodica.estimators.spaces.space import Space
from ergodica.estimators.spaces.spatial_density import SpatialDensity
from ergodica.estimators.spaces.spectral_power import SpectralPower


def spatial_entropy(x: Any, *, dim: Dim = None, base: float = math.e, normalize: bool = False) -> Any:
    """Shannon entropy of where a field is, p = |f|^2/sum; arguments as for `entropy`."""
    return entropy(x, dim=dim, space=SpatialDensity(), base=base, normalize=normalize)


def spectral_entropy(x: Any, *, dim: Dim = None, base: float = math.e, normalize: bool = False) -> Any:
    """Shannon entropy of the two-sided power spectrum; arguments as for `entropy`."""
    return entropy(x, dim=dim, space=SpectralPower(), base=base, normalize=normalize)


def participation_number(x: Any, *, dim: Dim = None, space: Space | None = None) -> Any:
    """Number of outcomes that take part, 1/sum p^2 = exp(H_2), from 1 to n; arguments as for `entropy`."""
    number = np.exp(collision := entropy(x, dim=dim, space=space, of=Renyi(q=2)))
    if not hasattr(number, "dims"):
        return number
    kept = {name: value for name, value in collision.attrs.items() if name in ("method", "ergodica_kind")}
    number.attrs = {"units": "1", "long_name": "participation number", **kept}
    return number.rename("participation_number")
