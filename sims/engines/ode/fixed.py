"""What the integrators with fixed steps share: members, steps, failures, threads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import check_threads
from ergodica.sims.engines.ode.codes import failures
from ergodica.sims.engines.ode.ensemble import check_points, parameter_rows
from ergodica.sims.engines.sharing import shared_between

Array = np.ndarray
State = dict[str, Any]

WORTH_THREADS = 2**18  # component updates below which starting the threads costs more than they save
WORK_A_CALL = 2**25  # component updates: some 0.1 s of one thread, short enough for Ctrl-C


class FixedSteps(ABC):
    """An integrator with steps of length `dt`: step k goes from t = (k - origin) dt on.

    The state holds `u` (members, d), `t` (members,), `failed` (members,) and `failed_at` (members,): a code
    (0: going on) and the time at which the member stopped, after which its `u` is NaN; `origin` (members,) is
    the number of steps before t = 0. A scheme may add more.
    """

    work_per_step = 4
    """Component updates of one step, in round numbers."""

    def __init__(
        self, *, parameters: Array, dt: float, steps_per_snapshot: int = 1, threads: int | None = None
    ) -> None:
        check_threads(threads)
        if not (np.isfinite(dt) and dt > 0):
            raise ParameterError(f"dt: finite and above 0, got {dt!r}; use a hundredth of the shortest time")
        if not steps_per_snapshot >= 1:
            raise ParameterError(f"steps_per_snapshot: at least 1, got {steps_per_snapshot!r}; use 1")
        self.parameters = parameter_rows(parameters)
        self.dt, self.steps_per_snapshot, self.threads = float(dt), int(steps_per_snapshot), threads

    @property
    def slice_steps(self) -> int:
        """At most so many steps a call."""
        return max(1, WORK_A_CALL // (len(self.parameters) * self.work_per_step))

    def start(self, u: Array, t: float = 0.0) -> State:
        """The state at time t, a whole number of steps, of a new run from the points `u` (members, d)."""
        u = check_points(u, len(self.parameters))
        members = len(u)
        return {
            "u": u,
            "t": np.full(members, t),
            "origin": np.full(members, round(-t / self.dt)),
            "failed": np.zeros(members, np.int64),
            "failed_at": np.full(members, np.nan),
        }

    @abstractmethod
    def steps(self, state: State, first: int, per: int, out: Array, parallel: bool) -> None:
        """Take `per` steps for each sample in `out` (members, samples, d); the first step begins at t = first dt."""

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the global index of the first."""
        self._sample(state, first, count, 1)

    def snapshots(self, state: State, first: int, count: int) -> State:
        """Advance through `count` snapshots: `u` (count, members, d) and `t` (count, members) at each."""
        u = self._sample(state, first, self.steps_per_snapshot, count)
        return {"u": u, "t": self.times(state, first, count)}

    def times(self, state: State, first: int, count: int) -> Array:
        """When `count` snapshots are that begin with the step `first`, (count, members)."""
        steps = int(first) - int(state["origin"][0]) + self.steps_per_snapshot * np.arange(1, count + 1)
        return np.broadcast_to((steps * self.dt)[:, None], (count, len(self.parameters)))

    def _sample(self, state: State, first: int, per: int, samples: int) -> Array:
        members, u = len(self.parameters), state["u"]
        if len(u) != members:
            raise ParameterError(f"u: {members} members, got {len(u)}; begin with start(u)")
        begin, out = int(first) - int(state["origin"][0]), np.empty((members, samples, u.shape[1]))
        work = out.size * int(per) * self.work_per_step
        parallel = members > 1 and self.threads != 1 and work > WORTH_THREADS
        with shared_between(self.threads if parallel else 1, members):
            self.steps(state, begin, int(per), out, parallel)
        state["t"][:] = (begin + per * samples) * self.dt
        return out.swapaxes(0, 1)

    def failures(self, state: State) -> dict[int, tuple[float, str]]:
        """Member -> (time it stopped, why), of every member that stopped."""
        return failures(state)
