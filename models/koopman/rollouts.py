"""The two forecasts of a Koopman model, which are different things: lifted once, or lifted anew at every step."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import whole_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ergodica.models.koopman.koopman import KoopmanModel

    Array = NDArray[np.float64]


def linear(model: KoopmanModel, windows: Array, steps: int) -> Array:
    """decode(K^n z(x)) for n = 1 ... steps, (rows, steps, features)."""
    steps = whole_number("steps", steps, 1)
    made = np.full((len(windows), steps, windows.shape[-1]), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        z: NDArray[Any] = model.lift(windows)
        for step in range(steps):
            z = z @ model.operator.T
            finite = np.isfinite(z).all(axis=1)
            if not finite.any():
                break
            made[finite, step] = model.decode(z[finite]).real
    return _ended(made)


def reencoded(model: KoopmanModel, windows: Array, steps: int) -> Array:
    """x_n+1 = decode(K z(x_n)), (rows, steps, features)."""
    steps = whole_number("steps", steps, 1)
    made = np.full((len(windows), steps, windows.shape[-1]), np.nan)
    going = np.arange(len(windows))
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(steps):
            x = model.decode(model.lift(windows) @ model.operator.T).real
            made[going, step] = x
            finite = np.isfinite(x).all(axis=1)
            going = going[finite]
            if not len(going):
                break
            windows = np.concatenate([windows[finite, 1:], x[finite, None]], axis=1)
    return _ended(made)


def _ended(made: Array) -> Array:
    """A rollout that is NaN from where it overflowed."""
    gone = np.logical_or.accumulate(~np.isfinite(made).all(axis=-1), axis=1)
    if gone.any():
        warnings.warn(
            f"rollout: {gone.any(axis=1).sum()} of {len(gone)} overflowed and are NaN from there on",
            stacklevel=4,
        )
        made[gone] = np.nan
    return made
