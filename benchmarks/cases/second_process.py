"""From the first line of a script to its first result, in a process whose cache folder is empty, and in the next.

A catalogue flow, a flow by a user's equations and one by a user's function; the first process compiles, the
next finds everything on disk.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

TITLE = "import, define and run 100 samples of a flow"
PEER = None
PACKAGES = ("ergodica", "numpy", "numba", "sympy")
THREADS = 1
ROUNDS = 1

REPEATS = 2
SYSTEMS = {
    "catalogue flow": 'flow = sims.Flow(system="lorenz63")',
    "user's equations": """flow = sims.Flow.from_equations(
    {"x": "a*(y - x)", "y": "x*(b - z) - y + sin(t)", "z": "x*y - c*z"},
    initial={"x": 1, "y": 1, "z": 20}, parameters={"a": 10, "b": 28, "c": 2.5})""",
    "user's function": """from own import field
flow = sims.Flow.from_function(field, {"x": 1.0, "y": 0.0, "z": 0.5}, {"a": 0.2, "c": 5.7})""",
}
OWN = """
import numpy as np


def field(t, u, p, du):
    du[0] = -u[1] - u[2]
    du[1] = u[0] + p[0] * u[1]
    du[2] = p[0] + u[2] * (u[0] - p[1]) + 0.1 * np.sin(t)
"""
PROCESS = """
import json, time
began = time.perf_counter()
from ergodica import sims
imported = time.perf_counter()
%s
flow.run(t_end=10.0, snapshots=100, threads=1, progress=False)
done = time.perf_counter()
import sys
print(json.dumps({"import": imported - began, "run": done - imported, "sympy": "sympy" in sys.modules}))
"""


def ours() -> Callable[[], dict[str, float]]:
    """Each system in a cold process, then in warm ones."""

    def run() -> dict[str, float]:
        found = {}
        for name, definition in SYSTEMS.items():
            with tempfile.TemporaryDirectory() as folder:
                with open(os.path.join(folder, "own.py"), "w") as file:
                    file.write(OWN)
                cache = os.path.join(folder, "cache")
                runs = [_process(PROCESS % definition, cache, folder) for _ in range(1 + REPEATS)]
            found[f"{name} cold"] = runs[0]["run"]
            found[f"{name} warm"] = min(r["run"] for r in runs[1:])
            found["import"] = min([found.get("import", 9e9), *(r["import"] for r in runs)])
        return found

    return run


def _process(code: str, cache: str, folder: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "ERGODICA_CACHE_DIR": cache, "PYTHONPATH": folder},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def rows(ours: list[dict[str, float]]) -> list[dict[str, object]]:
    """The next process beside the first; the ratio is first over next."""
    best = {key: min(r[key] for r in ours) for key in ours[0]}
    return [
        {
            "job": f"{TITLE}: {name}, next process",
            "ours": f"{best[f'{name} warm']:.2f} s after {best['import']:.2f} s of imports",
            "against": f"first process, which compiles: {best[f'{name} cold']:.2f} s",
            "ratio": best[f"{name} cold"] / best[f"{name} warm"],
        }
        for name in SYSTEMS
    ]
