"""Compiled loops of overdamped particles: lists of neighbours, sums of pair forces, and steps.

Particles are kept in the order of the cells that they were in when the lists were made. With that the lists of each
are ascending, and a force is always the sum over neighbours in that order: on one thread each pair is computed once
and added to both, on several each particle adds up its own; both give the same bits. Positions are wrapped only where
the lists are made anew, so that in between a displacement needs no search for its image, save near a border.
Import this module only to run: it imports numba.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from ergodica.numerics.cell_sort import fill_cells, fill_cells_in_parallel
from ergodica.numerics.cells import Array, Cells, Indices, Integers
from ergodica.numerics.geometry import nearest_image, wrapped
from ergodica.numerics.kernel import Kernel, kernel, prange
from ergodica.numerics.neighbour_kernels import PLANE, SPACE
from ergodica.sims.engines.ode.calls import call_at
from ergodica.sims.particles.noise import fill_normals

NOISE = 2  # purpose of the random numbers of a run
PAIRS, ROWS = 1024, 256  # pairs and particles that are treated together, so that they stay in the first cache
BLOCK = 256  # particles that are moved together
# places in the numbers of a run
DT, SPEED, TRAP, AMPLITUDE, LIMIT, RANGE, REACH, OWN = 0, 1, 2, 3, 4, 5, 6, 7
ROOM = 1.2  # over what was needed, so that a list that grows slowly is not made anew each time


class Work(NamedTuple):
    """The particles of a member in sorted order, and their lists.

    Fields:
        rows: `(3 axes, n)`, positions, propulsion, and the half-way place of a step.
        crossings: `(axes, n)` int64, how many times a particle went around the box.
        order: `(n,)` int32, the caller's number of each.
        reference: `(axes, n)`, positions from which the lists were made; NaN before the first time.
        force: `(axes, n)`.
        plain: `(n,)` uint8, 1 where no neighbour is an image across a border.
        offsets: `(n + 1,)` int64, where each list begins.
        cells, places: room for the cell lists behind it; `places` `(n, axes)`.
    """

    rows: Array
    crossings: Integers
    order: Indices
    reference: Array
    force: Array
    plain: Any
    offsets: Integers
    cells: Cells
    places: Array


@functools.cache
def listing(axes: int, *, once: bool, parallel: bool) -> tuple[Kernel, Kernel]:
    """Kernels that make lists anew: after sorting, and of particles that are sorted.

    Returns:
        Two kernels (work, indices, periods, reach) -> (bad, indices), `bad` -1 or the number of a particle that is not
        finite. `indices` is a larger array where the lists need more room. The first kernel wraps and sorts the
        particles and takes the reference from them; the second takes the reference as it is.
    """
    loops = SPACE if axes == 3 else PLANE
    count = (loops.count_once if once else loops.count_all)[parallel]
    fill = (loops.fill_once if once else loops.fill_all)[parallel]

    @kernel
    def listed(work: Work, indices: Indices, periods: Array, reach: float) -> tuple[int, Indices]:
        n = work.order.size
        cells, offsets = work.cells, work.offsets
        for s in range(n):
            cells.order[s] = s
        offsets[0] = 0
        count(cells, cells, True, offsets[1:], indices)
        for s in range(n):
            offsets[s + 1] += offsets[s]
        if offsets[n] > indices.size:
            indices = np.empty(int(ROOM * offsets[n]) + PAIRS, np.int32)
        fill(cells, cells, True, offsets, indices)
        for s in range(n):
            near = False
            for c in range(axes):
                x = work.reference[c, s]
                margin = 1.001 * reach
                near |= not (margin < x < periods[c] - margin) and periods[c] < math.inf
            work.plain[s] = 0 if near else 1
        return -1, indices

    @kernel
    def sorted_cells(work: Work, periods: Array, reach: float) -> int:
        if parallel:
            return fill_cells_in_parallel(work.cells, work.places, reach, periods, 16)
        return fill_cells(work.cells, work.places, reach, periods)

    @kernel
    def anew(work: Work, indices: Indices, periods: Array, reach: float) -> tuple[int, Indices]:
        rows, order = work.rows, work.cells.order
        n = work.order.size
        for c in range(axes):
            period = periods[c]
            for s in range(n):
                x = rows[c, s]
                inside = wrapped(x, period)
                if inside != x:
                    work.crossings[c, s] += round((x - inside) / period)
                    rows[2 * axes + c, s] += inside - x
                    rows[c, s] = inside
                work.places[s, c] = inside
        bad = sorted_cells(work, periods, reach)
        if bad >= 0:
            return work.order[bad], indices
        moved = np.empty(n)
        for c in range(3 * axes):
            for s in range(n):
                moved[s] = rows[c, order[s]]
            rows[c, :] = moved
        for c in range(axes):
            for s in range(n):
                moved[s] = work.crossings[c, order[s]]
            for s in range(n):
                work.crossings[c, s] = int(moved[s])
        for s in range(n):
            moved[s] = work.order[order[s]]
        for s in range(n):
            work.order[s] = int(moved[s])
        work.reference[:] = rows[:axes]
        return listed(work, indices, periods, reach)

    @kernel
    def again(work: Work, indices: Indices, periods: Array, reach: float) -> tuple[int, Indices]:
        for c in range(axes):
            for s in range(work.order.size):
                work.places[s, c] = work.reference[c, s]
        bad = sorted_cells(work, periods, reach)
        if bad >= 0:
            return work.order[bad], indices
        return listed(work, indices, periods, reach)

    return anew, again


@functools.cache
def pair_sums(axes: int, *, once: bool) -> Kernel:
    """A kernel that adds up the forces on the particles from `begin` to `end`.

    Returns:
        (begin, end, work, indices, periods, limit, place, parameters, room, who, ends), `limit` the squared range,
        `place` the address of the force, and room `(2 + axes, pairs)`, who `(pairs,)` and ends `(ROWS,)` for the
        pairs of some rows, at least as many as the longest list. With `once` the forces must be 0 before.
    """

    @kernel(_nrt=False, error_model="numpy")
    def sums(
        begin: int, end: int, work: Work, indices: Indices, periods: Array, limit: float, place: int,
        parameters: Array, room: Array, who: Indices, ends: Integers,
    ) -> None:  # fmt: skip
        offsets, plain = work.offsets, work.plain
        x, fx = work.rows[0], work.force[0]
        y, fy = (work.rows[1], work.force[1]) if axes > 1 else (x, fx)
        z, fz = (work.rows[2], work.force[2]) if axes > 2 else (x, fx)
        squared, strength, across = room[0], room[1], room[2]
        upward = room[3] if axes > 1 else across
        inward = room[4] if axes > 2 else across
        most = squared.size
        a = begin
        while a < end:
            b, m = a, 0
            while b < end and b - a < ends.size and m + offsets[b + 1] - offsets[b] <= most:
                xb, yb, zb = x[b], y[b], z[b]
                direct = plain[b] != 0
                for k in range(offsets[b], offsets[b + 1]):
                    j = indices[k]
                    dx = x[j] - xb
                    dy = y[j] - yb if axes > 1 else 0.0
                    dz = z[j] - zb if axes > 2 else 0.0
                    if not direct:
                        dx = nearest_image(dx, periods[0])
                        dy = nearest_image(dy, periods[1]) if axes > 1 else 0.0
                        dz = nearest_image(dz, periods[2]) if axes > 2 else 0.0
                    square = dx * dx
                    if axes > 1:
                        square = square + dy * dy
                    if axes > 2:
                        square = square + dz * dz
                    # written in any case, and written over if not within
                    squared[m] = square
                    across[m] = dx
                    if axes > 1:
                        upward[m] = dy
                    if axes > 2:
                        inward[m] = dz
                    who[m] = j
                    m += 1 if square <= limit else 0
                ends[b - a] = m
                b += 1
            call_at(place, limit, squared[:m], parameters, strength[:m])
            k = 0
            for i in range(a, b):
                sx = fx[i] if once else 0.0
                sy = fy[i] if once else 0.0
                sz = fz[i] if once else 0.0
                while k < ends[i - a]:
                    f = strength[k]
                    px = f * across[k]
                    py = f * upward[k] if axes > 1 else 0.0
                    pz = f * inward[k] if axes > 2 else 0.0
                    sx -= px
                    sy -= py
                    sz -= pz
                    if once:
                        j = who[k]
                        fx[j] += px
                        if axes > 1:
                            fy[j] += py
                        if axes > 2:
                            fz[j] += pz
                    k += 1
                fx[i] = sx
                if axes > 1:
                    fy[i] = sy
                if axes > 2:
                    fz[i] = sz
            a = b

    return sums


@functools.cache
def moving(turned: Kernel, axes: int, own: int, *, halved: bool) -> tuple[Kernel, Kernel]:
    """Kernels of a step for the particles from `begin` to `end`: its only or first part, and its second part.

    Args:
        turned: the rule of the propulsion, a kernel (p, normals, numbers, table) -> p with p a tuple of three and
            normals a tuple of four; `numbers` is the tuple of two that the propulsion asked for.
        own: how many normals of a particle the propulsion takes; those of its position come next.
        halved: whether the step has two parts (Heun's), so that the first keeps what the second goes on from.
    """

    @kernel(_nrt=False, error_model="numpy")
    def shifted(
        x: Array, p: Array, f: Array, noise: Array, q: Array, begin: int, end: int, numbers: Array
    ) -> None:
        dt, speed, trap, amplitude = numbers[DT], numbers[SPEED], numbers[TRAP], numbers[AMPLITUDE]
        for s in range(begin, end):
            drift = speed * p[s] + f[s] - trap * x[s]
            there = x[s] + amplitude * noise[s - begin]
            if halved:
                q[s] = there + 0.5 * dt * drift
            x[s] = there + dt * drift

    @kernel(_nrt=False, error_model="numpy")
    def mended(x: Array, p: Array, f: Array, q: Array, begin: int, end: int, numbers: Array) -> None:
        dt, speed, trap = numbers[DT], numbers[SPEED], numbers[TRAP]
        for s in range(begin, end):
            x[s] = q[s] + 0.5 * dt * (speed * p[s] + f[s] - trap * x[s])

    @kernel(_nrt=False, error_model="numpy")
    def propelled(begin: int, end: int, rows: Array, noise: Array, numbers: Array, table: Array) -> None:
        mine = (numbers[OWN], numbers[OWN + 1])
        px = rows[axes]
        py = rows[axes + 1] if axes > 1 else px
        pz = rows[axes + 2] if axes > 2 else px
        first, second, third, fourth = noise[0], noise[1], noise[2], noise[3]
        for s in range(begin, end):
            k = s - begin
            old = (px[s], py[s] if axes > 1 else 0.0, pz[s] if axes > 2 else 0.0)
            normals = (
                first[k] if own > 0 else 0.0,
                second[k] if own > 1 else 0.0,
                third[k] if own > 2 else 0.0,
                fourth[k] if own > 3 else 0.0,
            )
            new = turned(old, normals, mine, table)
            px[s] = new[0]
            if axes > 1:
                py[s] = new[1]
            if axes > 2:
                pz[s] = new[2]

    @kernel(_nrt=False, error_model="numpy")
    def first(
        begin: int, end: int, work: Work, noise: Array, numbers: Array, table: Array, blocks: int,
        seed: int, stream: int, step: int,
    ) -> None:  # fmt: skip
        rows = work.rows
        a = begin
        while a < end:
            b = min(a + BLOCK, end)
            fill_normals(work.order, a, b, seed, stream, step, NOISE, blocks, noise)
            for c in range(axes):
                shifted(
                    rows[c], rows[axes + c], work.force[c], noise[own + c], rows[2 * axes + c], a, b, numbers
                )
            if own > 0:
                propelled(a, b, rows, noise, numbers, table)
            a = b

    @kernel(_nrt=False, error_model="numpy")
    def second(begin: int, end: int, work: Work, numbers: Array) -> None:
        rows = work.rows
        for c in range(axes):
            mended(rows[c], rows[axes + c], work.force[c], rows[2 * axes + c], begin, end, numbers)

    return first, second


@functools.cache
def far(axes: int) -> Kernel:
    """A kernel (work, begin, end, limit): whether a particle is farther than the root of `limit` from its reference."""

    @kernel(_nrt=False, error_model="numpy")
    def moved(work: Work, begin: int, end: int, limit: float) -> bool:
        x, rx = work.rows[0], work.reference[0]
        y, ry = (work.rows[1], work.reference[1]) if axes > 1 else (x, rx)
        z, rz = (work.rows[2], work.reference[2]) if axes > 2 else (x, rx)
        found = 0
        for s in range(begin, end):
            square = (x[s] - rx[s]) * (x[s] - rx[s])
            if axes > 1:
                square = square + (y[s] - ry[s]) * (y[s] - ry[s])
            if axes > 2:
                square = square + (z[s] - rz[s]) * (z[s] - rz[s])
            found += 0 if square <= limit else 1  # counts what is not a number
        return found > 0

    return moved


@functools.cache
def stepping(turned: Kernel, axes: int, own: int, *, halved: bool, forced: bool, parallel: bool) -> Kernel:
    """A kernel that takes steps of one member.

    Args:
        turned, own, halved: see `moving`.
        forced: whether there is a pair force.
        parallel: whether several threads work; the bits are the same.

    Returns:
        A kernel (work, indices, numbers, table, periods, place, parameters, blocks, seed, stream, first, count, chunks)
        -> (bad, indices) with `bad` as in `listing`; `blocks` the blocks of four normals that a particle needs and
        `chunks` the parts that the particles are shared out in.
    """
    anew, _ = listing(axes, once=not parallel, parallel=parallel)
    sums = pair_sums(axes, once=not parallel)
    move, mend = moving(turned, axes, own, halved=halved)
    moved = far(axes)
    parts = 2 if halved else 1
    wide = max(own, 0) + axes

    @kernel(**({"parallel": True} if parallel else {"nogil": True}))
    def run(
        work: Work, indices: Indices, numbers: Array, table: Array, periods: Array, place: int, parameters: Array,
        blocks: int, seed: int, stream: int, first: int, count: int, chunks: int,
    ) -> tuple[int, Indices]:  # fmt: skip
        n = work.order.size
        chunks = max(1, min(chunks, n // BLOCK))
        noise = np.zeros((chunks, max(4 * blocks, wide, 4), BLOCK))
        longest = PAIRS
        rooms = np.empty((chunks, 2 + axes, longest))
        who = np.empty((chunks, longest), np.int32)
        ends = np.empty((chunks, ROWS), np.int64)
        flags = np.zeros(chunks, np.int64)
        for step in range(first, first + count):
            for part in range(parts):
                if forced:
                    for c in prange(chunks):
                        flags[c] = moved(work, c * n // chunks, (c + 1) * n // chunks, numbers[LIMIT])
                    if flags.any():
                        bad, indices = anew(work, indices, periods, numbers[REACH])
                        if bad >= 0:
                            return bad, indices
                        needed = longest
                        for s in range(n):
                            needed = max(needed, work.offsets[s + 1] - work.offsets[s])
                        if needed > longest:
                            longest = 2 * needed
                            rooms = np.empty((chunks, 2 + axes, longest))
                            who = np.empty((chunks, longest), np.int32)
                    if not parallel:
                        work.force[:] = 0.0
                    for c in prange(chunks):
                        sums(
                            c * n // chunks, (c + 1) * n // chunks, work, indices, periods, numbers[RANGE], place,
                            parameters, rooms[c], who[c], ends[c],
                        )  # fmt: skip
                for c in prange(chunks):
                    if part == 0:
                        move(
                            c * n // chunks, (c + 1) * n // chunks, work, noise[c], numbers, table, blocks,
                            seed, stream, step,
                        )  # fmt: skip
                    else:
                        mend(c * n // chunks, (c + 1) * n // chunks, work, numbers)
        for s in range(n):
            total = 0.0
            for c in range(2 * axes):
                total += work.rows[c, s]
            if not abs(total) < math.inf:
                return work.order[s], indices
        return -1, indices

    return run
