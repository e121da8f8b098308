"""A run as NetCDF-4: a header and complete files of frames, joined into one file at the end.

A NetCDF file that grows in place does not survive its process: without a sync nothing is kept, with one a part
of the files ends unreadable or shows frames of fill values. So each block is a small file of its own.

All HDF5 files are written through `GuardedFile` and read with h5netcdf, whose library may be used from threads.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.atomic import GuardedFile, replacing, sync_folder
from ergodica.data.chunks import chunk_shape
from ergodica.data.parts import Manifest, Parts

if TYPE_CHECKING:
    import xarray as xr

ENGINE = "h5netcdf"
TIME = "t"
HEADER = "header.nc"
FRAMES = "frames-"
JOINED = "joined.nc"
RESTART = "restart"
CHECKPOINT = "checkpoint"
RESTART_TEXT = "state after the last frame: the bytes of a numpy .npz file"
SLAB_BYTES = 16 * 1024**2
READING: dict[str, Any] = {"engine": ENGINE, "decode_timedelta": False}


class NetcdfStore:
    """The pieces of one NetCDF run.

    Args:
        parts: the folder of the run.
        manifest: what `run.json` says or shall say.
    """

    suffix = ".nc"

    def __init__(self, parts: Parts, manifest: Manifest) -> None:
        self.parts = parts
        self.manifest = manifest
        self._header_file = parts.file(manifest, HEADER)

    def prepare(self, header: "xr.Dataset") -> None:
        """Write everything that the run needs before `run.json` makes it one."""
        header = header.copy(deep=False)
        for variable in header.variables.values():
            # how another file stored it says nothing about this one
            variable.encoding = {"_FillValue": variable.encoding.get("_FillValue")}
        with replacing(self._header_file) as file:
            write_netcdf(header, file, unlimited_dims=[TIME])

    def settle(self) -> None:
        """Give the place of an earlier file at `out` to this run."""
        self.parts.out.unlink(missing_ok=True)

    def header(self) -> "xr.Dataset":
        """Everything but the frames, loaded."""
        import xarray as xr

        with xr.open_dataset(self._header_file, **READING) as ds:
            return ds.load()

    def replace_attrs(self, attrs: Mapping[str, Any]) -> None:
        """Change global attributes."""
        self.prepare(self.header().assign_attrs(attrs))

    def append(self, first: int, block: "xr.Dataset") -> None:
        """Write a block behind `first` frames, as one file."""
        last = first + block.sizes[TIME]
        with replacing(self._frames_file(first, last)) as file:
            write_block(block, file)

    def discard(self, frames: int) -> None:
        """Remove the blocks that begin at or after a number of frames, the last one first."""
        late = [path for first, _, path in self._files() if first >= frames]
        for path in reversed(late):
            path.unlink(missing_ok=True)

    def chain(self) -> list[tuple[int, int, Path]]:
        """First frame, last frame plus one, and file of each block, without gaps."""
        chain: list[tuple[int, int, Path]] = []
        for first, last, path in self._files():
            if first == (chain[-1][1] if chain else 0):
                chain.append((first, last, path))
        return chain

    def finish(self, frames: int, restart: bytes) -> None:
        """Join everything into `out`, which appears in one step."""
        with replacing(self.parts.out, by=self.parts.file(self.manifest, JOINED)) as file:
            self._join(file, frames, restart)

    def adopt(self, frames: int) -> None:
        """Make the finished file at `out` the first block of the run: it is to be extended."""
        self.parts.out.rename(self._frames_file(0, frames))
        sync_folder(self.parts.folder)
        sync_folder(self.parts.out.parent)

    def _frames_file(self, first: int, last: int) -> Path:
        return self.parts.file(self.manifest, f"{FRAMES}{first:012d}-{last:012d}.nc")

    def _files(self) -> Iterator[tuple[int, int, Path]]:
        for rest, path in self.parts.pieces(self.manifest, FRAMES):
            first, last = rest.removesuffix(".nc").split("-")
            yield int(first), int(last), path

    def _join(self, file: GuardedFile, frames: int, restart: bytes) -> None:
        import h5netcdf
        import h5py

        target = self.manifest.chunk_bytes
        with (
            h5netcdf.File(self._header_file, "r", decode_vlen_strings=True) as header,
            h5netcdf.File(file, "w", rdcc_nbytes=4 * target) as joined,
        ):
            names = copy_header(header, joined, frames, target)
            places = [joined.variables[name] for name in names]
            for first, last, path in self.chain():
                # plain HDF5 opens many times faster, and there may be thousands of blocks
                with h5py.File(path, "r") as block:
                    sources = [block[name] for name in names]
                    step = slab_frames(sources, last - first)
                    for start in range(0, last - first, step):
                        stop = min(start + step, last - first)
                        for source, place in zip(sources, places, strict=True):
                            place[_at(place, first + start, first + stop)] = source[_at(place, start, stop)]
                        if file.error is not None:
                            return
            write_restart(joined, restart)


def write_netcdf(ds: "xr.Dataset", file: GuardedFile, **options: Any) -> None:
    """Write a dataset with xarray's own encoding; no coordinate gets a fill value."""
    ds = ds.copy(deep=False)
    for name in ds.coords:
        ds[name].encoding.setdefault("_FillValue", None)
    ds.to_netcdf(file, engine=ENGINE, **options)  # type: ignore[call-overload]


