"""1e6 members of Lorenz by Runge-Kutta steps on a GPU: right-hand sides a second, and the share of the card's peak.

Without a GPU it says so, and measures the same steps on the threads of the processor alone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np

TITLE = "Lorenz, 1e6 members, RK4, 1000 steps"
PEER = None
PACKAGES = ("ergodica", "numpy", "numba", "numba-cuda", "cupy-cuda12x")
THREADS = os.cpu_count() or 1
ROUNDS = 3

MEMBERS, STEPS, CPU_STEPS, DT = 1_000_000, 1000, 20, 0.01
OPERATIONS = 68 / 4
"""Floating-point operations a right-hand side: 8 of its own, 36 a step of the method; a multiply-add is two."""
CORES = {(7, 0): (64, 2), (7, 5): (64, 32), (8, 0): (64, 2), (8, 6): (128, 64), (8, 9): (128, 64), (9, 0): (128, 2),
         (10, 0): (128, 2), (12, 0): (128, 64)}  # fmt: skip
"""Compute capability -> float32 units a multiprocessor, and how many times fewer for float64: CUDA C++ Programming
Guide, arithmetic instructions."""


def ours() -> Callable[[], dict[str, float]]:
    """Steps in float32 and float64, the copy of the state to the device and back included, and without it."""
    from numba import cuda

    from ergodica import sims
    from ergodica.sims.dynamics.kernels import kernels
    from ergodica.sims.engines.lanes_rk4 import LanesRK4

    definition = sims.FLOWS["lorenz63"]
    start = definition.initial_point() + 0.1 * np.random.default_rng(0).normal(size=(MEMBERS, 3))
    given = {
        "kernels": kernels(definition),
        "parameters": np.tile(definition.vector(), (MEMBERS, 1)),
        "dt": DT,
        "steps_per_snapshot": STEPS,
    }
    on_cpu = LanesRK4(**given)  # type: ignore[arg-type]

    def cpu() -> dict[str, float]:
        u = start.copy()
        begin = time.perf_counter()
        on_cpu.advance({"u": u}, 0, CPU_STEPS)
        return {"cpu": MEMBERS * CPU_STEPS * 4 / (time.perf_counter() - begin)}

    if not cuda.is_available():
        cpu()
        return cpu

    from ergodica.sims.engines.cuda_rk4 import CudaRK4

    device = cuda.get_current_device()
    clock = device.CLOCK_RATE * 1e3 * device.MULTIPROCESSOR_COUNT * 2
    units, fewer = CORES.get(device.compute_capability, (0, 1))
    peaks = {"float32 peak": clock * units, "float64 peak": clock * units / fewer}
    steppers = {
        f"float{bits}": CudaRK4(**given, single=bits == 32)  # type: ignore[arg-type]
        for bits in (32, 64)
    }

    def gpu() -> dict[str, float]:
        found = cpu() | peaks
        for name, stepper in steppers.items():
            u = start.copy()
            times = []
            for count in (STEPS, 2 * STEPS):  # the difference has no copies in it
                begin = time.perf_counter()
                stepper.advance({"u": u}, 0, count)
                times.append(time.perf_counter() - begin)
            found[name] = MEMBERS * STEPS * 4 / (times[1] - times[0])
            found[f"{name} with copies"] = MEMBERS * STEPS * 4 / times[0]
        return found

    gpu()
    return gpu


def rows(ours: list[dict[str, float]]) -> list[dict[str, object]]:
    """Right-hand sides a second; on a GPU also operations over the peak."""
    best = {key: max(r[key] for r in ours) for key in ours[0]}
    job = "Lorenz, 1e6 members, RK4"
    cpu = f"{best['cpu']:.2e} right-hand sides/s"
    if "float64" not in best:
        against = (
            "GPU: not measured, this machine has none; the CUDA code runs in numba's simulator in the tests"
        )
        return [{"job": f"{job}, float64, {THREADS} threads", "ours": cpu, "against": against, "ratio": None}]
    found: list[dict[str, object]] = []
    for name in ("float32", "float64"):
        share = best[name] * OPERATIONS / best[f"{name} peak"] if best[f"{name} peak"] else float("nan")
        found.append(
            {
                "job": f"{job}, GPU, {name}",
                "ours": f"{best[name]:.2e} right-hand sides/s ({best[f'{name} with copies']:.2e} with copies), "
                f"{share:.0%} of the peak {best[f'{name} peak']:.2e} operations/s",
                "against": f"{THREADS} threads of the processor, float64: {cpu}",
                "ratio": best[name] / best["cpu"],
            }
        )
    return found
