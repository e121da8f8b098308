"""Steppers that know rows of points alone, with the clock and the failures of the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from ergodica.sims.engines.ode.codes import ALIVE, NOT_FINITE
from ergodica.sims.engines.ode.fixed import FixedSteps, State

Array = np.ndarray


class Rows(FixedSteps):
    """Fixed steps by an engine that advances `u` (members, d) in place, such as `LanesRK4`, `CudaRK4`, `LanesMap`.

    A member that is no longer finite stays so, is found where a call ends and masked; `failed_at` is the end of the
    step that lost it, found by taking the call's steps again for the lost members alone.

    Arguments: `engine` with `dt`, `steps_per_snapshot`, `slice_steps`, `advance` and `part`; `parameters` (members,
    count).
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
        """Advance through `count` snapshots: `u` (count, members, d) and `t` (count, members) at each."""
        if not hasattr(self.engine, "snapshots"):
            return super().snapshots(state, first, count)
        begin, before = int(first) - int(state["origin"][0]), state["u"].copy()
        samples: State = self.engine.snapshots({"u": state["u"]}, begin, count)
        self._mask(state, before, samples["u"], begin, self.steps_per_snapshot)
        state["t"][:] = (begin + count * self.steps_per_snapshot) * self.dt
        return samples | {"t": self.times(state, first, count)}

    def steps(self, state: State, first: int, per: int, out: Array, parallel: bool) -> None:
        """Take the steps in place, sampling into `out`."""
        for sample in range(out.shape[1]):
            before, begin = state["u"].copy(), first + sample * per
            self.engine.advance({"u": state["u"]}, begin, per)
            out[:, sample] = state["u"]
            self._mask(state, before, out[None, :, sample], begin, per)

    def _mask(self, state: State, before: Array, samples: Array, begin: int, per: int) -> None:
        """NaN from where a member is lost, in `samples` (count, members, d) too, which begin with `before`."""
        going = state["failed"] == ALIVE
        samples[:, ~going] = np.nan
        lost = np.flatnonzero(going & ~np.isfinite(state["u"]).all(axis=1))
        if lost.size:
            state["failed"][lost] = NOT_FINITE
            which = np.argmin(np.isfinite(samples[:, lost]).all(axis=2), axis=0)  # the first sample after it
            for k in np.unique(which).tolist():
                members = lost[which == k]
                u = before if k == 0 else samples[k - 1]
                self._locate(state["failed_at"], members, u[members], begin + k * per, per)
            for member, k in zip(lost.tolist(), which.tolist(), strict=True):
                samples[k:, member] = np.nan
        state["u"][~going] = np.nan
        state["u"][lost] = np.nan

    def _locate(self, failed_at: Array, members: Array, u: Array, begin: int, count: int) -> None:
        """The time of the step that loses each of these members, from `u` on, by halves."""
        if members.size == 0:
            return
        if count == 1:
            failed_at[members] = (begin + 1) * self.dt
            return
        half, later = count // 2, u.copy()
        part = self.engine.part(members)
        for done in range(0, half, part.slice_steps):
            part.advance({"u": later}, begin + done, min(part.slice_steps, half - done))
        lost = ~np.isfinite(later).all(axis=1)
        self._locate(failed_at, members[lost], u[lost], begin, half)
        self._locate(failed_at, members[~lost], later[~lost], begin + half, count - half)
