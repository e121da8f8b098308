"""Scores of the long-term statistics of a forecast."""

import warnings
from typing import TYPE_CHECKING, Any

from ergodica.estimators.forecasts.correlation_dimension_error import correlation_dimension_error
from ergodica.estimators.forecasts.log_spectral_distance import log_spectral_distance
from ergodica.estimators.forecasts.runs import FEATURE, on_points, shared, vectors
from ergodica.estimators.forecasts.spectral_hellinger import spectral_hellinger
from ergodica.estimators.forecasts.state_space_divergence import state_space_divergence
from ergodica.numerics.errors import whole_number

if TYPE_CHECKING:
    import xarray as xr

SAMPLES = 100_000
DIMENSION_SAMPLES = 20_000
THEILER = 100
MOST_COMPONENTS = 6
"""Components up to which 30 bins in each leave the pseudocounts below 100,000 samples."""


def attractor_scores(
    forecast: "xr.Dataset", truth: "xr.Dataset", *, samples: int = SAMPLES, theiler: int = THEILER
) -> "xr.Dataset":
    """How far the attractor of a forecast is from the true one, by the published protocol: 100,000 snapshots of both.

    The two runs need not begin alike nor at the same time; the last snapshots of each are taken.

    Args:
        forecast: a long forecast, variables over `t`, with or without `member`.
        truth: a long run with the same variables.
        samples: snapshots of each; another number than 100,000 is warned of, as the scores depend on it.
        theiler: window of Theiler of the correlation dimension, in snapshots; one period.

    Returns:
        Dataset over `member`, where there is one: `state_space_divergence` (up to 6 features; more leave it out),
        `spectral_hellinger`, `log_spectral_distance`, and `correlation_dimension_error` from 20,000 of these snapshots,
        evenly chosen.

    Raises:
        ParameterError: variables that the truth lacks.

    Warns:
        UserWarning: `samples` is not 100,000, or a run is shorter, so that the values compare with no others.

    Source: Hess, Monfared, Brenner, Durstewitz 2023, Proc. Mach. Learn. Res. 202, 13017; Gilpin 2021, arXiv 2110.05266.
    """
    import xarray as xr

    names = shared(forecast, truth)
    both = [vectors(one, names) for one in (forecast, on_points(truth, forecast, names))]
    used = min(whole_number("samples", samples, 2), *(one.sizes["t"] for one in both))
    if used != SAMPLES:
        warnings.warn(
            f"attractor_scores: of {used} snapshots, the protocol has {SAMPLES}; compare values of equal numbers",
            stacklevel=2,
        )
    # the times differ and do not matter
    f, y = (one.isel(t=slice(-used, None)).drop_vars("t", errors="ignore") for one in both)
    options: dict[str, Any] = {"dim": "t", "feature_dim": FEATURE}
    found = [spectral_hellinger(f, y, **options), log_spectral_distance(f, y, **options)]
    if y.sizes[FEATURE] <= MOST_COMPONENTS:
        found.insert(0, state_space_divergence(f, y, **options))
    # pairs grow with the square of the samples, and neighbours in time tell nothing new
    every = max(1, used // DIMENSION_SAMPLES)
    thin = {"t": slice(None, None, every)}
    window = -(-theiler // every)
    found.append(correlation_dimension_error(f.isel(thin), y.isel(thin), theiler=window, **options))
    return xr.Dataset({one.name: one for one in found})
