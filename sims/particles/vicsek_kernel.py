"""Compiled steps of Vicsek's model: scalar rules, and loops over one member's particles.

Import this module only to run: it imports numba.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ergodica.numerics.cell_sort import fill_cells, fill_cells_in_parallel
from ergodica.numerics.cells import BLOCK, Array, Cells, Integers, grid_of
from ergodica.numerics.directions import across, direction
from ergodica.numerics.elementary import sincos
from ergodica.numerics.geometry import wrapped
from ergodica.numerics.kernel import Kernel, kernel, prange
from ergodica.numerics.random import uniform_pair
from ergodica.numerics.sweeps import around

NOISE = 2  # purpose of the random numbers of a run
SPEED, RADIUS, STRENGTH, VECTORIAL = 0, 1, 2, 3  # places in the numbers of a run
CHUNKS = 16

Vector = tuple[float, float, float]
Sums = tuple[float, float, float, float]
inlined = kernel(_nrt=False, forceinline=True, error_model="numpy")


@inlined
def met(
    total: Sums, i: int, j: int, dx: float, dy: float, dz: float, squared: float, heading: Any, nothing: Any
) -> Sums:
    """The sum of headings, and how many, with one neighbour more."""
    return (
        total[0] + heading[j, 0],
        total[1] + heading[j, 1],
        total[2] + heading[j, 2],
        total[3] + 1.0,
    )


@inlined
def drawn(first: float, second: float, space: bool) -> Vector:
    """A direction, isotropic, from two uniforms."""
    s, c = sincos(2.0 * math.pi * first)
    if not space:
        return c, s, 0.0
    z = 2.0 * second - 1.0
    level = math.sqrt(1.0 - z * z)
    return level * c, level * s, z


@inlined
def aligned(
    sums: Sums, h: Vector, strength: float, vectorial: bool, first: float, second: float, space: bool
) -> Vector:
    """The heading after a step: the mean one of the neighbours and oneself, with noise.

    Angular noise turns it, in the plane by an angle even in +-strength pi, in space to a direction even in a cap of
    the share `strength` of the sphere. Vectorial noise adds strength times a random direction for each one met.
    """
    x, y, z, many = sums
    if vectorial:
        d = drawn(first, second, space)
        scale = strength * many
        return direction(x + scale * d[0], y + scale * d[1], z + scale * d[2], h)
    mean = direction(x, y, z, h)
    if not space:
        s, c = sincos(math.pi * strength * (2.0 * first - 1.0))
        return c * mean[0] - s * mean[1], s * mean[0] + c * mean[1], 0.0
    cosine = 1.0 - 2.0 * strength * second
    sine = math.sqrt(1.0 - cosine * cosine)
    s, c = sincos(2.0 * math.pi * first)
    t = across(mean, sine * c, sine * s)
    return direction(cosine * mean[0] + t[0], cosine * mean[1] + t[1], cosine * mean[2] + t[2], mean)


@functools.cache
def loops(*, space: bool) -> tuple[Kernel, Kernel]:
    """Kernels that take steps of one member, on the calling thread and on several, to the same bits.

    Returns:
        Two kernels (cells, position, crossings, heading, numbers, periods, seed, member, first, count), with
        `position` `(n, d)` wrapped, `crossings` `(n, d)` int64 and `heading` `(n, 3)`, all changed in place. They
        return -1, or the number of a particle that is not finite.
    """
    gather = around(met, space=space)
    axes = 3 if space else 2

    @kernel(_nrt=False)
    def gathered(begin: int, end: int, cells: Cells, heading: Array, ordered: Array) -> None:
        for s in range(begin, end):
            i = cells.order[s]
            for c in range(3):
                ordered[s, c] = heading[i, c]

    @kernel(_nrt=False)
    def block(
        begin: int, end: int, cells: Cells, ordered: Array, position: Array, crossings: Integers, heading: Array,
        numbers: Array, periods: Array, seed: int, member: int, step: int,
    ) -> None:  # fmt: skip
        grid = grid_of(cells)
        speed, strength, vectorial = numbers[SPEED], numbers[STRENGTH], numbers[VECTORIAL] > 0.0
        for s in range(begin, end):
            i = cells.order[s]
            h = (ordered[s, 0], ordered[s, 1], ordered[s, 2])
            sums = gather((h[0], h[1], h[2], 1.0), cells, grid, s, ordered, 0.0)
            first, second = uniform_pair(seed, member, step, i, NOISE)
            h = aligned(sums, h, strength, vectorial, first, second, space)
            for c in range(axes):
                heading[i, c] = h[c]
                there = position[i, c] + speed * h[c]
                inside = wrapped(there, periods[c])
                if inside != there:
                    crossings[i, c] += round((there - inside) / periods[c])
                position[i, c] = inside

    @kernel(nogil=True)
    def serial(
        cells: Cells, position: Array, crossings: Integers, heading: Array, numbers: Array, periods: Array,
        seed: int, member: int, first: int, count: int,
    ) -> int:  # fmt: skip
        n = position.shape[0]
        ordered = np.empty((n, 3))
        for step in range(first, first + count):
            bad = fill_cells(cells, position, numbers[RADIUS], periods)
            if bad >= 0:
                return int(bad)
            gathered(0, n, cells, heading, ordered)
            block(0, n, cells, ordered, position, crossings, heading, numbers, periods, seed, member, step)
        return -1

    @kernel(parallel=True)
    def parallel(
        cells: Cells, position: Array, crossings: Integers, heading: Array, numbers: Array, periods: Array,
        seed: int, member: int, first: int, count: int,
    ) -> int:  # fmt: skip
        n = position.shape[0]
        ordered = np.empty((n, 3))
        blocks = (n + BLOCK - 1) // BLOCK
        for step in range(first, first + count):
            bad = fill_cells_in_parallel(cells, position, numbers[RADIUS], periods, CHUNKS)
            if bad >= 0:
                return int(bad)
            for b in prange(blocks):
                gathered(b * BLOCK, min((b + 1) * BLOCK, n), cells, heading, ordered)
            for b in prange(blocks):
                block(
                    b * BLOCK, min((b + 1) * BLOCK, n), cells, ordered, position, crossings, heading, numbers,
                    periods, seed, member, step,
                )  # fmt: skip
        return -1

    return serial, parallel
