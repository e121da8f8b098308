"""The 0-1 test for chaos in a series."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.random import uniforms
from ergodica.sims.chaos.arguments import bar, whole

Array = np.ndarray

LOWEST, HIGHEST = np.pi / 5, 4 * np.pi / 5
"""Frequencies away from the resonances at 0 and pi, section 3 of the source."""
CUT = 10
FEWEST = 200
PURPOSE = 33


def zero_one_test(series: Any, *, dim: str = "t", frequencies: int = 100, seed: int = 0) -> Any:
    """K of Gottwald and Melbourne: near 0 for regular dynamics, near 1 for chaotic.

    p(n) = sum_j phi_j cos(jc), q(n) = sum_j phi_j sin(jc), phi of zero mean; M(n) their mean squared
    displacement over n steps; K = the median over c of the correlation of M with n, n up to a tenth of the
    series.

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

    frequencies = whole("frequencies", frequencies, least=1, use=100)
    if isinstance(series, xr.DataArray):
        if dim not in series.dims:
            raise ParameterError(f"dim: the series has {series.dims}, got {dim!r}; name one of them")
        ordered = series.transpose(..., dim)
        values = np.asarray(ordered.values, np.float64)
        rest = ordered.isel({dim: 0}, drop=True)
        return rest.copy(data=np.asarray(_k(values, frequencies, seed))).assign_attrs(
            units="1", long_name="K of the 0-1 test for chaos", ergodica_kind="parameter"
        )
    found = _k(np.asarray(series, np.float64), frequencies, seed)
    return float(found) if found.ndim == 0 else found


def _k(values: Array, frequencies: int, seed: int) -> Array:
    if values.ndim == 0 or values.shape[-1] < FEWEST:
        raise ParameterError(
            f"series: at least {FEWEST} observations, got {values.shape[-1] if values.ndim else 1}; give a longer one"
        )
    if not np.isfinite(values).all():
        raise ParameterError("series: finite, got NaN or infinite values; cut them off")
    rows = np.ascontiguousarray(values.reshape(-1, values.shape[-1]))
    spread = rows.std(1)
    if (spread <= 1e-12 * np.abs(rows).max(1)).any():
        raise ParameterError("series: changing, got a constant one; the test says nothing of an equilibrium")
    c = LOWEST + (HIGHEST - LOWEST) * uniforms(seed, 0, 0, frequencies, purpose=PURPOSE)
    found = np.empty(len(rows))
    with bar(len(rows), "0-1 test", "series") as shown:
        for place, (row, size) in enumerate(zip(rows, spread, strict=True)):
            # neither the mean nor the size of the observations matters, but round-off does
            series = (row - row.mean()) / size
            found[place] = np.median([_correlation(_displacement(series, float(one))) for one in c])
            shown.update()
    return found.reshape(values.shape[:-1])


def _displacement(series: Array, c: float) -> Array:
    """Mean of |P(j + n) - P(j)|^2 over j for n = 1 ... a tenth of the series, P = p + iq; by correlations."""
    from scipy.fft import fft, ifft, next_fast_len

    n = series.size
    cut = n // CUT
    kept = n - cut
    walk = np.cumsum(series * np.exp(1j * c * np.arange(1, n + 1)))
    size = next_fast_len(n + kept)
    products = ifft(fft(walk, size) * fft(walk[:kept], size).conj())[1 : cut + 1].real
    squares = np.concatenate([[0.0], np.cumsum(walk.real**2 + walk.imag**2)])
    lags = np.arange(1, cut + 1)
    return (squares[kept] + squares[kept + lags] - squares[lags] - 2.0 * products) / kept


def _correlation(displacement: Array) -> float:
    """Correlation with 1, 2, 3, ...; 0 for a displacement that does not change."""
    n = np.arange(displacement.size) - 0.5 * (displacement.size - 1)
    apart = displacement - displacement.mean()
    size = np.sqrt((n**2).sum() * (apart**2).sum())
    return float((n * apart).sum() / size) if size > 0 else 0.0
