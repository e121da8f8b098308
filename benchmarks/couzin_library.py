"""What the library dewi-kadita makes of Couzin's model, beside the rule of the paper: measured, not read.

    python benchmarks/couzin_library.py

runs the library in an environment of its own (made under `.peers/` if need be) and ours in this one, prints the two
tables of `docs/systems/couzin.md` and writes `benchmarks/results/couzin_library.json`. It takes some minutes.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

HERE = Path(__file__).parent
RESULT = HERE / "results" / "couzin_library.json"
PEER = "dewi-kadita==0.0.4"
SEEDS = (1, 2, 3, 4, 5)
LIMIT, NOISE = 0.4, 0.2  # radians, those of the library's swarm
ASKED = (45.0, 90.0, 135.0, 179.0, 180.0)
LONE = 4000
CASES: dict[str, dict[str, Any]] = {
    "swarm": {
        "n_fish": 150, "box_size": 25.0, "speed": 1.0, "r_repulsion": 2.0, "r_orientation": 3.0, "r_attraction": 15.0,
        "max_turn": 0.4, "noise": 0.2, "blind_angle": 30.0,
    },
    "torus": {
        "n_fish": 200, "box_size": 25.0, "speed": 1.0, "r_repulsion": 1.0, "r_orientation": 3.0, "r_attraction": 10.0,
        "max_turn": 0.2, "noise": 0.05, "blind_angle": 150.0, "orientation_weight": 0.1, "torus_init": True,
    },
    "dynamic-parallel": {
        "n_fish": 180, "box_size": 28.0, "speed": 1.2, "r_repulsion": 1.0, "r_orientation": 10.0, "r_attraction": 18.0,
        "max_turn": 0.35, "noise": 0.12, "blind_angle": 25.0,
    },
    "highly-parallel": {
        "n_fish": 250, "box_size": 35.0, "speed": 1.5, "r_repulsion": 1.0, "r_orientation": 12.0, "r_attraction": 20.0,
        "max_turn": 0.2, "noise": 0.05, "blind_angle": 20.0,
    },
}  # fmt: skip
STEPS = {"swarm": 1000, "torus": 2000, "dynamic-parallel": 1500, "highly-parallel": 1000}


def angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles between unit vectors, exact also where they are small, in radians."""
    apart, along = np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1)
    return np.asarray(2 * np.arctan2(apart, along))


def spread(angles: np.ndarray) -> list[float]:
    """Root of the mean square, and the largest."""
    return [math.sqrt(float(np.mean(np.square(angles)))), float(angles.max())]


def farthest(a: np.ndarray, b: np.ndarray) -> float:
    """The largest distance of a fish in one swarm from itself in another, in the box of the swarm."""
    box = CASES["swarm"]["box_size"]
    return float(np.linalg.norm(a - b - box * np.rint((a - b) / box), axis=-1).max())


def direction(degrees: float) -> np.ndarray:
    """A unit vector at an angle from x."""
    return np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees)), 0.0])


# The library, in its own environment


def library(folder: str) -> None:
    """Run the library: one step of few fish, and its four cases with several seeds."""
    from dewi_kadita.core.solver import CouzinSolver
    from dewi_kadita.core.systems import CouzinSystem

    def run(
        places: np.ndarray, headings: np.ndarray, steps: int, dt: float = 0.1, **changes: Any
    ) -> dict[str, Any]:
        given = {"box_size": 1e4, "max_turn": LIMIT, "noise": 0.0, "blind_angle": 0.0, **changes}
        system = CouzinSystem(n_fish=len(places), seed=1, **given)
        system.set_state(places, headings * system.speed)
        found: dict[str, Any] = CouzinSolver(dt=dt).solve(system, n_steps=steps, verbose=False)
        return found

    x, found = np.array([1.0, 0.0, 0.0]), {}
    away = 20.0 * np.arange(LONE).reshape(-1, 1) * np.array([0.0, 1.0, 0.0])
    turns = []
    for asked in ASKED:
        pair = run(np.stack([5e3 * np.ones(3), 5e3 + 8.0 * direction(asked)]), np.stack([x, x]), 1)
        turns.append(float(angle(pair["velocities"][1][0], x)))
    found["turns"] = turns
    behind = run(
        np.stack([5e3 * np.ones(3), 5e3 - 0.5 * direction(5.0)]), np.stack([x, x]), 1, blind_angle=45.0
    )
    found["repelled"] = float(angle(behind["velocities"][1][0], x))
    noisy = run(away, np.tile(x, (LONE, 1)), 1, noise=NOISE, max_turn=0.1, box_size=1e6)
    found["noise"] = spread(angle(noisy["velocities"][1], x))
    for dt in (0.1, 0.05):
        steps = round(1.0 / dt)
        late = run(away, np.tile(x, (LONE, 1)), steps, dt=dt, noise=0.05, box_size=1e6)
        found[f"memory {dt}"] = float(late["velocities"][-1][:, 0].mean())
        pair = run(
            np.stack([5e3 * np.ones(3), 5e3 + 400.0 * direction(90.0)]), np.stack([x, x]), round(0.2 / dt),
            dt=dt, max_turn=0.1, r_orientation=2.0, r_attraction=1000.0,
        )  # fmt: skip
        found[f"rate {dt}"] = float(angle(pair["velocities"][-1][0], x)) / 0.2
    ends = []
    for name, case in CASES.items():
        for seed in SEEDS:
            system = CouzinSystem(seed=seed, **case)
            done = CouzinSolver(dt=0.1).solve(system, n_steps=STEPS[name], save_interval=10, verbose=False)
            half = len(done["time"]) // 2
            np.savez(
                Path(folder) / f"{name}-{seed}.npz", x=done["positions"][half:], v=done["velocities"][half:]
            )
            found[f"{name} {seed}"] = [done["mean_polarization"], done["mean_rotation"]]
    for _ in range(2):
        system = CouzinSystem(seed=1, **CASES["swarm"])
        done = CouzinSolver(dt=0.1).solve(system, n_steps=100, save_interval=100, verbose=False)
        ends.append(done["positions"][-1])
    found["seed"] = farthest(ends[0], ends[1])
    (Path(folder) / "found.json").write_text(json.dumps(found))


