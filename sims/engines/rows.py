"""Steppers that know rows of points alone, with the clock and the failures of the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.sims.engines.ode.codes import ALIVE, NOT_FINITE
from ergodica.sims.engines.ode.fixed import FixedSteps, State

Array = np.ndarray


class Rows(FixedSteps):
    """Fixed steps by an engine that advances `u` (members, d) in place, such as `LanesRK4`, `CudaRK4`, `LanesMap`.

    A member that is no longer finite is found where a call ends and masked: `failed_at` is that time.

    Arguments: `engine` with `dt`, `steps_per_snapshot`, `slice_steps` and `advance`; `parameters` (members, count).
    """

    def __init__(self, engine: Any, parameters: Array) -> None:
        super().__init__(
            parameters=parameters, dt=engine.dt, steps_per_snapshot=engine.steps_per_snapshot, threads=1
        )
        self.engine = engine

    @property
    def slice_steps(self) -> int:
        """At most so many steps a call."""
        return int(self.engine.slice_steps)

    def snapshots(self, state: State, first: int, count: int) -> State:
        """Advance through `count` snapshots: `u` at each, (count, members, d)."""
        if not hasattr(self.engine, "snapshots"):
            return super().snapshots(state, first, count)
        begin = int(first) - int(state["origin"][0])
        end = begin + count * self.steps_per_snapshot
        samples: State = self.engine.snapshots({"u": state["u"]}, begin, count)
        self._mask(state, end)
        state["t"][:] = end * self.dt
        return samples

    def steps(self, state: State, first: int, per: int, out: Array, parallel: bool) -> None:
        """Take the steps in place, sampling into `out`."""
        for sample in range(out.shape[1]):
            self.engine.advance({"u": state["u"]}, first + sample * per, per)
            self._mask(state, first + (sample + 1) * per)
            out[:, sample] = state["u"]

    def _mask(self, state: State, end: int) -> None:
        u = state["u"]
        lost = ~np.isfinite(u).all(axis=1)
        if lost.any():
            u[lost] = np.nan
            new = lost & (state["failed"] == ALIVE)
            state["failed"][new] = NOT_FINITE
            state["failed_at"][new] = end * self.dt
