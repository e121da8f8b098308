"""How settings are judged: scores of rollouts, and which of them are level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LARGEST = 2.0
"""Standard deviations at which an error is cut: beyond, all forecasts are equally wrong."""
TINY = 1e-13
"""Below it an error is round-off."""


def rollout_score(made: Array, truth: Array) -> NDArray[Any]:
    """`log_score` of `rollout_errors`; the smaller the better."""
    return log_score(rollout_errors(made, truth))


def rollout_errors(made: Array, truth: Array) -> Array:
    """Errors of rollouts, (..., starts, steps), in standard deviations.

    Args:
        made: (..., starts, steps, features), in standard deviations; what is not finite counts as `LARGEST`.
        truth: (starts, steps, features).
    """
    error = np.nan_to_num(abs(made - truth), nan=LARGEST, posinf=LARGEST).clip(0, LARGEST)
    return np.asarray(np.sqrt((error**2).mean(axis=-1)))


def log_score(errors: Array) -> NDArray[Any]:
    """Mean over the steps of the logarithm of the mean over the starts, (..., starts, steps) to (...).

    The logarithm lets near and far steps count alike, whose errors differ by orders of magnitude in chaos.
    """
    return np.asarray(np.log(errors.mean(axis=-2) + TINY).mean(axis=-1))


def without_each(parts: Sequence[Array]) -> Array:
    """`log_score` without each of the parts (..., starts, steps), (..., parts); of one part, with it."""
    if len(parts) == 1:
        return log_score(parts[0])[..., None]
    left = [np.concatenate([*parts[:at], *parts[at + 1 :]], axis=-2) for at in range(len(parts))]
    return np.stack([log_score(one) for one in left], axis=-1)


def level(others: Array, best: Array) -> NDArray[np.bool_]:
    """Which of the scores `without_each` part, (..., parts), are within a standard error of the best, (parts,).

    The error is that of the difference, by a jackknife over the parts.
    """
    behind = others - best
    apart = behind - behind.mean(axis=-1, keepdims=True)
    parts = behind.shape[-1]
    error = np.sqrt((parts - 1) / parts * (apart**2).sum(axis=-1))
    return np.asarray(behind.mean(axis=-1) <= error)