# Ours


def ours() -> dict[str, Any]:
    """The same questions to `sims.Couzin`."""
    from ergodica import sims

    def run(places: np.ndarray, headings: np.ndarray, t_end: float = 0.1, **changes: Any) -> Any:
        given = {
            "noise": 0.0, "field_of_view": 360.0, "turning_rate": math.degrees(LIMIT) / 0.1, "speed": 1.0,
            "orientation_width": 4.0, "attraction_width": 5.0, **changes,
        }  # fmt: skip
        simulation = sims.Couzin(particles=len(places), initial=np.stack([places, headings], axis=1), **given)
        return simulation.run(t_end=t_end, snapshots=2).heading.values[-1]

    x, found = np.array([1.0, 0.0, 0.0]), {}
    found["turns"] = [
        float(angle(run(np.stack([0 * x, 8.0 * direction(asked)]), np.stack([x, x]))[0], x))
        for asked in ASKED
    ]
    behind = run(
        np.stack([0 * x, -0.5 * direction(5.0)]), np.stack([x, x]), field_of_view=270.0, turning_rate=1e4
    )
    found["repelled"] = float(angle(behind[0], x))
    away = 20.0 * np.arange(LONE).reshape(-1, 1) * np.array([0.0, 1.0, 0.0])
    along = np.tile(x, (LONE, 1))
    noisy = run(away, along, noise=NOISE, turning_rate=math.degrees(0.1) / 0.1)
    found["noise"] = spread(angle(noisy, x))
    for dt in (0.1, 0.05):
        late = run(away, along, t_end=1.0, dt=dt, noise=0.05)
        found[f"memory {dt}"] = float(late[:, 0].mean())
        pair = run(
            np.stack([0 * x, 400.0 * direction(90.0)]), np.stack([x, x]), t_end=0.2, dt=dt,
            turning_rate=math.degrees(0.1) / 0.1, attraction_width=1000.0,
        )  # fmt: skip
        found[f"rate {dt}"] = float(angle(pair[0], x)) / 0.2
    ends = [sims.Couzin.preset("dewi-kadita-swarm").run(t_end=10.0, snapshots=2, seed=1) for _ in range(2)]
    found["seed"] = farthest(*(one.position.values[-1] for one in ends))
    return found


