"""How long the samples remember, and how long blocks must be for it."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array, unit_scale
from ergodica.estimators.resampling.method import ResamplingWarning

LANES = 32
"""Series that are looked at; all of an ensemble remember alike."""

LOST = 0.25
"""Share of the variance that blocks may cut off before a warning: the error is then 13 % too small."""

BLOCKS, FEWEST_BLOCKS = 25, 5


def automatic_length(arrays: Sequence[Any], dim: str) -> int:
    """Samples a block: the larger of n/25 and the median of what suits each series, at most n/5.

    n/25 is there for what correlations do not show: samples of the logistic map are uncorrelated and in a strict order.
    """
    n = arrays[0].sizes[dim]
    best = _largest_median([suitable_length(x) for x in part] for part in _series(arrays, dim))
    return max(1, n // BLOCKS, min(int(np.ceil(best)), n // FEWEST_BLOCKS))


def warn_of_short_blocks(arrays: Sequence[Any], dim: str, length: int, remedy: str) -> None:
    """A warning where blocks of this length cut so much of the correlations that the error is far too small."""
    reach = _largest_median([memory(x) for x in part] for part in _series(arrays, dim))
    if reach > LOST * length:
        warnings.warn(
            f"{remedy}, got {length} samples each where the data remember some {reach:.0f}: the error is too small",
            ResamplingWarning,
            stacklevel=3,
        )


def memory(x: Array) -> float:
    """sum |k| c_k over sum c_k, in samples: over the length of blocks, the share of the variance that they cut off.

    2 phi/(1 - phi^2) for an autoregression; 0 where no correlation is significant, or all values are one; negative
    where correlations oscillate, so that blocks make the error too large.
    """
    moment, total = _spectrum(x)
    return moment / total if total > 0 else 0.0


def suitable_length(x: Array) -> float:
    """The length of circular blocks with the least mean square error of the variance of a mean, in samples.

    b = (3/2 (G/g)^2 n)^(1/3),  g = sum lambda(k/M) c_k,  G = sum lambda(k/M) |k| c_k

    with the flat-top window lambda and M twice the lag from which on correlations are not significant.

    Source: Politis and White 2004, Econometric Rev. 23, 53; Patton, Politis and White 2009, ibid. 28, 372.
    """
    return float((1.5 * memory(x) ** 2 * len(x)) ** (1 / 3))


def _spectrum(x: Array) -> tuple[float, float]:
    """G and g of a series over its variance."""
    from scipy.fft import irfft, next_fast_len, rfft

    n = len(x)
    y = x * unit_scale(np.abs(x).max())
    y = y - y.mean()
    width = next_fast_len(2 * n, real=True)
    covariance = irfft(np.abs(rfft(y, width)) ** 2, width)[:n]
    if not covariance[0] > n * (64 * np.finfo(float).eps) ** 2:
        return 0.0, 0.0
    correlation = covariance / covariance[0]
    level = 2 * np.sqrt(np.log10(n) / n)
    needed = max(5, int(np.ceil(np.sqrt(np.log10(n)))))
    # the last lag before `needed` small ones in a row
    large = np.flatnonzero(np.abs(correlation) >= level)
    gaps = np.flatnonzero(np.diff(np.append(large, n + needed)) > needed)
    last = min(2 * int(large[gaps[0]]), n - 1)
    k = np.arange(1, last + 1)
    window = np.clip(2 * (1 - k / max(last, 1)), 0, 1)
    weighed = 2 * window * correlation[1 : last + 1]
    return float((k * weighed).sum()), 1 + float(weighed.sum())


def _series(arrays: Sequence[Any], dim: str) -> list[list[Array]]:
    """Some finite series of each array."""
    import xarray as xr

    found = []
    for x in arrays:
        if not isinstance(x, xr.DataArray) or x.dtype.kind not in "biuf":
            continue
        flat = x.transpose(..., dim).data.reshape((-1, x.sizes[dim]))
        chosen = flat[:: max(1, len(flat) // LANES)][:LANES]
        rows = np.asarray(chosen, dtype=np.float64)
        found.append([row for row in rows if np.isfinite(row).all()])
    return [part for part in found if part]


def _largest_median(parts: Any) -> float:
    return max((float(np.median(part)) for part in parts), default=0.0)
