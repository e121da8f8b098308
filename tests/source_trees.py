"""Copies of the package's root and numerics, for tests that edit sources or start with an empty cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import ergodica


class Tree:
    """A copy of the package's root and numerics with a caller and a callee, run in processes of its own."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.root = folder / "tree"
        here = Path(ergodica.__file__).parent
        (self.root / "ergodica").mkdir(parents=True)
        shutil.copy(here / "__init__.py", self.root / "ergodica")
        shutil.copytree(here / "numerics", self.root / "ergodica/numerics", ignore=lambda *_: ["__pycache__"])
        for name in ergodica._SUBPACKAGES:
            (self.root / "ergodica" / name).mkdir(exist_ok=True)
            (self.root / "ergodica" / name / "__init__.py").touch()
        shutil.copy(here / "numerics/__init__.py", self.root / "ergodica/numerics")
        self.write("ergodica/sims/callee.py", CALLEE)
        self.write("ergodica/sims/caller.py", CALLER.replace("HERE", "ergodica.sims.callee"))

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(textwrap.dedent(text))

    def run(self, code: str, **env: str) -> dict:
        """Run code in a new process; what it leaves in `result`, and whether a warning was shown."""
        program = "result = {}\n" + textwrap.dedent(code) + "\nimport json; print(json.dumps(result))"
        environment = {**os.environ, "PYTHONPATH": str(self.root), "ERGODICA_CACHE_DIR": str(self.cache)}
        # Python tells bytecode by the second and the size of its source, and tests edit within a second
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        for name in ("NUMBA_CACHE_DIR", "NUMBA_ENABLE_CUDASIM", "PYTHONWARNINGS"):
            environment.pop(name, None)
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**environment, **env},
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return {"stderr": done.stderr, **json.loads(done.stdout.splitlines()[-1])}


CALLEE = """
    from ergodica.numerics import kernel
    OFFSET = 1.0
    @kernel
    def callee(x):
        return x + OFFSET
"""
CALLER = """
    from ergodica.numerics import kernel
    from HERE import callee
    @kernel
    def caller(x):
        return 10.0 * callee(x)
"""
CALL = """
    import numba
    before = numba.config.CACHE_DIR
    import ergodica
    from MODULE import caller
    assert ergodica.__file__.startswith(ROOT)
    result["value"] = caller(1.0)
    stats = caller.dispatcher.stats
    result["hits"], result["misses"] = sum(stats.cache_hits.values()), sum(stats.cache_misses.values())
    result["setting_kept"] = numba.config.CACHE_DIR == before
"""


def call(tree: Tree, module: str = "ergodica.sims.caller", **env: str) -> dict:
    return tree.run(CALL.replace("MODULE", module).replace("ROOT", repr(str(tree.root))), **env)
