"""`ergodica demo`: the way from the command line to the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ergodica.numerics.errors import ParameterError

TABLE = "table.txt"


def demo(
    *,
    out: Annotated[
        str, Parameter(name=("--out", "-o"), metavar="FOLDER", help="folder for files and pictures")
    ] = "runs/demo",
    force: Annotated[
        bool, Parameter(negative="", show_default=False, help="overwrite what is in the folder")
    ] = False,
) -> None:
    """Run the demonstration: simulations, their entropies, a trained network and pictures, against exact values."""
    from ergodica.data.atomic import replace_file
    from ergodica.scripts.demo import run_demo, table

    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"out: must be a folder, got the file {out}; use another name")
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise ParameterError(
            f"out: {out} is not empty; --force overwrites its files, -o names another folder"
        )
    # written last, so that a folder that holds it is whole
    (folder / TABLE).unlink(missing_ok=True)
    made = run_demo(folder)
    text = "\n".join([table(made.comparisons), *map(str, made.files)])
    replace_file(folder / TABLE, f"{text}\n".encode())
    print(text)
