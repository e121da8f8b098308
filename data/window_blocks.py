"""How a file is cut into blocks that are read at once, and how many of them are held for shuffling."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 8 * 1024**2
"""Long enough that a disk reads it at full speed, short enough that a buffer holds many from all over the file."""


@dataclass(frozen=True)
class Block:
    """Windows that begin at snapshots `first` to `last - 1` of members `low` to `high - 1`."""

    low: int
    high: int
    first: int
    last: int

    def __len__(self) -> int:
        return (self.high - self.low) * (self.last - self.first)


@dataclass(frozen=True)
class Layout:
    """All blocks of a file.

    Attributes:
        blocks: without overlap, all windows in them.
        members: most of them in a block.
        frames: most snapshots that are read for a block.
        held: how many blocks are held at a time.
    """

    blocks: tuple[Block, ...]
    members: int
    frames: int
    held: int


def cut(first: int, last: int, size: int) -> Iterator[tuple[int, int]]:
    """Pieces of a range that end at multiples of a size, as the pieces on disk do."""
    begin = first
    while begin < last:
        end = min((begin // size + 1) * size, last)
        yield begin, end
        begin = end


def layout(
    *,
    members: int,
    first: int,
    last: int,
    span: int,
    frame_bytes: int,
    chunk: tuple[int, int],
    buffer_bytes: int,
) -> Layout:
    """Cut windows into blocks.

    A block takes all members where these fit. Its frames are at least four times those that neighbouring blocks both
    read, as far as two blocks fit into the buffer, and else 5/4 of a window.

    Args:
        members: of the file.
        first: snapshot at which the first window begins.
        last: snapshot before which the last one begins.
        span: snapshots from the first to the last frame of a window.
        frame_bytes: of one frame of one member, and of what is kept to shuffle it.
        chunk: members and snapshots that lie together on disk.
        buffer_bytes: for all blocks held.
    """
    tall = max(span + 1, chunk[1]) * frame_bytes
    together = max(1, buffer_bytes // 8 // tall)
    group = members if together >= members else min(members, max(1, together // chunk[0]) * chunk[0])
    frame = group * frame_bytes
    whole_chunk = chunk[1] if chunk[1] * frame <= buffer_bytes // 4 else 1
    wanted = max(min(BLOCK_BYTES, buffer_bytes // 16) // frame, 4 * span, whole_chunk)
    frames = max(min(wanted, buffer_bytes // 2 // frame), span + 1 + span // 4)
    starts = min(frames - span, last - first)
    if starts > chunk[1]:
        starts -= starts % chunk[1]
    blocks = tuple(
        Block(low, min(low + group, members), begin, end)
        for low in range(0, members, group)
        for begin, end in cut(first, last, starts)
    )
    held = max(1, min(len(blocks), buffer_bytes // ((starts + span) * frame)))
    return Layout(blocks, group, starts + span, held)


def shelves(order: NDArray[np.int64], held: int) -> list[NDArray[np.int64]]:
    """Blocks in the order given, in groups of nearly the same size that fit into the buffer."""
    return np.array_split(order, -(-len(order) // held))
