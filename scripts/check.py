"""`ergodica check`: what a file lacks to be read by every part of ergodica."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ergodica.scripts.inputs import open_any

if TYPE_CHECKING:
    import xarray as xr


def check(
    file: Annotated[str, Parameter(help="file to check, also one that ergodica did not write")], /
) -> int:
    """Say what a file lacks to be read by every part of ergodica.

    The exit code is 0 when nothing is missing, 1 with a list of what is, 2 when the file cannot be read at all.
    """
    from ergodica.data.checks import check as problems_of

    with _opened(file) as data:
        problems = problems_of(data)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{file}: nothing is missing")
    return int(any(problem.severity == "error" for problem in problems))


def _opened(file: str) -> xr.Dataset | xr.DataTree:
    from ergodica.data.file_errors import NotErgodicaFile

    try:
        return open_any(file)
    except NotErgodicaFile:
        import xarray as xr

        try:
            engine = "zarr" if Path(file).is_dir() else "netcdf4"
            return xr.open_dataset(file, engine=engine, decode_times=False)
        except Exception:
            # neither NetCDF nor Zarr: what `open_any` said is the better answer
            pass
        raise
