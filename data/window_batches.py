"""Batches gathered from windows that lie in memory."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]
    Places = tuple[NDArray[np.int64], NDArray[np.int64]]


class Held(NamedTuple):
    """Windows in memory, in an order.

    Attributes:
        arrays: by variable, (row, frame, ...).
        numbers: of the windows, in the order in which they are given out.
        places: row and first frame of each window by its number.
    """

    arrays: "Arrays"
    numbers: "NDArray[np.int64]"
    places: "Callable[[NDArray[np.int64]], Places]"


def regrouped(pieces: Iterable[Held], batch: int, offsets: "NDArray[np.int64] | None") -> "Iterator[Arrays]":
    """Batches of the windows of all pieces one after another; the last one may be smaller.

    Args:
        pieces: each is used up before the next is asked for.
        batch: windows in a batch.
        offsets: frames of a window after its first one, beginning with 0; None for a single frame without its axis.
    """
    made: Arrays = {}
    filled = 0
    for arrays, numbers, places in pieces:
        taken = 0
        while taken < len(numbers):
            if not made:
                made = {name: _room(array, batch, offsets) for name, array in arrays.items()}
            count = min(batch - filled, len(numbers) - taken)
            rows, starts = places(numbers[taken : taken + count])
            for name, array in arrays.items():
                gather(array, rows, starts, offsets, made[name][filled : filled + count])
            taken, filled = taken + count, filled + count
            if filled == batch:
                yield made
                made, filled = {}, 0
    if filled:
        yield {name: array[:filled] for name, array in made.items()}


def gather(
    array: "NDArray[Any]",
    rows: "NDArray[np.int64]",
    starts: "NDArray[np.int64]",
    offsets: "NDArray[np.int64] | None",
    out: "NDArray[Any]",
) -> None:
    """Copy windows of `array` (row, frame, ...) into `out` (window, ...)."""
    if offsets is not None:
        rows, starts = rows[:, None], starts[:, None] + offsets
    if array.flags.c_contiguous:
        flat = array.reshape(-1, *array.shape[2:])
        # the places are known to be there; without "clip" numpy copies everything once more
        np.take(flat, rows * array.shape[1] + starts, axis=0, out=out, mode="clip")
    else:
        out[...] = array[rows, starts]


def _room(array: "NDArray[Any]", batch: int, offsets: "NDArray[np.int64] | None") -> "NDArray[Any]":
    window = () if offsets is None else (len(offsets),)
    return np.empty((batch, *window, *array.shape[2:]), array.dtype)
