"""Fields that a user gives: functions of the grid, arrays, constants; checked and evaluated once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError


def called(value: Any, x: np.ndarray, name: str) -> Any:
    if not callable(value):
        return value
    try:
        return value(x.copy())  # what the function does to its argument stays its own affair
    except Exception as error:
        raise ParameterError(
            f"{name}: the function must take the grid x, shape {x.shape}, got {type(error).__name__}: {error}"
        ) from error


def as_field(value: Any, name: str, points: int) -> np.ndarray:
    """A complex field (points,) or (members, points), finite; a constant is spread over the grid."""
    try:
        array = np.array(value, dtype=np.complex128)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"{name}: must be numbers, got {type(value).__name__}; give a name, a function of x or an array"
        ) from error
    if array.ndim == 0:
        array = np.full(points, array)
    if array.ndim > 2 or array.shape[-1] != points or 0 in array.shape:
        raise ParameterError(
            f"{name}: must have shape ({points},) or (members, {points}), got {array.shape}; "
            f"use points={array.shape[-1]} or evaluate it on the grid"
        )
    if not np.isfinite(array).all():
        bad = int(np.argwhere(~np.isfinite(array))[0, -1])
        raise ParameterError(
            f"{name}: must be finite, got {array[..., bad].ravel()[0]} at grid point {bad}; mend the field there"
        )
    return array


def as_real_field(value: Any, name: str, points: int) -> np.ndarray:
    array = as_field(value, name, points)
    if array.ndim != 1 or np.any(array.imag):
        raise ParameterError(
            f"{name}: must be real, one value a grid point, got {value!r:.60}; take its real part"
        )
    return np.ascontiguousarray(array.real)
