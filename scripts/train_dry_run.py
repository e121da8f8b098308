"""`ergodica train score --dry-run`: what a training would cost, from its plan and a few timed steps."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.scripts import networks
from ergodica.scripts.outputs import duration, human

if TYPE_CHECKING:
    from ergodica.models.score.plan import Plan

PROBE_SECONDS = 1.0
OF_THE_PLAN = (
    "network",
    "network_options",
    "reference",
    "loss",
    "residual",
    "steps",
    "batch",
    "held_out",
    "seed",
)
BYTES = 4
COPIES = 6  # weights, their average, the best ones, two moments, and what is loaded


def train_dry_run(file: str, target: Path, given: dict[str, Any]) -> str:
    """Network, data, steps, disk and time of a training, in words; nothing is written."""
    from ergodica.models.score.plan import planned

    plan = planned(file, **{name: given[name] for name in OF_THE_PLAN if name in given})
    seconds = plan.steps * seconds_a_step(plan, given)
    count = int(given.get("ensemble", 1))
    process, network = plan.process, plan.network
    what = f"{process.sites} particles" if process.particles else f"{len(process.names)} components"
    held = 0 if plan.held_out is None else len(plan.held_out)
    rows = {
        "states": f"{what}: {', '.join(process.names)}",
        "snapshots": f"{len(plan.training)} to train on, {held} later ones to test on",
        "network": f"{network.name}, {network.parameter_count} parameters, reference {network.reference}",
        "loss": str(plan.loss),
        "steps": f"{plan.steps} of {plan.batch} snapshots, {_passes(plan)} over the data",
        "networks": f"{count}, one after another" if count > 1 else "",
        "disk": f"about {human(count * COPIES * BYTES * network.parameter_count)} in {target}",
        "time": f"about {duration(count * seconds)}, from a probe of {PROBE_SECONDS:g} s on this machine",
    }
    table = "\n".join(f"  {name.ljust(10)} {words}" for name, words in rows.items() if words)
    there = any((target / name).exists() for name in networks.MARKERS)
    way = f"\n  {target} holds a network: --force would replace it" if there else ""
    return f"score, dry run: nothing is written\n{table}{way}"


def _passes(plan: Plan) -> str:
    return f"{plan.steps * plan.batch / len(plan.training):.3g} passes"


def seconds_a_step(plan: Plan, given: dict[str, Any]) -> float:
    """Time of a step of the loss and its gradients, after the first one."""
    from ergodica.models.device import torch_device
    from ergodica.models.draws import Draws
    from ergodica.models.score.mlp import ScoreMLP
    from ergodica.models.torch_needed import torch
    from ergodica.models.training.batches import on_device

    threads = given.get("threads") or (1 if isinstance(plan.network, ScoreMLP) else None)
    if threads is not None:
        torch.set_num_threads(threads)
    device = torch_device(given.get("device", "cpu"))
    network = plan.network.to(device)
    batches = plan.training.batches(batch=plan.batch, seed=0)
    done, start = 0, time.perf_counter()
    while done < 2 or time.perf_counter() - start < PROBE_SECONDS:
        rows = on_device(next(batches), slice(None), device, torch.float32)
        draws = Draws(0, done, batch=plan.batch, device=device)
        plan.loss(network, rows, draws).mean().backward()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        done += 1
        if done == 1:
            start = time.perf_counter()
    return (time.perf_counter() - start) / (done - 1)
