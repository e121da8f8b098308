"""One network with a hidden layer that is drawn at random, on delayed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.forecast.forecaster import BOUND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Indices = NDArray[np.intp]

LIMIT = 1e3 * BOUND


@dataclass(frozen=True, eq=False)
class RandomNetwork:
    """x(n + 1) = x(n) + A z + B tanh(V z + b) + c, with z = (x(n), x(n - s), ..., x(n - (k - 1) s)).

    V and b are drawn and stay, so that the readout (A, B, c) is a linear regression.

    Attributes:
        delays: k, 1 or more.
        spacing: s, in snapshots, 1 or more.
        hidden: V, (delays * d, units).
        bias: b, (units,).
    """

    delays: int
    spacing: int
    hidden: Array
    bias: Array

    @staticmethod
    def drawn(
        delays: int, spacing: int, scale: float, features: int, units: int, rng: np.random.Generator
    ) -> RandomNetwork:
        """V normal with standard deviation `scale` by the root of the inputs, b uniform on -1 to 1."""
        inputs = delays * features
        hidden = rng.normal(size=(inputs, units)) * (scale / np.sqrt(inputs))
        return RandomNetwork(delays, spacing, hidden, rng.uniform(-1, 1, size=units))

    @property
    def reach(self) -> int:
        """Snapshots that the delays span."""
        return (self.delays - 1) * self.spacing + 1

    def seen(self, delayed: Array) -> Array:
        """What the readout reads, (..., inputs) to (..., inputs + units)."""
        return np.concatenate([delayed, np.tanh(delayed @ self.hidden + self.bias)], axis=-1)

    def delayed(self, values: Array, members: Indices, times: Indices) -> Array:
        """z of the snapshots before `times`, (n,), of (members, snapshots, d): (n, delays * d)."""
        at = times[:, None] - 1 - self.spacing * np.arange(self.delays)
        return values[members[:, None], at].reshape(len(times), -1)

    def continued(self, readouts: Array, context: Array, steps: int, noise: Array | None = None) -> Array:
        """Rollouts for several readouts, (fits, inputs + units + 1, d) and (rows, snapshots, d).

        Args:
            noise: (rows, steps, d), added to what is made and fed back.

        Returns:
            (fits, rows, steps, d).
        """
        before, d = self.reach, context.shape[-1]
        path = np.empty((len(readouts), len(context), before + steps, d))
        path[:, :, :before] = context[:, context.shape[1] - before :]
        back = self.spacing * np.arange(self.delays)
        weights, constant = readouts[:, :-1], readouts[:, None, -1]
        for at in range(before, before + steps):
            delayed = path[:, :, at - 1 - back].reshape(*path.shape[:2], -1)
            made = path[:, :, at - 1] + self.seen(delayed) @ weights + constant
            if noise is not None:
                made += noise[:, at - before]
            path[:, :, at] = np.nan_to_num(made, nan=LIMIT).clip(-LIMIT, LIMIT)
        return path[:, :, before:]
