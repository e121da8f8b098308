"""Neighbours within a radius: who, how many, how far, in periodic boxes, open space or a mix, in O(N).

Each pair counts once, by the shortest displacement between periodic images. A pair at exactly the radius is
within. Results do not depend on the number of threads: neighbours are listed by ascending number.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ergodica.numerics.cells import Array, Cells, Indices, Integers, empty_cells
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import MOST_DIMENSIONS, Box, as_box

BoxLike: TypeAlias = Box | float | Sequence[float | None] | Array | None

PARALLEL_FROM = 8192  # below it, waking the threads costs more than it saves
CHUNKS_A_THREAD = 2
MOST_PARTICLES = 2**31 - 2


@dataclass(frozen=True)
class Neighbours:
    """Lists of neighbours: those of particle i are `indices[offsets[i] : offsets[i + 1]]`, ascending.

    Fields:
        offsets: `(n + 1,)` int64.
        indices: `(pairs,)` int32, numbers of the neighbours.
        box, positions, queries: what was asked; `queries` is `positions` where the particles' own neighbours were.
    """

    offsets: Integers
    indices: Indices
    box: Box
    positions: Array
    queries: Array

    @functools.cached_property
    def counts(self) -> Integers:
        """The number of neighbours of each particle, `(n,)`."""
        return np.diff(self.offsets)

    @functools.cached_property
    def owners(self) -> Indices:
        """Whose neighbour each of `indices` is, `(pairs,)` int32."""
        return np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts)

    @functools.cached_property
    def displacements(self) -> Array:
        """Shortest vectors from each particle to its neighbours, `(pairs, d)`."""
        return displacements(self.box, self.queries, self.positions, self.owners, self.indices)

    @functools.cached_property
    def distances(self) -> Array:
        """Lengths of `displacements`, `(pairs,)`."""
        return lengths(self.displacements)

    def of(self, particle: int) -> Indices:
        """The neighbours of one particle."""
        return self.indices[self.offsets[particle] : self.offsets[particle + 1]]


@dataclass(frozen=True)
class Pairs:
    """Each pair of particles once: `first` < `second`, in ascending order of (first, second).

    Fields:
        first, second: `(pairs,)` int32.
        box, positions: what was asked.
    """

    first: Indices
    second: Indices
    box: Box
    positions: Array

    @functools.cached_property
    def displacements(self) -> Array:
        """Shortest vectors from `first` to `second`, `(pairs, d)`."""
        return displacements(self.box, self.positions, self.positions, self.first, self.second)

    @functools.cached_property
    def distances(self) -> Array:
        """Lengths of `displacements`, `(pairs,)`."""
        return lengths(self.displacements)


def neighbours_within(
    positions: ArrayLike, radius: float, box: BoxLike = None, queries: ArrayLike | None = None
) -> Neighbours:
    """All neighbours within a radius of each particle, or of other places.

    Args:
        positions: `(n, d)`, d = 1, 2 or 3, wrapped or not; in the unit of `radius` and `box`.
        radius: > 0, at most half of every periodic length.
        box: a `Box`, one length for all axes, a length an axis (None for an open one), or None for open space.
        queries: `(m, d)`, places around which to look; default the particles themselves, each without itself.

    Returns:
        `Neighbours`; a full list, in which each pair of particles stands twice.

    Raises:
        ParameterError: shapes, a coordinate that is not finite, a radius out of range.

    Good values: a radius with 5 to 50 neighbours. Time and memory are O(n + pairs).

    >>> found = neighbours_within([[0.1, 0.5], [0.9, 0.5], [0.5, 0.5]], radius=0.25, box=1.0)
    >>> found.offsets, found.indices, found.displacements[0]
    (array([0, 1, 2, 2]), array([1, 0], dtype=int32), array([-0.2,  0. ]))
    """
    search = _Search(positions, radius, box, queries)
    offsets = search.counted(once=False)
    indices = search.filled(offsets, once=False)
    return Neighbours(offsets, indices, search.box, search.positions, search.queries)


def pairs_within(positions: ArrayLike, radius: float, box: BoxLike = None) -> Pairs:
    """All pairs of particles within a radius, each once; arguments and errors as for `neighbours_within`.

    >>> pairs = pairs_within([[0.0], [1.0], [2.5]], radius=1.5)
    >>> pairs.first, pairs.second, pairs.distances
    (array([0, 1], dtype=int32), array([1, 2], dtype=int32), array([1. , 1.5]))
    """
    search = _Search(positions, radius, box, None)
    offsets = search.counted(once=True)
    second = search.filled(offsets, once=True)
    first = np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets))
    return Pairs(first, second, search.box, search.positions)


def count_within(
    positions: ArrayLike, radius: float, box: BoxLike = None, queries: ArrayLike | None = None
) -> Integers:
    """The number of neighbours of each particle, or place, within a radius; as for `neighbours_within`.

    Returns:
        `(n,)` or `(m,)` int64. Nothing is listed, so that memory is O(n) also for many neighbours.
    """
    return np.diff(_Search(positions, radius, box, queries).counted(once=False))


def sorted_into_cells(positions: ArrayLike, radius: float, box: BoxLike = None) -> Cells:
    """A filled cell list for kernels (see `ergodica.numerics.cells`); as for `neighbours_within`."""
    array = checked_positions("positions", positions)
    region = as_box(box, array.shape[1])
    return fill(empty_cells(len(array)), "positions", array, region.check_radius("radius", radius), region)


def displacements(box: Box, starts: Array, ends: Array, first: Indices, second: Indices) -> Array:
    """Shortest vectors `(pairs, d)` from starts[first] to ends[second], antisymmetric to the bit."""
    from ergodica.numerics.neighbour_kernels import pair_displacements

    out = np.empty((len(first), box.dimensions))
    pair_displacements(box.wrap(starts), box.wrap(ends), first, second, box.periods, out)
    return out


def lengths(vectors: Array) -> Array:
    """Lengths `(pairs,)` of vectors `(pairs, d)`."""
    squares: Array = np.square(vectors)
    found: Array = np.sqrt(squares.sum(-1))
    return found


def checked_positions(name: str, positions: ArrayLike) -> Array:
    """Positions as a float64 array `(n, d)`, d = 1, 2 or 3.

    Raises:
        ParameterError: another shape, or more particles than an int32 can number.
    """
    array = np.asarray(positions, dtype=np.float64)
    if array.ndim != 2 or not 1 <= array.shape[1] <= MOST_DIMENSIONS:
        raise ParameterError(
            f"{name}: must have shape (n, d) with d from 1 to {MOST_DIMENSIONS}, got {array.shape}; "
            "one row a particle, one column an axis"
        )
    if len(array) > MOST_PARTICLES:
        raise ParameterError(f"{name}: must be at most {MOST_PARTICLES}, got {len(array)}; split them")
    return array


def use_threads(count: int) -> int:
    """How many threads a loop over `count` particles should use."""
    if count < PARALLEL_FROM:
        return 1
    import numba

    return int(numba.get_num_threads())


def fill(cells: Cells, name: str, positions: Array, radius: float, box: Box) -> Cells:
    """Sort `positions` into `cells` and return them; on several threads where that pays.

    Raises:
        ParameterError: a coordinate that is not finite.
    """
    from ergodica.numerics.cell_sort import fill_cells, fill_cells_in_parallel

    threads = use_threads(len(positions))
    if threads > 1:
        bad = fill_cells_in_parallel(cells, positions, radius, box.periods, CHUNKS_A_THREAD * threads)
    else:
        bad = fill_cells(cells, positions, radius, box.periods)
    if bad >= 0:
        raise ParameterError(
            f"{name}: must be finite, got {positions[bad].tolist()} for particle {bad}; remove or mend it"
        )
    return cells


class _Search:
    """A question, checked, with its particles sorted into cells."""

    def __init__(self, positions: ArrayLike, radius: float, box: BoxLike, queries: ArrayLike | None) -> None:
        from ergodica.numerics.neighbour_kernels import PLANE, SPACE

        self.positions = checked_positions("positions", positions)
        self.box = as_box(box, self.positions.shape[1])
        value = self.box.check_radius("radius", radius)
        self.same = queries is None
        self.queries = self.positions if queries is None else checked_positions("queries", queries)
        if self.queries.shape[1] != self.positions.shape[1]:
            raise ParameterError(
                f"queries: must have as many columns as positions, got {self.queries.shape[1]} for "
                f"{self.positions.shape[1]}; one column an axis"
            )
        self.cells = fill(empty_cells(len(self.positions)), "positions", self.positions, value, self.box)
        self.at = self.cells
        if not self.same:
            self.at = fill(empty_cells(len(self.queries)), "queries", self.queries, value, self.box)
        self.loops = SPACE if self.box.dimensions == 3 else PLANE
        self.threads = use_threads(len(self.queries))

    def counted(self, *, once: bool) -> Integers:
        """Where the list of each begins."""
        loop = self.loops.count_once if once else self.loops.count_all
        offsets = np.zeros(len(self.queries) + 1, np.int64)
        loop[self.threads > 1](self.cells, self.at, self.same, offsets[1:], np.empty(0, np.int32))
        return np.cumsum(offsets, out=offsets)

    def filled(self, offsets: Integers, *, once: bool) -> NDArray[np.int32]:
        """The lists that begin there."""
        loop = self.loops.fill_once if once else self.loops.fill_all
        out = np.empty(offsets[-1], np.int32)
        loop[self.threads > 1](self.cells, self.at, self.same, offsets, out)
        return out
