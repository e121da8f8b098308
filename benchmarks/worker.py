"""A process that holds one side of a benchmark, warm, and repeats it when asked.

Started as `python worker.py CASE SIDE` it prepares, says which versions it uses, and then answers every
line on its input with one repetition, as a line of JSON. It needs nothing beyond what the side itself
imports.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class Worker:
    """The other end: starts the process and talks to it."""

    def __init__(self, case: str, side: str, python: Path, threads: int) -> None:
        from environment import limited

        self.process = subprocess.Popen(
            [python, HERE / "worker.py", case, side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=limited(threads),
            cwd=HERE,
        )
        self.versions = self._answer()

    def _answer(self) -> dict:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the process of {self.process.args} ended without an answer; its error stands above")
        answer: dict = json.loads(line)
        return answer

    def repeat(self) -> dict:
        """What one repetition measured."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


def serve(case: str, side: str) -> None:
    """Prepare a side and repeat it for every line of input."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes with the errors
    spec = importlib.util.spec_from_file_location(case, HERE / "cases" / f"{case}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    repeat = getattr(module, side)()
    installed = {d.metadata["Name"].lower(): d.version for d in importlib.metadata.distributions()}
    wanted = [name for name in module.PACKAGES if name in installed]
    print(json.dumps({name: installed[name] for name in wanted}), file=answers, flush=True)
    for _ in sys.stdin:
        print(json.dumps(repeat()), file=answers, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
