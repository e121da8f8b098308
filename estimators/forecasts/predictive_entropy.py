"""Entropy of what a forecast leaves open."""

from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from ergodica.data.declarations import REALIZATION
from ergodica.estimators.forecasts.runs import FEATURE, vectors
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr


def predictive_entropy(forecast: "xr.Dataset", *, resolution: float) -> "xr.DataArray":
    """Entropy of the draws of a forecast above a resolution, over time: the information that a look would give.

    h(t) = 1/2 ln det(1 + C(t)/r^2), with C the covariance of the draws and r the resolution

    It is the mutual information, in nats, between the state and a look at it with Gaussian noise of variance r^2, for
    Gaussian draws; for others an upper bound. Directions narrower than r count for nothing. So while the draws are
    close enough for linear dynamics, h grows along each direction that expands: in the mean over starts at the sum of
    the positive Lyapunov exponents, the Kolmogorov-Sinai rate (Pesin). Then it stands still at what a look at the
    whole attractor would give. A direction adds its rate only once it has grown beyond r; a cloud whose squared
    width is above r times the size of the attractor is bent, and grows faster.

    Args:
        forecast: draws along `realization`, variables over `t`, with or without `member`; all features count alike, so
            give them in units in which that is meant.
        resolution: r, in the units of the variables, above 0.

    Returns:
        h over `member`, where there is one, and `t`, in nats.

    Raises:
        ParameterError: there are no draws or not one more than features, or the resolution is not positive.

    Good values: a resolution of a thousandth of the standard deviation; 100 draws or more.

    Source: Cover and Thomas 2006, Elements of Information Theory, 9.4; Pesin 1977, Russ. Math. Surv. 32, 55.
    """
    import xarray as xr

    if not isinstance(resolution, Real) or not 0 < resolution < np.inf:
        raise ParameterError(
            f"resolution: must be above 0, got {resolution!r}; use 0.001 standard deviations"
        )
    if not isinstance(forecast, xr.Dataset) or REALIZATION not in forecast.dims:
        raise ParameterError(
            f"forecast: must be a Dataset with draws along {REALIZATION}, got {type(forecast).__name__} over "
            f"{', '.join(map(str, getattr(forecast, 'dims', ()))) or 'nothing'}; forecast with members=100"
        )
    names = [str(name) for name, one in forecast.data_vars.items() if REALIZATION in one.dims]
    draws = vectors(forecast, names)
    count, features = draws.sizes[REALIZATION], draws.sizes[FEATURE]
    if count <= features:
        raise ParameterError(
            f"forecast: must have more draws than its {features} features, got {count}; forecast with "
            f"members={max(100, 10 * features)}"
        )
    values = draws.transpose(..., "t", REALIZATION, FEATURE)
    away = np.asarray(values - values.mean(REALIZATION)) / resolution
    covariance = np.einsum("...ni,...nj->...ij", away, away) / (count - 1)
    entropy = 0.5 * np.linalg.slogdet(covariance + np.eye(features))[1]
    dims = [d for d in values.dims if d not in (REALIZATION, FEATURE)]
    words = f"entropy of the draws above a resolution of {resolution:g}"
    attrs = {"units": "nat", "long_name": words, "ergodica_kind": "series"}
    coordinates = {name: one for name, one in forecast.coords.items() if set(one.dims) <= set(dims)}
    return xr.DataArray(entropy, coordinates, dims, "predictive_entropy", attrs)
