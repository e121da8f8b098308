"""Steps of a whole school in compiled loops, on one thread and on several, to the same bits."""

from __future__ import annotations

import functools
import math

import numpy as np

from ergodica.numerics import Kernel, kernel, prange
from ergodica.numerics.cells import BLOCK, SPARE, Array, Cells, Grid, Integers, grid_of
from ergodica.numerics.directions import direction
from ergodica.numerics.geometry import wrapped
from ergodica.sims.zones.rule import (
    FLIGHT,
    RADIUS,
    Hunters,
    Traits,
    as_rule,
    fleeing,
    inlined,
    new_heading,
    pursuing,
    wanted,
)


@functools.cache
def moves(gather: Kernel, *, space: bool) -> tuple[Kernel, Kernel]:
    """Kernels that move one individual and one predator, in place.

    Args:
        gather: what sums over neighbours, of `gathering` or `around_portable(met)`.
        space: three dimensions, not two.

    Returns:
        A kernel (s, grid, cells, sorted_h, sorted_z, sums, position, crossings, heading, traits, hunters, numbers,
        periods, seed, member, step) for the individual at place s in sorted order, and one
        (p, hunters, position, periods, seed, member, step) for predator p.
    """
    axes = 3 if space else 2

    @inlined
    def swim(
        s: int, grid: Grid, cells: Cells, sorted_h: Array, sorted_z: Array, sums: Array, position: Array,
        crossings: Integers, heading: Array, traits: Traits, hunters: Hunters, numbers: Array, periods: Array,
        seed: int, member: int, step: int,
    ) -> None:  # fmt: skip
        i, rule = cells.order[s], as_rule(numbers)
        total = gather((0.0,) * 10, cells, grid, s, sorted_h, (sorted_z, rule.visible, sums))
        h = (sorted_h[0, s], sorted_h[1, s], sorted_h[2, s])
        d = wanted(total, h, traits.preference[i], rule.towards)
        if hunters.there.shape[0] > 0:
            x, y, z = cells.x[s], cells.y[s], cells.z[s]
            near, away = fleeing(x, y, z, hunters.there, periods, numbers[FLIGHT])
            if near > 0.0:
                d = direction(away[0], away[1], away[2], h)
        h = new_heading(d, h, rule, (seed, member, step, i), space)
        way = traits.speed[i] * rule.dt
        for c in range(axes):
            heading[i, c] = h[c]
            there = position[i, c] + way * h[c]
            inside = wrapped(there, periods[c])
            if inside != there:
                crossings[i, c] += math.floor((there - inside) / periods[c] + 0.5)
            position[i, c] = inside

    @inlined
    def hunt(
        p: int, hunters: Hunters, position: Array, periods: Array, seed: int, member: int, step: int
    ) -> None:
        # random numbers of their own, behind those of the individuals
        h = pursuing(p, hunters, position, periods, (seed, member, step, position.shape[0] + p), space)
        for c in range(axes):
            hunters.heading[p, c] = h[c]
            hunters.position[p, c] = wrapped(hunters.there[p, c] + hunters.numbers[0] * h[c], periods[c])

    return swim, hunt


@functools.cache
def loops(*, space: bool) -> tuple[Kernel, Kernel]:
    """Kernels that take steps of one member, on the calling thread and on several, to the same bits.

    Returns:
        Two kernels (cells, position, crossings, heading, traits, hunters, numbers, periods, seed, member, first, count,
        chunks), with `position` `(n, d)` wrapped, `crossings` `(n, d)` int64 and `heading` `(n, 3)`, all changed in
        place, as those of `hunters`. They return -1, or the number of a particle that is no longer finite.
    """
    from ergodica.numerics.cell_sort import fill_cells, fill_cells_in_parallel
    from ergodica.sims.zones.lanes import SUMS, gathering

    swim, hunt = moves(gathering(space=space), space=space)
    room = 8 * SUMS
    axes = 3 if space else 2

    @kernel(_nrt=False)
    def gathered(
        begin: int, end: int, cells: Cells, heading: Array, traits: Traits, sorted_h: Array, sorted_z: Array
    ) -> None:
        for s in range(begin, end):
            i = cells.order[s]
            for c in range(3):
                sorted_h[c, s] = heading[i, c]
                sorted_z[c, s] = traits.zones[i, c]

    @kernel(_nrt=False)
    def block(
        begin: int, end: int, cells: Cells, sorted_h: Array, sorted_z: Array, sums: Array, position: Array,
        crossings: Integers, heading: Array, traits: Traits, hunters: Hunters, numbers: Array, periods: Array,
        seed: int, member: int, step: int,
    ) -> None:  # fmt: skip
        grid: Grid = grid_of(cells)
        for s in range(begin, end):
            swim(
                s, grid, cells, sorted_h, sorted_z, sums, position, crossings, heading, traits, hunters, numbers,
                periods, seed, member, step,
            )  # fmt: skip

    @kernel(_nrt=False)
    def hunted(hunters: Hunters, position: Array, periods: Array, seed: int, member: int, step: int) -> None:
        for p in range(hunters.there.shape[0]):
            for c in range(axes):
                hunters.there[p, c] = hunters.position[p, c]
            hunt(p, hunters, position, periods, seed, member, step)

    @kernel(nogil=True)
    def serial(
        cells: Cells, position: Array, crossings: Integers, heading: Array, traits: Traits, hunters: Hunters,
        numbers: Array, periods: Array, seed: int, member: int, first: int, count: int, chunks: int,
    ) -> int:  # fmt: skip
        n = position.shape[0]
        sorted_h, sorted_z, sums = np.zeros((3, n + SPARE)), np.empty((3, n)), np.empty(room)
        for step in range(first, first + count):
            bad = fill_cells(cells, position, numbers[RADIUS], periods)
            if bad >= 0:
                return bad
            hunted(hunters, position, periods, seed, member, step)
            gathered(0, n, cells, heading, traits, sorted_h, sorted_z)
            block(
                0, n, cells, sorted_h, sorted_z, sums, position, crossings, heading, traits, hunters, numbers, periods,
                seed, member, step,
            )  # fmt: skip
        return -1

    @kernel(parallel=True)
    def parallel(
        cells: Cells, position: Array, crossings: Integers, heading: Array, traits: Traits, hunters: Hunters,
        numbers: Array, periods: Array, seed: int, member: int, first: int, count: int, chunks: int,
    ) -> int:  # fmt: skip
        n = position.shape[0]
        blocks = (n + BLOCK - 1) // BLOCK
        sorted_h, sorted_z, sums = np.zeros((3, n + SPARE)), np.empty((3, n)), np.empty((blocks, room))
        for step in range(first, first + count):
            bad = fill_cells_in_parallel(cells, position, numbers[RADIUS], periods, chunks)
            if bad >= 0:
                return bad
            hunted(hunters, position, periods, seed, member, step)
            for b in prange(blocks):
                gathered(b * BLOCK, min((b + 1) * BLOCK, n), cells, heading, traits, sorted_h, sorted_z)
            for b in prange(blocks):
                block(
                    b * BLOCK, min((b + 1) * BLOCK, n), cells, sorted_h, sorted_z, sums[b], position, crossings,
                    heading, traits, hunters, numbers, periods, seed, member, step,
                )  # fmt: skip
        return -1

    return serial, parallel
