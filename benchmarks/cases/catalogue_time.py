"""Every flow of the catalogue: 1000 points, 100 a period, tolerance 1e-10, in fresh processes of one thread.

Cold means an empty cache folder: every right-hand side, and each integrator once, is compiled. Warm is the next
process. Systems without a dominant period are run over 10 units of their time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

TITLE = "whole catalogue of flows, 1000 points at 100 a period, tolerance 1e-10"
PEER = None
PACKAGES = ("ergodica", "numpy", "numba", "scipy", "sympy")
THREADS = 1
ROUNDS = 1

BUDGET = {"cold": 180.0, "warm": 60.0}  # seconds that were aimed at
WARM_REPEATS = 2
WITHOUT_PERIOD = 10.0

PROCESS = """
import time
began = time.perf_counter()
import json, warnings

from ergodica import sims

warnings.simplefilter("ignore")


def one(item):
    name, definition = item
    begin = time.perf_counter()
    period = definition.facts.period if definition.facts else None
    flow = sims.Flow(system=name)
    flow = flow.changed(tolerance=1e-10) if flow.chosen.dt is None else flow
    try:
        ds = flow.run(t_end=9.99 * (period or %(without)r), snapshots=1000, threads=1, progress=False)
        failure = "" if bool(ds.state.notnull().all()) else "not finite"
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"
    return name, time.perf_counter() - begin, failure, bool(period)


done = [one(item) for item in sims.FLOWS.items()]
print(json.dumps({"seconds": time.perf_counter() - began, "systems": done}))
"""


def ours() -> Callable[[], dict[str, object]]:
    """A cold process and warm ones after it, in a cache folder of their own."""

    def process(cache: str) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-c", PROCESS % {"without": WITHOUT_PERIOD / 10}],
            env={**os.environ, "ERGODICA_CACHE_DIR": cache},
            capture_output=True,
            text=True,
            check=True,
        )
        found: dict[str, object] = json.loads(done.stdout)
        return found

    def run() -> dict[str, object]:
        with tempfile.TemporaryDirectory() as cache:
            cold = process(cache)
            warm = min((process(cache) for _ in range(WARM_REPEATS)), key=lambda found: found["seconds"])  # type: ignore[arg-type,return-value]
        return {"cold": cold, "warm": warm}

    return run


def rows(ours: list[dict[str, dict]]) -> list[dict[str, object]]:
    """Seconds of both, and what failed."""
    found = []
    for what in ("cold", "warm"):
        best = min((r[what] for r in ours), key=lambda measured: measured["seconds"])
        failed = [f"{name} ({why})" for name, _, why, _ in best["systems"] if why]
        without = sum(not period for *_, period in best["systems"])
        found.append(
            {
                "job": f"{TITLE}, {len(best['systems'])} flows, {what} cache, one process",
                "ours": f"{best['seconds']:.1f} s, failed: {', '.join(failed) or 'none'}",
                "against": f"aim: {BUDGET[what]:g} s on two cores; {without} flows without a period over "
                f"{WITHOUT_PERIOD:g} units of time",
                "ratio": BUDGET[what] / best["seconds"],
            }
        )
    return found
