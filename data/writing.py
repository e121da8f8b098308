"""Writing a whole dataset or tree in one step."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.data.atomic import is_full, remove, replacing, reserved, sync_folder
from ergodica.data.file_errors import DiskFullError, OutputExists
from ergodica.data.netcdf import write_netcdf
from ergodica.data.overwriting import output_path, refuse_foreign, unusable
from ergodica.data.parts import Parts
from ergodica.data.reading import SCHEMA, TREE
from ergodica.data.schema import ERGODICA_SCHEMA
from ergodica.data.zarr_store import plain_strings

if TYPE_CHECKING:
    import xarray as xr


def write_dataset(ds: "xr.Dataset", path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a dataset, such as measured data or an estimator's result; `ergodica.open` gives it back.

    Args:
        ds: any dataset; the number of the schema is added when it has none.
        path: ends in `.nc` or `.zarr`. It holds the old content or all of the new one, whatever happens.
        overwrite: replace what is there.

    Raises:
        OutputExists: something is there and `overwrite` is False, or what must not be deleted.
        ParameterError: the path cannot be written to.
        DiskFullError: no room; what was there is still there.
    """
    ds = ds.assign_attrs({SCHEMA: ds.attrs.get(SCHEMA, ERGODICA_SCHEMA)})
    _write(
        output_path(path),
        overwrite,
        lambda file: write_netcdf(ds, file),
        lambda folder: plain_strings(ds).to_zarr(folder, zarr_format=3, consolidated=True),
    )


def write_tree(tree: "xr.DataTree", path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a tree with a group for each quantity that has its own dimensions; as `write_dataset`."""
    import xarray as xr

    marked = xr.DataTree.from_dict(
        {node.path: plain_coordinates(node.to_dataset(inherit=False)) for node in tree.subtree}
    )
    marked.attrs |= {SCHEMA: tree.attrs.get(SCHEMA, ERGODICA_SCHEMA), TREE: 1}
    _write(
        output_path(path),
        overwrite,
        lambda file: marked.to_netcdf(file, engine="h5netcdf"),
        lambda folder: marked.map_over_datasets(plain_strings).to_zarr(
            folder, zarr_format=3, consolidated=True
        ),
    )


def plain_coordinates(ds: "xr.Dataset") -> "xr.Dataset":
    """The dataset without fill values for its coordinates."""
    ds = ds.copy(deep=False)
    for name in ds.coords:
        ds[name].encoding.setdefault("_FillValue", None)
    return ds


def _write(
    out: Path, overwrite: bool, to_file: Callable[[Any], Any], to_folder: Callable[[Path], Any]
) -> None:
    if out.suffix not in (".nc", ".nc4", ".zarr"):
        raise ValueError(
            f"out: must end in .nc or .zarr, got {str(out)!r}; use {out.with_suffix('.nc').name}"
        )
    with unusable(out):
        unfinished = Parts(out).unfinished() is not None
    if unfinished or (out.exists() and not overwrite):
        state, remedy = (
            ("is a run being recorded", "") if unfinished else ("is there already", "overwrite=True or ")
        )
        raise OutputExists(f"out: {out} {state}; use {remedy}another file")
    refuse_foreign(out)
    try:
        with unusable(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            if out.suffix == ".zarr":
                _replace_folder(out, to_folder)
            else:
                with replacing(out) as file:
                    to_file(file)
    except OSError as error:
        if not is_full(error):
            raise
        full = DiskFullError(f"{out}: no room on the disk ({error.strerror}); nothing was changed: make room")
        full.errno = error.errno
        raise full from error


def exchanged(one: Path, other: Path) -> bool:
    """Whether two paths could be exchanged in one step, so that neither is missing at any instant.

    Linux has a call for it, most of its file systems too; without it there is an instant between two renames.
    """
    import ctypes

    call = getattr(ctypes.CDLL(None), "renameat2", None)
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return call is not None and call(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0


def _replace_folder(out: Path, write: Callable[[Path], Any]) -> None:
    import warnings

    with reserved(out) as mark:
        new, old = (mark.with_name(f"{mark.name}.{kind}") for kind in ("new", "old"))
        remove(new)  # left by a process that was killed
        try:
            with warnings.catch_warnings():
                # ours reads consolidated metadata; other readers may ignore it
                warnings.filterwarnings("ignore", message="Consolidated metadata is currently not part")
                write(new)
            if not out.exists():
                new.rename(out)
            elif not exchanged(new, out):
                out.rename(old)
                new.rename(out)
        except BaseException:
            with suppress(OSError):
                if old.exists() and not out.exists():
                    old.rename(out)
            raise
        finally:
            for left in (new, old, mark):
                remove(left)
    sync_folder(out.parent)
