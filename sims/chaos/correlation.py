"""The correlation dimension of a set of points on an orbit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray

REFERENCES = "Grassberger and Procaccia 1983, Physica D 9, 189; Theiler 1990, J. Opt. Soc. Am. A 7, 1055"
RADII_A_DECADE, DECADES = 12, 5.0
FEWEST_PAIRS = 200
"""Pairs at the smallest radius of the fit, for a slope good to some per cent."""
LARGEST = 0.1
"""Upper end of the fit as a share of the set's size, below the curvature of the whole."""
PIECES = 8
FEWEST = 500


def correlation_dimension(
    points: Any,
    *,
    theiler: int | None = None,
    radii: Any = None,
    fit: tuple[float, float] | None = None,
    norm: str = "maximum",
) -> xr.Dataset:
    """Correlation dimension by Grassberger and Procaccia: the slope of ln C(r) over ln r.

    C(r) = the share of pairs of points |i - j| > w apart in time that are closer than r.

    Args:
        points: a DataArray with dims (t, component), or an array (n, d) or (n,); components in units in which
            they are alike (an orbit of one system usually is).
        theiler: w, samples between the members of a pair, above the time over which the orbit keeps its
            direction; None for twice the first zero of the autocorrelation.
        radii: where C is computed, rising; None for twelve a decade over five decades below the set's size.
        fit: smallest and largest radius of the straight line; None for where there are 200 pairs up to
            a tenth of the set's size.
        norm: `maximum` or `euclidean` distance.

    Returns:
        `correlation_sum(radius)`, `local_slope(radius)`, `dimension` with `standard_error`, from fits to
        eighths of the reference points, so that it sees the sampling, not whether the line is straight
        (look at `local_slope`); `fit_low` and `fit_high`.

    Raises:
        ParameterError: fewer than 500 points, a window that leaves no pairs, too few radii within the fit.

    Good values: 10,000 points or more; the dimension reached is at most 2 log10(points).

    Source: Grassberger and Procaccia 1983, Physica D 9, 189; Theiler 1990, J. Opt. Soc. Am. A 7, 1055.
    """
    from ergodica.data import from_arrays
    from ergodica.sims.chaos.correlation_kernel import pair_counts

    values = _points(points)
    n = len(values)
    if norm not in ("maximum", "euclidean"):
        raise ParameterError(f"norm: maximum or euclidean, got {norm!r}; use maximum")
    window = _decorrelated(values) if theiler is None else theiler
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or not 0 <= window < n // 2:
        raise ParameterError(
            f"theiler: whole, from 0 to {n // 2 - 1}, got {window!r}; use 2 periods' samples"
        )
    size = float(np.ptp(values, axis=0).max())
    if not size > 0:
        raise ParameterError("points: spread out, got one point alone; the dimension of an equilibrium is 0")
    if radii is None:
        count = int(RADII_A_DECADE * DECADES) + 1
        radius = size * np.logspace(-DECADES, 0.0, count)
    else:
        radius = np.asarray(radii, np.float64)
        if radius.ndim != 1 or radius.size < 3 or not (np.diff(radius) > 0).all() or not radius[0] > 0:
            raise ParameterError(f"radii: at least 3, above 0 and rising, got {radii!r}; sort them")
    # each piece holds the pairs of an eighth of the reference points with all later ones
    counts = pair_counts(values, radius, int(window), norm == "euclidean", PIECES).astype(np.float64)
    pairs = counts.sum(0)
    later = n - int(window) - 1
    with np.errstate(divide="ignore"):
        logs = np.log(pairs)
    low, high = fit if fit is not None else (_first(radius, pairs), LARGEST * size)
    inside = (radius >= low * (1 - 1e-9)) & (radius <= high * (1 + 1e-9)) & (counts > 0).all(0)
    if inside.sum() < 3:
        raise ParameterError(
            f"fit: at least 3 radii with pairs in every part of the orbit, got {inside.sum()} from {low:.3g} to "
            f"{high:.3g}; give more points or another range"
        )
    x = np.log(radius)
    dimension = float(np.polyfit(x[inside], logs[inside], 1)[0])
    # leaving one piece out at a time: the jackknife
    left_out = [np.polyfit(x[inside], np.log((pairs - part)[inside]), 1)[0] for part in counts]
    error = float(np.sqrt((PIECES - 1) * np.var(left_out)))
    return from_arrays(
        {
            "correlation_sum": pairs / (0.5 * later * (later + 1)),
            "local_slope": _slopes(x, logs),
            "dimension": dimension,
            "standard_error": error,
            "fit_low": float(low),
            "fit_high": float(high),
        },
        title="Correlation dimension",
        dims={
            "correlation_sum": ("radius",),
            "local_slope": ("radius",),
            **dict.fromkeys(("dimension", "standard_error", "fit_low", "fit_high"), ()),
        },
        units=dict.fromkeys(
            (
                "correlation_sum",
                "local_slope",
                "dimension",
                "standard_error",
                "fit_low",
                "fit_high",
                "radius",
            ),
            "1",
        ),
        long_names={
            "correlation_sum": "share of pairs closer than the radius",
            "local_slope": "slope of ln C over ln r",
            "dimension": "correlation dimension",
            "standard_error": "standard error of the dimension from parts of the orbit",
            "fit_low": "smallest radius of the fit",
            "fit_high": "largest radius of the fit",
            "radius": "radius",
        },
        kinds={
            "correlation_sum": "spectrum",
            "local_slope": "scaling",
            **dict.fromkeys(("dimension", "standard_error", "fit_low", "fit_high"), "parameter"),
        },
        coordinates={"radius": radius},
        references=REFERENCES,
        config={"measure": "correlation_dimension", "points": n, "theiler": int(window), "norm": norm},
    )


def _points(points: Any) -> Array:
    import xarray as xr

    if isinstance(points, xr.Dataset) and "state" in points:
        points = points["state"]
    if isinstance(points, xr.DataArray):
        extra = [str(dim) for dim in points.dims if dim not in ("t", "component")]
        if "t" not in points.dims or extra:
            raise ParameterError(f"points: dims (t, component), got {points.dims}; select one member")
        points = points.transpose("t", ...).values
    values = np.asarray(points, np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) < FEWEST:
        raise ParameterError(
            f"points: shape (n, d), n at least {FEWEST}, got {values.shape}; give more of the orbit"
        )
    if not np.isfinite(values).all():
        raise ParameterError("points: finite, got NaN or infinite values; cut them off")
    return np.ascontiguousarray(values)


def _decorrelated(values: Array) -> int:
    """Twice the first zero of the autocorrelation of the components, at most a tenth of the series."""
    n = len(values)
    centred = values - values.mean(0)
    power = np.abs(np.fft.rfft(centred, 2 * n, axis=0)) ** 2
    correlation = np.fft.irfft(power, axis=0)[:n].sum(1)
    below = np.flatnonzero(correlation <= 0)
    return int(min(2 * below[0] if below.size else n // 10, n // 10))


def _first(radius: Array, pairs: Array) -> float:
    enough = np.flatnonzero(pairs >= FEWEST_PAIRS)
    return float(radius[enough[0]]) if enough.size else float(radius[-1])


def _slopes(x: Array, logs: Array) -> Array:
    with np.errstate(invalid="ignore"):
        slopes = np.gradient(logs, x)
    return np.where(np.isfinite(slopes), slopes, np.nan)
