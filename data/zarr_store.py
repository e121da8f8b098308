"""A run as one Zarr store (format 3) that grows in place and is consistent at every instant.

A block goes to disk in this order, each file by one rename: chunk files, `zarr.json` of each array, and last
`zarr.json` of the root, which repeats the shapes of all arrays (consolidated metadata) and counts the frames. Readers
take the shapes from the root, so that they see the frames that were there when they opened the store. A reader that
ignores the root's copy may find arrays of different length for the moment between the renames, never a false frame.
"""

import copy
import itertools
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.atomic import remove, replace_file, sync_folder
from ergodica.data.chunks import chunk_shape
from ergodica.data.netcdf import CHECKPOINT, RESTART, RESTART_TEXT, TIME
from ergodica.data.parts import Manifest, Parts

if TYPE_CHECKING:
    import xarray as xr

STAGED = "store"
OLD = "old"
WRITING = "chunk.writing"
META = "zarr.json"
COUNT = "ergodica_frames"
COMPRESSION = 1  # fast; it is there for the empty rest of a chunk, since turbulent numbers do not shrink


class ZarrStore:
    """The store of one run.

    Args:
        parts: the folder of the run.
        manifest: what `run.json` says or shall say.
    """

    suffix = ".zarr"

    def __init__(self, parts: Parts, manifest: Manifest) -> None:
        self.parts = parts
        self.manifest = manifest
        self.staged = parts.file(manifest, STAGED)

    @property
    def path(self) -> Path:
        """Where the store is: beside its place until `settle`."""
        return self.staged if self.staged.exists() else self.parts.out

    def prepare(self, header: "xr.Dataset") -> None:
        """Write the store without frames, not yet at its place."""
        building = self.parts.file(self.manifest, f"{STAGED}.writing")
        remove(building)
        write_header(header, building, self.manifest.chunk_bytes)
        found = read_nodes(building)
        # readers list the variables in this order
        nodes = {name: found[name] for name in ("", *map(str, header.variables))}
        nodes[""]["attributes"][COUNT] = 0
        replace_file(building / META, consolidated(nodes))
        building.rename(self.staged)

    def settle(self) -> None:
        """Move the store to its place; an earlier one there gives way."""
        if self.staged.exists():
            old = self.parts.file(self.manifest, OLD)
            if self.parts.out.exists():
                self.parts.out.rename(old)
            self.staged.rename(self.parts.out)
            sync_folder(self.parts.out.parent)
            remove(old)

    def header(self) -> "xr.Dataset":
        """Everything but the frames, loaded."""
        ds = open_store(self.path).isel({TIME: slice(0)}).load()
        del ds.attrs[COUNT]
        return ds

    def replace_attrs(self, attrs: Mapping[str, Any]) -> None:
        """Change global attributes."""
        nodes = root_nodes(self.path)
        nodes[""]["attributes"].update({name: _as_json(value) for name, value in attrs.items()})
        self._write_root(nodes)

    def append(self, first: int, block: "xr.Dataset") -> None:
        """Write a block behind `first` frames."""
        nodes = root_nodes(self.path)
        frames = first + block.sizes[TIME]
        for name in growing(nodes):
            self._write_chunks(name, nodes[name], first, block.variables[name].values)
        self._resize(nodes, frames)

    def discard(self, frames: int) -> None:
        """Forget the frames after a number of them."""
        nodes = root_nodes(self.path)
        told = [nodes, read_nodes(self.path)]
        lengths = {one[name]["shape"][time_axis(one[name])] for one in told for name in growing(nodes)}
        if max(lengths) > frames:
            self._resize(nodes, frames)

    def finish(self, frames: int, restart: bytes) -> None:
        """Add the final state; the root tells of it last."""
        nodes = root_nodes(self.path)
        group, array = restart_nodes(len(restart))
        place = self.path / RESTART
        (place / CHECKPOINT / "c").mkdir(parents=True, exist_ok=True)
        self._replace(place / CHECKPOINT / "c" / "0", restart)
        self._replace(place / CHECKPOINT / META, _dump(array))
        self._replace(place / META, _dump(group))
        nodes[RESTART], nodes[f"{RESTART}/{CHECKPOINT}"] = group, array
        self._write_root(nodes)

    def adopt(self, frames: int) -> None:
        """Drop the final state of the finished run: it is to be extended."""
        self._write_root(root_nodes(self.path))
        remove(self.path / RESTART)

    def _resize(self, nodes: dict[str, Any], frames: int) -> None:
        for name in growing(nodes):
            nodes[name]["shape"][time_axis(nodes[name])] = frames
            self._replace(self.path / name / META, _dump(nodes[name]))
        nodes[""]["attributes"][COUNT] = frames
        self._write_root(nodes)

    def _write_root(self, nodes: dict[str, Any]) -> None:
        self._replace(self.path / META, consolidated(nodes))

    def _write_chunks(self, name: str, node: dict[str, Any], first: int, values: np.ndarray) -> None:
        axis, length = time_axis(node), chunk_of(node)[time_axis(node)]
        values = values.astype(node["data_type"], copy=False)
        done = 0
        while done < values.shape[axis]:
            number, start = divmod(first + done, length)
            count = min(length - start, values.shape[axis] - done)
            piece = values[_along(axis, done, done + count, values.ndim)]
            for key, region in tiles(node, number):
                path = self.path / name / "c" / key
                chunk = read_chunk(path, node) if start else np.zeros(chunk_of(node), values.dtype)
                tile = piece[region]
                inside = tuple(slice(size) for size in tile.shape)
                chunk[(*inside[:axis], slice(start, start + count), *inside[axis + 1 :])] = tile
                path.parent.mkdir(parents=True, exist_ok=True)
                self._replace(path, encode(chunk))
            done += count

    def _replace(self, path: Path, content: bytes) -> None:
        # nothing but finished files is ever seen inside the store
        replace_file(path, content, by=self.parts.file(self.manifest, WRITING))


