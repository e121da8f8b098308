"""Neighbour lists with a skin, rebuilt only when a particle has moved by more than half of it.

For a simulation of your own that moves particles a little each step, in Python or in one compiled loop. The overdamped
particles of `ergodica.sims` keep lists of their own, of sorted particles.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ergodica.numerics.cells import Array, Indices, Integers, empty_cells
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box, as_box
from ergodica.numerics.neighbours import BoxLike, checked_positions, use_threads

if TYPE_CHECKING:
    from ergodica.numerics.verlet_kernels import Lists

ROOM = 1.2  # over what was needed, so that a list that grows slowly is not made anew each time
LEAST_ROOM = 64


class VerletList:
    """All pairs within a radius, and some up to radius + skin, kept while particles move little.

    The list is fit for use after each `update`. It then holds every pair within `radius`; whoever loops over it
    checks the distance. A run calls `update` once a step; or passes `lists` to a kernel of its own that calls the
    one which `ergodica.numerics.verlet_kernels.refreshing` makes.

    Args:
        radius: > 0; radius + skin at most half of every periodic length.
        skin: > 0. Larger, and the list is rebuilt more rarely but holds more pairs.
        box: a `Box`, one length for all axes, a length an axis (None for an open one), or None for open space.
        once: whether a pair stands only in the list of the lower number, for loops that add a force to one particle
            and take it from the other on one thread. Such a loop, which goes on from the sum that lower ones left,
            adds in the same order as one over full lists.

    Raises:
        ParameterError: a radius or skin out of range.

    Good values: skin = 0.3 times the radius for soft discs that move some hundredths of it a step.

    >>> verlet = VerletList(1.0, skin=0.4, box=10.0)
    >>> verlet.update([[0.1, 5.0], [9.2, 5.0], [5.0, 5.0]]), verlet.indices[: verlet.offsets[-1]]
    (True, array([1, 0], dtype=int32))
    >>> verlet.update([[0.2, 5.0], [9.3, 5.0], [5.0, 5.0]])
    False

    Source: Verlet 1967, Phys. Rev. 159, 98.
    """

    def __init__(self, radius: float, *, skin: float, box: BoxLike = None, once: bool = False) -> None:
        self._given = box
        self.radius = Box.open(1).check_radius("radius", radius)
        self.skin = Box.open(1).check_radius("skin", skin)
        self.once = once
        self.box: Box | None = None
        self.rebuilds = 0
        self._lists: Lists | None = None

    @property
    def lists(self) -> Lists:
        """The arrays, for kernels; after the first `update`."""
        if self._lists is None:
            raise ParameterError("lists: must be made first, got none; call update with positions")
        return self._lists

    @property
    def offsets(self) -> Integers:
        """Where each list begins, `(n + 1,)`."""
        return self.lists.offsets

    @property
    def indices(self) -> Indices:
        """The neighbours; those of i are `indices[offsets[i] : offsets[i + 1]]`, ascending."""
        return self.lists.indices

    def update(self, positions: ArrayLike) -> bool:
        """Make the list fit for `positions` `(n, d)`, wrapped or not; whether it was made anew.

        Raises:
            ParameterError: a coordinate that is not finite, a shape that does not fit.
        """
        from ergodica.numerics.verlet_kernels import NO_ROOM, REBUILT, refreshing

        array = checked_positions("positions", positions)
        if self._lists is None or self._lists.reference.shape != array.shape:
            self._start(array)
        assert self.box is not None
        refresh = refreshing(space=array.shape[1] == 3, once=self.once, parallel=use_threads(len(array)) > 1)
        status = refresh(self.lists, array, self.radius, self.skin, self.box.periods)
        if status == NO_ROOM:
            room = math.ceil(ROOM * self.offsets[-1]) + LEAST_ROOM
            self._lists = self.lists._replace(indices=np.empty(room, np.int32))
            status = refresh(self.lists, array, self.radius, self.skin, self.box.periods)
        if status < 0:
            bad = -1 - status
            raise ParameterError(
                f"positions: must be finite, got {array[bad].tolist()} for particle {bad}; remove or mend it"
            )
        self.rebuilds += status == REBUILT
        return bool(status == REBUILT)

    def _start(self, positions: Array) -> None:
        from ergodica.numerics.verlet_kernels import Lists

        self.box = as_box(self._given, positions.shape[1])
        self.box.check_radius("radius + skin", self.radius + self.skin)
        self._lists = Lists(
            offsets=np.zeros(len(positions) + 1, np.int64),
            indices=np.empty(LEAST_ROOM, np.int32),
            reference=np.full(positions.shape, np.nan),
            cells=empty_cells(len(positions)),
        )
