"""An ensemble of 64 members on 1, 2 and 4 threads, against 64 times one member on one thread."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np

TITLE = "NLSE ensemble of 64 members"
PEER = None
PACKAGES = ("ergodica", "numpy", "numba", "rocket-fft")
THREADS = min(4, os.cpu_count() or 1)
ROUNDS = 80

MEMBERS, POINTS, STEPS = 64, 512, 50
COUNTS = [n for n in (1, 2, 4) if n <= THREADS]


def ours() -> Callable[[], dict[str, float]]:
    """One member and the ensemble take turns within a repetition."""
    from ergodica.sims.engines.split_step import SplitStep

    k = 2 * np.pi * np.fft.fftfreq(POINTS, 50 / POINTS)
    psi = 1 / np.cosh(np.linspace(-25, 25, POINTS, endpoint=False)) + 0j

    def seconds(members: int, threads: int) -> float:
        engine = SplitStep(
            symbol=k**2 / 2,
            coupling=np.linspace(0.5, 1.5, members),
            dt=1e-2,
            steps_per_snapshot=STEPS,
            scheme="kahan-li-8",
            threads=threads,
        )
        state = {"psi": np.tile(psi, (members, 1))}
        engine.advance(state, 0, 1)  # the tables are made on first use
        begin = time.perf_counter()
        engine.advance(state, 0, STEPS)
        return time.perf_counter() - begin

    def run() -> dict[str, float]:
        return {"one": seconds(1, 1), **{f"threads {n}": seconds(MEMBERS, n) for n in COUNTS}}

    run()
    return run


def rows(ours: list[dict[str, float]]) -> list[dict[str, object]]:
    """Cost over members / threads times one member: 1 is perfect."""
    one = min(r["one"] for r in ours)
    found = []
    for threads in COUNTS:
        many = min(r[f"threads {threads}"] for r in ours)
        found.append(
            {
                "job": f"{MEMBERS} members on {threads} thread(s), kahan-li-8, N={POINTS}",
                "ours": f"{many * 1e3:.1f} ms",
                "against": f"{MEMBERS}/{threads} x one member: {one * MEMBERS / threads * 1e3:.1f} ms",
                "ratio": many / (one * MEMBERS / threads),
            }
        )
    return found
