"""Iterations of a map for many members at once."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ergodica.numerics import check_threads
from ergodica.sims.dynamics.definition import Definition

Array = np.ndarray
ITERATIONS_A_SLICE = 2**22  # members times iterations a call: some 10 ms


class LanesMap:
    """A stepper of one iteration a step, `advance` acting in place on `state["u"]`, float64 (members, d).

    Arguments: `definition` of the map; `parameters` (members, number of parameters); `steps_per_snapshot`;
    `threads` that share the blocks of members, None for numba's number. A member that leaves the range of
    float64 is infinite or NaN from then on, were it for one iteration only, and disturbs no other.
    """

    dt: float | None = 1.0

    def __init__(
        self,
        *,
        definition: Definition,
        parameters: Array,
        steps_per_snapshot: int,
        threads: int | None = None,
    ) -> None:
        check_threads(threads)
        self.definition, self.parameters, self.threads = definition, parameters, threads
        self.steps_per_snapshot = int(steps_per_snapshot)
        self.slice_steps = max(1, ITERATIONS_A_SLICE // max(32, len(parameters)))

    @functools.cached_property
    def _ready(self) -> tuple[Any, Array]:
        from ergodica.sims.dynamics.kernels import kernels
        from ergodica.sims.dynamics.layout import blocks_of

        return kernels(self.definition).iterate, blocks_of(self.parameters)

    def part(self, members: Array) -> LanesMap:
        """The stepper of these members alone."""
        return LanesMap(
            definition=self.definition,
            parameters=self.parameters[members],
            steps_per_snapshot=self.steps_per_snapshot,
            threads=self.threads,
        )

    def advance(self, state: dict[str, Any], first: int, count: int) -> None:
        """Iterate `count` times in place; `first` is the index of the first."""
        self._sample(state, first, [count])

    def snapshots(self, state: dict[str, Any], first: int, count: int) -> dict[str, Any]:
        """Iterate through `count` snapshots and return `u` at each, (count, members, d)."""
        return {"u": self._sample(state, first, [self.steps_per_snapshot] * count)}

    def _sample(self, state: dict[str, Any], first: int, counts: list[int]) -> Array:
        from ergodica.sims.engines.lanes_rk4 import sampled

        iterate, parameters = self._ready
        return sampled(iterate, state["u"], parameters, self.threads, 1.0, int(first), counts)
