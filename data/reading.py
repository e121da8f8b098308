"""Opening a run or a measured file, finished or not, or saying in one line why it cannot be opened."""

import difflib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.data.atomic import TEMPORARY
from ergodica.data.file_errors import DamagedFile, MissingFile, NewerSchema, NotErgodicaFile
from ergodica.data.netcdf import READING, NetcdfStore
from ergodica.data.parts import SUFFIX, Parts
from ergodica.data.schema import ERGODICA_SCHEMA

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = "ergodica_schema"
TREE = "ergodica_tree"
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
CLASSIC_SIGNATURE = b"CDF"
ATTEMPTS = 5


def open(path: str | os.PathLike[str], **options: Any) -> "xr.Dataset | xr.DataTree":
    """Open what ergodica wrote, lazily: a run (finished or not) or measured quantities.

    Args:
        path: of the `.nc` file or the `.zarr` store, also while it is still being written.
        options: for `xarray.open_dataset` or `xarray.open_zarr`, such as `chunks={}` for dask.

    Returns:
        A Dataset; a DataTree for a file with measured groups. `ds.encoding.get("unfinished")` is True for a
        run that was not finished: it has the frames that are safe so far, perhaps none.

    Raises:
        MissingFile: there is nothing; the message names the nearest file in the folder.
        NotErgodicaFile: it can be read and is not ours.
        DamagedFile: it is truncated or incomplete.
        NewerSchema: a later version of ergodica wrote it.
    """
    out = Path(path)
    for _ in range(ATTEMPTS):
        before = _state(out)
        try:
            return _open(out, options)
        except (OSError, ValueError):
            # a run moves to its place when it begins and when it is finished: then look again
            if _state(out) == before:
                raise
    return _open(out, options)


def open_run(path: Path, **options: Any) -> "xr.Dataset":
    """A run, opened; ValueError when the file holds measured groups instead."""
    import xarray as xr

    ds = open(path, **options)
    if isinstance(ds, xr.DataTree):
        ds.close()
        raise ValueError(f"{path}: must hold a run, got measured groups; give a file made by a simulation")
    return ds


def missing_file(path: Path) -> MissingFile:
    """The error for a path where nothing is."""
    try:
        names = {entry.removesuffix(SUFFIX) for entry in os.listdir(path.parent)}
    except OSError:
        return MissingFile(f"{path}: no such file, nor its folder {path.parent}; check the path")
    if (path.parent / (path.name + SUFFIX)).exists():
        return MissingFile(f"{path}: nothing is recorded yet; its run ended before it began, start it again")
    known = sorted(name for name in names if name.endswith((".nc", ".zarr")))
    close = difflib.get_close_matches(path.name, known, n=1, cutoff=0.5)
    remedy = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known[:8]) or 'none'}"
    return MissingFile(f"{path}: no such file; {remedy}")


def _state(out: Path) -> tuple[bool, list[str]]:
    """What tells whether a run began, moved or was finished between two looks."""
    folder = Parts(out).folder
    try:
        # no names of files being written: those come and go
        names = sorted(name for name in os.listdir(folder) if not name.endswith(TEMPORARY))
    except OSError:
        names = []
    return out.exists(), names


def _open(out: Path, options: dict[str, Any]) -> "xr.Dataset | xr.DataTree":
    from ergodica.data.zarr_store import ZarrStore

    parts = Parts(out)
    manifest = parts.unfinished()
    if manifest is not None and manifest.format == "zarr":
        store = ZarrStore(parts, manifest)
        place = store.path
        if not place.exists():
            raise DamagedFile(f"{out}: its store is gone, only {parts.folder.name} is left; delete that")
        ds = _open_zarr(place, options)
        if place == store.staged:
            # no frames yet, and about to be moved: Zarr would read zeros from the old place
            ds.load()
            if not place.exists():
                raise FileNotFoundError(f"{place}: was moved in this moment; open it again")
        ds.encoding["unfinished"] = True
        return ds
    if out.is_dir():
        return _open_zarr(out, options)
    if out.exists():
        return _open_netcdf(out, options)
    if manifest is None:
        raise missing_file(out)
    from ergodica.data.unfinished import open_unfinished

    try:
        ds = open_unfinished(NetcdfStore(parts, manifest), options.get("chunks"))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DamagedFile(f"{parts.folder}: a piece of the run cannot be read ({_short(error)})") from error
    _check_schema(out, ds.attrs)
    return ds


