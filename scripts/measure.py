"""`ergodica measure`: the entropies of a run, written beside it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ergodica.numerics.errors import ParameterError
from ergodica.scripts.inputs import open_run
from ergodica.scripts.outputs import DATA, human, output, size


def measure(
    file: Annotated[str, Parameter(help="run to measure, finished or not")],
    /,
    *,
    out: Annotated[
        str | None,
        Parameter(name=("--out", "-o"), metavar="FILE", help="file to write; default FILE-entropy.nc"),
    ] = None,
    base: Annotated[
        str, Parameter(help="base of the logarithms: e gives nat, 2 gives bit, 10 gives dit")
    ] = "e",
    force: Annotated[
        bool, Parameter(negative="", show_default=False, help="overwrite the file when it is there")
    ] = False,
) -> None:
    """Measure the entropies of a run.

    Every entropy that the kinds of the run's variables have goes into one file, a group for each distribution:
    of a field at each time, where it is in space, in wavenumbers and in amplitude; of each component of a state
    over the whole run, in amplitude and in frequency; of particles their order, neighbours, structure and motion.
    """
    logarithm = _base(base)
    source = Path(file)
    with open_run(file) as ds:
        target = output(out or str(source.with_name(f"{source.stem}-entropy.nc")), DATA, force=force)
        if target.exists() and source.exists() and target.samefile(source):
            raise ParameterError(f"out: must be another file than the run, got {target}; use -o entropy.nc")
        from ergodica.data import append_history
        from ergodica.data.files import write_tree
        from ergodica.data.overwriting import refuse_foreign
        from ergodica.data.provenance import command_line
        from ergodica.estimators import measure as measured

        refuse_foreign(target)
        tree = measured(ds, base=logarithm)
        tree.attrs["history"] = append_history(ds, command_line()).attrs["history"]
        write_tree(tree, target, overwrite=force)
        frames = ds.sizes.get("t", 0)
    groups = [node for node in tree.subtree if node.data_vars]
    names = ", ".join(f"{node.path.strip('/')} ({len(node.data_vars)})" for node in groups)
    print(f"{target}: {frames} snapshots, {human(size(target))}\nmeasured: {names}")


def _base(text: str) -> float:
    if text.strip().lower() == "e":
        return math.e
    try:
        base = float(text)
    except ValueError:
        base = math.nan
    if not 1 < base < math.inf:
        raise ParameterError(f"base: must be e or a number above 1, got {text!r}; use e (nat), 2 (bit) or 10")
    return base
