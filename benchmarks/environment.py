"""Where a side of a benchmark runs, and on what."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def peers_of(case: ModuleType) -> dict[str, str]:
    """Name of each peer's side and what pip installs for it, words apart."""
    peers: dict[str, str] = getattr(case, "PEERS", {})
    return peers or ({"peer": case.PEER} if case.PEER else {})


def environment_of(case: ModuleType, side: str) -> Path:
    """The Python that runs a side: this one for ours; a peer has its own, made under `.peers/` if need be."""
    if side == "ours":
        return Path(sys.executable)
    wanted = peers_of(case)[side]
    folder = ROOT / ".peers" / re.sub(r"[^\w.-]+", "-", wanted)
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"  installing {wanted} in {folder.relative_to(ROOT)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted.split()]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"installing {wanted} failed: {done.stderr.strip()}")
        (folder / "ready").touch()
    return python


def limited(threads: int) -> dict[str, str]:
    """The process environment with every library held to this many threads."""
    return {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads))}


def machine() -> dict[str, object]:
    """Processor, number of cores, how busy they were before, operating system, Python."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and (found := re.search(r"model name\s*: (.*)", cpuinfo.read_text())):
        model = found[1]
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def provenance() -> dict[str, object]:
    """Date and commit of a measurement."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": git("rev-parse", "HEAD"),
        "clean": not git("status", "--porcelain", "--untracked-files=no"),
    }
