"""The run loop: steps, snapshots, blocks, checkpoints, progress and warnings, the same for every system."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.costs import refuse_more_than_memory
from ergodica.sims.plan import Plan
from ergodica.sims.resume import open_recording
from ergodica.sims.sampling import RunArguments
from ergodica.sims.simulation import Simulation, State

if TYPE_CHECKING:
    import xarray as xr

REFERENCE = "reference:"  # what drifts are measured from goes with the state, so that a resumed run knows it
REPEATED_FROM = 100.0  # a concern is raised again when it has grown by so much
SECONDS_BETWEEN_BLOCKS = 30.0  # what a killed run can lose at most, beyond the interval it was computing


class ResolutionWarning(UserWarning):
    """A run that its grid or its step does not resolve."""


class MemberWarning(UserWarning):
    """A member of an ensemble that cannot go on; the others do."""


class Sink(Protocol):
    """Where blocks of frames go."""

    frames: int
    checkpoint: State

    def append(self, block: xr.Dataset, checkpoint: State) -> None:
        """Keep a block and the state after its last frame."""

    def finish(self) -> xr.Dataset:
        """The whole run."""


class Memory:
    """Frames kept in arrays that are allocated once, before the first step."""

    def __init__(self, header: xr.Dataset, snapshots: int) -> None:
        self.header = header
        self.frames = 0
        self.checkpoint: State = {}
        self._values = {
            name: np.empty(tuple(snapshots if d == "t" else header.sizes[d] for d in v.dims), v.dtype)
            for name, v in header.variables.items()
            if "t" in v.dims
        }

    def append(self, block: xr.Dataset, checkpoint: State) -> None:
        """Copy the block behind the frames that are there."""
        count = block.sizes["t"]
        for name, values in self._values.items():
            variable = block.variables[name]
            place = tuple(
                slice(self.frames, self.frames + count) if d == "t" else slice(None) for d in variable.dims
            )
            values[place] = variable.values
        self.frames += count

    def finish(self) -> xr.Dataset:
        """The header with its frames."""
        held = {
            name: (self.header.variables[name].dims, values[_upto(self.header, name, self.frames)])
            for name, values in self._values.items()
        }
        filled = self.header.drop_vars(held).assign_coords(t=("t", held.pop("t")[1])).assign(held)
        for name, variable in self.header.variables.items():
            filled[name].attrs = dict(variable.attrs)
            filled[name].encoding = dict(variable.encoding)
        return filled[list(self.header.data_vars)]


def _upto(header: xr.Dataset, name: Any, frames: int) -> tuple[slice, ...]:
    return tuple(slice(frames) if d == "t" else slice(None) for d in header.variables[name].dims)


def run(
    simulation: Simulation,
    asked: RunArguments,
    *,
    out: str | Path | None,
    resume: bool,
    overwrite: bool,
    progress: bool | None,
    threads: int | None,
) -> xr.Dataset:
    """Run a system and return its dataset; see `Simulation.run` for the arguments."""
    if resume and out is None:
        raise ParameterError("resume: needs the file to go on with, got out=None; give out")
    if resume and overwrite:
        raise ParameterError(
            "resume, overwrite: must not be given together, got True for both; resume=True goes on, "
            "overwrite=True starts anew"
        )
    plan = Plan(simulation, asked, threads)
    if out is None:
        refuse_more_than_memory(plan, whole=True)
        sink = Memory(plan.header, asked.snapshots)
        record_frames(plan, sink, progress=progress)
        return sink.finish()
    recording, finished = open_recording(plan, out, resume=resume, overwrite=overwrite)
    if finished is not None:
        return finished
    with recording:
        record_frames(plan, recording, progress=progress)
        return recording.finish()


def record_frames(plan: Plan, sink: Sink, *, progress: bool | None) -> None:
    """Compute every frame that the sink does not have yet, and hand over block after block.

    Whatever ends the run early, the frames computed so far are handed over before the error goes on.
    """
    block = Block(plan, sink)
    try:
        for frame, observed, state in _observations(plan, sink, progress):
            block.add(frame, observed, state)
    except BaseException as error:
        if not getattr(error, "nothing_more_fits", False):
            block.flush()
        if sink.frames and not isinstance(sink, Memory):
            error.add_note(f"{sink.frames} of {plan.asked.snapshots} snapshots are safe; resume=True goes on")
        raise
    block.flush()


class Block:
    """Frames on their way to the sink, with the state after the last of them."""

    def __init__(self, plan: Plan, sink: Sink) -> None:
        self.plan = plan
        self.sink = sink
        self._kept: list[tuple[float, Mapping[str, np.ndarray], State]] = []
        self._since = time.monotonic()

    def add(self, frame: int, observed: Mapping[str, np.ndarray], state: State) -> None:
        """Keep one frame and the state after it; hand over when the block is full or old."""
        # copies: what is observed may be the state itself, which the next step overwrites
        values = {name: np.array(observed[name]) for name in self.plan.stored}
        after = {name: np.array(value) for name, value in state.items()}
        # one operation, so that an interrupt never parts a frame from its state
        self._kept.append((self.plan.asked.time(frame), values, after))
        if len(self._kept) > 1:
            self._kept[-2] = (*self._kept[-2][:2], {})
        old = time.monotonic() - self._since > SECONDS_BETWEEN_BLOCKS
        if len(self._kept) >= self.plan.block_frames or old:
            self.flush()

    def flush(self) -> None:
        """Hand the frames over."""
        if not self._kept:
            return
        from ergodica.data.schema import frames

        times, observed, states = zip(*self._kept, strict=True)
        self._kept = []
        values = {name: np.stack([frame[name] for frame in observed]) for name in self.plan.stored}
        self.sink.append(frames(self.plan.header, np.array(times), values), states[-1])
        self._since = time.monotonic()


def _observations(
    plan: Plan, sink: Sink, progress: bool | None
) -> Iterator[tuple[int, Mapping[str, np.ndarray], State]]:
    """Each frame that is missing, in order, with the state at it, which the next step overwrites."""
    simulation, asked = plan.simulation, plan.asked
    stepper = plan.stepper
    with _progress_bar(plan, sink.frames, progress) as bar:
        if sink.frames:
            kept = {name: np.array(value) for name, value in sink.checkpoint.items()}
            state = {name: value for name, value in kept.items() if not name.startswith(REFERENCE)}
            reference = {
                name.removeprefix(REFERENCE): value
                for name, value in kept.items()
                if name.startswith(REFERENCE)
            }
            first = sink.frames
        else:
            state = simulation.initial_state(plan.draws())
            plan.warm_up_adaptively(state)
            _advance(stepper, state, 0, plan.warm_up_steps, bar)
            if asked.warm_up:
                state = simulation.restarted(state, plan.draws())
            reference = {}
            first = 0
        warned: dict[str, float] = {}
        stopped: set[int] = set()
        for frame in range(first, asked.snapshots):
            if frame:
                start = plan.warm_up_steps + (frame - 1) * stepper.steps_per_snapshot
                _advance(stepper, state, start, stepper.steps_per_snapshot, bar)
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused by the next line
                observed = simulation.observe(state, asked.record)
            failed = {
                member: (asked.time(frame) if at is None else at, why)
                for member, (at, why) in simulation.failures(state).items()
            }
            _refuse_nonfinite(observed, asked.time(frame), failed)
            for member in sorted(failed.keys() - stopped):
                at, why = failed[member]
                message = f"member {member} stopped by t={at:g}, its values after that are no numbers: {why}"
                warnings.warn(message, MemberWarning, stacklevel=5)
            stopped |= failed.keys()
            if frame == 0:
                reference = {name: np.array(value) for name, value in observed.items() if np.ndim(value) == 1}
            for concern in simulation.watch(reference if frame else observed, observed, stepper.dt):
                if concern.size > REPEATED_FROM * warned.get(concern.about, 0.0):
                    warned[concern.about] = concern.size
                    message = f"{concern.about}: {concern.message} (t={asked.time(frame):g})"
                    warnings.warn(message, ResolutionWarning, stacklevel=5)
            yield frame, observed, state | {REFERENCE + name: value for name, value in reference.items()}


def _advance(stepper: Any, state: State, start: int, count: int, bar: Any) -> None:
    for done in range(0, count, stepper.slice_steps):
        steps = min(stepper.slice_steps, count - done)
        stepper.advance(state, start + done, steps)
        bar.update(steps)


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
            raise RunError(f"{name}: {alone}: {why}; start elsewhere or change the parameters")
        finite = np.isfinite(value).reshape(len(value), -1).all(axis=1)
        finite[list(failed)] = True
        if not finite.all():
            member = int(np.flatnonzero(~finite)[0])
            raise RunError(
                f"{name}: is not finite in member {member} at t={t:g}; the step or the grid is too coarse"
            )


def _progress_bar(plan: Plan, frames: int, progress: bool | None) -> Any:
    from tqdm import tqdm

    per = plan.stepper.steps_per_snapshot
    warm_up = plan.warm_up_steps
    return tqdm(
        total=warm_up + (plan.asked.snapshots - 1) * per,
        initial=warm_up + (frames - 1) * per if frames else 0,
        desc=plan.simulation.name,
        unit="step",
        disable=None if progress is None else not progress,
        leave=False,
        mininterval=0.2,
    )
