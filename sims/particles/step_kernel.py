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
from ergodica.sims.particles.addresses import call_4, call_6, call_11
from ergodica.sims.particles.noise import fill_normals

NOISE = 2  # purpose of the random numbers of a run
PAIRS, ROWS = 1024, 256  # pairs and particles that are treated together, so that they stay in the first cache
CHUNKS = 16  # of a sort on several threads
BLOCK = 256  # particles that are moved together
# places in the numbers of a run
DT, SPEED, TRAP, AMPLITUDE, LIMIT, RANGE, REACH, OWN = 0, 1, 2, 3, 4, 5, 6, 7
# places in the addresses of a run
LIST, SUMS, FORCE, MOVE, MEND = 0, 1, 2, 3, 4
THROWN = -2
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
        places: `(n, axes)`, room for the positions that cells are made of.
    """

    rows: Array
    crossings: Integers
    order: Indices
    reference: Array
    force: Array
    plain: Any
    offsets: Integers
    places: Array


@functools.cache
def listing(axes: int, *, once: bool, parallel: bool) -> tuple[Kernel, Kernel]:
    """Kernels that make lists anew: after sorting, and of particles that are sorted.

    Returns:
        Two kernels (work, cells, indices, periods, reach, status). They set status[0] to -1, or the number of a
        particle that is not finite, and status[1] to what `indices` must hold: where that is more than it does, it is
        to be made larger and the kernel called again. The first kernel wraps and sorts the particles and takes the
        reference from them; the second takes the reference as it is.
    """
    loops = SPACE if axes == 3 else PLANE
    count = (loops.count_once if once else loops.count_all)[parallel]
    fill = (loops.fill_once if once else loops.fill_all)[parallel]

    @kernel
    def serial_cells(cells: Cells, places: Array, reach: float, periods: Array) -> int:
        return fill_cells(cells, places, reach, periods)

    @kernel
    def parallel_cells(cells: Cells, places: Array, reach: float, periods: Array) -> int:
        return fill_cells_in_parallel(cells, places, reach, periods, CHUNKS)

    sorted_cells = parallel_cells if parallel else serial_cells

    @kernel
    def listed(
        work: Work, cells: Cells, indices: Indices, periods: Array, reach: float, status: Integers
    ) -> None:
        n = work.order.size
        offsets = work.offsets
        for s in range(n):
            cells.order[s] = s
        offsets[0] = 0
        count(cells, cells, True, offsets[1:], indices)
        for s in range(n):
            offsets[s + 1] += offsets[s]
        status[0], status[1] = -1, offsets[n]
        if offsets[n] > indices.size:
            return
        fill(cells, cells, True, offsets, indices)
        for s in range(n):
            near = False
            for c in range(axes):
                x = work.reference[c, s]
                margin = 1.001 * reach
                near |= not (margin < x < periods[c] - margin) and periods[c] < math.inf
            work.plain[s] = 0 if near else 1

    @kernel(_nrt=False)
    def inside(work: Work, periods: Array) -> None:
        rows = work.rows
        for c in range(axes):
            period = periods[c]
            for s in range(work.order.size):
                x = rows[c, s]
                # what is not finite would be wrapped to 0, and is refused by the sort
                place = wrapped(x, period) if abs(x) < math.inf else x
                if abs(x) < math.inf and place != x:
                    work.crossings[c, s] += round((x - place) / period)
                    rows[2 * axes + c, s] += place - x
                    rows[c, s] = place
                work.places[s, c] = place

    @kernel(_nrt=False)
    def permuted(work: Work, order: Indices, room: Array, whole: Integers) -> None:
        rows, n = work.rows, work.order.size
        for c in range(3 * axes):
            for s in range(n):
                room[s] = rows[c, order[s]]
            for s in range(n):
                rows[c, s] = room[s]
        for c in range(axes):
            for s in range(n):
                whole[s] = work.crossings[c, order[s]]
                work.reference[c, s] = rows[c, s]
            for s in range(n):
                work.crossings[c, s] = whole[s]
        for s in range(n):
            whole[s] = work.order[order[s]]
        for s in range(n):
            work.order[s] = whole[s]

    @kernel
    def anew(
        work: Work, cells: Cells, indices: Indices, periods: Array, reach: float, status: Integers
    ) -> None:
        inside(work, periods)
        bad = sorted_cells(cells, work.places, reach, periods)
        if bad >= 0:
            status[0] = work.order[bad]
            return
        permuted(work, cells.order, np.empty(work.order.size), np.empty(work.order.size, np.int64))
        listed(work, cells, indices, periods, reach, status)

    @kernel
    def again(
        work: Work, cells: Cells, indices: Indices, periods: Array, reach: float, status: Integers
    ) -> None:
        for c in range(axes):
            for s in range(work.order.size):
                work.places[s, c] = work.reference[c, s]
        bad = sorted_cells(cells, work.places, reach, periods)
        if bad >= 0:
            status[0] = work.order[bad]
            return
        listed(work, cells, indices, periods, reach, status)

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
def moving(turned: Kernel, axes: int, own: int) -> tuple[Kernel, Kernel]:
    """Kernels of a step for the particles from `begin` to `end`: its only or first part, and Heun's second part.

    Args:
        turned: the rule of the propulsion, a kernel (p, normals, numbers, table) -> p with p a tuple of three and
            normals a tuple of four; `numbers` is the tuple of two that the propulsion asked for.
        own: how many normals of a particle the propulsion takes; those of its position come next.

    Returns:
        Kernels (begin, end, work, noise, numbers, table, blocks, halved, seed, stream, step) and (begin, end, work,
        numbers), with `noise` room for the normals of a block of particles and `halved` whether a second part follows.
    """

    @kernel(_nrt=False, error_model="numpy")
    def shifted(x: Array, p: Array, f: Array, noise: Array, begin: int, end: int, numbers: Array) -> None:
        dt, speed, trap, amplitude = numbers[DT], numbers[SPEED], numbers[TRAP], numbers[AMPLITUDE]
        for s in range(begin, end):
            x[s] = x[s] + amplitude * noise[s - begin] + dt * (speed * p[s] + f[s] - trap * x[s])

    @kernel(_nrt=False, error_model="numpy")
    def foreseen(
        x: Array, p: Array, f: Array, noise: Array, q: Array, begin: int, end: int, numbers: Array
    ) -> None:
        dt, speed, trap, amplitude = numbers[DT], numbers[SPEED], numbers[TRAP], numbers[AMPLITUDE]
        for s in range(begin, end):
            drift = speed * p[s] + f[s] - trap * x[s]
            there = x[s] + amplitude * noise[s - begin]
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
        begin: int, end: int, work: Work, noise: Array, numbers: Array, table: Array, blocks: int, halved: bool,
        seed: int, stream: int, step: int,
    ) -> None:  # fmt: skip
        rows, force = work.rows, work.force
        a = begin
        while a < end:
            b = min(a + BLOCK, end)
            fill_normals(work.order, a, b, seed, stream, step, NOISE, blocks, noise)
            for c in range(axes):
                n = noise[own + c]
                if halved:
                    foreseen(rows[c], rows[axes + c], force[c], n, rows[2 * axes + c], a, b, numbers)
                else:
                    shifted(rows[c], rows[axes + c], force[c], n, a, b, numbers)
            if own > 0:
                propelled(a, b, rows, noise, numbers, table)
            a = b

    @kernel(_nrt=False, error_model="numpy")
    def second(begin: int, end: int, work: Work, numbers: Array) -> None:
        rows = work.rows
        for c in range(axes):
            mended(rows[c], rows[axes + c], work.force[c], rows[2 * axes + c], begin, end, numbers)

    return first, second


@kernel(_nrt=False, error_model="numpy")
def moved(work: Work, begin: int, end: int, limit: float) -> int:
    """How many particles are farther than the root of `limit` from their reference, or not a number."""
    axes = work.reference.shape[0]
    x, rx = work.rows[0], work.reference[0]
    y, ry = work.rows[min(1, axes - 1)], work.reference[min(1, axes - 1)]
    z, rz = work.rows[axes - 1], work.reference[axes - 1]
    flat, deep = 1.0 if axes > 1 else 0.0, 1.0 if axes > 2 else 0.0
    found = 0
    for s in range(begin, end):
        dx, dy, dz = x[s] - rx[s], flat * (y[s] - ry[s]), deep * (z[s] - rz[s])
        found += 0 if dx * dx + dy * dy + dz * dz <= limit else 1
    return found


@kernel(_nrt=False, error_model="numpy")
def thrown_out(work: Work, limit: float) -> int:
    """The first particle whose squared pair force is above `limit`, -1 for none."""
    for s in range(work.order.size):
        total = 0.0
        for c in range(work.force.shape[0]):
            total += work.force[c, s] * work.force[c, s]
        if total > limit:
            return s
    return -1


def _stepping(*, parallel: bool) -> Kernel:
    """A kernel that takes steps of one member, on the calling thread or on several, to the same bits.

    Returns:
        A kernel (places, work, cells, indices, numbers, table, periods, pair, blocks, seed, stream, first, count,
        chunks, status) -> indices with `places` the addresses of the parts (see `LIST` and those that follow; a force
        of 0 is none), `pair` the numbers of the pair force, `blocks` how many blocks of four normals a particle needs,
        `chunks` the parts that the particles are shared out in, and status[0] as in `listing`, or THROWN less the
        number of a particle that its neighbours push by more than the range of the force in a step.
    """

    @kernel(**({"parallel": True} if parallel else {"nogil": True}))
    def run(
        places: Integers, work: Work, cells: Cells, indices: Indices, numbers: Array, table: Array, periods: Array,
        pair: Array, blocks: int, seed: int, stream: int, first: int, count: int, chunks: int, status: Integers,
    ) -> Indices:  # fmt: skip
        n, axes = work.order.size, work.reference.shape[0]
        chunks = max(1, min(chunks, n // BLOCK))
        parts = 2 if places[MEND] != 0 else 1
        halved = parts == 2
        noise = np.zeros((chunks, max(4 * blocks, 2 * axes + 4), BLOCK))
        longest = PAIRS
        rooms = np.empty((chunks, 2 + axes, longest))
        who = np.empty((chunks, longest), np.int32)
        ends = np.empty((chunks, ROWS), np.int64)
        flags = np.zeros(chunks, np.int64)
        status[0] = -1
        if places[FORCE] == 0:  # nobody waits for anybody
            for c in prange(chunks):
                for step in range(first, first + count):
                    call_11(
                        places[MOVE], c * n // chunks, (c + 1) * n // chunks, work, noise[c], numbers, table,
                        blocks, halved, seed, stream, step,
                    )  # fmt: skip
                    if halved:
                        call_4(places[MEND], c * n // chunks, (c + 1) * n // chunks, work, numbers)
            count = 0
        for step in range(first, first + count):
            for part in range(parts):
                for c in prange(chunks):
                    flags[c] = moved(work, c * n // chunks, (c + 1) * n // chunks, numbers[LIMIT])
                gone = 0
                for c in range(chunks):
                    gone += flags[c]
                if gone > 0:
                    thrown = thrown_out(work, numbers[RANGE] / (numbers[DT] * numbers[DT]))
                    if thrown >= 0:
                        status[0] = THROWN - work.order[thrown]
                        return indices
                    call_6(places[LIST], work, cells, indices, periods, numbers[REACH], status)
                    if status[0] < 0 and status[1] > indices.size:
                        indices = np.empty(int(ROOM * status[1]) + PAIRS, np.int32)
                        call_6(places[LIST], work, cells, indices, periods, numbers[REACH], status)
                    if status[0] >= 0:
                        return indices
                    needed = longest
                    for s in range(n):
                        needed = max(needed, work.offsets[s + 1] - work.offsets[s])
                    if needed > longest:
                        longest = 2 * needed
                        rooms = np.empty((chunks, 2 + axes, longest))
                        who = np.empty((chunks, longest), np.int32)
                if not parallel:
                    for c in range(axes):
                        for s in range(n):
                            work.force[c, s] = 0.0
                for c in prange(chunks):
                    call_11(
                        places[SUMS], c * n // chunks, (c + 1) * n // chunks, work, indices, periods,
                        numbers[RANGE], places[FORCE], pair, rooms[c], who[c], ends[c],
                    )  # fmt: skip
                for c in prange(chunks):
                    if part == 0:
                        call_11(
                            places[MOVE], c * n // chunks, (c + 1) * n // chunks, work, noise[c], numbers, table,
                            blocks, halved, seed, stream, step,
                        )  # fmt: skip
                    else:
                        call_4(places[MEND], c * n // chunks, (c + 1) * n // chunks, work, numbers)
        for s in range(n):
            total = 0.0
            for c in range(2 * axes):
                total += work.rows[c, s]
            if not abs(total) < math.inf:
                status[0] = work.order[s]
        return indices

    return run


SERIAL, PARALLEL = _stepping(parallel=False), _stepping(parallel=True)
