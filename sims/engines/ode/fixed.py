"""What the integrators with fixed steps share: members, steps, failures, threads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import check_threads
from ergodica.sims.engines.ode.codes import failures
from ergodica.sims.engines.ode.ensemble import check_points, parameter_rows, shared_between

Array = np.ndarray
State = dict[str, Any]

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
    def steps(self, state: State, first: int, count: int, parallel: bool) -> None:
        """Take the steps in place; the first goes from t = first dt on."""

    def advance(self, state: State, first: int, count: int) -> None:
        """Take `count` steps in place; `first` is the global index of the first."""
        members = len(self.parameters)
        if len(state["u"]) != members:
            raise ParameterError(f"u: {members} members, got {len(state['u'])}; begin with start(u)")
        begin = int(first) - int(state["origin"][0])
        with shared_between(self.threads, members):
            self.steps(state, begin, int(count), members > 1 and self.threads != 1)
        state["t"][:] = (begin + count) * self.dt

    def snapshots(self, state: State, first: int, count: int) -> State:
        """Advance through `count` snapshots: `u` (count, members, d) and `t` (count, members)."""
        u, t = np.empty((count, *state["u"].shape)), np.empty((count, len(state["u"])))
        for k in range(count):
            self.advance(state, first + k * self.steps_per_snapshot, self.steps_per_snapshot)
            u[k], t[k] = state["u"], state["t"]
        return {"u": u, "t": t}

    def failures(self, state: State) -> dict[int, tuple[float, str]]:
        """Member -> (time it stopped, why), of every member that stopped."""
        return failures(state)
