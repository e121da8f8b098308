"""Settings judged by rollouts over every part of the training data, each left out of a fit once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Indices = NDArray[np.intp]

BLOCKS = 5
STARTS, HORIZON = 8, 100
"""Rollouts within each block unless more are asked for, and the most steps of each."""
FEWEST = 10


@dataclass(frozen=True)
class Blocks:
    """Equal parts of the time of all members.

    Attributes:
        members, snapshots: of the data.
        split: first snapshot of each block and the first after it.
        horizon: steps of the rollouts.
    """

    members: int
    snapshots: int
    split: tuple[tuple[int, int], ...]
    horizon: int

    @property
    def few(self) -> bool:
        """Whether all the snapshots, were they of one member, would not do for rollouts of the most steps."""
        return _steps(self.members * self.snapshots) < HORIZON

    def unseen(self, block: tuple[int, int], reach: int) -> Indices:
        """Times of targets, from `reach` on, that with the `reach` snapshots before them miss a block."""
        target = np.arange(reach, self.snapshots)
        return target[(target < block[0]) | (target - reach >= block[1])]

    def usable(self, reach: int) -> tuple[tuple[int, int], ...]:
        """Blocks with rollouts in them, and with half as much to learn from without them as without the last."""
        least = self.unseen(self.split[-1], reach).size / 2
        return tuple(
            one
            for one in self.split
            if self.starts(one, reach)[0].size and self.unseen(one, reach).size >= least
        )

    def starts(self, block: tuple[int, int], reach: int, most: int = STARTS) -> tuple[Indices, Indices]:
        """Member and first forecast snapshot of rollouts within a block, evenly; none where no context is before."""
        first = max(block[0], reach)
        room = block[1] - self.horizon - first + 1
        if room < 1:
            none = np.empty(0, np.intp)
            return none, none
        each = np.unique(np.linspace(0, self.members * room - 1, most).round().astype(np.intp))
        return each // room, first + each % room

    def around(
        self, values: Array, block: tuple[int, int], reach: int, most: int = STARTS
    ) -> tuple[Array, Array]:
        """What is before rollouts within a block, (starts, reach, r), and what comes, (starts, horizon, r)."""
        members, times = self.starts(block, reach, most)
        span = values[members[:, None], times[:, None] + np.arange(-reach, self.horizon)]
        return span[:, :reach], span[:, reach:]


def blocks_of(values: Array, name: str) -> Blocks:
    """Splits trajectories (members, snapshots, features).

    Raises:
        ParameterError: they are too short.
    """
    members, snapshots, _ = values.shape
    if snapshots < FEWEST:
        raise ParameterError(
            f"ds: must have at least {FEWEST} snapshots where {name} chooses its settings, got {snapshots}; record more"
        )
    edges = np.linspace(0, snapshots, BLOCKS + 1).round().astype(int).tolist()
    return Blocks(members, snapshots, tuple(pairwise(edges)), _steps(snapshots))


def _steps(snapshots: int) -> int:
    """Steps of rollouts over a block of a trajectory, of which there is room for as many starts."""
    return min(HORIZON, (snapshots // BLOCKS + 1) // 2)
