"""Where active discs that part into two phases produce entropy: what a local score network learns, beside exact means.

    python scripts/studies/mips_entropy.py                      the reduced network, on a CPU
    python scripts/studies/mips_entropy.py --full --device cuda the published size, on a GPU
    python scripts/studies/mips_entropy.py pictures             draw from what is there

Simulates N = 4096 discs at phi = 0.5 with the parameters of Boffi and Vanden-Eijnden 2023, arXiv 2309.12991, and again
with noise on the positions, where the total is finite; trains a network on each half of each run; and compares their
maps, also on more particles and at other packing fractions. Runs, networks and parts of the results lie in `runs/mips`:
what is done is not done again. Writes `benchmarks/results/mips_entropy.json` and `docs/figures/models/mips_*.png`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import ergodica
from ergodica import models
from ergodica.scripts.studies import documents, mips_learning, mips_runs
from ergodica.scripts.studies import mips_measures as measures
from ergodica.scripts.studies.mips_fields import Fields, fields
from ergodica.scripts.studies.mips_learning import FULL, HALVES, REDUCED, Size
from ergodica.scripts.studies.mips_space import REGIONS

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.models.score import LocalScoreTransformer

RESULT = documents.ROOT / "benchmarks" / "results" / "mips_entropy.json"
NOISES = (0.0, 1e-3)
"""eps: that of the paper, and one with a finite total."""
APART = 8
"""Of the snapshots of the half that a network has not seen, every eighth."""
NEAR = 30
"""Steps around a check over which the training loss is averaged."""
LARGE = 8192
"""Of runs of more particles two snapshots are enough, of others three."""


def main() -> None:
    """All stages that are not done yet."""
    parser = argparse.ArgumentParser(description="Entropy production of phase-separated active discs")
    parser.add_argument("what", nargs="?", choices=("all", "pictures"), default="all")
    parser.add_argument("--full", action="store_true", help="the published network, for a GPU")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=None)
    asked = parser.parse_args()
    size = FULL if asked.full else REDUCED
    if asked.what == "all":
        found = study(size, asked.device, asked.threads)
        RESULT.write_text(json.dumps(found) + "\n")
    from ergodica.scripts.studies import mips_pictures

    mips_pictures.draw(json.loads(RESULT.read_text()), size)


def study(size: Size, device: str, threads: int | None) -> dict[str, Any]:
    """Every number of the study."""
    return {
        "study": "mips_entropy",
        "network": {"size": size.name, **size.options, "steps": size.steps, "device": device},
        "particles": mips_runs.PARTICLES,
        "speed": mips_runs.SPEED,
        "relaxation_rate": mips_runs.RATE,
        "noise": {f"{noise:g}": of_noise(size, noise, device, threads) for noise in NOISES},
    }


def of_noise(size: Size, noise: float, device: str, threads: int | None) -> dict[str, Any]:
    """One value of eps: simulate, learn, measure."""
    run, test = (one.simulate(threads) for one in mips_runs.training(noise))
    networks: dict[str, Any] = {
        half: mips_learning.trained(size, noise, half, run, device=device, threads=threads) for half in HALVES
    }

    def part(name: str, make: Callable[[], Any]) -> Any:
        path = mips_runs.FOLDER / size.name / f"eps{noise:g}_{name}.json"
        if not path.exists():
            path.write_text(json.dumps(make()))
        return json.loads(path.read_text())

    apart = slice(None, None, APART)
    stages = {"coarse": ergodica.open(mips_runs.training(noise)[0].path), "fine": run} if noise > 0 else {}
    return {
        "stepping": {name: measures.stepping(ds.isel(t=apart)) for name, ds in stages.items()},
        "learning": {half: learning(size, noise, half) for half in HALVES},
        "unseen": part("unseen", lambda: unseen(networks, run, device)),
        "maps": part("maps", lambda: maps(networks, test, device)),
        "transfer": [
            part(f"transfer_{one.name}", partial(transfer, networks[HALVES[0]], one, device, threads))
            for one in mips_runs.transfer(noise)
        ],
    }


def learning(size: Size, noise: float, half: str) -> dict[str, Any]:
    """How a training went: losses, attention and time."""
    rows = mips_learning.course(size, noise, half)
    checks = [row for row in rows if "held_out_loss" in row]
    entropies = sorted(name for name in checks[-1] if name.startswith("attention_entropy"))
    network = models.load(mips_learning.folder(size, noise, half))
    return {
        "parameters": network.parameter_count,
        "seconds": rows[-1]["seconds"],
        "step": [row["step"] for row in checks],
        "held_out_loss": [row["held_out_loss"] for row in checks],
        "loss": [
            float(np.mean([r["loss"] for r in rows if "loss" in r and abs(r["step"] - row["step"]) <= NEAR]))
            for row in checks
        ],
        **{name: [row[name] for row in checks] for name in entropies},
    }


def unseen(networks: dict[str, LocalScoreTransformer], run: xr.Dataset, device: str) -> dict[str, Any]:
    """Each network on snapshots of the half that the other one learned from."""
    found = []
    for half, other in zip(HALVES, reversed(HALVES), strict=True):
        part = mips_learning.half_of(run, other)
        found.append(fields(networks[half], part.isel(t=slice(None, None, APART)), spreads=0, device=device))
    return described(found)


def maps(networks: dict[str, LocalScoreTransformer], test: xr.Dataset, device: str) -> dict[str, Any]:
    """Both networks on the same snapshots of a run that neither has seen: how far their maps agree, and bounds."""
    snapshots = test.sizes["t"]
    found = [fields(networks[half], test, spreads=snapshots, device=device) for half in HALVES]
    g = np.asarray(test["propulsion"].values, dtype=np.float64)
    bounds: dict[str, Any] = {"all": measures.lower_bound(found[0], g)}
    for k, region in enumerate(REGIONS):
        bounds[region] = measures.lower_bound(found[0], g, found[0].region == k)
    return {
        "snapshots": snapshots,
        "agreement": measures.agreement(*found),
        "lower_bound": bounds,
        "spread": measures.regions(found[:1], "spread"),
        "total": measures.totals(found),
    }


def transfer(
    network: LocalScoreTransformer, run: mips_runs.Run, device: str, threads: int | None
) -> dict[str, Any]:
    """The same weights on another number of particles, or at another packing fraction."""
    ds = run.simulate(threads)
    ds = ds.isel(t=slice(1 if run.particles <= LARGE else 3, None, 2))
    found = fields(network, ds, spreads=0, device=device)
    return {"particles": run.particles, "fraction": run.fraction, **described([found])}


def described(found: list[Fields]) -> dict[str, Any]:
    """Means, regions and profiles."""
    names = ["production", "confinement"]
    if np.isfinite(found[0].moving).all():
        names += ["moving", "identity"]
    return {
        "mean": measures.totals(found),
        "shares": measures.shares(found),
        "regions": {name: measures.regions(found, name) for name in names},
        "profile": {name: measures.along(found, name) for name in names},
    }


if __name__ == "__main__":
    main()
