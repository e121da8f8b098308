"""Fixed steps of Couzin's model for all members of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ergodica.numerics import Box, using_threads
from ergodica.numerics.cells import empty_cells
from ergodica.numerics.errors import RunError
from ergodica.numerics.neighbours import CHUNKS_A_THREAD, use_threads
from ergodica.sims.engines.pieces import over_members
from ergodica.sims.simulation import State
from ergodica.sims.zones.loops import loops
from ergodica.sims.zones.rule import Hunters, Rule, Traits, as_array

PARTICLES_A_SLICE = 2**18  # particle-steps a call: some 0.1 s, short enough for Ctrl-C


class CouzinSteps:
    """Steps of every member, in place on `position`, `crossings` and `heading`, each with a leading member axis.

    Arguments: `box`; `rules`, `traits`, `hunts` and `streams` one a member; `dt`; `steps_per_snapshot`; `seed`.

    The members of an ensemble are shared between threads; a single large school is, too.
    """

    def __init__(
        self,
        *,
        box: Box,
        rules: Sequence[Rule],
        traits: Sequence[Traits],
        hunts: Sequence[np.ndarray],
        dt: float,
        steps_per_snapshot: int,
        seed: int,
        streams: Sequence[int],
        threads: int | None,
    ) -> None:
        self.box, self.traits, self.hunts = box, traits, hunts
        self.rules = [as_array(rule) for rule in rules]
        self.dt, self.steps_per_snapshot = dt, steps_per_snapshot
        self.seed, self.streams, self.threads = seed, streams, threads
        self.count = len(traits[0].speed)
        self.slice_steps = max(1, PARTICLES_A_SLICE // (self.count * len(rules)))
        self._cells = [empty_cells(self.count)]

    def _hunters(self, state: State, j: int) -> Hunters:
        if "predator_position" not in state:
            nobody = np.empty((0, 3))
            return Hunters(nobody[:, : self.box.dimensions].copy(), nobody, nobody, self.hunts[j])
        position, heading = state["predator_position"][j], state["predator_heading"][j]
        return Hunters(position, heading, np.zeros_like(heading), self.hunts[j])

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the index of the first.

        Raises:
            RunError: a position is no longer finite; it names the member and the particle.
        """
        serial, parallel = loops(space=self.box.dimensions == 3)
        with using_threads(self.threads):
            threads = use_threads(self.count)

            def some(members: range) -> None:
                cells = self._cells[0] if len(self.rules) == 1 else empty_cells(self.count)
                for j in members:
                    (parallel if threads > 1 else serial)(
                        cells,
                        state["position"][j],
                        state["crossings"][j],
                        state["heading"][j],
                        self.traits[j],
                        self._hunters(state, j),
                        self.rules[j],
                        self.box.periods,
                        np.uint64(self.seed),
                        np.int64(self.streams[j]),
                        first,
                        count,
                        CHUNKS_A_THREAD * threads,
                    )

            over_members(some, len(self.rules), in_turn=threads > 1, threads=self.threads)
        refuse_lost(state["position"], first, count)


def refuse_lost(position: np.ndarray, first: int, count: int) -> None:
    """Raise RunError for a position that is not finite, `(members, n, d)` after `count` steps from `first` on."""
    if np.isfinite(position).all():
        return
    member, particle = np.argwhere(~np.isfinite(position).all(axis=-1))[0]
    raise RunError(
        f"position: particle {particle} of member {member} is no longer finite within the steps from {first} to "
        f"{first + count}; use smaller speeds or start elsewhere"
    )
