"""The forecast that nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.models.described import named
from ergodica.models.forecast.forecaster import Forecaster
from ergodica.models.forecast.spread import thinned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@named
@dataclass(kw_only=True, eq=False)
class Persistence(Forecaster):
    """x(t + n dt) = x(t): what every forecaster has to beat.

    A draw adds the sum of n steps drawn from the training data, so the spread grows as that of a random walk.
    """

    name = "persistence"
    lookback = 1

    def _learn(self, values: Array, **training: Any) -> None:
        steps = np.diff(values, axis=1)
        self.arrays["steps"] = thinned(steps.reshape(-1, steps.shape[-1]))

    def _rollout(self, context: Array, steps: int, draws: np.random.Generator | None) -> Array:
        held = np.repeat(context[:, -1:], steps, axis=1)
        if draws is None:
            return held
        known = self.arrays["steps"]
        taken = known[draws.integers(len(known), size=(len(context), steps))]
        return np.asarray(held + (taken - known.mean(axis=0)).cumsum(axis=1))
