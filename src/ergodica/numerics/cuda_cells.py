"""Filling a cell list on a CUDA device: the same `Cells`, from the same scalar kernels.

Particles are counted and placed by atomic additions, and those of a slot then sorted by number, so that the order
is that of the CPU. Import this module only where a run on a device starts: it imports numba.cuda.
"""

from __future__ import annotations

from typing import Any

import numba.cuda
import numpy as np

from ergodica.numerics.cell_plan import plan_cells
from ergodica.numerics.cells import COUNT, PERIOD, SLOTS, Array, Cells, Indices, grid_of, home_cell, slot_of
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box, wrapped
from ergodica.numerics.kernel import cuda_kernel

cuda: Any = numba.cuda  # its type stubs list little

THREADS = 128
SCANNED = 1024  # slots a thread sums


@cuda_kernel
def _clear(values: Indices) -> None:
    i = cuda.grid(1)
    if i < values.size:
        values[i] = 0


@cuda_kernel
def _assign(cells: Cells, positions: Array, periods: Array) -> None:
    i = cuda.grid(1)
    if i < cells.slot.size:
        grid = grid_of(cells)
        x = wrapped(positions[i, 0], periods[0])
        y = wrapped(positions[i, 1], periods[1]) if positions.shape[1] > 1 else 0.0
        z = wrapped(positions[i, 2], periods[2]) if positions.shape[1] > 2 else 0.0
        home = home_cell(grid, x, y, z)
        slot = slot_of(grid, home[0], home[1], home[2])
        cells.slot[i] = slot
        cuda.atomic.add(cells.start, slot + 2, 1)


@cuda_kernel
def _sum_parts(values: Indices, sums: Indices) -> None:
    part = cuda.grid(1)
    if part < sums.size:
        total = 0
        for k in range(part * SCANNED, min((part + 1) * SCANNED, values.size)):
            total += values[k]
        sums[part] = total


@cuda_kernel
def _scan_parts(values: Indices, sums: Indices) -> None:
    part = cuda.grid(1)
    if part < sums.size:
        total = 0
        for before in range(part):
            total += sums[before]
        for k in range(part * SCANNED, min((part + 1) * SCANNED, values.size)):
            total += values[k]
            values[k] = total


@cuda_kernel
def _place(cells: Cells) -> None:
    i = cuda.grid(1)
    if i < cells.slot.size:
        cells.order[cuda.atomic.add(cells.start, cells.slot[i] + 1, 1)] = i


@cuda_kernel
def _settle(cells: Cells, positions: Array, periods: Array) -> None:
    """Sort the particles of a slot by number and copy their positions."""
    slot = cuda.grid(1)
    if slot < cells.whole[SLOTS]:
        first, last = cells.start[slot], cells.start[slot + 1]
        for s in range(first + 1, last):
            value = cells.order[s]
            j = s - 1
            while j >= first and cells.order[j] > value:
                cells.order[j + 1] = cells.order[j]
                j -= 1
            cells.order[j + 1] = value
        for s in range(first, last):
            i = cells.order[s]
            cells.x[s] = wrapped(positions[i, 0], periods[0])
            if positions.shape[1] > 1:
                cells.y[s] = wrapped(positions[i, 1], periods[1])
            if positions.shape[1] > 2:
                cells.z[s] = wrapped(positions[i, 2], periods[2])


def cells_on_device(cells: Cells) -> Cells:
    """A copy of a cell list, filled or not, in the memory of the device."""
    return Cells(*(cuda.to_device(field) for field in cells))


def fill_cells_on_device(
    cells: Cells, positions: Array, radius: float, box: Box, extent: tuple[Array, Array] | None = None
) -> None:
    """Sort particles on the device into cells.

    Args:
        cells: from `cells_on_device(empty_cells(n))`; overwritten.
        positions: `(n, d)` device array, finite.
        radius: at most half of every period.
        box: periodic along all axes unless `extent` is given.
        extent: lowest and highest coordinate of the particles, each `(d,)`, on the host, for open axes.

    Raises:
        ParameterError: an open axis without `extent`; a radius out of range.
    """
    n, d = positions.shape
    value = box.check_radius("radius", radius)
    if extent is None and not all(box.periodic):
        raise ParameterError("extent: must be given for open axes, got None; use the particles' bounds")
    lows, highs = np.zeros(3), np.zeros(3)
    if extent is not None:
        lows[:d], highs[:d] = extent
    whole, real = np.zeros(cells.whole.shape, np.int64), np.zeros(cells.real.shape)
    real[PERIOD : PERIOD + 3] = box.periods
    plan_cells(whole, real, n, d, value, lows, highs)
    assert whole[COUNT] == n
    cells.whole[:] = whole
    cells.real[:] = real
    if n == 0:
        return
    slots = int(whole[SLOTS])
    start = cells.start[: slots + 2]
    periods = cuda.to_device(box.periods)
    sums = cuda.device_array(-(-(slots + 2) // SCANNED), np.int32)
    per_particle, per_slot = -(-n // THREADS), -(-(slots + 2) // THREADS)
    _clear[per_slot, THREADS](start)
    _assign[per_particle, THREADS](cells, positions, periods)
    _sum_parts[-(-sums.size // THREADS), THREADS](start, sums)
    _scan_parts[-(-sums.size // THREADS), THREADS](start, sums)
    _place[per_particle, THREADS](cells)
    _settle[per_slot, THREADS](cells, positions, periods)
