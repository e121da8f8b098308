"""`--dry-run`: what a run would cost, from its plan and a short timed probe of its stepper."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ergodica.numerics.errors import ParameterError
from ergodica.scripts.outputs import duration, human, occupied

if TYPE_CHECKING:
    from ergodica.sims.plan import Plan
    from ergodica.sims.sampling import RunArguments
    from ergodica.sims.simulation import Simulation, State

PROBE_SECONDS = 0.3
MANY = 100  # snapshots of a call of the probe
BLOCKS_IN_MEMORY = 3  # frames as observed, stacked, and as written


def dry_run(simulation: Simulation, asked: RunArguments, *, out: Path, threads: int | None) -> str:
    """Steps, memory, size on disk and time of a run, in words; nothing is written."""
    from ergodica.sims.costs import disk_bytes
    from ergodica.sims.plan import Plan

    plan = Plan(simulation, asked, threads)
    stepper = plan.stepper
    snapshots = asked.snapshots
    steps = plan.warm_up_steps + (snapshots - 1) * stepper.steps_per_snapshot
    state = plan.simulation.initial_state(plan.draws())
    seconds = estimated_seconds(plan, state, steps)
    kept = sum(value.nbytes for value in state.values())
    size = disk_bytes(plan.header, snapshots, form=out.suffix.lower(), state=kept)
    rows = {
        "snapshots": f"{snapshots}, every {asked.spacing:g} from t = 0 to {asked.t_end:g}",
        "steps": _steps(plan, steps),
        "members": f"{asked.members}" if asked.members else "",
        "memory": f"about {human(_memory(plan))}",
        "disk": f"{_before(out)}{human(size)} in {out}{_room(plan, out)}",
        "time": f"about {duration(seconds)}, from a probe of {PROBE_SECONDS:g} s on this machine",
    }
    table = "\n".join(f"  {name.ljust(10)} {words}" for name, words in rows.items() if words)
    return f"{simulation.name}, dry run: nothing is written\n{table}{_in_the_way(out)}"


def _steps(plan: Plan, steps: int) -> str:
    stepper = plan.stepper
    if getattr(stepper, "dt", None) is None and stepper.steps_per_snapshot == 1:
        return f"{steps} snapshot intervals, in steps that the scheme chooses"
    warm_up = f", {plan.warm_up_steps} of them before t = 0" if plan.warm_up_steps else ""
    per = stepper.steps_per_snapshot
    return f"{steps} of length {plan.asked.spacing / per:.6g}, {per} a snapshot{warm_up}"


def estimated_seconds(plan: Plan, state: State, steps: int) -> float:
    """Time of all steps and observations, from steps timed for a moment after compilation; `state` moves on."""
    if hasattr(plan.stepper, "snapshots"):
        return _of_many(plan, state, steps)
    count = min(plan.stepper.slice_steps, plan.stepper.steps_per_snapshot)
    plan.stepper.advance(state, 0, 1)
    plan.simulation.observe(state, plan.asked.record)
    start = time.perf_counter()
    plan.simulation.observe(state, plan.asked.record)
    observation = time.perf_counter() - start
    # a snapshot interval is cut into slices, the last one shorter
    done = 0
    start = time.perf_counter()
    while done == 0 or (time.perf_counter() - start < PROBE_SECONDS and done < steps):
        plan.stepper.advance(state, 1 + done, count)
        done += count
    step = (time.perf_counter() - start) / done
    return steps * step + plan.asked.snapshots * observation


def _of_many(plan: Plan, state: State, steps: int) -> float:
    """The same for a stepper that takes many snapshots a call."""
    per = plan.stepper.steps_per_snapshot
    most = MANY if plan.stepper.dt is None else plan.stepper.slice_steps // per
    count = max(1, min(MANY, plan.block_frames, most))
    plan.simulation.observe_many(plan.stepper.snapshots(state, 0, 1), plan.asked.record)
    done = 0
    start = time.perf_counter()
    while done == 0 or (time.perf_counter() - start < PROBE_SECONDS and done * per < steps):
        states = plan.stepper.snapshots(state, (1 + done) * per, count)
        plan.simulation.observe_many(states, plan.asked.record)
        done += count
    return float(steps / per * (time.perf_counter() - start) / done)


def _memory(plan: Plan) -> float:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = used if sys.platform == "darwin" else used * 1024
    return float(peak + BLOCKS_IN_MEMORY * min(plan.block_frames, plan.asked.snapshots) * plan.frame_bytes)


def _before(out: Path) -> str:
    return "at most " if out.suffix.lower() == ".zarr" else ""  # it is compressed


def _room(plan: Plan, out: Path) -> str:
    from ergodica.sims.costs import refuse_more_than_disk

    try:
        refuse_more_than_disk(plan, out)
    except ParameterError as error:
        return f"; would be refused: {error}"
    return ""


def _in_the_way(out: Path) -> str:
    from ergodica.data.overwriting import foreign

    strange = foreign(out)
    if strange:
        return f"\n  {out} {strange}: would be refused, use another name"
    state = occupied(out)
    return f"\n  {out} {state}: --force would overwrite it" if state else ""
