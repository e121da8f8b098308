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
"""Rollouts within each block, and the most steps of each."""
FEWEST = 20


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

    def unseen(self, block: tuple[int, int], reach: int) -> Indices:
        """Times of targets, from `reach` on, that with the `reach` snapshots before them miss a block."""
        target = np.arange(reach, self.snapshots)
        return target[(target < block[0]) | (target - reach >= block[1])]

    def starts(self, block: tuple[int, int], reach: int) -> tuple[Indices, Indices]:
        """Member and first forecast snapshot of rollouts within a block, evenly; none where no context is before."""
        first = max(block[0], reach)
        room = block[1] - self.horizon - first + 1
        if room < 1:
            none = np.empty(0, np.intp)
            return none, none
        each = np.unique(np.linspace(0, self.members * room - 1, STARTS).round().astype(np.intp))
        return each // room, first + each % room


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
    horizon = min(HORIZON, (snapshots // BLOCKS + 1) // 2)
    return Blocks(members, snapshots, tuple(pairwise(edges)), horizon)
