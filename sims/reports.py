"""What is said of a run while it goes on: members that stopped, values that are not finite, doubts."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

import numpy as np

from ergodica.numerics.errors import RunError
from ergodica.sims.sampling import RunArguments
from ergodica.sims.simulation import Concern, Simulation, State

REPEATED_FROM = 100.0  # a concern is raised again when it has grown by so much
TOLD_SINGLY = (
    4  # members that stop, each with a line of its own; of later ones there is a line at each doubling
)
TO_THE_CALLER = 6  # frames of the stack from a warning to the line that calls `run`


class ResolutionWarning(UserWarning):
    """A run that its grid or its step does not resolve."""


class MemberWarning(UserWarning):
    """A member of an ensemble that cannot go on; the others do."""


class Reports:
    """What has been said of a run, and what is to be said of its next frames."""

    def __init__(self, simulation: Simulation, asked: RunArguments, dt: float | None) -> None:
        self.simulation = simulation
        self.asked = asked
        self.dt = dt
        self._warned: dict[str, float] = {}
        self._stopped: set[int] = set()
        self._untold: dict[int, tuple[float, str]] = {}

    def of_frame(
        self, frame: int, observed: Mapping[str, np.ndarray], state: State, first: Mapping[str, np.ndarray]
    ) -> None:
        """Say what there is to say of one frame; `first` is what was observed at the start.

        Raises RunError where values are not finite, and when no member is left.
        """
        t = self.asked.time(frame)
        failed = {
            member: (t if at is None else at, why)
            for member, (at, why) in self.simulation.failures(state).items()
        }
        _refuse_nonfinite(observed, t, failed)
        self._untold |= {member: failed[member] for member in sorted(failed.keys() - self._stopped)}
        self._stopped |= failed.keys()
        if len(self._untold) * 2 >= len(self._stopped) or len(self._stopped) <= TOLD_SINGLY:
            self.tell_of_members(TO_THE_CALLER + 1)
        for concern in self._new(self.simulation.watch(first, observed, self.dt)):
            self._warned[concern.about] = concern.size
            message = f"{concern.about}: {concern.message} (t={t:g})"
            warnings.warn(message, ResolutionWarning, stacklevel=TO_THE_CALLER)

    def tell_of_members(self, frames_up: int = TO_THE_CALLER) -> None:
        """Warn of the members that have stopped since the last warning, in one line where they are many."""
        untold, self._untold = self._untold, {}
        named = list(untold.items())[:TOLD_SINGLY]
        lines = [
            f"member {member} stopped by t={at:g}, its values after that are no numbers: {why}"
            for member, (at, why) in named
        ]
        if untold and len(self._stopped) > TOLD_SINGLY:
            shown = ", ".join(f"{member} by t={at:g}" for member, (at, _) in named)
            more = f" and {len(untold) - len(named)} more" if len(untold) > len(named) else ""
            lines = [
                f"{len(untold)} of {len(self._stopped)} members that stopped, their values after that are no "
                f"numbers: {shown}{more}; the first: {named[0][1][1]}"
            ]
        for line in lines:
            warnings.warn(line, MemberWarning, stacklevel=frames_up)

    def nothing_of(
        self, observed: Mapping[str, np.ndarray], state: State, first: Mapping[str, np.ndarray]
    ) -> bool:
        """Whether `of_frame` has nothing to say of each of many frames, `state` being that of the last."""
        failed = sorted(self.simulation.failures(state))
        if not self._stopped.issuperset(failed):
            return False
        for values in observed.values():
            going = np.delete(values, failed, axis=1) if failed else values
            if not np.isfinite(going).all():
                return False
        return not any(self._new(self.simulation.watch_many(first, observed, self.dt)))

    def _new(self, concerns: Iterable[Concern]) -> Iterable[Concern]:
        for concern in concerns:
            if concern.size > REPEATED_FROM * self._warned.get(concern.about, 0.0):
                yield concern


def _refuse_nonfinite(
    observed: Mapping[str, np.ndarray], t: float, failed: Mapping[int, tuple[float, str]]
) -> None:
    for name, value in observed.items():
        if len(failed) == len(value):
            at, why = failed[min(failed, key=lambda member: failed[member][0])]
            alone = (
                f"stopped at t={at:g}"
                if len(value) == 1
                else f"no member is left, the first stopped at t={at:g}"
            )
            raise RunError(f"{name}: {alone}: {why}")
        finite = np.isfinite(value).reshape(len(value), -1).all(axis=1)
        finite[list(failed)] = True
        if not finite.all():
            member = int(np.flatnonzero(~finite)[0])
            raise RunError(
                f"{name}: is not finite in member {member} at t={t:g}; the step or the grid is too coarse"
            )
