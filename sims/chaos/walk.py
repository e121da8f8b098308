"""Many orbits of a system on their way, from which those that are decided are taken out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.sims.chaos.orbit import integrator
from ergodica.sims.chaos.subject import Subject

Array = np.ndarray

TOLERANCE = 1e-8
MOST_STEPS = 100_000
"""Between two samples; an orbit that needs more has met a singularity."""


class Walk:
    """Orbits from `points` (m, d) at t = 0, sampled every `spacing`; an orbit that stops is NaN from there on.

    `size` (d,) of orbits sets the absolute error of a flow, a small share of it.
    """

    def __init__(
        self, chosen: Subject, points: Array, *, spacing: float, size: Array, threads: int | None
    ) -> None:
        self.chosen, self.spacing, self.threads = chosen, spacing, threads
        self.atol = TOLERANCE * float(np.min(size))
        self.done = 0
        self._engine = self._made(len(points))
        self._state: dict[str, Any] = (
            {"u": points.copy()} if chosen.is_map else self._engine.start(points.copy())
        )

    def _made(self, members: int) -> Any:
        chosen, rows = self.chosen, np.tile(self.chosen.vector, (members, 1))
        if chosen.is_map:
            from ergodica.sims.engines.lanes_map import LanesMap

            return LanesMap(
                definition=chosen.definition, parameters=rows, steps_per_snapshot=1, threads=self.threads
            )
        return integrator(
            chosen,
            rows,
            spacing=self.spacing,
            threads=self.threads,
            rtol=TOLERANCE,
            atol=self.atol,
            max_steps=MOST_STEPS,
        )

    def __len__(self) -> int:
        return len(self._state["u"])

    def samples(self, count: int) -> Array:
        """The next samples, (count, m, d)."""
        if self.chosen.is_map:
            out = np.empty((count, *self._state["u"].shape))
            with np.errstate(all="ignore"):
                for n in range(count):
                    self._engine.advance(self._state, self.done + n, 1)
                    out[n] = self._state["u"]
        else:
            out = np.ascontiguousarray(self._engine.sample(self._state, self.done, count))
        self.done += count
        return out

    def keep(self, which: Array) -> None:
        """Go on with these orbits (m,) alone."""
        self._state = {name: np.ascontiguousarray(one[which]) for name, one in self._state.items()}
        self._engine = self._made(int(which.sum()))
