"""The correlation dimension of a set of points on an orbit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import check_threads
from ergodica.sims.chaos.arguments import bar, number, whole

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray

REFERENCES = "Grassberger and Procaccia 1983, Physica D 9, 189; Theiler 1990, J. Opt. Soc. Am. A 7, 1055"
RADII_A_DECADE, DECADES = 12, 6.0
FEWEST_PAIRS = 1000
"""Pairs at the smallest radius of the fit, for a slope good to some per cent."""
LARGEST = 0.1
"""Upper end of the fit as a share of the set's size, below the curvature of the whole."""
BLOCKS = 8
FEWEST = 500
SLICE = 2e9
"""Pairs between two looks at the keyboard, some seconds."""


def correlation_dimension(
    points: Any,
    *,
    theiler: int | None = None,
    radii: Any = None,
    fit: tuple[float, float] | None = None,
    norm: str = "maximum",
    threads: int | None = None,
) -> xr.Dataset:
    """Correlation dimension by Grassberger and Procaccia: the slope of ln C(r) over ln r.

    C(r) = the share of pairs of points |i - j| > w apart in time that are closer than r.

    All pairs are counted, n^2/2 of them, in memory for the n points.

    Args:
        points: a DataArray with dims (t, component), a dataset with such a `state`, or an array (n, d) or
            (n,); components in units in which they are alike (an orbit of one system usually is).
        theiler: w, samples between the members of a pair, above the time over which the orbit keeps its
            direction; None for twice the first zero of the autocorrelation.
        radii: where C is computed, rising; None for twelve a decade over six decades below the set's size.
        fit: smallest and largest radius of the straight line; None for where there are 1000 pairs up to
            a tenth of the set's size.
        norm: `maximum` or `euclidean` distance.
        threads: CPU threads; None for all.

    Returns:
        `correlation_sum(radius)`, `local_slope(radius)`, NaN where there are no pairs; `dimension`, the slope
        by least squares between `fit_low` and `fit_high`; `standard_error`, of sampling (a jackknife over
        eighths of the orbit) and of the range (half the difference of its halves' slopes) together.

    Raises:
        ParameterError: fewer than 500 points, a window that leaves no pairs, too few radii within the fit.

    Good values: 10,000 points or more; the dimension reached is at most 2 log10(points).

    Source: Grassberger and Procaccia 1983, Physica D 9, 189; Theiler 1990, J. Opt. Soc. Am. A 7, 1055.
    """
    values = _points(points)
    n = len(values)
    if norm not in ("maximum", "euclidean"):
        raise ParameterError(f"norm: maximum or euclidean, got {norm!r}; use maximum")
    check_threads(threads)
    window = _decorrelated(values) if theiler is None else whole("theiler", theiler, least=0, use=100)
    if window >= n // 2:
        raise ParameterError(
            f"theiler: below half of the {n} points, got {window}; use the samples of two periods"
        )
    size = float(np.ptp(values, axis=0).max())
    if not size > 0:
        raise ParameterError("points: spread out, got one point alone; the dimension of an equilibrium is 0")
    radius = _radii(radii, size)
    # whole pairs of blocks, so that a block can be left out with all its pairs
    blocks, counts = _count(values, radius, window, norm == "euclidean", threads)
    pairs = counts.sum(0)
    left_out = np.array([counts[(blocks != one).all(1)].sum(0) for one in range(BLOCKS)])
    low, high = _range(fit, radius, pairs, size)
    inside = (radius >= low * (1 - 1e-9)) & (radius <= high * (1 + 1e-9)) & (left_out > 0).all(0)
    if inside.sum() < 4:
        raise ParameterError(
            f"fit: at least 4 radii with pairs in every part of the orbit, got {inside.sum()} from {low:.3g} to "
            f"{high:.3g}; give more points or another range"
        )
    x = np.log(radius)
    dimension = _slope(x[inside], pairs[inside])
    without = [_slope(x[inside], part[inside]) for part in left_out]
    middle = inside.sum() // 2
    halves = [_slope(x[inside][part], pairs[inside][part]) for part in (slice(middle), slice(middle, None))]
    error = np.hypot(np.sqrt((BLOCKS - 1) * np.var(without)), 0.5 * (halves[1] - halves[0]))
    later = n - window - 1
    return _dataset(
        radius,
        {
            "correlation_sum": pairs / (0.5 * later * (later + 1)),
            "local_slope": _slopes(x, pairs),
            "dimension": dimension,
            "standard_error": float(error),
            "fit_low": float(radius[inside][0]),
            "fit_high": float(radius[inside][-1]),
        },
        {"points": n, "theiler": window, "norm": norm},
    )


