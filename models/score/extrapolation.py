"""Rates at a time step of zero, from runs of several steps."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ERROR = "_standard_error"
DOUBTFUL = 1e-3
"""Chance of a chi^2 as large as found, below which the fit is called bad."""


def extrapolate(results: Sequence[xr.Dataset], dt: Sequence[float], *, order: int = 1) -> xr.Dataset:
    """Rates of runs with several time steps, at dt -> 0.

    y(dt) = y_0 + sum_k c_k dt^k, k = 1 .. order, by least squares weighted with 1/standard error^2

    A scheme of weak order 1, such as Euler-Maruyama, samples a density that is off in first order of dt, and so is
    the identity that needs no score, of an equilibrium, too: there it must be 0 at dt = 0. The score of such a density
    is off with it: near an equilibrium, where v is of first order itself, the production from a score learned at each
    dt is off in second order, and needs order=2.

    Args:
        results: one dataset a run, such as of `entropy_production`; every variable `y` with `y_standard_error` in all
            of them, of the same dims, is fitted.
        dt: steps of the runs, > 0, as many, at least order + 1 different ones.
        order: of the polynomial, 1 or 2.

    Returns:
        Dataset with each `y` at dt = 0, `y_standard_error`, `y_slope`, the coefficient of dt, and, with more runs than
        coefficients, `y_chi_squared`: where it is above the degrees of freedom, the standard error is larger by the
        root of their ratio; its attribute `degrees_of_freedom` is their difference. NaN where a value is not
        finite or an error not above 0.

    Raises:
        ParameterError: too few or equal steps, no variable in common.

    Warns:
        UserWarning: chi^2 is so large that it happens once in 1000 fits: the steps are too large for the order.

    Good values: three steps or more, the largest four times the smallest, with equal errors.

    Source: Talay and Tubaro 1990, Stoch. Anal. Appl. 8, 483.
    """
    from scipy.special import gammaincc

    _check_results(results)
    steps = _checked(results, dt, order)
    names = [
        str(name)
        for name, one in results[0].data_vars.items()
        if all(
            name in r and f"{name}{ERROR}" in r and r[name].dims == one.dims and r[name].shape == one.shape
            for r in results
        )
    ]
    if not names:
        raise ParameterError(
            f"results: must have a variable with its {ERROR[1:]} in common, got none; pass datasets of "
            "entropy_production"
        )
    found = results[0][names].copy()
    freedom = len(steps) - order - 1
    bad = []
    for name in names:
        values = np.array([r[name].values for r in results], dtype=np.float64)
        errors = np.array([r[f"{name}{ERROR}"].values for r in results], dtype=np.float64)
        fits, spreads, squares = _fitted(steps, values, errors, order)
        attrs, words = results[0][name].attrs, results[0][name].attrs.get("long_name", name)
        dims = results[0][name].dims
        found[name] = dims, fits[0], {**attrs, "long_name": f"{words}, at a time step of 0"}
        plain = {**attrs, "ergodica_kind": "parameter"}
        found[f"{name}{ERROR}"] = dims, spreads, {**plain, "long_name": f"standard error of the {words}"}
        found[f"{name}_slope"] = (
            dims,
            fits[1],
            {**plain, "long_name": f"change of the {words} with the time step"},
        )
        if freedom:
            words = f"chi squared of the fit of the {words}"
            found[f"{name}_chi_squared"] = dims, squares, {**plain, "units": "1", "long_name": words}
            # of many values the smallest chance is small by itself
            if (gammaincc(freedom / 2, squares / 2) * squares.size < DOUBTFUL).any():
                bad.append(name)
    found.attrs["degrees_of_freedom"] = freedom
    found.attrs["time_steps"] = ", ".join(f"{one:g}" for one in steps)
    found.attrs["order"] = order
    if bad:
        warnings.warn(
            f"order: a polynomial of order {order} does not fit {', '.join(bad)} over steps of {steps.min():g} to "
            f"{steps.max():g}: chi squared is too large; use smaller steps{', or order=2' if order == 1 else ''}",
            stacklevel=2,
        )
    return found


def _check_results(results: Any) -> None:
    if not isinstance(results, Sequence) or not all(hasattr(one, "data_vars") for one in results):
        raise ParameterError(
            f"results: must be datasets with standard errors, one a run, got {type(results).__name__}"
            f"{f' with {type(results[0]).__name__}' if isinstance(results, Sequence) and len(results) else ''}; pass "
            "what entropy_production gave for each"
        )


def _checked(results: Sequence[xr.Dataset], dt: Sequence[float], order: int) -> Array:
    steps = np.asarray(dt, dtype=np.float64)
    if order not in (1, 2):
        raise ParameterError(f"order: must be 1 or 2, got {order!r}; use 1")
    if steps.shape != (len(results),) or not (np.isfinite(steps) & (steps > 0)).all():
        raise ParameterError(
            f"dt: must be a step above 0 for each of {len(results)} results, got {dt!r}; give them in their order"
        )
    if len(np.unique(steps)) <= order:
        raise ParameterError(
            f"dt: must have at least {order + 1} different steps for order {order}, got {len(np.unique(steps))}; make "
            "more runs"
        )
    return steps


def _fitted(steps: Array, values: Array, errors: Array, order: int) -> tuple[Array, Array, Array]:
    """Coefficients (order + 1, ...), error of the first, and chi^2, of values (runs, ...).

    Where the curve misses the values by more than their errors, the error is that of what it misses them by.
    """
    shape = values.shape[1:]
    flat, spread = values.reshape(len(steps), -1), errors.reshape(len(steps), -1)
    known = np.isfinite(flat).all(axis=0) & np.isfinite(spread).all(axis=0) & (spread > 0).all(axis=0)
    unit = steps.max()
    powers = np.vander(steps / unit, order + 1, increasing=True)
    fits = np.full((order + 1, flat.shape[1]), np.nan)
    error, squares = np.full(flat.shape[1], np.nan), np.full(flat.shape[1], np.nan)
    for lane in np.flatnonzero(known):
        matrix = powers / spread[:, lane, None]
        inverse = np.linalg.pinv(matrix)
        fits[:, lane] = inverse @ (flat[:, lane] / spread[:, lane])
        error[lane] = np.sqrt((inverse[0] ** 2).sum())
        squares[lane] = ((flat[:, lane] / spread[:, lane] - matrix @ fits[:, lane]) ** 2).sum()
    freedom = len(steps) - order - 1
    if freedom:
        error *= np.sqrt(np.maximum(squares / freedom, 1.0))
    fits /= unit ** np.arange(order + 1)[:, None]

    def shaped(one: Any) -> Array:
        return np.asarray(one).reshape(shape)

    return fits.reshape(order + 1, *shape), shaped(error), shaped(squares)
