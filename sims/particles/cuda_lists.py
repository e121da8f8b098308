"""Lists of neighbours on a CUDA device: particles in the order of their cells, the lists of neighbouring threads side
by side, so that a warp reads them at once.

Import this module only where a run on a device starts: it imports numba.cuda.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numba.cuda
import numpy as np

from ergodica.numerics import Box
from ergodica.numerics.cells import Array, Cells, Indices, Integers, empty_cells, grid_of
from ergodica.numerics.cuda_cells import cells_on_device, fill_cells_on_device
from ergodica.numerics.geometry import wrapped
from ergodica.numerics.kernel import CudaKernel, cuda_kernel, kernel
from ergodica.numerics.sweeps import around_portable
from ergodica.sims.particles.cuda_extent import Extent, grid

cuda: Any = numba.cuda  # its type stubs list little

ORDER, LENGTH = 0, 1  # rows of `Crowd.whole`
STALE, LOST, LONGEST = 0, 1, 2  # places in the flags of a run
NEVER = 2**62
FEWEST, ROOM = (
    16,
    1.25,
)  # neighbours that there is room for at first; over what was needed, when there is more


class Crowd(NamedTuple):
    """The particles of a member on the device, in sorted order.

    Fields:
        here: `(axes, n)`, positions.
        own: `(3 axes, n)`, propulsion, the half-way place of a step, and the positions that lists were made from.
        crossings: `(axes, n)` int64, how many times a particle went around the box.
        whole: `(2, n)` int32, the caller's number of each, and how many neighbours are listed.
    """

    here: Any
    own: Any
    crossings: Any
    whole: Any


def empty_crowd(count: int, axes: int) -> Crowd:
    """Room for `count` particles on the current device."""
    return Crowd(
        cuda.device_array((axes, count)),
        cuda.device_array((3 * axes, count)),
        cuda.device_array((axes, count), np.int64),
        cuda.device_array((2, count), np.int32),
    )


@kernel(_nrt=False, forceinline=True)
def _noted(
    total: Any, i: int, j: int, dx: float, dy: float, dz: float, squared: float, at: Any, p: Any
) -> Any:
    order, lists = at
    k = total[0]
    if k < lists.shape[0]:
        lists[k, order[i]] = order[j]
    return (k + 1,)


@functools.cache
def listing(axes: int) -> tuple[CudaKernel, CudaKernel, CudaKernel, CudaKernel]:
    """CUDA kernels that wrap particles, give the places that lists were made from, sort particles, and list them."""
    around = around_portable(_noted, space=axes == 3)

    @cuda_kernel
    def inside(crowd: Crowd, places: Array, periods: Array) -> None:
        s = cuda.grid(1)
        if s < places.shape[0]:
            for c in range(axes):
                x = crowd.here[c, s]
                place = wrapped(x, periods[c])
                if place != x:
                    crowd.crossings[c, s] += math.floor((x - place) / periods[c] + 0.5)
                    crowd.own[axes + c, s] += place - x
                    crowd.here[c, s] = place
                places[s, c] = place

    @cuda_kernel
    def referred(crowd: Crowd, places: Array) -> None:
        s = cuda.grid(1)
        if s < places.shape[0]:
            for c in range(axes):
                places[s, c] = crowd.own[2 * axes + c, s]

    @cuda_kernel
    def permuted(old: Crowd, new: Crowd, cells: Cells) -> None:
        s = cuda.grid(1)
        if s < old.whole.shape[1]:
            i = cells.order[s]
            for c in range(axes):
                new.here[c, s] = old.here[c, i]
                new.own[c, s] = old.own[c, i]
                new.own[axes + c, s] = old.own[axes + c, i]
                new.own[2 * axes + c, s] = old.here[c, i]
                new.crossings[c, s] = old.crossings[c, i]
            new.whole[ORDER, s] = old.whole[ORDER, i]
            cells.order[s] = s

    @cuda_kernel
    def listed(cells: Cells, lists: Indices, whole: Indices, flags: Integers) -> None:
        s = cuda.grid(1)
        if s < whole.shape[1]:
            total = around((0,), cells, grid_of(cells), s, (cells.order, lists), ())
            i, length = cells.order[s], min(total[0], lists.shape[0])
            # ascending, so that forces are added up in the order of the CPU
            for k in range(1, length):
                value = lists[k, i]
                before = k - 1
                while before >= 0 and lists[before, i] > value:
                    lists[before + 1, i] = lists[before, i]
                    before -= 1
                lists[before + 1, i] = value
            whole[LENGTH, i] = length
            cuda.atomic.max(flags, LONGEST, total[0])
            if s == 0:
                flags[STALE] = NEVER

    return inside, referred, permuted, listed


class ListsOnCuda:
    """Lists of the particles of a crowd, for one member after another, on the current device."""

    def __init__(self, count: int, box: Box) -> None:
        self.count, self.box = count, box
        self.lists = cuda.device_array((FEWEST, count), np.int32)
        self._cells = cells_on_device(empty_cells(count))
        self._places = cuda.device_array((count, box.dimensions))
        self._extent = Extent(count, box)
        self._spare = empty_crowd(count, box.dimensions)
        self._periods = cuda.to_device(box.periods)

    def anew(self, crowd: Crowd, reach: float, flags: Any) -> Crowd:
        """Wrap and sort finite particles, and list them; the crowd in its new order."""
        inside, _, permuted, _ = listing(self.box.dimensions)
        inside[grid(self.count)](crowd, self._places, self._periods)
        self._fill(reach)
        permuted[grid(self.count)](crowd, self._spare, self._cells)
        crowd, self._spare = self._spare, crowd
        self._list(crowd, flags)
        return crowd

    def again(self, crowd: Crowd, reach: float, flags: Any) -> None:
        """Lists from the same places as the last ones."""
        _, referred, _, _ = listing(self.box.dimensions)
        referred[grid(self.count)](crowd, self._places)
        self._fill(reach)
        self._list(crowd, flags)

    def _fill(self, reach: float) -> None:
        fill_cells_on_device(self._cells, self._places, reach, self.box, self._extent.of(self._places))

    def _list(self, crowd: Crowd, flags: Any) -> None:
        *_, listed = listing(self.box.dimensions)
        while True:
            listed[grid(self.count)](self._cells, self.lists, crowd.whole, flags)
            longest = int(flags.copy_to_host()[LONGEST])
            if longest <= self.lists.shape[0]:
                return
            self.lists = cuda.device_array((int(ROOM * longest) + 1, self.count), np.int32)