def write_header(header: "xr.Dataset", path: Path, chunk_bytes: int) -> None:
    """Write a dataset with zero frames as a store, with the chunks and codecs that `append` continues."""
    from zarr.codecs import BytesCodec, ZstdCodec

    encoding: dict[Any, dict[str, Any]] = {}
    header = header.copy(deep=False)
    for name, variable in header.variables.items():
        variable.encoding = {"_FillValue": variable.encoding.get("_FillValue")}
        if TIME in variable.dims:
            dtype = variable.dtype.newbyteorder("<")
            encoding[name] = {
                **variable.encoding,
                "chunks": chunk_shape(
                    [str(dim) for dim in variable.dims], variable.shape, dtype.itemsize, target=chunk_bytes
                ),
                "serializer": BytesCodec(),
                "compressors": [ZstdCodec(level=COMPRESSION)],
            }
    plain_strings(header).to_zarr(path, mode="w", zarr_format=3, consolidated=False, encoding=encoding)


def plain_strings(ds: "xr.Dataset") -> "xr.Dataset":
    """Text of fixed width has no place in the Zarr specification: as text of any length."""
    texts = {name: one.astype(object) for name, one in ds.variables.items() if one.dtype.kind == "U"}
    return ds.assign(texts) if texts else ds


def open_store(path: Path, **options: Any) -> "xr.Dataset":
    """Open a store lazily, without dask unless `chunks` asks for it, with text as it is in NetCDF."""
    import xarray as xr

    return fixed_texts(xr.open_zarr(path, **{"chunks": None, "decode_timedelta": False, **options}))


def fixed_texts(ds: "xr.Dataset") -> "xr.Dataset":
    """A dataset with its text of fixed width, as NumPy and NetCDF readers have it."""
    texts = {name: fixed_width(one) for name, one in ds.variables.items() if is_text(one)}
    return ds.assign(texts) if texts else ds


def is_text(variable: "xr.Variable") -> bool:
    """Whether a variable holds text, in whatever type this version of zarr hands it over."""
    if variable.dtype.kind != "O":
        return variable.dtype.kind == "T"
    return bool(variable.size) and isinstance(variable.values.flat[0], str)


def fixed_width(variable: "xr.Variable") -> "xr.Variable":
    """Text of fixed width."""
    texts = np.array([str(text) for text in variable.values.flat], dtype=np.str_)
    return variable.copy(data=texts.reshape(variable.shape))