def states(folder: str) -> dict[str, Any]:
    """P, M and index of both on the four cases, a number a seed, all by our estimators."""
    import xarray as xr

    from ergodica import estimators as est
    from ergodica import sims

    def order(ds: xr.Dataset) -> list[float]:
        last = est.published_school_entropies(ds.isel(t=[-1]))
        return [
            float(est.polarization(ds).mean()),
            float(est.rotation(ds).mean()),
            float(last["oceanic_schooling_index"].mean()),
        ]

    found: dict[str, Any] = {}
    dims = ("t", "particle", "space")
    for name, case in CASES.items():
        preset = sims.Couzin.presets[f"dewi-kadita-{name}"]
        box = np.full(3, case["box_size"])
        rows = []
        for seed in SEEDS:
            with np.load(Path(folder) / f"{name}-{seed}.npz") as held:
                v = held["v"] / np.linalg.norm(held["v"], axis=-1, keepdims=True)
                theirs = xr.Dataset(
                    {"position": (dims, held["x"]), "heading": (dims, v), "box": ("space", box)}
                )
            simulation = sims.Couzin.preset(f"dewi-kadita-{name}")
            ds = simulation.run(t_end=preset.t_end, snapshots=preset.snapshots, seed=seed)
            rows.append({"library": order(theirs), "ours": order(ds.isel(t=slice(ds.sizes["t"] // 2, None)))})
        found[name] = rows
    return found


# Tables


def rules(theirs: dict[str, Any], mine: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What differs, the library's and the paper's with ours, in measured numbers."""

    def degrees(values: list[float]) -> str:
        return " / ".join(f"{math.degrees(value):.1f}°" for value in values)

    asked = " / ".join(f"{one:g}°" for one in ASKED)
    return [
        (
            f"turn of a step with a limit of {math.degrees(LIMIT):.1f}°, asked for {asked}",
            f"{degrees(theirs['turns'])}: directions are blended and normalised",
            f"{degrees(mine['turns'])}: a rotation",
        ),
        (
            f"angle of a lone fish after a step, noise {NOISE:g}, limit 0.1, in radians: root mean square, largest",
            f"{theirs['noise'][0]:.3f}, {theirs['noise'][1]:.2f}: added to each component after the limit",
            f"{mine['noise'][0]:.3f}, {mine['noise'][1]:.2f}: an angle, before the limit",
        ),
        (
            "turn away from a neighbour in the zone of repulsion, straight behind but for 5°",
            f"{math.degrees(theirs['repelled']):.1f}°: the blind volume hides it",
            f"{math.degrees(mine['repelled']):.1f}°, straight away from it: nobody is hidden there",
        ),
        (
            "turn in a second, towards one far aside, limit 0.1 in 0.1 s, with dt = 0.1 and 0.05, radians",
            f"{theirs['rate 0.1']:.2f}, {theirs['rate 0.05']:.2f}: a limit a step",
            f"{mine['rate 0.1']:.2f}, {mine['rate 0.05']:.2f}: a rate",
        ),
        (
            "cosine to the first heading after a second, noise 0.05, dt = 0.1 and 0.05",
            f"{theirs['memory 0.1']:.4f}, {theirs['memory 0.05']:.4f}: noise a step",
            f"{mine['memory 0.1']:.4f}, {mine['memory 0.05']:.4f}: noise a time",
        ),
        (
            "two runs of a swarm with the same seed: largest distance of a fish from itself after 100 steps",
            f"{theirs['seed']:.3g}: the seed does not reach the compiled loop",
            f"{mine['seed']:.3g}",
        ),
    ]


def order_rows(found: dict[str, Any], reported: dict[str, Any]) -> list[tuple[str, ...]]:
    """Means over the seeds: the library's, its own M, and ours."""
    rows = []
    for name, each in found.items():
        theirs = np.mean([one["library"] for one in each], axis=0)
        mine = np.mean([one["ours"] for one in each], axis=0)
        own = np.mean([reported[f"{name} {seed}"][1] for seed in SEEDS])
        rows.append(
            (
                f"`dewi-kadita-{name}`",
                f"{theirs[0]:.3f} / {theirs[1]:.3f} / {theirs[2]:.2f}",
                f"{own:.3f}",
                f"{mine[0]:.3f} / {mine[1]:.3f} / {mine[2]:.2f}",
            )
        )
    return rows


def markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))


def tables(result: dict[str, Any]) -> tuple[str, str]:
    """The tables of the page."""
    first = markdown(
        ("what is asked", "dewi-kadita 0.0.4", "the paper's rule, ours"),
        rules(result["library"], result["ours"]),
    )
    second = markdown(
        ("case", "P / M / index of dewi-kadita", "M as it reports it", "P / M / index of the preset"),
        order_rows(result["states"], result["library"]),
    )
    return first, second


def main() -> None:
    from environment import environment_of, limited, machine, provenance

    python = environment_of(SimpleNamespace(PEER=PEER), "peer")  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [python, __file__, folder], check=True, env=limited(2), stdout=subprocess.DEVNULL, cwd=os.getcwd()
        )
        theirs = json.loads((Path(folder) / "found.json").read_text())
        result = {
            "study": "couzin_library",
            **provenance(),
            "machine": machine(),
            "peer": PEER,
            "seeds": SEEDS,
            "library": theirs,
            "ours": ours(),
            "states": states(folder),
        }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print("\n\n".join(tables(result)))


if __name__ == "__main__":
    library(sys.argv[1]) if len(sys.argv) > 1 else main()
