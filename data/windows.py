"""Windows of snapshots for training, read from memory or from a file that need not fit into it."""

import copy
import itertools
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.window_batches import Held, regrouped
from ergodica.data.window_blocks import BLOCK_BYTES, Block, Layout, cut, layout, shelves
from ergodica.data.window_frames import Frames, Reader
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

BUFFER_BYTES = 256 * 1024**2
NEAR_BYTES = 4 * 1024**2
"""What is sooner read in passing than left out by a second request."""
GOLDEN = (math.sqrt(5) - 1) / 2


class Windows:
    """Samples of a run for training: single snapshots, or windows of `length` snapshots `stride` apart.

    Data that take no more than `buffer_bytes` are loaded and shuffled as a whole. A longer file is read in blocks of
    consecutive frames; as many as fit into the buffer, from all over the file, are shuffled together, so that memory
    does not grow with the file. A window never goes from one member to the next.

    Args:
        source: a Dataset, in memory or opened lazily, or the path of a run, finished or not; each process may have its
            own for the same file.
        variables: names; each over `t`, of any other dimensions. Parts of complex pairs and components may be named as
            in `ds.ergodica[...]`.
        length: snapshots of a window, 1 or more; None for single snapshots without an axis for them.
        stride: snapshots from one frame of a window to the next, 1 or more.
        transform: what a batch is passed through, a dict of arrays in and out.
        buffer_bytes: memory for shuffling; two blocks of a few windows at least, whatever is asked for.

    Raises:
        ParameterError: a variable is missing, static or not finite, or there are too few snapshots. Frames of a file
            larger than the buffer are checked when they are read.
        MissingFile: there is no such file.

    Good values: the default buffer; 64 MB where memory is scarce.

    ```python
    windows = data.Windows("run.nc", ["state"], length=20)
    training, held_out = windows.split(0.1)
    for number, batch in zip(range(1000), training.batches(batch=64, seed=0)):
        batch["state"]  # (64, 20, components)
    ```
    """

    def __init__(
        self,
        source: "xr.Dataset | str | os.PathLike[str]",
        variables: Sequence[str],
        *,
        length: int | None = None,
        stride: int = 1,
        transform: "Callable[[Arrays], Arrays] | None" = None,
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        names = [variables] if isinstance(variables, str) else list(dict.fromkeys(variables))
        if not names:
            raise ParameterError("variables: must name at least one variable, got none; give ['state']")
        frames = 1 if length is None else whole_number("length", length, 1)
        stride = whole_number("stride", stride, 1)
        self._buffer_bytes = whole_number("buffer_bytes", buffer_bytes, 1)
        self._frames = Frames(source, names, self._buffer_bytes)
        self._offsets = None if length is None else stride * np.arange(frames)
        self._span = stride * (frames - 1)
        self._first, self._last = 0, self._frames.snapshots
        self.transform = transform
        if self._starts < 1:
            raise ParameterError(
                f"length: a window takes {self._span + 1} snapshots, got {self._last} in the data; record more "
                "snapshots, or use a smaller length or stride"
            )

    def __len__(self) -> int:
        """How many windows there are."""
        return self._frames.members * self._starts

    def __repr__(self) -> str:
        return f"<Windows: {len(self)} of {self._span + 1} snapshots, {', '.join(self._frames.rests)}>"

    @property
    def _starts(self) -> int:
        return self._last - self._first - self._span

    def split(self, share: float) -> "tuple[Windows, Windows]":
        """Windows for training, and those of the last `share` of the time of each member, held out.

        Neighbouring snapshots are alike: a shuffled split would test on what was trained on. For the same reason the
        frames of one window between the two belong to neither.

        Args:
            share: of the snapshots, above 0 and below 1.

        Raises:
            ParameterError: one of the two would be empty.
        """
        if not 0 < share < 1:
            raise ParameterError(f"share: must be above 0 and below 1, got {share!r}; use 0.1")
        snapshots, window = self._last - self._first, self._span + 1
        held_out = round(share * snapshots)
        parts = (
            self._between(self._first, self._last - held_out - window),
            self._between(self._last - held_out, self._last),
        )
        for name, part in zip(("training", "held-out"), parts, strict=True):
            if part._starts < 1:
                raise ParameterError(
                    f"share: must leave a window of {window} snapshots on either side of a gap as long, got {share!r} "
                    f"of {snapshots} snapshots and so no {name} window; change it or record more snapshots"
                )
        return parts

    def batches(self, *, batch: int, seed: int, start: int = 0) -> "Iterator[Arrays]":
        """Batches number `start`, `start + 1`, ... of an endless shuffled stream.

        Each pass gives every window once, in a new order; a batch may span two passes, and repeats windows where it is
        larger than the data. Batch k depends on the data, `batch`, `seed` and the size of the buffer alone.

        Args:
            batch: windows in a batch, 1 or more.
            seed: of the order, 0 or more.
            start: number of the first batch, 0 or more; reached without reading those before it.

        Returns:
            An iterator of dicts: an array (batch, ...) or (batch, length, ...) for each variable.
        """
        batch, seed = whole_number("batch", batch, 1), whole_number("seed", seed, 0)
        position = whole_number("start", start, 0) * batch
        pieces = self._shuffled_held if self._frames.held is not None else self._shuffled_read
        return self._given(pieces(seed, *divmod(position, len(self))), batch)

    def in_order(self, *, batch: int) -> "Iterator[Arrays]":
        """Every window once, the last batch smaller: by time, and all members before the next snapshot.

        Window number k begins at snapshot k // members and belongs to member k % members.
        """
        return self._given(self._chosen(self._ordered()), whole_number("batch", batch, 1))

    def sample(self, count: int) -> "Arrays":
        """Up to `count` windows spread evenly over time and members, in the order of `in_order`.

        Raises:
            ParameterError: count is below 1.
        """
        count = min(whole_number("count", count, 1), len(self))
        bounds = np.arange(count + 1) * len(self) // count
        # a place within each share of the stream that does not fall on the same member each time
        numbers = bounds[:-1] + (np.arange(count) * GOLDEN % 1 * np.diff(bounds)).astype(np.int64)
        (made,) = self._given(self._chosen(self._near(numbers)), count)
        return made

    def _between(self, first: int, last: int) -> "Windows":
        part = copy.copy(self)
        part._first, part._last = first, last
        return part

    def _given(self, pieces: Iterator[Held], batch: int) -> "Iterator[Arrays]":
        made = regrouped(pieces, batch, self._offsets)
        return made if self.transform is None else map(self.transform, made)

    def _shuffled_held(self, seed: int, epoch: int, skipped: int) -> Iterator[Held]:
        held = self._frames.held
        assert held is not None
        for number in itertools.count(epoch):
            order = _generator(seed, number, 0).permutation(len(self))
            yield Held(held, order[skipped:], self._places)
            skipped = 0

    def _shuffled_read(self, seed: int, epoch: int, skipped: int) -> Iterator[Held]:
        plan = self._layout()
        room = {
            name: np.empty((plan.held * plan.members, plan.frames, *rest), self._frames.dtypes[name])
            for name, rest in self._frames.rests.items()
        }
        for number in itertools.count(epoch):
            order = _generator(seed, number, 0).permutation(len(plan.blocks))
            for place, chosen in enumerate(shelves(order, plan.held)):
                blocks = [plan.blocks[one] for one in chosen]
                size = sum(map(len, blocks))
                if skipped < size:
                    self._fill(room, blocks, plan.members)
                    mixed = _generator(seed, number, place + 1).permutation(size)
                    yield Held(room, mixed[skipped:], _places_in(blocks, plan.members))
                skipped = max(0, skipped - size)

    def _layout(self) -> Layout:
        return layout(
            members=self._frames.members,
            first=self._first,
            last=self._first + self._starts,
            span=self._span,
            frame_bytes=self._frames.bytes + np.dtype(np.int64).itemsize,
            chunk=self._frames.chunk,
            buffer_bytes=self._buffer_bytes,
        )

    def _fill(self, room: "Arrays", blocks: list[Block], members: int) -> None:
        with self._frames.opened() as reader:
            for place, block in enumerate(blocks):
                rows = slice(place * members, place * members + block.high - block.low)
                frames = slice(block.first, block.last + self._span)
                for name, values in reader.read(slice(block.low, block.high), frames).items():
                    room[name][rows, : frames.stop - frames.start] = values

    def _places(self, numbers: "NDArray[np.int64]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
        """Member and first snapshot of windows numbered as by `in_order`."""
        starts, members = np.divmod(numbers, self._frames.members)
        return members, starts + self._first

    def _ordered(self) -> "Iterator[NDArray[np.int64]]":
        """All numbers, in pieces that are read at once."""
        members, step = self._frames.members, self._snapshots_at_once()
        for first, last in cut(self._first, self._first + self._starts, step):
            yield np.arange((first - self._first) * members, (last - self._first) * members)

    def _near(self, numbers: "NDArray[np.int64]") -> "Iterator[NDArray[np.int64]]":
        """Rising numbers, in pieces of those that are read at once since they lie near each other."""
        snapshot = self._frames.members * self._frames.bytes
        _, starts = self._places(numbers)
        far = np.flatnonzero(np.diff(starts) > self._span + NEAR_BYTES // max(1, snapshot)) + 1
        for group in np.split(np.arange(len(numbers)), far):
            block = starts[group] // self._snapshots_at_once()
            for piece in np.split(group, np.flatnonzero(np.diff(block)) + 1):
                yield numbers[piece]

    def _snapshots_at_once(self) -> int:
        most = min(BLOCK_BYTES, self._buffer_bytes // 4)
        count = max(most // max(1, self._frames.members * self._frames.bytes), 4 * self._span, 1)
        chunk = self._frames.chunk[1]
        return count - count % chunk if count > chunk else count

    def _chosen(self, pieces: "Iterable[NDArray[np.int64]]") -> Iterator[Held]:
        """Windows by their numbers."""
        if self._frames.held is not None:
            for numbers in pieces:
                yield Held(self._frames.held, numbers, self._places)
            return
        with self._frames.opened() as reader:
            for numbers in pieces:
                yield self._read(reader, numbers)

    def _read(self, reader: Reader, numbers: "NDArray[np.int64]") -> Held:
        members, starts = self._places(numbers)
        low, first = int(members.min()), int(starts[0])
        frames = slice(first, int(starts[-1]) + self._span + 1)
        arrays = reader.read(slice(low, int(members.max()) + 1), frames)

        def places(chosen: "NDArray[np.int64]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
            of, begin = self._places(chosen)
            return of - low, begin - first

        return Held(arrays, numbers, places)


def _places_in(
    blocks: list[Block], members: int
) -> "Callable[[NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.int64]]]":
    """Row and first frame in the buffer of the windows of its blocks, numbered one block after another."""
    ends = np.cumsum([len(block) for block in blocks])
    begins = ends - [len(block) for block in blocks]
    starts = np.array([block.last - block.first for block in blocks])

    def places(numbers: "NDArray[np.int64]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
        place = np.searchsorted(ends, numbers, side="right")
        member, start = np.divmod(numbers - begins[place], starts[place])
        return place * members + member, start

    return places


def _generator(seed: int, epoch: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(epoch, purpose)))
