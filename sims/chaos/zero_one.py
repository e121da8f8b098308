"""The 0-1 test for chaos in a series."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.random import uniforms

Array = np.ndarray

LOWEST, HIGHEST = np.pi / 5, 4 * np.pi / 5
"""Frequencies away from the resonances at 0 and pi, section 3 of the source."""
CUT = 10
FEWEST = 200
PURPOSE = 33


def zero_one_test(series: Any, *, dim: str = "t", frequencies: int = 100, seed: int = 0) -> Any:
    """K of Gottwald and Melbourne: near 0 for regular dynamics, near 1 for chaotic.

    p(n) = sum_j phi_j cos(jc), q(n) = sum_j phi_j sin(jc); M(n) their mean squared displacement over n steps
    without its oscillating part (mean phi)^2 (1 - cos nc)/(1 - cos c); K = the median over c of the
    correlation of M with n, n up to a tenth of the series.

    Args:
        series: observations of a deterministic system: a DataArray with `dim`, or an array whose last axis is
            time; at least 200. Take one sample in a quarter of a period of a flow or wider: samples
            that are too dense look regular.
        dim: the dimension of time of a DataArray.
        frequencies: how many c, drawn at random from (pi/5, 4 pi/5).
        seed: of these.

    Returns:
        K for each series: a DataArray without `dim`, or a float or an array without the last axis; -1 to 1.

    Raises:
        ParameterError: too few observations, values that are not finite, or no change at all.

    Good values: 2000 to 10,000 observations.

    Source: Gottwald and Melbourne 2009, SIAM J. Appl. Dyn. Syst. 8, 129, sections 2 and 3.
    """
    import xarray as xr

    if isinstance(frequencies, bool) or not isinstance(frequencies, int | np.integer) or frequencies < 1:
        raise ParameterError(f"frequencies: a whole number of at least 1, got {frequencies!r}; use 100")
    if isinstance(series, xr.DataArray):
        if dim not in series.dims:
            raise ParameterError(f"dim: the series has {series.dims}, got {dim!r}; name one of them")
        ordered = series.transpose(..., dim)
        values = np.asarray(ordered.values, np.float64)
        rest = ordered.isel({dim: 0}, drop=True)
        return rest.copy(data=np.asarray(_k(values, int(frequencies), seed))).assign_attrs(
            units="1", long_name="K of the 0-1 test for chaos", ergodica_kind="parameter"
        )
    found = _k(np.asarray(series, np.float64), int(frequencies), seed)
    return float(found) if found.ndim == 0 else found


def _k(values: Array, frequencies: int, seed: int) -> Array:
    from ergodica.sims.chaos.zero_one_kernel import correlations

    if values.ndim == 0 or values.shape[-1] < FEWEST:
        raise ParameterError(
            f"series: at least {FEWEST} observations, got {values.shape[-1:] or 1}; give a longer one"
        )
    if not np.isfinite(values).all():
        raise ParameterError("series: finite, got NaN or infinite values; cut them off")
    rows = np.ascontiguousarray(values.reshape(-1, values.shape[-1]))
    spread = rows.std(1)
    if (spread <= 1e-12 * np.abs(rows).max(1)).any():
        raise ParameterError("series: changing, got a constant one; the test says nothing of an equilibrium")
    c = LOWEST + (HIGHEST - LOWEST) * uniforms(seed, 0, 0, frequencies, purpose=PURPOSE)
    # the size of the observations changes nothing but round-off
    k = np.array(
        [
            np.median(correlations(row / size, c, rows.shape[1] // CUT))
            for row, size in zip(rows, spread, strict=True)
        ]
    )
    return k.reshape(values.shape[:-1])
