"""Sums over neighbours with a pair function of one's own, compiled into the loop: no list is stored.

A pair function is a kernel

    pair(total, i, j, dx, dy, dz, squared, particles, parameters) -> total

that takes what has been gathered so far, a tuple of floats, and gives it with one neighbour more: i and j are
places in sorted order, (dx, dy, dz) the shortest vector from i to j and `squared` its square, `particles` a tuple
of the caller's arrays in sorted order (`array[cells.order[:n]]`), `parameters` whatever else it needs. It may add,
take a maximum or count, and may ignore a neighbour by returning `total` as it came. Coincident particles come with
`squared` 0: a function that divides by the distance must see to them.

`around(pair)` makes the loop over one particle's neighbours, to be called in a loop over particles of one's own:
a time step, with its noise and bounds. `around_portable` is the same for a CUDA kernel. `swept(pair)` is the loop
over all particles, on one thread or several. Neighbours come in an order that positions and numbers of the
particles alone decide, so that sums are the same bits for any number of threads and for both ways of compiling.
"""

from __future__ import annotations

import functools
from typing import Any

from ergodica.numerics.cells import (
    BLOCK,
    COUNT,
    Array,
    Cells,
    Grid,
    grid_of,
    home_cell,
    inlined,
    is_second_image,
    segment,
    segments,
)
from ergodica.numerics.kernel import Kernel, kernel, prange


@functools.cache
def around(pair: Kernel, *, space: bool) -> Kernel:
    """A kernel that runs a pair function over the neighbours of one particle, on the CPU.

    Args:
        pair: the pair function.
        space: whether positions have three components; in a plane `dz` is 0 and costs nothing.

    Returns:
        A kernel (total, cells, grid, s, particles, parameters) -> total, where `grid` is `grid_of(cells)`, taken once
        before the loop over the sorted particles s, and `total` is where the sum begins. It is inlined. The loop
        around it should stand in a `@kernel(_nrt=False)`, which counts no references to arrays.

    Good use, discs that push each other apart with a force linear in their overlap:

        @kernel
        def push(total, i, j, dx, dy, dz, squared, particles, parameters):
            distance = math.sqrt(squared)
            force = parameters[0] * (parameters[1] - distance) / distance
            return total[0] - force * dx, total[1] - force * dy

        pushed = around(push, space=False)

        @kernel(_nrt=False)
        def step(cells, velocity, parameters):
            grid = grid_of(cells)
            for s in range(grid.particles):
                fx, fy = pushed((0.0, 0.0), cells, grid, s, (), parameters)
                ...
    """
    from ergodica.numerics.near_lanes import lowest
    from ergodica.numerics.neighbour_kernels import candidates

    test = candidates(space=space)

    @inlined
    def gather(total: Any, cells: Cells, grid: Grid, s: int, particles: Any, parameters: Any) -> Any:
        x, y, z = cells.x[s], cells.y[s], cells.z[s]
        home = home_cell(grid, x, y, z)
        for k in range(segments(grid, home)):
            low, high, shift_x, shift_y, shift_z = segment(grid, home, k)
            first, last = cells.start[low], cells.start[high]
            while first < last:
                mask = test(cells, grid, (x, y, z), (shift_x, shift_y, shift_z), s, first, last)
                while mask:
                    j = first + lowest(mask)
                    mask &= mask - 1
                    dx, dy = (cells.x[j] - x) + shift_x, (cells.y[j] - y) + shift_y
                    dz = (cells.z[j] - z) + shift_z if space else 0.0
                    squared = dx * dx + dy * dy + dz * dz if space else dx * dx + dy * dy
                    total = pair(total, s, j, dx, dy, dz, squared, particles, parameters)
                first += 8
        return total

    return gather


@functools.cache
def around_portable(pair: Kernel, *, space: bool) -> Kernel:
    """The same kernel as `around` makes, without vector registers: for CUDA (`on_cuda`) and Python (`in_python`)."""

    @inlined
    def gather(total: Any, cells: Cells, grid: Grid, s: int, particles: Any, parameters: Any) -> Any:
        x, y, z = cells.x[s], cells.y[s], cells.z[s]
        home = home_cell(grid, x, y, z)
        for k in range(segments(grid, home)):
            low, high, shift_x, shift_y, shift_z = segment(grid, home, k)
            for j in range(cells.start[low], cells.start[high]):
                dx, dy = (cells.x[j] - x) + shift_x, (cells.y[j] - y) + shift_y
                dz = (cells.z[j] - z) + shift_z if space else 0.0
                squared = dx * dx + dy * dy + dz * dz if space else dx * dx + dy * dy
                second = grid.tied and is_second_image(grid, dx, dy, dz, shift_x, shift_y, shift_z)
                if squared <= grid.limit and j != s and not second:
                    total = pair(total, s, j, dx, dy, dz, squared, particles, parameters)
        return total

    return gather


@functools.cache
def swept(pair: Kernel, *, space: bool) -> tuple[Kernel, Kernel]:
    """Kernels that run a pair function over the neighbours of every particle, on one thread and on several.

    Returns:
        Two kernels (start, cells, particles, parameters, out), with `start` the tuple in which each sum begins and
        `out` `(n, len(start))` float64; the row of sorted particle s is `cells.order[s]`, the caller's number.
    """
    gather = around(pair, space=space)

    @kernel(_nrt=False)
    def block(
        begin: int, end: int, start: Any, cells: Cells, particles: Any, parameters: Any, out: Array
    ) -> None:
        grid = grid_of(cells)
        for s in range(begin, end):
            total = gather(start, cells, grid, s, particles, parameters)
            row = cells.order[s]
            for c in range(out.shape[1]):
                out[row, c] = total[c]

    @kernel
    def serial(start: Any, cells: Cells, particles: Any, parameters: Any, out: Array) -> None:
        block(0, cells.whole[COUNT], start, cells, particles, parameters, out)

    @kernel(parallel=True)
    def parallel(start: Any, cells: Cells, particles: Any, parameters: Any, out: Array) -> None:
        n = cells.whole[COUNT]
        for b in prange((n + BLOCK - 1) // BLOCK):
            block(b * BLOCK, min((b + 1) * BLOCK, n), start, cells, particles, parameters, out)

    return serial, parallel