def read_nodes(path: Path) -> dict[str, Any]:
    """`zarr.json` of the root (under "") and of each array."""
    nodes = {"": json.loads((path / META).read_bytes())}
    for place in sorted(path.iterdir()):
        if (place / META).is_file():
            nodes[place.name] = json.loads((place / META).read_bytes())
    return nodes


def root_nodes(path: Path) -> dict[str, Any]:
    """The same as the root tells it, without the group of the final state."""
    root = json.loads((path / META).read_bytes())
    metadata = root.pop("consolidated_metadata")["metadata"]
    return {"": root} | {name: node for name, node in metadata.items() if not name.startswith(RESTART)}


def consolidated(nodes: Mapping[str, Any]) -> bytes:
    """`zarr.json` of the root with all others in it."""
    root = copy.copy(nodes[""])
    metadata = {name: node for name, node in nodes.items() if name}
    root["consolidated_metadata"] = {"kind": "inline", "must_understand": False, "metadata": metadata}
    return _dump(root)


def growing(nodes: Mapping[str, Any]) -> Iterator[str]:
    """The arrays over time."""
    return (name for name, node in nodes.items() if TIME in (node.get("dimension_names") or ()))


def time_axis(node: Mapping[str, Any]) -> int:
    """The axis of time."""
    return int(node["dimension_names"].index(TIME))


def chunk_of(node: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of a chunk."""
    return tuple(node["chunk_grid"]["configuration"]["chunk_shape"])


def tiles(node: Mapping[str, Any], number: int) -> Iterator[tuple[str, tuple[slice, ...]]]:
    """Key and region of each chunk that holds a piece of the frames of chunk row `number`."""
    axis, chunk = time_axis(node), chunk_of(node)
    rows = [
        [None] if at == axis else list(range(-(-size // length)))
        for at, (size, length) in enumerate(zip(node["shape"], chunk, strict=True))
    ]
    for place in itertools.product(*rows):
        key = "/".join(str(number if one is None else one) for one in place)
        yield (
            key,
            tuple(
                slice(None) if one is None else slice(one * length, (one + 1) * length)
                for one, length in zip(place, chunk, strict=True)
            ),
        )


def encode(chunk: np.ndarray) -> bytes:
    """A chunk as the codecs of `write_header` store it."""
    from numcodecs import Zstd

    little = np.ascontiguousarray(chunk.astype(chunk.dtype.newbyteorder("<"), copy=False))
    return bytes(Zstd(level=COMPRESSION).encode(little))


def read_chunk(path: Path, node: Mapping[str, Any]) -> np.ndarray:
    """A chunk to be written to."""
    from numcodecs import Zstd

    content = Zstd().decode(path.read_bytes())
    little = np.dtype(node["data_type"]).newbyteorder("<")
    return np.frombuffer(content, little).reshape(chunk_of(node)).astype(node["data_type"])


def restart_nodes(size: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """`zarr.json` of the group with the final state, and of the bytes in it."""
    group = {"attributes": {"long_name": RESTART_TEXT}, "zarr_format": 3, "node_type": "group"}
    array = {
        "shape": [size],
        "data_type": "uint8",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [size]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "codecs": [{"name": "bytes"}],
        "attributes": {},
        "dimension_names": ["byte"],
        "zarr_format": 3,
        "node_type": "array",
        "storage_transformers": [],
    }
    return group, array


def read_restart(path: Path) -> bytes | None:
    """The bytes that `finish` was given, None when the store has none."""
    place = path / RESTART / CHECKPOINT / "c" / "0"
    return place.read_bytes() if place.is_file() else None


def missing_chunks(path: Path) -> Iterator[Path]:
    """Chunk files that the root promises and that are not there; Zarr itself would read zeros."""
    nodes = root_nodes(path)
    for name in growing(nodes):
        node = nodes[name]
        rows = -(-node["shape"][time_axis(node)] // chunk_of(node)[time_axis(node)])
        for number in range(rows):
            for key, _ in tiles(node, number):
                if not os.path.exists(path / name / "c" / key):
                    yield path / name / "c" / key


def _along(axis: int, start: int, stop: int, ndim: int) -> tuple[slice, ...]:
    return tuple(slice(start, stop) if at == axis else slice(None) for at in range(ndim))


def _as_json(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _dump(node: Mapping[str, Any]) -> bytes:
    return json.dumps(node, indent=1).encode()
