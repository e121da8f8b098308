"""A NetCDF run that is not finished, as one dataset: blocks are read when their values are asked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from xarray.backends import BackendArray
from xarray.core import indexing

from ergodica.data.file_errors import DamagedFile
from ergodica.data.netcdf import TIME, NetcdfStore
from ergodica.data.parts import Parts

if TYPE_CHECKING:
    import xarray as xr

ATTEMPTS = 3


def open_unfinished(store: NetcdfStore, chunks: Any = None) -> "xr.Dataset":
    """The header with the frames that are there.

    Args:
        store: the pieces of the run.
        chunks: as in `xarray.open_dataset`.

    Returns:
        A dataset whose variables over time are lazy; later blocks do not show up in it.
    """
    import xarray as xr

    header = store.header()
    chain = store.chain()
    if store.parts.unfinished() != store.manifest:
        # its blocks are being removed, so that the list may have holes
        raise FileNotFoundError(f"{store.parts.folder}: the run was finished in this moment; open it again")
    frames = chain[-1][1] if chain else 0
    contents = {}
    for name, variable in header.variables.items():
        if TIME in variable.dims:
            shape = tuple(frames if dim == TIME else variable.sizes[dim] for dim in variable.dims)
            blocks = Blocks(str(name), chain, store.parts, variable.dims.index(TIME), shape, variable.dtype)
            # so that a user may assign to the variable, as in a dataset opened by xarray
            lazy = indexing.CopyOnWriteArray(indexing.LazilyIndexedArray(blocks))  # type: ignore[arg-type]
            contents[name] = xr.Variable(variable.dims, lazy, variable.attrs, variable.encoding)
        else:
            contents[name] = variable
    coords = {name: contents.pop(name) for name in header.coords}
    ds = xr.Dataset(contents, coords, header.attrs)
    ds.encoding = {"source": str(store.parts.out), "unfinished": True}
    return ds if chunks is None else ds.chunk(chunks)


class Blocks(BackendArray):
    """One variable over all blocks.

    Args:
        name: of the variable.
        chain: first frame, last frame plus one and file of each block.
        parts: the run, which may be finished and extended while the dataset is in use.
        axis: of time.
        shape: of the whole variable.
        dtype: of the numbers.
    """

    def __init__(
        self,
        name: str,
        chain: list[tuple[int, int, Path]],
        parts: Parts,
        axis: int,
        shape: tuple[int, ...],
        dtype: np.dtype,
    ) -> None:
        self.name = name
        self.chain = chain
        self.parts = parts
        self.axis = axis
        self.shape = shape
        self.dtype = dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        """Values at a key of slices and whole numbers."""
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._values
        )

    def _values(self, key: tuple[Any, ...]) -> np.ndarray:
        wanted = key[self.axis]
        if isinstance(wanted, slice):
            start, stop, step = wanted.indices(self.shape[self.axis])
        else:
            start, stop, step = int(wanted), int(wanted) + 1, 1
        pieces = []
        for first, last, path in self.chain:
            # the first wanted frame that is in this block
            low = start if start >= first else start + -(-(first - start) // step) * step
            high = min(stop, last)
            if low < high:
                inside = slice(low - first, high - first, step)
                pieces.append(self._read(path, first, last, self._at(key, inside)))
        if not pieces:
            empty = tuple(0 if axis == self.axis else size for axis, size in enumerate(self.shape))
            pieces = [np.empty(empty, self.dtype)[self._at(key, slice(0, 0))]]
        # whole numbers before the axis of time have taken their axes away
        axis = self.axis - sum(not isinstance(one, slice) for one in key[: self.axis])
        values = np.concatenate(pieces, axis=axis)
        if not isinstance(wanted, slice):
            values = values.take(0, axis=axis)
        return values.astype(self.dtype, copy=False)

    def _at(self, key: tuple[Any, ...], frames: slice) -> tuple[Any, ...]:
        return (*key[: self.axis], frames, *key[self.axis + 1 :])

    def _read(self, path: Path, first: int, last: int, key: tuple[Any, ...]) -> np.ndarray:
        import h5py

        frames = key[self.axis]
        for start, place in self._places(path, first, last):
            shift = first - start
            shifted = slice(frames.start + shift, frames.stop + shift, frames.step)
            try:
                with h5py.File(place, "r") as file:
                    return np.asarray(file[self.name][self._at(key, shifted)])
            except FileNotFoundError:
                continue
        raise DamagedFile(
            f"{path}: is gone since {self.parts.out.name} was opened; open it again to see its state"
        )

    def _places(self, path: Path, first: int, last: int) -> Iterator[tuple[int, Path]]:
        """Where the frames of a block may be by now, with the first frame of that file."""
        yield first, path
        for _ in range(ATTEMPTS):
            yield 0, self.parts.out
            manifest = self.parts.manifest()
            if manifest is not None:
                for start, stop, block in NetcdfStore(self.parts, manifest).chain():
                    if start <= first and last <= stop:
                        yield start, block
