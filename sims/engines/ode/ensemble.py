"""What the integrators share: members, snapshots, failures, threads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import check_threads
from ergodica.sims.engines.ode.codes import ALIVE, failures
from ergodica.sims.engines.sharing import shared_between

Array = np.ndarray
State = dict[str, Any]


class Ensemble(ABC):
    """An integrator that samples every member at exact snapshot times from its own steps.

    The state holds `u` (members, d), `t` (members,), `history` (members, ...) with all that the scheme needs
    to go on bit for bit, and `failed` (members,) and `failed_at` (members,): a code (0: going on) and the
    time at which the member stopped, after which its `u` is NaN; `size` (members, 2) is the largest component at
    the start and where the member stopped.
    """

    steps_per_snapshot = 1
    slice_steps = 1
    dt: float | None = None
    point_column = 0
    """Where in a member's history the point that it reached begins."""
    steps_taken = 0
    """Steps of all members up to their last samples, of integrators that choose their own."""

    def __init__(self, *, parameters: Array, spacing: float, threads: int | None) -> None:
        check_threads(threads)
        parameters = parameter_rows(parameters)
        if not (np.isfinite(spacing) and spacing > 0):
            raise ParameterError(
                f"spacing: finite and above 0, got {spacing!r}; give the time between snapshots"
            )
        self.parameters, self.spacing, self.threads = parameters, float(spacing), threads

    @abstractmethod
    def history_size(self, d: int) -> int:
        """Numbers that a member's history holds."""

    @abstractmethod
    def prepare(self, u: Array, history: Array, t: float) -> None:
        """Fill the history at the start, at time t; it comes as zeros."""

    @abstractmethod
    def fill(self, state: State, targets: Array, out: Array) -> None:
        """Bring every member to the last target, sampling into `out` (members, targets, d), which comes as NaN."""

    def start(self, u: Array, t: float = 0.0) -> State:
        """The state at time t of a new run from the points `u` (members, d)."""
        members = len(self.parameters)
        u = check_points(u, members)
        history = np.zeros((members, self.history_size(u.shape[1])))
        self.prepare(u, history, t)
        return {
            "u": u,
            "t": np.full(members, t),
            "history": history,
            "failed": np.zeros(members, np.int64),
            "failed_at": np.full(members, np.nan),
            "size": np.column_stack([np.abs(u).max(axis=1), np.full(members, np.nan)]),
        }

    def advance(self, state: State, first: int, count: int) -> None:
        """Advance by `count` snapshot intervals in place; `first` is the index of the first, the one at t=0 is 0."""
        self._fill(state, np.array([(first + count) * self.spacing]))

    def sample(self, state: State, first: int, count: int) -> Array:
        """Advance likewise and return every snapshot on the way, (count, members, d)."""
        return self._fill(state, np.arange(first + 1, first + count + 1) * self.spacing)

    def snapshots(self, state: State, first: int, count: int) -> State:
        """`sample` in the words of the run loop: `u` (count, members, d) and `t` (count, members)."""
        u = self.sample(state, first, count)
        t = np.arange(first + 1, first + count + 1) * self.spacing
        return {"u": u, "t": np.broadcast_to(t[:, None], u.shape[:2])}

    def failures(self, state: State) -> dict[int, tuple[float, str]]:
        """Member -> (time it stopped, why), of every member that stopped."""
        return failures(state)

    def reached(self, history: Array, d: int) -> Array:
        """The last point of a member, (d,)."""
        return history[self.point_column : self.point_column + d]

    def _fill(self, state: State, targets: Array) -> Array:
        u = state["u"]
        size = (len(self.parameters), self.history_size(u.shape[1]))
        if state["history"].shape != size:
            raise ParameterError(f"history: shape {size}, got {state['history'].shape}; begin with start(u)")
        out = np.full((len(u), targets.size, u.shape[1]), np.nan)
        self.fill(state, targets, out)
        for member in np.flatnonzero((state["failed"] != ALIVE) & np.isnan(state["size"][:, 1])):
            state["size"][member, 1] = np.abs(self.reached(state["history"][member], u.shape[1])).max()
        u[:] = out[:, -1]
        state["t"][:] = targets[-1]
        return out.transpose(1, 0, 2)

    def sharing(self, pieces: int) -> AbstractContextManager[None]:
        """Threads for a parallel loop of so many pieces; nothing for one."""
        return shared_between(self.threads, pieces)


def parameter_rows(parameters: Array) -> Array:
    """The parameters as (members, count); raises ParameterError for another shape."""
    parameters = np.ascontiguousarray(parameters, np.float64)
    if parameters.ndim != 2:
        raise ParameterError(f"parameters: shape (members, count), got {parameters.shape}; add a member axis")
    return parameters


def check_points(u: Array, members: int) -> Array:
    """A copy of the points (members, d); raises ParameterError for another shape and values not finite."""
    u = np.array(u, np.float64, ndmin=2)
    if u.ndim != 2 or len(u) != members:
        raise ParameterError(
            f"u: shape (members, d) with {members} members, got {u.shape}; give one row a member"
        )
    if not np.isfinite(u).all():
        raise ParameterError(f"u: finite, got {u[~np.isfinite(u).all(1)][0]}; start from finite values")
    return u
