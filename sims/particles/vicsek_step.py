"""Steps of Vicsek's model for all members of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ergodica.numerics import Box, using_threads
from ergodica.numerics.cells import empty_cells
from ergodica.numerics.errors import RunError
from ergodica.numerics.neighbours import use_threads
from ergodica.sims.particles.vicsek_kernel import loops
from ergodica.sims.simulation import State

PARTICLES_A_SLICE = 2**18  # particle-steps a call: some 0.1 s, short enough for Ctrl-C


class VicsekSteps:
    """Steps of every member, in place on `position`, `crossings` and `heading`, each with a leading member axis.

    Arguments: `box`; `count` of particles; `numbers` one array a member; `steps_per_snapshot`; `seed`; `streams` one a
    member.
    """

    def __init__(
        self,
        *,
        box: Box,
        count: int,
        numbers: Sequence[np.ndarray],
        steps_per_snapshot: int,
        seed: int,
        streams: Sequence[int],
        threads: int | None,
    ) -> None:
        self.box, self.count, self.numbers = box, count, numbers
        self.dt, self.steps_per_snapshot = 1.0, steps_per_snapshot
        self.seed, self.streams, self.threads = seed, streams, threads
        self.slice_steps = max(1, PARTICLES_A_SLICE // (count * len(numbers)))
        self._cells = empty_cells(count)

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the index of the first.

        Raises:
            RunError: a particle is no longer finite; it names the member and the particle.
        """
        serial, parallel = loops(space=self.box.dimensions == 3)
        with using_threads(self.threads):
            run = parallel if use_threads(self.count) > 1 else serial
            for j, numbers in enumerate(self.numbers):
                bad = run(
                    self._cells,
                    state["position"][j],
                    state["crossings"][j],
                    state["heading"][j],
                    numbers,
                    self.box.periods,
                    np.uint64(self.seed),
                    np.int64(self.streams[j]),
                    first,
                    count,
                )
                if bad >= 0:
                    raise RunError(
                        f"position: particle {bad} of member {j} is no longer finite within the steps from {first} to "
                        f"{first + count}; start elsewhere"
                    )