def write_block(block: "xr.Dataset", file: GuardedFile) -> None:
    """Write the variables over time as a small file that can be read on its own."""
    import h5netcdf

    with h5netcdf.File(file, "w") as target:
        growing = [variable for variable in block.variables.values() if TIME in variable.dims]
        target.dimensions = {dim: size for one in growing for dim, size in one.sizes.items()}
        for name, variable in block.variables.items():
            if TIME in variable.dims:
                values = np.ascontiguousarray(variable.values)
                place = target.create_variable(name, variable.dims, values.dtype, data=values)
                place.attrs.update({key: value for key, value in variable.attrs.items()})


def copy_header(header: Any, target: Any, frames: int, chunk_bytes: int) -> list[str]:
    """Copy what is known before the first frame into a file with room for all; the names that grow."""
    import h5py

    sizes = {name: dim.size for name, dim in header.dimensions.items()} | {TIME: frames}
    target.dimensions = {dim: size if size else None for dim, size in sizes.items()}
    target.attrs.update(dict(header.attrs))
    growing = []
    for name, variable in header.variables.items():
        attrs = dict(variable.attrs)
        dtype = h5py.string_dtype() if variable.dtype == object else variable.dtype
        fill = attrs.pop("_FillValue", None)
        shape = tuple(sizes[dim] for dim in variable.dimensions)
        chunks = None
        if TIME in variable.dimensions:
            growing.append(name)
            chunks = chunk_shape(variable.dimensions, shape, variable.dtype.itemsize, target=chunk_bytes)
            if frames:
                chunks = tuple(min(chunk, size) for chunk, size in zip(chunks, shape, strict=True))
        copy = target.create_variable(name, variable.dimensions, dtype, fillvalue=fill, chunks=chunks)
        copy.attrs.update(attrs)
        if name not in growing:
            copy[...] = variable[...]
    return growing


def slab_frames(variables: list[Any], frames: int) -> int:
    """How many of the frames of a file are read at a time."""
    size = sum(variable.dtype.itemsize * int(np.prod(variable.shape)) for variable in variables)
    return max(1, SLAB_BYTES * frames // max(1, size))


def write_restart(target: Any, content: bytes) -> None:
    """Keep the final state in a group, which a plain open does not see."""
    group = target.create_group(RESTART)
    group.attrs["long_name"] = RESTART_TEXT
    group.dimensions = {"byte": len(content)}
    group.create_variable(CHECKPOINT, ("byte",), np.uint8, data=np.frombuffer(content, np.uint8))


def read_restart(path: Path) -> bytes | None:
    """The bytes that `write_restart` was given, None when the file has none."""
    import h5netcdf

    with h5netcdf.File(path, "r") as file:
        if RESTART not in file.groups:
            return None
        return bytes(np.asarray(file.groups[RESTART].variables[CHECKPOINT][...], np.uint8).tobytes())


def _at(variable: Any, first: int, last: int) -> tuple[slice, ...]:
    return tuple(slice(first, last) if dim == TIME else slice(None) for dim in variable.dimensions)
