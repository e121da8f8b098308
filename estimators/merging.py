"""Counts of a row that lies in several chunks: those of its pieces, added up."""

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.labelled import core_axes, is_labelled, map_labelled
from ergodica.estimators.spaces.space import Axis, CountingSpace, Space, counted

if TYPE_CHECKING:
    import xarray as xr

OUTCOME = "_outcome"
PIECE = 2**20
"""Neighbouring chunks are taken together up to so many samples: each piece costs some milliseconds of its own."""


def in_pieces(x: Any, axes: tuple[Axis, ...]) -> bool:
    """Whether rows of `x` lie in several chunks."""
    return is_labelled(x) and x.chunks is not None and any(len(x.chunksizes[axis.name]) > 1 for axis in axes)


def joins(space: Space, dimensions: int) -> bool:
    """Whether counts of pieces of rows along so many dimensions add to the counts of the rows."""
    return space.merges and (dimensions == 1 or not isinstance(space, CountingSpace) or space.overlap == 0)


def merged_counts(x: "xr.DataArray", axes: tuple[Axis, ...], space: CountingSpace) -> "xr.DataArray":
    """Counts `(..., OUTCOME)` of rows in several chunks, lazy; whole numbers, so that the order of adding is nothing.

    A piece borrows the `overlap` samples that its last observations need from the chunks behind it.
    """
    outcomes = space.count(axes)
    pieces = []
    largest = {name: max(sizes) for name, sizes in x.chunksizes.items()}
    whole = math.prod(largest.values())
    limits = [max(1, PIECE * largest[axis.name] // whole) for axis in axes]
    cuts = [_bounds(x.chunksizes[axis.name], most) for axis, most in zip(axes, limits, strict=True)]
    for bounds in itertools.product(*cuts):
        chosen = {
            axis.name: slice(begin, min(end + space.overlap, axis.size))
            for axis, (begin, end) in zip(axes, bounds, strict=True)
        }
        if all(cut.stop - cut.start > space.overlap for cut in chosen.values()):
            piece = x.isel(chosen).chunk(dict.fromkeys(chosen, -1))
            pieces.append(_counts_of_piece(piece, tuple(chosen), space, outcomes))
    while len(pieces) > 1:  # in pairs, so that no chain of additions is as long as there are chunks
        pairs = list(zip(pieces[::2], pieces[1::2], strict=False))
        pieces = [a + b for a, b in pairs] + pieces[2 * len(pairs) :]
    total = pieces[0]
    if x.dtype.kind != "c" and np.isnan(space.weights(np.zeros((1, space.overlap + 2)))).any():
        names = [axis.name for axis in axes]
        total = total.where(x.max(names) != x.min(names))  # a row of one value counts nothing in this space
    for name in total.coords:
        total.coords[name].attrs = dict(x.coords[name].attrs)
    return total


def _bounds(chunks: tuple[int, ...], most: int) -> list[tuple[int, int]]:
    """Begin and end of pieces of one chunk, or of several of at most `most` samples together."""
    found: list[tuple[int, int]] = []
    end = 0
    for size in chunks:
        begin, end = end, end + size
        if found and end - found[-1][0] <= most:
            found[-1] = (found[-1][0], end)
        elif size:
            found.append((begin, end))
    return found


def _counts_of_piece(
    piece: "xr.DataArray", names: tuple[str, ...], space: CountingSpace, outcomes: int
) -> "xr.DataArray":
    def kernel(rows: NDArray) -> Array:
        counts = space.weights(rows)
        # a piece may hold one value only where its row holds several
        lost = np.isnan(counts[:, 0]) & np.isfinite(rows).all(axis=tuple(range(1, rows.ndim)))
        if lost.any():
            counts[lost] = counted(space.encode(rows[lost]), outcomes)
        return counts

    axes = core_axes(piece, names)
    together, exact = space.rows_together(axes), space.exact_integers
    result: xr.DataArray = map_labelled(kernel, piece, axes, {OUTCOME: outcomes}, together, exact=exact)
    return result


def known_space(x: Any, space: Space) -> Space:
    """The space with outcomes known from the data, where they were not given.

    Raises:
        TypeError: data that are not in memory.
    """
    if space.outcomes_known:
        return space
    if is_labelled(x) and x.chunks is not None:
        raise TypeError(
            f"space: must have known outcomes for data in chunks, got {space!r}; {space.merge_remedy}, or .load() them"
        )
    return space.known_of(np.asarray(x))
