"""Settings judged by rollouts over the last part of the training data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SHARE = 5
"""One in so many snapshots of each trajectory is held out, the last ones."""
STARTS, HORIZON = 16, 100
"""Rollouts over the part that is held out, and the most steps of each."""
LARGEST = 2.0
"""Standard deviations at which an error is cut: beyond, all forecasts are equally wrong."""
TINY = 1e-13
"""Below it an error is round-off."""
FEWEST = 10


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The end of each trajectory, and where rollouts over it begin.

    Attributes:
        values: all trajectories, (members, snapshots, features).
        first: snapshots before the part that is held out.
        members, times: first snapshot that each rollout forecasts, (starts,).
        horizon: its steps.
    """

    values: Array
    first: int
    members: NDArray[np.intp]
    times: NDArray[np.intp]
    horizon: int

    @property
    def known(self) -> Array:
        """What may be learned from."""
        return self.values[:, : self.first]

    @property
    def truth(self) -> Array:
        """What the rollouts are held against, (starts, horizon, features)."""
        at = self.times[:, None] + np.arange(self.horizon)
        return self.values[self.members[:, None], at]

    def contexts(self, length: int) -> Array:
        """The snapshots before each start, (starts, length, features)."""
        at = self.times[:, None] + np.arange(-length, 0)
        return self.values[self.members[:, None], at]


def held_out(values: Array, name: str, starts: int = STARTS) -> HeldOut:
    """Splits trajectories (members, snapshots, features) for at most so many rollouts.

    Raises:
        ParameterError: they are too short to hold a part out.
    """
    members, snapshots, _ = values.shape
    if snapshots < FEWEST:
        raise ParameterError(
            f"ds: must have at least {FEWEST} snapshots where {name} chooses its settings, got {snapshots}; record "
            "more, or give every setting"
        )
    held = max(snapshots // SHARE, 2)
    horizon = min(HORIZON, (held + 1) // 2)
    first = snapshots - held
    each = np.linspace(0, members * (held - horizon + 1) - 1, starts).round().astype(np.intp)
    each = np.unique(each)
    return HeldOut(values, first, each // (held - horizon + 1), first + each % (held - horizon + 1), horizon)


def rollout_score(made: Array, truth: Array) -> NDArray[Any]:
    """Mean over the steps of the logarithm of the mean error over the starts; the smaller the better.

    The logarithm lets near and far steps count alike, whose errors differ by orders of magnitude in chaos.

    Args:
        made: (..., starts, steps, features), in standard deviations; what is not finite counts as `LARGEST`.
        truth: (starts, steps, features).
    """
    error = np.nan_to_num(abs(made - truth), nan=LARGEST, posinf=LARGEST).clip(0, LARGEST)
    size = np.sqrt((error**2).mean(axis=-1))
    return np.asarray(np.log(size.mean(axis=-2) + TINY).mean(axis=-1))
