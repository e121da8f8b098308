"""The run loop: steps, snapshots, blocks, checkpoints, progress and warnings, the same for every system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.sims.costs import refuse_more_than_memory
from ergodica.sims.plan import MAX_BLOCK_FRAMES, Plan
from ergodica.sims.reports import MemberWarning, Reports, ResolutionWarning
from ergodica.sims.resume import open_recording
from ergodica.sims.sampling import RunArguments
from ergodica.sims.simulation import Simulation, State
from ergodica.sims.stretches import Block, Pace, Stretch

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MemberWarning", "Memory", "ResolutionWarning", "Sink", "record_frames", "run"]

REFERENCE = "reference:"  # what drifts are measured from goes with the state, so that a resumed run knows it


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
        try:
            record_frames(plan, sink, progress=progress)
        except (RunError, KeyboardInterrupt) as error:
            if sink.frames:
                setattr(error, "dataset", sink.finish())  # noqa: B010 - an interrupt declares no such attribute
                error.add_note(
                    f"the {sink.frames} of {asked.snapshots} snapshots before it are in the error's `dataset`"
                )
            raise
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
        with _progress_bar(plan, sink.frames, progress) as bar:
            for stretch in _stretches(plan, sink, block, bar):
                block.add(stretch)
    except BaseException as error:
        if not getattr(error, "nothing_more_fits", False):
            block.flush()
        if sink.frames and not isinstance(sink, Memory):
            safe = f"{sink.frames} of {plan.asked.snapshots} snapshots are safe"
            ending = "ergodica.open shows them" if isinstance(error, RunError) else "resume=True goes on"
            error.add_note(f"{safe}; {ending}")
        raise
    block.flush()


def _stretches(plan: Plan, sink: Sink, block: Block, bar: Any) -> Iterator[Stretch]:
    """Each frame that is missing, in order.

    Many frames a call where the stepper offers it and there is nothing to say of them; else they are taken again
    one by one, so that errors, warnings and what is kept before them are those of single frames.
    """
    simulation, asked, stepper = plan.simulation, plan.asked, plan.stepper
    if sink.frames:
        kept = {name: np.array(value) for name, value in sink.checkpoint.items()}
        state = {name: value for name, value in kept.items() if not name.startswith(REFERENCE)}
        reference = {
            name.removeprefix(REFERENCE): value for name, value in kept.items() if name.startswith(REFERENCE)
        }
    else:
        state = simulation.initial_state(plan.draws())
        plan.warm_up_adaptively(state)
        _advance(stepper, state, 0, plan.warm_up_steps, bar)
        if asked.warm_up:
            state = simulation.restarted(state, plan.draws())
        reference = {}
    reports = Reports(simulation, asked, stepper.dt)
    pace = Pace()
    frame = sink.frames
    most = _most_frames(stepper)
    per = stepper.steps_per_snapshot
    while frame < asked.snapshots:
        count = min(pace.frames, most, block.room, asked.snapshots - frame) if frame else 1
        pace.begin()
        if count > 1:
            ahead = {name: np.array(value) for name, value in state.items()}
            states = stepper.snapshots(ahead, _step(plan, frame), count)
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is looked at by the next line
                observed = simulation.observe_many(states, asked.record)
            if reports.nothing_of(observed, ahead, reference):
                state = ahead
                bar.update(count * per)
                yield Stretch(frame, observed, _with(state, reference))
                pace.end(count)
                frame += count
                continue
        for one in range(frame, frame + count):
            if one:
                _advance(stepper, state, _step(plan, one), per, bar)
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused by `of_frame`
                observed = simulation.observe(state, asked.record)
            if one == 0:
                reference = {name: np.array(value) for name, value in observed.items() if np.ndim(value) == 1}
            reports.of_frame(one, observed, state, reference if one else observed)
            yield Stretch(
                one, {name: value[None] for name, value in observed.items()}, _with(state, reference)
            )
        pace.end(count)
        frame += count
    reports.tell_of_members()


def _step(plan: Plan, frame: int) -> int:
    """Index of the first step of the interval before a frame."""
    return plan.warm_up_steps + (frame - 1) * int(plan.stepper.steps_per_snapshot)


def _with(state: State, reference: Mapping[str, np.ndarray]) -> State:
    return state | {REFERENCE + name: value for name, value in reference.items()}


def _most_frames(stepper: Any) -> int:
    """Frames that a call may take; 1 where the stepper takes them singly."""
    if not hasattr(stepper, "snapshots"):
        return 1
    if stepper.dt is None:  # by time alone
        return MAX_BLOCK_FRAMES
    return max(1, stepper.slice_steps // stepper.steps_per_snapshot)


def _advance(stepper: Any, state: State, start: int, count: int, bar: Any) -> None:
    for done in range(0, count, stepper.slice_steps):
        steps = min(stepper.slice_steps, count - done)
        stepper.advance(state, start + done, steps)
        bar.update(steps)


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
