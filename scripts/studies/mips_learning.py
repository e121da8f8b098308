"""Score networks of the study `mips_entropy`: two halves of a run, a network for each."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica import models
from ergodica.models.score import ImplicitScoreMatching, LocalScoreTransformer
from ergodica.models.score.plan import planned
from ergodica.models.torch_needed import torch
from ergodica.models.training.fit import fit
from ergodica.scripts.studies import mips_runs

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models import Network

HALVES = ("first", "second")


@dataclass(frozen=True)
class Size:
    """How large a network is, and how long it is trained.

    Attributes:
        name: of its folder.
        options: of `LocalScoreTransformer`.
        snapshots, sites: of a step; each snapshot gives so many random particles.
    """

    name: str
    options: dict[str, int]
    steps: int
    snapshots: int
    sites: int
    learning_rate: float


REDUCED = Size("reduced", {"neighbours": 16, "width": 32, "layers": 2, "heads": 4}, 1500, 8, 128, 2e-3)
FULL = Size("full", {"neighbours": 64, "width": 256, "layers": 4, "heads": 4}, 20_000, 16, 256, 3e-4)


def folder(size: Size, noise: float, half: str) -> Path:
    """Where the network of a half lies."""
    return mips_runs.FOLDER / size.name / f"eps{noise:g}_{half}"


def course(size: Size, noise: float, half: str) -> list[dict[str, Any]]:
    """Lines of the metrics of a training."""
    path = folder(size, noise, half) / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def half_of(ds: xr.Dataset, half: str) -> xr.Dataset:
    """One half of the time of a run; a twentieth between the two belongs to neither."""
    count = ds.sizes["t"]
    gap = count // 40
    return ds.isel(t=slice(0, count // 2 - gap) if half == HALVES[0] else slice(count // 2 + gap, None))


def trained(
    size: Size, noise: float, half: str, ds: xr.Dataset, *, device: str, threads: int | None
) -> Network:
    """The network of a half of a run; one that is ready is read, a training that was stopped goes on.

    Positions without noise enter v = b - D s with no score, so that errors of it count for nothing. With noise they are
    measured by the distance sqrt(eps/H) that it moves a particle in a contact of stiffness H, the mean of -div b by
    each axis: scores of positions and propulsion are then of one size.
    """
    where = folder(size, noise, half)
    if where.exists() and course(size, noise, half)[-1]["step"] == size.steps:
        found: Network = models.load(where)
        return found
    reference = "equilibrium" if noise > 0 else "gaussian"
    loss = ImplicitScoreMatching(probes=1, sites=size.sites)
    plan = planned(
        half_of(ds, half),
        "transformer",
        size.options,
        reference,
        loss=loss,
        seed=HALVES.index(half),
        held_out=0.1,
    )
    network = plan.network
    assert isinstance(network, LocalScoreTransformer)
    d = network.dimensions
    stiffness = float(-ds["drift_divergence"].mean()) / d
    length = math.sqrt(noise / stiffness)
    network.scale.copy_(torch.diag(torch.tensor([length] * d + [1.0] * d)))
    network.inverse.copy_(torch.diag(torch.tensor([1 / (length or 1.0)] * d + [1.0] * d)))
    options: dict[str, Any] = {"device": device, "threads": threads, "progress": False}
    if device != "cpu":
        options |= {"compile": True, "precision": "bfloat16"}
    return fit(
        network,
        plan.training,
        loss=loss,
        held_out=plan.held_out,
        steps=size.steps,
        batch=size.snapshots,
        learning_rate=size.learning_rate,
        ema=0.998,
        seed=HALVES.index(half),
        out=where,
        resume=where.exists(),
        **options,
    ).network
