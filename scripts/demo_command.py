"""`ergodica demo`: the way from the command line to the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter


def demo(
    *,
    out: Annotated[
        str, Parameter(name=("--out", "-o"), metavar="FOLDER", help="folder for files and pictures")
    ] = "runs/demo",
    force: Annotated[
        bool, Parameter(negative="", show_default=False, help="overwrite what is there")
    ] = False,
) -> Any:
    """Run the demonstration: two simulations, their entropies and pictures, against exact values."""
    from ergodica.scripts.demo import demo as run_demo

    return run_demo(Path(out), force=force)
