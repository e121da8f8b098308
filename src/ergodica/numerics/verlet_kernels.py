"""Neighbour lists that outlive a step, kept and rebuilt inside compiled loops. Import only to run: imports numba."""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from ergodica.numerics.cell_sort import fill_cells, fill_cells_in_parallel
from ergodica.numerics.cells import Array, Cells, Indices, Integers, inlined
from ergodica.numerics.geometry import nearest_image
from ergodica.numerics.kernel import Kernel, kernel, prange
from ergodica.numerics.neighbour_kernels import PLANE, SPACE

KEPT, REBUILT, NO_ROOM = 0, 1, 2
CHUNKS = 16
ROUND_OFF = 1.0 - 1e-9  # of a displacement, so that no pair is missed by the last bit


class Lists(NamedTuple):
    """A Verlet list as kernels take it: the neighbours of i are indices[offsets[i] : offsets[i + 1]].

    Fields:
        offsets: `(n + 1,)` int64.
        indices: int32, with room to spare; ascending in each list.
        reference: `(n, d)`, the positions from which the list was made; NaN before the first time.
        cells: room for the cell list behind it.
    """

    offsets: Integers
    indices: Indices
    reference: Array
    cells: Cells


@kernel(_nrt=False)
def _moved(reference: Array, positions: Array, periods: Array, limit: float, begin: int, end: int) -> bool:
    """Whether a particle from begin to end has moved by more than the root of `limit`, or is not a number."""
    for i in range(begin, end):
        square = 0.0
        for axis in range(positions.shape[1]):
            step = nearest_image(positions[i, axis] - reference[i, axis], periods[axis])
            square += step * step
        if not square <= limit:
            return True
    return False


@kernel(parallel=True)
def _moved_in_parallel(reference: Array, positions: Array, periods: Array, limit: float) -> bool:
    n = positions.shape[0]
    moved = np.zeros(CHUNKS, np.int64)
    for c in prange(CHUNKS):
        moved[c] = _moved(reference, positions, periods, limit, c * n // CHUNKS, (c + 1) * n // CHUNKS)
    return bool(moved.any())


@functools.cache
def refreshing(*, space: bool, once: bool, parallel: bool) -> Kernel:
    """A kernel (lists, positions, radius, skin, periods) -> status that makes a list fit for these positions.

    It does nothing (KEPT) while no particle has moved by more than skin / 2 since the list was made: then every
    pair within `radius` is still among those that were within radius + skin. Else it makes the list anew
    (REBUILT), unless `indices` is too small (NO_ROOM): then `offsets[n]` says what it must hold.
    A negative status -1 - i means that particle i is not finite.

    Args:
        space: whether positions have three components.
        once: whether a pair stands only in the list of the lower number.
        parallel: whether several threads work; the lists are the same.
    """
    loops = SPACE if space else PLANE
    count = (loops.count_once if once else loops.count_all)[parallel]
    fill = (loops.fill_once if once else loops.fill_all)[parallel]

    @kernel
    def refresh(lists: Lists, positions: Array, radius: float, skin: float, periods: Array) -> int:
        n = positions.shape[0]
        limit = 0.25 * skin * skin * ROUND_OFF
        if parallel:
            moved = _moved_in_parallel(lists.reference, positions, periods, limit)
        else:
            moved = _moved(lists.reference, positions, periods, limit, 0, n)
        if n == 0 or not moved:
            return KEPT
        lists.reference[:] = math.nan
        if parallel:
            bad = fill_cells_in_parallel(lists.cells, positions, radius + skin, periods, CHUNKS)
        else:
            bad = fill_cells(lists.cells, positions, radius + skin, periods)
        if bad >= 0:
            return int(-1 - bad)
        offsets = lists.offsets
        offsets[0] = 0
        count(lists.cells, lists.cells, True, offsets[1:], lists.indices)
        for i in range(n):
            offsets[i + 1] += offsets[i]
        if offsets[n] > lists.indices.size:
            return NO_ROOM
        fill(lists.cells, lists.cells, True, offsets, lists.indices)
        lists.reference[:] = positions
        return REBUILT

    return refresh


@functools.cache
def around_listed(pair: Kernel, *, space: bool) -> Kernel:
    """A kernel that runs a pair function (see `ergodica.numerics.sweeps`) over the listed neighbours of one particle.

    Returns:
        A kernel (total, lists, positions, periods, limit, i, particles, parameters) -> total with `positions` `(n, d)`,
        wrapped, `limit` the squared radius, and i the particle; `pair` gets numbers of particles for its i and j.
        With full lists (`once=False`) sums come in ascending order of the neighbours: they depend on the positions
        alone and not on when the list was made, so that a run that is resumed repeats them to the bit.
    """

    @inlined
    def gather(
        total: Any,
        lists: Lists,
        positions: Array,
        periods: Array,
        limit: float,
        i: int,
        particles: Any,
        parameters: Any,
    ) -> Any:
        for place in range(lists.offsets[i], lists.offsets[i + 1]):
            j = lists.indices[place]
            dx = nearest_image(positions[j, 0] - positions[i, 0], periods[0])
            dy = nearest_image(positions[j, 1] - positions[i, 1], periods[1])
            dz = nearest_image(positions[j, 2] - positions[i, 2], periods[2]) if space else 0.0
            squared = dx * dx + dy * dy + dz * dz if space else dx * dx + dy * dy
            if squared <= limit:
                total = pair(total, i, j, dx, dy, dz, squared, particles, parameters)
        return total

    return gather