def _radii(radii: Any, size: float) -> Array:
    if radii is None:
        return size * np.logspace(-DECADES, 0.0, int(RADII_A_DECADE * DECADES) + 1)
    radius = np.asarray(radii, np.float64)
    if radius.ndim != 1 or radius.size < 4 or not (np.diff(radius) > 0).all() or not radius[0] > 0:
        raise ParameterError(
            f"radii: at least 4, above 0 and rising, got shape {radius.shape}; leave them out"
        )
    if not np.isfinite(radius).all():
        raise ParameterError("radii: finite, got infinite ones; leave them out")
    return radius


def _count(
    values: Array, radius: Array, window: int, euclidean: bool, threads: int | None
) -> tuple[Array, Array]:
    """Pairs of blocks (q, 2), and the pairs of points in each that are closer than each radius (q, radii)."""
    from ergodica.numerics import using_threads
    from ergodica.sims.chaos.correlation_kernel import guesses, pair_counts

    n = len(values)
    limits = radius * radius if euclidean else radius
    guess, edges = guesses(limits), np.linspace(0, n, BLOCKS + 1).astype(np.int64)
    blocks = np.array([(a, b) for a in range(BLOCKS) for b in range(a, BLOCKS)])
    together = max(4, int(SLICE / (n / BLOCKS) ** 2))
    counts, across = [], np.ascontiguousarray(values.T)
    with using_threads(threads), bar(len(blocks), "correlation sum", "block") as shown:
        for start in range(0, len(blocks), together):
            part = np.ascontiguousarray(blocks[start : start + together])
            counts.append(pair_counts(across, limits, guess, window, euclidean, edges, part))
            shown.update(len(part))
    return blocks, np.concatenate(counts)


def _range(fit: Any, radius: Array, pairs: Array, size: float) -> tuple[float, float]:
    if fit is None:
        enough = np.flatnonzero(pairs >= FEWEST_PAIRS)
        return float(radius[enough[0]]) if enough.size else float(radius[-1]), LARGEST * size
    low, high = (number("fit", one, above=0.0) for one in fit)
    if not low < high:
        raise ParameterError(f"fit: smallest and largest radius, got {fit!r}; put them in order")
    return low, high


def _slope(x: Array, pairs: Array) -> float:
    return float(np.polyfit(x, np.log(pairs), 1)[0])


def _slopes(x: Array, pairs: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = np.gradient(np.log(pairs), x)
    return np.where(np.isfinite(slopes), slopes, np.nan)


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


def _dataset(radius: Array, arrays: dict[str, Any], config: dict[str, Any]) -> xr.Dataset:
    from ergodica.data import from_arrays

    return from_arrays(
        arrays,
        title="Correlation dimension",
        dims={name: ("radius",) if np.ndim(one) else () for name, one in arrays.items()},
        units={**dict.fromkeys(arrays, "1"), "radius": "1"},
        long_names={
            "correlation_sum": "share of pairs closer than the radius",
            "local_slope": "slope of ln C over ln r",
            "dimension": "correlation dimension",
            "standard_error": "standard error of the dimension, of sampling and of the range",
            "fit_low": "smallest radius of the fit",
            "fit_high": "largest radius of the fit",
            "radius": "radius",
        },
        kinds={
            name: {"correlation_sum": "spectrum", "local_slope": "scaling"}.get(name, "parameter")
            for name in arrays
        },
        coordinates={"radius": radius},
        references=REFERENCES,
        config={"measure": "correlation_dimension", **config},
    )
