"""Active Brownian discs at a packing fraction of one half on a GPU: particle-steps a second, N = 32768 and 1e6.

Without a GPU it says so, and measures the same steps on one thread of the processor alone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

TITLE = "Active Brownian discs on a GPU"
PEER = None
PACKAGES = ("ergodica", "numpy", "numba", "numba-cuda", "cupy-cuda12x")
THREADS = 1
ROUNDS = 3

SIZES = (32_768, 1_000_000)
FRACTION, CLOSEST = 0.5, 0.92  # diameters between two discs at the start
DT, WARM_UP = 1e-3, 200
CPU_STEPS = {32_768: 200, 1_000_000: 20}
GPU_STEPS = {32_768: 10_000, 1_000_000: 1_000}


def system(n: int) -> Any:
    """Discs on a square lattice that is disturbed, so that some touch from the first step on."""
    from ergodica import sims

    rng = np.random.default_rng(n)
    length = math.sqrt(n * math.pi / 4 / FRACTION)
    columns = math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    gap = np.array([length / columns, length / rows])
    k = np.arange(n)
    x = (np.column_stack([k % columns, k // columns]) + 0.5) * gap
    x += np.maximum(gap - CLOSEST, 0.0) * (rng.random((n, 2)) - 0.5)
    angle = 2 * math.pi * rng.random(n)
    start = np.stack([x, np.column_stack([np.cos(angle), np.sin(angle)])], axis=1)
    return sims.ActiveBrownian(
        particles=n, box=length, temperature=1 / 300, rotational_diffusion=1.0, dt=DT, initial=start
    )


def advancing(n: int, device: str) -> Callable[[int], float]:
    """A function that takes steps from where the last ones ended; seconds."""
    from ergodica.numerics.arrays import resolve_device
    from ergodica.sims.simulation import Draw

    discs, draws = system(n), [Draw(seed=0, member=0)]
    state, taken = discs.initial_state(draws), 0
    stepper = discs.stepper(1.0, draws=draws, device=resolve_device(device), threads=THREADS)

    def advance(count: int) -> float:
        nonlocal taken
        begin = time.perf_counter()
        stepper.advance(state, taken, count)
        taken += count
        return time.perf_counter() - begin

    advance(WARM_UP)
    return advance


def ours() -> Callable[[], dict[str, float]]:
    """Particle-steps a second, with the state's way to the device and back, and without it."""
    from numba import cuda

    on_cpu = {n: advancing(n, "cpu") for n in SIZES}

    def cpu() -> dict[str, float]:
        return {f"cpu, N={n}": n * CPU_STEPS[n] / on_cpu[n](CPU_STEPS[n]) for n in SIZES}

    if not cuda.is_available():
        return cpu
    on_gpu = {n: advancing(n, "cuda") for n in SIZES}

    def gpu() -> dict[str, float]:
        found = cpu()
        for n, advance in on_gpu.items():
            once, twice = advance(GPU_STEPS[n]), advance(2 * GPU_STEPS[n])
            found[f"gpu, N={n}"] = n * GPU_STEPS[n] / (twice - once)
            found[f"gpu with copies, N={n}"] = n * GPU_STEPS[n] / once
        return found

    return gpu


def rows(ours: list[dict[str, float]]) -> list[dict[str, object]]:
    """The best repetition of each."""
    best = {key: max(r[key] for r in ours) for key in ours[0]}
    found: list[dict[str, object]] = []
    for n in SIZES:
        job = f"active Brownian discs, phi = .5, N={n}"
        cpu = f"{best[f'cpu, N={n}']:.2e} particle-steps/s"
        if f"gpu, N={n}" not in best:
            against = "GPU: not measured, this machine has none; the CUDA code runs in numba's simulator in the tests"
            found.append({"job": f"{job}, one thread", "ours": cpu, "against": against, "ratio": None})
            continue
        gpu, copied = best[f"gpu, N={n}"], best[f"gpu with copies, N={n}"]
        found.append(
            {
                "job": f"{job}, GPU",
                "ours": f"{gpu:.2e} particle-steps/s ({copied:.2e} with copies of {GPU_STEPS[n]} steps)",
                "against": f"one thread of the processor: {cpu}",
                "ratio": gpu / best[f"cpu, N={n}"],
            }
        )
    return found
