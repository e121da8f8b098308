"""Programs that run under numba's CUDA simulator, which acts at import and so needs a process of its own."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any


def told(program: str, folder: Path, *arguments: object) -> Any:
    """What the last line that a program prints says in JSON; it is kept in `folder`, for kernels need a file."""
    source = folder / "on_cuda.py"
    source.write_text(textwrap.dedent(program))
    done = subprocess.run(
        [sys.executable, str(source), *map(str, arguments)],
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
