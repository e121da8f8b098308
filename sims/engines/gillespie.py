"""Exact simulation of Markov jump processes, event by event."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.numerics.threads import check_threads
from ergodica.sims.engines.sharing import shared_between

Array = np.ndarray
State = dict[str, Any]

PURPOSE = 2  # of the random numbers: the events of a run
EVENTS_A_CALL = 2**22  # some 0.05 s of one thread, short enough for Ctrl-C
EVENTS = ("event_count", "event_time", "event_state")
WORTH_THREADS = 2**14  # events below which starting the threads costs more than they save


class Gillespie:
    """A stepper whose step is the whole interval between snapshots, through all events in it.

    In state i the time to the next event is exponential of mean 1/sum_j w_ij, and it leads to j with the probability
    w_ij over that sum. Event k of a member takes its two numbers from (seed, member, k).

    The state holds, one row a member: `state` now; `events`, the number of events before; `left`, the time to the
    next event; and since t = 0 `transitions` (n, n) and `dwell_time` (n,). With a `capacity` it also holds the events
    of the last interval: `event_count`, `event_time` and `event_state` (capacity,), -1 where there is none.

    Arguments: `rates` (1, n, n) of all members or (members, n, n), the diagonal 0; `spacing` between snapshots;
    `seed`; `streams` (members,); `capacity`; `threads`.

    Source: Gillespie 1977, J. Phys. Chem. 81, 2340.
    """

    dt: float | None = None
    steps_per_snapshot = 1
    slice_steps = 1

    def __init__(
        self,
        *,
        rates: Array,
        spacing: float,
        seed: int,
        streams: Sequence[int],
        capacity: int = 0,
        threads: int | None = None,
    ) -> None:
        check_threads(threads)
        self.rates, self.spacing, self.seed = rates, float(spacing), int(seed)
        self.streams, self.capacity, self.threads = np.array(streams, np.uint64), int(capacity), threads
        fastest = float(rates.sum(axis=-1).max())
        self.expected = fastest * self.spacing * len(self.streams)

    @functools.cached_property
    def _tables(self) -> tuple[Array, Array, Array]:
        from ergodica.sims.engines.gillespie_kernel import tables

        members, n, _ = self.rates.shape
        columns = int((self.rates > 0).sum(axis=-1).max())
        made = (
            np.empty((members, n, columns)),
            np.empty((members, n, columns, 2), np.int64),
            np.empty((members, n)),
        )
        tables(self.rates, *made)
        return made

    def _how(self, first: int) -> Any:
        from ergodica.sims.engines.gillespie_kernel import How

        most = max(1024, EVENTS_A_CALL // len(self.streams))
        return How(np.uint64(self.seed), PURPOSE, self.spacing, first, most)

    def start(self, state: Array) -> State:
        """The state of a new run at t = 0 from `state` (members,)."""
        from ergodica.sims.engines.gillespie_kernel import begin

        members, n = len(state), self.rates.shape[-1]
        left = np.empty(members)
        begin(self._how(0), self.streams, self._tables[2], state, left)
        return {
            "state": state.astype(np.int64),
            "events": np.zeros(members, np.int64),
            "left": left,
            "transitions": np.zeros((members, n, n), np.int64),
            "dwell_time": np.zeros((members, n)),
            **{name: values[0] for name, values in self._no_events(1).items()},
        }

    def _no_events(self, count: int) -> State:
        shape = count, len(self.streams)
        return {
            "event_count": np.zeros(shape, np.int64),
            "event_time": np.full((*shape, self.capacity), -1.0),
            "event_state": np.full((*shape, self.capacity), -1, np.int64),
        }

    def advance(self, state: State, first: int, count: int) -> None:
        """Go through `count` intervals in place; `first` is the index of the first."""
        last = self.snapshots(state, first, count)
        for name in EVENTS:
            state[name][:] = last[name][-1]

    def snapshots(self, state: State, first: int, count: int) -> State:
        """Go through `count` intervals and return the state at the end of each, (count, members, ...)."""
        from ergodica.sims.engines.gillespie_kernel import Members, advance

        members, n = state["dwell_time"].shape
        out: State = {
            "state": np.empty((count, members), np.int64),
            "transitions": np.empty((count, members, n, n), np.int64),
            "dwell_time": np.empty((count, members, n)),
            **self._no_events(count),
        }
        how, frame = self._how(int(first)), np.zeros(members, np.int64)
        threshold, targets, waiting = self._tables
        rows = Members(
            streams=self.streams,
            state=state["state"],
            events=state["events"],
            transitions=state["transitions"],
            dwell=state["dwell_time"],
            threshold=threshold,
            targets=targets,
            waiting=waiting,
            frame=frame,
            at=state["left"],
            since=np.zeros(members),
            states=out["state"],
            all_transitions=out["transitions"],
            all_dwell=out["dwell_time"],
            event_count=out["event_count"],
            event_time=out["event_time"],
            event_state=out["event_state"],
        )
        parallel = members > 1 and self.threads != 1 and self.expected * count > WORTH_THREADS
        with shared_between(self.threads if parallel else 1, members):
            while (frame < count).any():
                advance(members, how, rows, parallel=parallel)
        for name in EVENTS:
            state[name][:] = out[name][-1]
        return out