def _open_netcdf(path: Path, options: dict[str, Any]) -> "xr.Dataset | xr.DataTree":
    import xarray as xr

    with path.open("rb") as file:
        start = file.read(len(HDF5_SIGNATURE))
    if start != HDF5_SIGNATURE:
        if start.startswith(CLASSIC_SIGNATURE):
            raise _not_ours(path, "is a classic NetCDF file")
        if HDF5_SIGNATURE.startswith(start):
            raise DamagedFile(
                f"{path}: is empty or cut off after {len(start)} bytes; take another copy of it"
            )
        raise _not_ours(path, "is neither NetCDF-4 nor Zarr")
    asked = {**READING, **options}
    try:
        ds = xr.open_dataset(path, **asked)
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError) as error:
        raise DamagedFile(
            f"{path}: is truncated or damaged ({_short(error)}); take another copy of it"
        ) from error
    try:
        if "group" not in options:
            _check_schema(path, ds.attrs)
        if TREE not in ds.attrs or "group" in options:
            return ds
    except Exception:
        ds.close()
        raise
    ds.close()
    return _without_mark(xr.open_datatree(path, **asked))


def _open_zarr(path: Path, options: dict[str, Any]) -> "xr.Dataset | xr.DataTree":
    import xarray as xr

    from ergodica.data.zarr_store import COUNT, META, fixed_texts, missing_chunks, open_store

    try:
        attrs = json.loads((path / META).read_bytes())["attributes"]
    except FileNotFoundError:
        raise _not_ours(path, "is a folder without a Zarr store of format 3") from None
    except (ValueError, KeyError, NotADirectoryError) as error:
        raise DamagedFile(
            f"{path / META}: cannot be read ({_short(error)}); take another copy of it"
        ) from error
    _check_schema(path, attrs)
    if COUNT in attrs:
        gone = next(missing_chunks(path), None)
        if gone is not None:
            raise DamagedFile(
                f"{path}: is incomplete, {gone.relative_to(path)} is gone; take another copy of it"
            )
    try:
        if TREE in attrs and "group" not in options:
            tree = xr.open_datatree(path, engine="zarr", **{"decode_timedelta": False, **options})
            return _without_mark(tree.map_over_datasets(fixed_texts))
        ds = open_store(path, **options)
    except (ValueError, KeyError, OSError) as error:
        raise DamagedFile(f"{path}: cannot be read ({_short(error)}); take another copy of it") from error
    ds.attrs.pop(COUNT, None)
    return ds


def _check_schema(path: Path, attrs: Mapping[Any, Any]) -> None:
    if SCHEMA not in attrs:
        raise _not_ours(path, f"has no attribute {SCHEMA}")
    try:
        schema = int(attrs[SCHEMA])
    except (TypeError, ValueError):
        raise _not_ours(path, f"has {SCHEMA}={attrs[SCHEMA]!r}, which is no number") from None
    if schema > ERGODICA_SCHEMA:
        raise NewerSchema(
            f"{path}: {SCHEMA} must be at most {ERGODICA_SCHEMA} for this version of ergodica, got {schema}; update it"
        )


def _not_ours(path: Path, why: str) -> NotErgodicaFile:
    return NotErgodicaFile(
        f"{path}: was not written by ergodica, it {why}; bring measured data in with ergodica.data.from_arrays"
    )


def _without_mark(tree: "xr.DataTree") -> "xr.DataTree":
    tree.attrs.pop(TREE, None)
    return tree


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:120]
