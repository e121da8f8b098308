"""`ergodica measure`: the entropies of runs, written beside them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ergodica.numerics.errors import ParameterError
from ergodica.scripts.inputs import open_run
from ergodica.scripts.outputs import DATA, human, output, size

if TYPE_CHECKING:
    import xarray as xr

FEW = 8
"""Numbers that a line shows one by one."""


def measure(
    files: Annotated[
        list[str],
        Parameter(help="runs to measure, finished or not: NetCDF files and Zarr stores", negative=""),
    ],
    /,
    *,
    quantity: Annotated[
        list[str] | None,
        Parameter(
            name=("--quantity", "-q"),
            metavar="ESTIMATOR",
            negative="",
            help='estimator by name, with options, as permutation_entropy or "transfer_entropy(x, y, lag=2)"; '
            "repeat it for several; default everything that the variables' kinds have. "
            "ergodica list estimators names them",
        ),
    ] = None,
    out: Annotated[
        str | None,
        Parameter(
            name=("--out", "-o"), metavar="FILE", help="file to write, for one run; default FILE-entropy.nc"
        ),
    ] = None,
    base: Annotated[
        str, Parameter(help="base of the logarithms: e gives nat, 2 gives bit, 10 gives dit")
    ] = "e",
    force: Annotated[
        bool, Parameter(negative="", show_default=False, help="overwrite the file when it is there")
    ] = False,
) -> None:
    """Measure the entropies of a run, or of several.

    Every entropy that the kinds of the run's variables have goes into one file, a group for each distribution:
    of a field at each time, where it is in space, in wavenumbers and in amplitude; of each component of a state
    over the whole run, in amplitude and in frequency; of particles their order, neighbours, structure and motion.
    """
    logarithm = _base(base)
    if out is not None and len(files) > 1:
        raise ParameterError(
            f"out: must be left out for several runs, got {out!r} for {len(files)}; each has its own"
        )
    if quantity:
        from ergodica.estimators.expressions import parse

        for text in quantity:
            parse(text)  # a slip of the pen shows before anything is measured
    targets = _targets(files, out, force=force)
    for file, target in zip(files, targets, strict=True):
        _measure_one(file, target, logarithm, quantity, force=force)


def _targets(files: list[str], out: str | None, *, force: bool) -> list[Path]:
    """The file to write for each run, all of them checked before the first one is measured."""
    written: dict[Path, str] = {}
    for file in files:
        source = Path(file)
        open_run(file).close()
        target = output(out or str(source.with_name(f"{source.stem}-entropy.nc")), DATA, force=force)
        if target.exists() and source.exists() and target.samefile(source):
            raise ParameterError(f"out: must be another file than the run, got {target}; use -o entropy.nc")
        if target in written:
            raise ParameterError(
                f"file: runs must go to files of their own, got {target} for {written[target]} and {file}; "
                "measure them one by one with -o"
            )
        written[target] = file
    return list(written)


def _measure_one(file: str, target: Path, base: float, quantities: list[str] | None, *, force: bool) -> None:
    with open_run(file) as ds:
        from ergodica.data import append_history
        from ergodica.data.files import write_tree
        from ergodica.data.overwriting import refuse_foreign
        from ergodica.data.provenance import command_line
        from ergodica.estimators import measure as measured

        refuse_foreign(target)
        tree = measured(ds, base=base, quantities=quantities)
        tree.attrs["history"] = append_history(ds, command_line()).attrs["history"]
        write_tree(tree, target, overwrite=force)
        frames = ds.sizes.get("t", 0)
    groups = [node for node in tree.subtree if node.data_vars]
    names = ", ".join(f"{node.path.strip('/')} ({len(node.data_vars)})" for node in groups)
    print(f"{target}: of {frames} snapshots, {human(size(target))}\nmeasured: {names}")
    if quantities:
        for node in groups:
            for name, values in node.data_vars.items():
                print(f"  {node.path.strip('/')}/{name} = {_shown(values)}")


def _shown(values: xr.DataArray) -> str:
    """Few numbers as they are, of many the range; with unit and dimensions."""
    import numpy as np

    if values.dtype.kind not in "biuf":
        return f"{values.dtype} over ({', '.join(map(str, values.dims))})"
    numbers = np.asarray(values, dtype=np.float64).ravel()
    units = str(values.attrs.get("units", "1"))
    unit = "" if units == "1" else f" {units}"
    over = f" over ({', '.join(map(str, values.dims))})" if values.dims else ""
    if len(numbers) <= FEW:
        return ", ".join(f"{one:.6g}" for one in numbers) + unit + over
    good = numbers[np.isfinite(numbers)]
    missing = f", {len(numbers) - len(good)} not finite" if len(good) < len(numbers) else ""
    span = f"{good.min():.6g} to {good.max():.6g}" if len(good) else "nan"
    return f"{span}{unit}{over}{missing}"


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
