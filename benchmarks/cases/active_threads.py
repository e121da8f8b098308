"""Active particles on one, two and four threads, and a step of active Ornstein-Uhlenbeck particles."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

TITLE = "Active particles on several threads"
PEER = None
PACKAGES = ("ergodica", "numpy", "numba")
THREADS = 4
ROUNDS = 3

COUNTS = (1, 2, 4)
STEPS = 20_000_000  # particles' steps a repetition
JOBS = {
    "active Brownian discs, phi = .5, N=4096": ("active-brownian", {"particles": 4_096}),
    "active Brownian discs, phi = .5, N=32768": ("active-brownian", {"particles": 32_768}),
    "active Brownian discs, phi = .5, N=1e6": ("active-brownian", {"particles": 1_000_000}),
    "active Ornstein-Uhlenbeck, softplus, phi = .5, N=4096": (
        "active-ou",
        {"particles": 4_096, "pair_force": "softplus"},
    ),
}


def ours() -> Callable[[], dict[str, float]]:
    """Nanoseconds a step and particle of the preset `mips`, from where the last repetition ended."""
    from ergodica import sims

    last: dict[str, Any] = {}

    def advance(job: str, threads: int, steps: int) -> None:
        name, changes = JOBS[job]
        system = sims.system(name).preset("mips", **changes)
        if job in last:
            system = system.changed(initial=last[job].isel(t=-1))
        last[job] = system.run(t_end=steps * system.dt, snapshots=2, threads=threads)

    def run() -> dict[str, float]:
        found = {}
        for job, (_, changes) in JOBS.items():
            n = changes["particles"]
            steps = max(40, STEPS // n // 10)
            for threads in COUNTS:
                begin = time.perf_counter()
                advance(job, threads, steps)
                found[f"{job}, {threads}"] = (time.perf_counter() - begin) / n / steps * 1e9
        return found

    for job, (_, changes) in JOBS.items():
        for threads in COUNTS:
            advance(job, threads, 2_000_000 // changes["particles"] or 1)
    return run


def rows(ours: list[dict[str, float]]) -> list[dict[str, object]]:
    """The best repetition at each number of threads, and what four gain over one."""
    found = []
    for job in JOBS:
        best = [min(r[f"{job}, {threads}"] for r in ours) for threads in COUNTS]
        found.append(
            {
                "job": f"{job}, a step and particle on 1 / 2 / 4 threads",
                "ours": " / ".join(f"{value:.0f}" for value in best) + " ns",
                "against": "one thread over four",
                "ratio": best[0] / best[-1],
            }
        )
    return found
