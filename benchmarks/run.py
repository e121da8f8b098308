"""Measure speed: ours and a peer in turn, each in its own process and environment, on the same processor.

    python benchmarks/run.py               every case
    python benchmarks/run.py nlse_soliton  one case

A case is a file in `benchmarks/cases`. It says which sides it has ("ours", and "peer" with what to
install for it, or several in `PEERS`), and makes for each side a function that does the job once. All
processes stay alive, warm, and take turns, so that what else the machine does falls on all. Results go to
`benchmarks/results/<case>.json`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

from environment import environment_of, machine, peers_of, provenance
from table import shown
from worker import Worker

HERE = Path(__file__).parent


def load(name: str) -> ModuleType:
    """The case of this name as a module."""
    spec = importlib.util.spec_from_file_location(name, HERE / "cases" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(name: str) -> dict[str, object]:
    """Run a case: rounds in turn, then the case's own summary of them."""
    case = load(name)
    before = machine()
    sides = ["ours", *peers_of(case)]
    workers = {side: Worker(name, side, environment_of(case, side), case.THREADS) for side in sides}
    repeats: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    try:
        for _ in range(case.ROUNDS):
            for side in sides:
                repeats[side].append(workers[side].repeat())
        versions = {side: worker.versions for side, worker in workers.items()}
    finally:
        for worker in workers.values():
            worker.close()
    return {
        "case": name,
        "title": case.TITLE,
        **provenance(),
        "machine": before,
        "threads": case.THREADS,
        "versions": versions,
        "rows": case.rows(**repeats),
        "repeats": repeats,
    }


def main() -> None:
    known = sorted(path.stem for path in (HERE / "cases").glob("*.py"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "cases", nargs="*", metavar="case", help=f"of {', '.join(known)}; all when none is named"
    )
    chosen = parser.parse_args().cases or known
    if unknown := sorted(set(chosen) - set(known)):
        sys.exit(f"case: unknown {', '.join(unknown)}; known: {', '.join(known)}")
    for name in chosen:
        print(f"{name} ...", flush=True)
        result = measure(name)
        path = HERE / "results" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(result, indent=1) + "\n")
        for row in result["rows"]:  # type: ignore[attr-defined]
            print(f"  {row['job']}: {row['ours']} against {row['against']}; ratio {shown(row['ratio'])}")
        print(f"  -> {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


if __name__ == "__main__":
    main()
