"""Variables over time of a dataset or a file, read a piece at a time."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.declarations import MEMBER, TIME
from ergodica.numerics.errors import ParameterError, nearest

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

CHECKED_BYTES = 32 * 1024**2
MOST_NAMES = 12


class Frames:
    """Chosen variables as arrays (member, snapshot, ...), of one member where the dataset has none.

    Attributes:
        members: how many.
        snapshots: how many.
        rests: shape of one frame of one member, by variable.
        dtypes: by variable, in the machine's byte order.
        chunk: members and snapshots that lie together on disk, of the variable that takes most of it.
        held: the arrays, where they are in memory; else None.

    Args:
        source: a Dataset, or the path of one that ergodica wrote, finished or not.
        names: of the variables.
        most_bytes: what takes less is loaded.

    Raises:
        ParameterError: a variable is missing, static, or holds no finite numbers.
    """

    def __init__(self, source: Any, names: Sequence[str], most_bytes: int) -> None:
        self._source, self._names = _checked_source(source), tuple(names)
        self.held: Arrays | None = None
        with self._variables() as variables:
            self.snapshots = next(iter(variables.values())).sizes[TIME]
            self.members = max(one.sizes.get(MEMBER, 1) for one in variables.values())
            if self.members == 0:
                raise ParameterError("member: the data must have at least one member, got none; keep one")
            self.rests = {
                name: tuple(size for dim, size in one.sizes.items() if dim not in (MEMBER, TIME))
                for name, one in variables.items()
            }
            self.dtypes = {name: one.dtype.newbyteorder("=") for name, one in variables.items()}
            widest = max(self._names, key=self._bytes)
            self.chunk = _chunk(variables[widest], self.members)
            loaded = all(one._in_memory for one in variables.values())
            total = self.members * self.snapshots * self.bytes
            if loaded or total <= most_bytes:
                self.held = {name: self.values(name, one) for name, one in variables.items()}
                self._check_held()

    @property
    def bytes(self) -> int:
        """Of one frame of one member, all variables together."""
        return sum(self._bytes(name) for name in self._names)

    @contextmanager
    def opened(self) -> "Iterator[Reader]":
        """Open the source for as long as something is read from it; between two uses no file is open."""
        with self._variables() as variables:
            yield Reader(self, variables)

    def check(self, name: str, values: "NDArray[Any]", member: int, snapshot: int) -> None:
        """Refuse values (member, snapshot, ...) that are not finite, the first of them at `member`, `snapshot`."""
        if values.dtype.kind not in "fc" or np.isfinite(values).all():
            return
        bad = ~np.isfinite(values).reshape(*values.shape[:2], -1).all(axis=-1)
        where, when = (int(place[0]) for place in np.nonzero(bad))
        of = f" of member {member + where}" if self.members > 1 else ""
        raise ParameterError(
            f"{name}: must be finite, got NaN or infinity in snapshot {snapshot + when}{of}; leave it out with "
            "ds.isel(t=slice(...)) or ds.dropna('t'), or the member with ds.isel(member=...)"
        )

    def values(self, name: str, variable: "xr.Variable") -> "NDArray[Any]":
        """A variable, or a piece of it, as an array (member or 1, snapshot, ...); a view of what is in memory."""
        values = np.asarray(variable.values).astype(self.dtypes[name], copy=False)
        return values if MEMBER in variable.dims else values[None]

    def _bytes(self, name: str) -> int:
        return int(np.prod(self.rests[name], dtype=np.int64)) * self.dtypes[name].itemsize

    def _check_held(self) -> None:
        assert self.held is not None
        for name, values in self.held.items():
            step = max(1, CHECKED_BYTES // max(1, len(values) * self._bytes(name)))
            for start in range(0, self.snapshots, step):
                self.check(name, values[:, start : start + step], 0, start)
            self.held[name] = shared(values, self.members)

    @contextmanager
    def _variables(self) -> "Iterator[dict[str, xr.Variable]]":
        if not isinstance(self._source, Path):
            yield {name: _over_time(self._source, name) for name in self._names}
            return
        from ergodica.data.reading import open_run

        # an index would load every time of the run
        with open_run(self._source, create_default_indexes=False) as ds:
            yield {name: _over_time(ds, name) for name in self._names}


class Reader:
    """What reads from an opened source."""

    def __init__(self, frames: Frames, variables: "dict[str, xr.Variable]") -> None:
        self._frames, self._opened = frames, variables

    def read(self, members: slice, snapshots: slice) -> "Arrays":
        """Arrays (member, snapshot, ...) of consecutive members and snapshots.

        Raises:
            ParameterError: they are not finite, or the file has become shorter.
        """
        arrays = {}
        for name, variable in self._opened.items():
            place = {TIME: snapshots} | ({MEMBER: members} if MEMBER in variable.dims else {})
            values = self._frames.values(name, variable.isel(place))
            if values.shape[1] != snapshots.stop - snapshots.start:
                raise ParameterError(
                    f"source: must keep its {self._frames.snapshots} snapshots while it is read, got "
                    f"{variable.sizes[TIME]}; wait until its run has ended"
                )
            self._frames.check(name, values, members.start, snapshots.start)
            arrays[name] = shared(values, members.stop - members.start)
        return arrays


def shared(values: "NDArray[Any]", members: int) -> "NDArray[Any]":
    """Values (member, ...); those of one member are the same for all of them."""
    return values if len(values) == members else np.broadcast_to(values, (members, *values.shape[1:]))


def _checked_source(source: Any) -> Any:
    import xarray as xr

    if isinstance(source, xr.Dataset):
        return source
    if isinstance(source, str | os.PathLike):
        return Path(source)
    raise ParameterError(
        f"source: must be a Dataset or a path, got {type(source).__name__}; make a dataset with data.from_arrays"
    )


def _over_time(ds: "xr.Dataset", name: str) -> "xr.Variable":
    try:
        variable = ds.ergodica[name].variable
    except KeyError:
        known = [str(one) for one, array in ds.data_vars.items() if TIME in array.dims]
        there = ", ".join(known[:MOST_NAMES]) + (" and more" if len(known) > MOST_NAMES else "")
        raise ParameterError(
            f"{name}: must be a variable of the dataset, got {there or 'none over t'}; {nearest(name, known)} "
            "What a system can give beside its state is recorded with run(record=...)"
        ) from None
    if TIME not in variable.dims:
        raise ParameterError(
            f"{name}: must be a variable over t, got dimensions ({', '.join(map(str, variable.dims))}); read what "
            f"does not change from ds[{name!r}] itself"
        )
    if variable.dtype.kind not in "biufc":
        raise ParameterError(f"{name}: must be numbers, got {variable.dtype}; leave it out")
    return variable.transpose(MEMBER, TIME, ..., missing_dims="ignore")


def _chunk(variable: "xr.Variable", members: int) -> tuple[int, int]:
    """Members and snapshots of a piece on disk; (1, 1) where the file has none."""
    chunks = variable.encoding.get("preferred_chunks") or {}
    if variable.chunks is not None:
        chunks = {dim: sizes[0] for dim, sizes in variable.chunksizes.items()}
    of_members = chunks.get(MEMBER, 1) if MEMBER in variable.dims else members
    return min(of_members, members), chunks.get(TIME, 1)
