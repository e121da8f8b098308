"""Scaling laws of losses."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

EXPONENTS = (0.02, 4.0)
GRID, ROUNDS = 40, 7
"""Exponents of a grid, and how often it is narrowed to the neighbours of the best one: to 1e-8 at last."""
AT_THE_END = 1e-6
"""Relative distance of the best exponent from the first or the last one."""


def scaling_law(
    sizes: ArrayLike, losses: ArrayLike, standard_errors: ArrayLike | None = None, *, level: float = 0.95
) -> xr.Dataset:
    """The law by which a loss falls with the size of what was learned from, and its limit.

    L(n) = L_inf + a n^-b

    Least squares in L_inf and a >= 0 for each exponent b, and b where the sum of squares is least; of a symbolic
    process the limit is its entropy rate, as far as the network can see.

    It warns where a constant fits as well as the law, so that there is nothing that falls, and where the best exponent
    is at an end of those that are tried.

    Args:
        sizes: n, such as symbols or parameters; four different ones or more, above 0.
        losses: at least as long as the law has parameters, (k,).
        standard_errors: of the losses; None for equal ones, estimated from the scatter about the law.
        level: of the interval of the limit and of the warning, between 0 and 1.

    Returns:
        `limit`, `amplitude`, `exponent`, `limit_standard_error`, the interval `limit_low` to `limit_high`, where the
        sum of squares is above its least by what F statistics say, and `residual(size)`. Of losses that do not fall at
        all the limit is the mean, the amplitude 0 and the exponent NaN.

    Raises:
        ParameterError: too few sizes, values that are not finite or positive, or a level that is no share.

    Good values: sizes over two decades or more: with less, limit and exponent trade off, as a wide interval says.

    Source: Kaplan et al. 2020, arXiv 2001.08361; Hoffmann et al. 2022, arXiv 2203.15556.
    """
    import xarray as xr
    from scipy.stats import chi2
    from scipy.stats import f as fisher

    from ergodica.data.provenance import make_attrs

    n, loss = np.asarray(sizes, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    if n.ndim != 1 or n.shape != loss.shape or len(np.unique(n)) < 4 or not (np.isfinite(n) & (n > 0)).all():
        raise ParameterError(
            f"sizes: must be at least 4 different positive numbers, one for each loss, got {n.shape} for {loss.shape}; "
            "train with more sizes"
        )
    if not np.isfinite(loss).all():
        raise ParameterError("losses: must be finite, got NaN or infinity; leave those sizes out")
    known = standard_errors is not None
    error = np.asarray(standard_errors, dtype=np.float64) if known else np.ones_like(loss)
    if error.shape != n.shape or not (np.isfinite(error) & (error > 0)).all():
        raise ParameterError(
            "standard_errors: must be positive, one for each loss; leave them out for equal ones"
        )
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise ParameterError(f"level: must lie between 0 and 1, got {level!r}; use 0.95")
    weight = 1 / error
    scaled = n / np.exp(np.log(n).mean())  # so that powers are of order 1

    exponent, limit, amplitude, squares = _best(scaled, loss, weight)
    free = max(len(n) - 3, 1)
    unit = 1.0 if known else max(squares / free, np.finfo(float).tiny)
    bound = squares + unit * float(chi2.ppf(level, 1) if known else fisher.ppf(level, 1, free))
    chance = float(chi2.ppf(level, 2) if known else 2 * fisher.ppf(level, 2, free))
    exponent = _questioned(exponent, amplitude, _of_constant(loss, weight) <= squares + unit * chance)

    def ends(at_most: float) -> list[float]:
        def excess(at: float) -> float:
            return _best(scaled, loss, weight, at)[3] - at_most

        return [_end(excess, limit, way * (np.ptp(loss) + 1e-12)) for way in (-1, 1)]

    low, high = ends(bound)
    sides = [abs(one - limit) for one in ends(squares + unit)]
    residual = loss - limit
    if amplitude > 0:
        residual = residual - amplitude * scaled**-exponent
        amplitude *= float((n / scaled)[0] ** exponent)
    said = {
        "limit": (limit, "limit of the loss"),
        "amplitude": (amplitude, "amplitude of the law"),
        "exponent": (exponent, "exponent of the law"),
        "limit_standard_error": (float(np.mean(sides)), "standard error of the limit"),
        "limit_low": (low, f"lower end of the {level:g} interval of the limit"),
        "limit_high": (high, f"upper end of the {level:g} interval of the limit"),
    }
    made = {
        name: ((), value, {"units": "1", "long_name": words, "ergodica_kind": "whole"})
        for name, (value, words) in said.items()
    }
    words = {"units": "1", "long_name": "loss minus the law", "ergodica_kind": "power_law"}
    return xr.Dataset(
        {**made, "residual": ("size", residual, words)},
        {"size": ("size", n, {"units": "1", "long_name": "size"})},
        make_attrs(
            title="Scaling law of a loss",
            references="Kaplan et al. 2020, arXiv 2001.08361; Hoffmann et al. 2022, arXiv 2203.15556",
            config={"law": "limit + amplitude size^-exponent", "level": level},
        ),
    )


def _of_constant(loss: Array, weight: Array) -> float:
    """Sum of squares about the weighted mean."""
    return float((((loss - np.average(loss, weights=weight**2)) * weight) ** 2).sum())


def _questioned(exponent: float, amplitude: float, constant: bool) -> float:
    """The exponent, NaN where nothing falls; warns where it says little."""
    if constant or amplitude == 0:
        warnings.warn(
            "losses: do not fall with the size beyond their scatter, a constant fits as well as a power law; trust "
            "neither amplitude nor exponent, and measure over more sizes",
            stacklevel=3,
        )
    elif min(abs(np.log(exponent / np.array(EXPONENTS)))) < AT_THE_END:
        warnings.warn(
            f"exponent: is at an end of the {EXPONENTS[0]:g} to {EXPONENTS[1]:g} that are tried, {exponent:.3g}; the "
            "losses fall more like a logarithm or a jump than by a power law, do not trust the limit",
            stacklevel=3,
        )
    return exponent if amplitude > 0 else float("nan")


def _best(
    n: Array, loss: Array, weight: Array, limit: float | None = None
) -> tuple[float, float, float, float]:
    """Exponent, limit, amplitude and sum of squares of the best law, of those with a given limit where there is one."""
    low, high = np.log(EXPONENTS)
    for _ in range(ROUNDS):
        grid = np.exp(np.linspace(low, high, GRID))
        limits, amplitudes, squares = _solved(n ** -grid[:, None], loss, weight, limit)
        near = int(squares.argmin())
        low, high = np.log(grid[max(near - 1, 0)]), np.log(grid[min(near + 1, GRID - 1)])
    return float(grid[near]), float(limits[near]), float(amplitudes[near]), float(squares[near])


def _solved(falls: Array, loss: Array, weight: Array, limit: float | None) -> tuple[Array, Array, Array]:
    """Limits, amplitudes and sums of squares by least squares, of falls (exponents, sizes)."""
    share = weight**2 / (weight**2).sum()
    if limit is None:
        fall, mean = (falls * share).sum(-1, keepdims=True), (loss * share).sum()
        below = ((falls - fall) ** 2 * share).sum(-1)
        amplitude = ((falls - fall) * (loss - mean) * share).sum(-1) / below
        amplitude = amplitude.clip(0)
        limits = mean - amplitude * fall[:, 0]
    else:
        amplitude = (falls * (loss - limit) * share).sum(-1) / (falls**2 * share).sum(-1)
        amplitude = amplitude.clip(0)
        limits = np.full(len(falls), limit)
    away = limits[:, None] + amplitude[:, None] * falls - loss
    return limits, amplitude, ((away * weight) ** 2).sum(-1)


def _end(excess: Callable[[float], float], start: float, way: float) -> float:
    """Where a profile of squares crosses its bound, from `start` in steps that double; infinite where it does not."""
    from scipy.optimize import brentq

    inner, step = start, 1e-3 * way
    for _ in range(40):
        outer = start + step
        if excess(outer) > 0:
            return float(brentq(excess, inner, outer, xtol=1e-12))
        inner, step = outer, 2 * step
    return float(np.inf * np.sign(way))
