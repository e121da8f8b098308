"""What may be deleted when an output is replaced: files and Zarr stores, never a folder of anything else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ergodica.data.atomic import is_full
from ergodica.data.file_errors import OutputExists
from ergodica.numerics.errors import ErgodicaError, ParameterError

STORE_FILES = {"zarr.json", ".zgroup", ".zarray"}
NETCDF_STARTS = (b"\x89HDF\r\n\x1a\n", b"CDF")


def refuse_foreign(out: Path) -> None:
    """Raise unless what is at a path may be deleted for a run or for measured quantities.

    A `.zarr` may replace a Zarr store or an empty folder, a `.nc` any file that was named itself. Behind a
    symbolic link there must be a store, or a NetCDF file.

    Raises:
        OutputExists: something else is there; the message names it.
        ParameterError: the path itself cannot be looked at, such as one with too long a name.
    """
    with unusable(out):
        found = foreign(out)
    if found is not None:
        raise OutputExists(f"out: {out} {found}, which is never deleted; use another name or move it away")


def output_path(out: object) -> Path:
    """`out` as a path. Raises ParameterError for what is none."""
    text = os.fspath(out) if isinstance(out, str | os.PathLike) else None
    if not isinstance(text, str) or "\0" in text:
        raise ParameterError(f"out: must be a path ending in .nc or .zarr, got {out!r}; use out='run.nc'")
    return Path(text)


def foreign(out: Path) -> str | None:
    """What is at a path that must not be deleted, in words; None when nothing is."""
    if not out.exists():
        return None
    where = f"leads to {os.path.realpath(out)} and " if out.is_symlink() else ""
    if out.suffix == ".zarr":
        if not out.is_dir():
            return f"{where}is no Zarr store"
        names = os.listdir(out)
        if names and STORE_FILES.isdisjoint(names):
            return f"{where}is a folder without a Zarr store, with {_listed(names)}"
        strange = [name for name in names if not _of_a_store(out / name)]
        return f"{where}holds {_listed(strange)} beside its Zarr store" if strange else None
    if out.is_dir():
        return f"{where}is a folder"
    if not out.is_file():
        return f"{where}is no file"
    return f"{where}is no NetCDF file" if where and not _is_netcdf(out) else None


@contextmanager
def unusable(out: Path) -> Iterator[None]:
    """A context in which the system's refusal of a path becomes a ParameterError of one line.

    Errors of our own go through, and those of a full disk, which is not the path's fault.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, ErgodicaError) or is_full(error):
            raise
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ParameterError(
            f"out: {out} cannot be written ({reason}); choose another folder or name"
        ) from error


def _of_a_store(path: Path) -> bool:
    # hidden files are those of Zarr itself, of network disks and of file managers
    if path.name in STORE_FILES or path.name.startswith("."):
        return True
    if not path.is_dir() or path.is_symlink():
        return False
    names = set(os.listdir(path))
    # an array that lost its zarr.json still has its chunks
    return not names or not names.isdisjoint({*STORE_FILES, "c"})


def _is_netcdf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith(NETCDF_STARTS)


def _listed(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
