"""Programs that run under numba's CUDA simulator, which acts at import and so needs a process of its own."""

import textwrap
from pathlib import Path
from typing import Any

import processes


def told(program: str, folder: Path, *arguments: object) -> Any:
    """What the last line that a program prints says in JSON; it is kept in `folder`, for kernels need a file."""
    source = folder / "on_cuda.py"
    source.write_text(textwrap.dedent(program))
    return processes.told(source, *arguments, NUMBA_ENABLE_CUDASIM=1)
