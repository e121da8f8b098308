"""The spread of one-step models: what their errors feed back, and what they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.forecast.forecaster import RESIDUALS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

KEPT = 2**21
"""Most numbers that are kept of one-step errors, but at least `FEWEST` errors."""
FEWEST = 64
FED = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
"""Parts of the one-step error that are tried as noise of the dynamics; the rest is noise of the observation."""
DRAWS = 10


def thinned(errors: Array) -> Array:
    """At most so many of the one-step errors (n, features) as a file should hold, evenly over the data."""
    most = min(RESIDUALS, max(FEWEST, KEPT // max(errors.shape[1], 1)))
    if len(errors) <= most:
        return errors
    return errors[np.linspace(0, len(errors) - 1, most).round().astype(np.intp)]


def drawn(
    errors: Array, fed: float, rows: int, steps: int, draws: np.random.Generator
) -> tuple[Array, Array]:
    """Noise of the dynamics and of the observation, (rows, steps, features) each.

    A one-step error e is the sum of a part that moves the state, of variance fed^2 var(e), and of one that is only
    seen, of variance (1 - fed^2) var(e): one step ahead the spread is that of the errors whatever `fed` is.
    """
    moved = errors[draws.integers(len(errors), size=(rows, steps))] * fed
    seen = errors[draws.integers(len(errors), size=(rows, steps))] * np.sqrt(1 - fed**2)
    return moved, seen


def crps(made: Array, truth: Array) -> Array:
    """Continuous ranked probability score of draws (members, ...) of a truth (...), without bias for few draws."""
    ordered = np.sort(made, axis=0)
    m = len(made)
    weight = (2 * np.arange(1, m + 1) - m - 1).reshape(-1, *[1] * truth.ndim)
    apart = (weight * ordered).sum(axis=0) / (m * (m - 1))
    return np.asarray(abs(made - truth).mean(axis=0) - apart)


def chosen_share(roll: Callable[[float, int], Array], truth: Array) -> float:
    """The part of `FED` whose draws have the smallest score over held-out rollouts, each step counting alike.

    Args:
        roll: of a part and a number of draws, (draws, starts, steps, features).
        truth: (starts, steps, features).
    """
    scores = []
    for fed in FED:
        made = np.nan_to_num(roll(fed, DRAWS), nan=1e3, posinf=1e3, neginf=-1e3).clip(-1e3, 1e3)
        each = crps(made, truth).mean(axis=(0, 2))
        scores.append(np.log(np.maximum(each, 1e-13)).mean())
    return FED[int(np.argmin(scores))]
