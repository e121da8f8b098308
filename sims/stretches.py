"""Frames on their way from the stepper to the sink: one a call, or many where the stepper offers it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.sims.plan import Plan
from ergodica.sims.simulation import State

if TYPE_CHECKING:
    from ergodica.sims.loop import Sink

SECONDS_BETWEEN_BLOCKS = 30.0  # what a killed run can lose at most, beyond the frames it was computing
SECONDS_A_CALL = 0.05  # what a call costs in Python is lost in it, Ctrl-C is still heard at once
GROWTH = 8.0


@dataclass(frozen=True)
class Stretch:
    """Frames that were computed in one call."""

    first: int
    """Index of the first frame."""
    observed: Mapping[str, np.ndarray]
    """Values of the frames, each (frames, members, ...)."""
    state: State
    """The state at the last frame, which the next step overwrites."""

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(next(iter(self.observed.values())))


class Pace:
    """How many frames to ask for in a call, by the time that the last ones took.

    Whatever the number is, the frames have the same bits.
    """

    def __init__(self) -> None:
        self.frames = 1
        self._since = 0.0

    def begin(self) -> None:
        """A call begins."""
        self._since = time.monotonic()

    def end(self, frames: int) -> None:
        """So many frames have been taken since."""
        took = max(time.monotonic() - self._since, 1e-6)
        self.frames = max(1, int(frames * min(GROWTH, SECONDS_A_CALL / took)))


class Block:
    """Frames that wait for the sink, with the state after the last of them."""

    def __init__(self, plan: Plan, sink: Sink) -> None:
        self.plan = plan
        self.sink = sink
        self._kept: list[tuple[np.ndarray, Mapping[str, np.ndarray], State]] = []
        self._since = time.monotonic()
        self.room = plan.block_frames
        """Frames that go into the block before it is handed over."""

    def add(self, stretch: Stretch) -> None:
        """Keep frames and the state after them; hand over when the block is full or old."""
        # copies: what is observed may be the state itself, which the next step overwrites
        values = {name: np.array(stretch.observed[name]) for name in self.plan.stored}
        after = {name: np.array(value) for name, value in stretch.state.items()}
        asked, count = self.plan.asked, stretch.frames
        times = asked.times(stretch.first, count) if count > 1 else np.array([asked.time(stretch.first)])
        # one operation, so that an interrupt never parts a frame from its state
        self._kept.append((times, values, after))
        self.room -= count
        if len(self._kept) > 1:
            self._kept[-2] = (*self._kept[-2][:2], {})
        old = time.monotonic() - self._since > SECONDS_BETWEEN_BLOCKS
        if self.room <= 0 or old:
            self.flush()

    def flush(self) -> None:
        """Hand the frames over."""
        if not self._kept:
            return
        from ergodica.data.schema import frames

        times, observed, states = zip(*self._kept, strict=True)
        self._kept, self.room = [], self.plan.block_frames
        values = {name: np.concatenate([frame[name] for frame in observed]) for name in self.plan.stored}
        self.sink.append(frames(self.plan.header, np.concatenate(times), values), states[-1])
        self._since = time.monotonic()
