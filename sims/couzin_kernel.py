"""The rule of one individual in Couzin's zones, and the loops over all of them.

Everything that an individual does is a scalar function of its own numbers and its neighbours' sums, so that the same
source serves CPU threads and devices.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from ergodica.numerics import Kernel, kernel, prange
from ergodica.numerics.cells import BLOCK, Array, Cells, Grid, Integers, grid_of
from ergodica.numerics.geometry import wrapped
from ergodica.numerics.random import normal_pair, uniform_pair

NOISE, AXES = 2, 3  # purposes of random numbers: angle and plane of the noise; plane of a turn by 180 degrees
# called for each neighbour: without checks for zeros, which are made by hand
inlined = kernel(_nrt=False, forceinline=True, error_model="numpy")

STRAIGHT = 1e-12  # sine of the angle between opposite directions below which round-off would choose the plane

Vector = tuple[float, float, float]
Sums = tuple[float, float, float, float, float, float, float, float, float, float]


class Rule(NamedTuple):
    """What all individuals of a member share.

    Fields:
        visible: cosine of half the field of view; -2 where nothing is hidden.
        turn: largest angle of a step, radians.
        noise: standard deviation of the angle error of a step, radians.
        dt: length of a step.
        towards: the direction that informed individuals prefer, a unit vector.
        radius: the largest distance at which one sees another.
    """

    visible: float
    turn: float
    noise: float
    dt: float
    towards: Vector
    radius: float


RADIUS = 7  # place in the array of a rule


def as_array(rule: Rule) -> Array:
    """The numbers of a rule in a row, as loops on several threads take them."""
    return np.array([rule.visible, rule.turn, rule.noise, rule.dt, *rule.towards, rule.radius])


@inlined
def as_rule(r: Array) -> Rule:
    """A rule from its numbers."""
    return Rule(r[0], r[1], r[2], r[3], (r[4], r[5], r[6]), r[7])


class Traits(NamedTuple):
    """What each individual has of its own.

    Fields:
        zones: `(n, 3)`, squared outer radii of repulsion, orientation and attraction.
        speed: `(n,)`.
        preference: `(n,)`, weight of the preferred direction; 0 for those who know of none.
    """

    zones: Array
    speed: Array
    preference: Array


@inlined
def met(
    total: Sums,
    i: int,
    j: int,
    dx: float,
    dy: float,
    dz: float,
    squared: float,
    heading: Any,
    parameters: Any,
) -> Sums:
    """Sums of the zones with one neighbour more: repulsion and whether, orientation, attraction.

    Those at the same place repel without a direction.
    """
    # a neighbour that a zone does not hold is added with weight 0: branches here would be mispredicted
    zones, visible = parameters
    inverse = 1.0 / math.sqrt(squared) if squared > 0.0 else 0.0
    along = heading[i, 0] * dx + heading[i, 1] * dy + heading[i, 2] * dz
    close = squared <= zones[i, 0]  # the blind volume hides nobody here
    seen = (along * inverse >= visible) & (not close)
    aligned = seen & (squared <= zones[i, 1])
    repelled = -inverse if close else 0.0
    copied = 1.0 if aligned else 0.0
    drawn = inverse if seen & (not aligned) & (squared <= zones[i, 2]) else 0.0
    return (
        total[0] + repelled * dx,
        total[1] + repelled * dy,
        total[2] + repelled * dz,
        1.0 if close else total[3],
        total[4] + copied * heading[j, 0],
        total[5] + copied * heading[j, 1],
        total[6] + copied * heading[j, 2],
        total[7] + drawn * dx,
        total[8] + drawn * dy,
        total[9] + drawn * dz,
    )


@inlined
def unit(x: float, y: float, z: float, otherwise: Vector) -> Vector:
    """The direction of a vector; `otherwise` where it has none."""
    size = math.sqrt(x * x + y * y + z * z)
    if not size > STRAIGHT:
        return otherwise
    return x / size, y / size, z / size


@inlined
def wanted(sums: Sums, h: Vector, preference: float, towards: Vector) -> Vector:
    """The direction that an individual with heading `h` wants to take."""
    if sums[3] > 0.0:
        return unit(sums[0], sums[1], sums[2], h)
    x, y, z = unit(sums[4] + sums[7], sums[5] + sums[8], sums[6] + sums[9], h)
    if preference > 0.0:
        return unit(x + preference * towards[0], y + preference * towards[1], z + preference * towards[2], h)
    return x, y, z


@inlined
def beside(d: Vector, angle: float, space: bool) -> Vector:
    """A unit vector perpendicular to `d`: at `angle` around it in space, to one side of it in the plane."""
    if not space:
        side = 1.0 if angle < math.pi else -1.0
        return -side * d[1], side * d[0], 0.0
    # the two vectors of Duff et al. 2017, J. Comput. Graph. Tech. 6, 1: without a branch that loses digits
    sign = 1.0 if d[2] >= 0.0 else -1.0
    a = -1.0 / (sign + d[2])
    b = d[0] * d[1] * a
    c, s = math.cos(angle), math.sin(angle)
    return (
        c * (1.0 + sign * d[0] * d[0] * a) + s * b,
        c * sign * b + s * (sign + d[1] * d[1] * a),
        -c * sign * d[0] - s * d[1],
    )


@inlined
def leaned(d: Vector, towards: Vector, angle: float) -> Vector:
    """The unit vector `d` turned by `angle` towards a unit vector perpendicular to it."""
    c, s = math.cos(angle), math.sin(angle)
    return unit(c * d[0] + s * towards[0], c * d[1] + s * towards[1], c * d[2] + s * towards[2], d)


@inlined
def turned(h: Vector, d: Vector, limit: float, address: Any, space: bool) -> Vector:
    """The heading `h` turned towards `d`, by a rotation of at most `limit`."""
    cosine = h[0] * d[0] + h[1] * d[1] + h[2] * d[2]
    px, py, pz = d[0] - cosine * h[0], d[1] - cosine * h[1], d[2] - cosine * h[2]
    sine = math.sqrt(px * px + py * py + pz * pz)
    if math.atan2(sine, cosine) <= limit:
        return d
    if sine > STRAIGHT:
        return leaned(h, (px / sine, py / sine, pz / sine), limit)
    # straight behind: all planes are alike
    seed, member, step, i = address
    around, _ = uniform_pair(seed, member, step, i, AXES)
    return leaned(h, beside(h, 2.0 * math.pi * around, space), limit)


@inlined
def new_heading(sums: Sums, h: Vector, preference: float, rule: Rule, address: Any, space: bool) -> Vector:
    """The heading after a step: wanted direction, noise, and then a turn within the limit."""
    d = wanted(sums, h, preference, rule.towards)
    if rule.noise > 0.0:
        seed, member, step, i = address
        first, _ = normal_pair(seed, member, step, 2 * i, NOISE)
        around = 0.0
        if space:
            around, _ = uniform_pair(seed, member, step, 2 * i + 1, NOISE)
        d = leaned(d, beside(d, 2.0 * math.pi * around, space), rule.noise * first)
    return turned(h, d, rule.turn, address, space)


@functools.cache
def loops(*, space: bool) -> tuple[Kernel, Kernel]:
    """Kernels that take steps of one member, on the calling thread and on several, to the same bits.

    Returns:
        Two kernels (cells, position, crossings, heading, traits, numbers, periods, seed, member, first, count, chunks),
        with `position` `(n, d)` wrapped, `crossings` `(n, d)` int64 and `heading` `(n, 3)`, all changed in place.
        They return -1, or the number of a particle that is no longer finite.
    """
    from ergodica.numerics.cell_sort import fill_cells, fill_cells_in_parallel
    from ergodica.numerics.sweeps import around

    gather = around(met, space=space)
    axes = 3 if space else 2

    @kernel(_nrt=False)
    def gathered(
        begin: int, end: int, cells: Cells, heading: Array, traits: Traits, sorted_h: Array, sorted_z: Array
    ) -> None:
        for s in range(begin, end):
            i = cells.order[s]
            for c in range(3):
                sorted_h[s, c] = heading[i, c]
                sorted_z[s, c] = traits.zones[i, c]

    @kernel(_nrt=False)
    def block(
        begin: int, end: int, cells: Cells, sorted_h: Array, sorted_z: Array, position: Array, crossings: Integers,
        heading: Array, traits: Traits, numbers: Array, periods: Array, seed: int, member: int, step: int,
    ) -> None:  # fmt: skip
        grid: Grid = grid_of(cells)
        rule = as_rule(numbers)
        parameters = (sorted_z, rule.visible)
        for s in range(begin, end):
            i = cells.order[s]
            sums = gather((0.0,) * 10, cells, grid, s, sorted_h, parameters)
            h = (sorted_h[s, 0], sorted_h[s, 1], sorted_h[s, 2])
            h = new_heading(sums, h, traits.preference[i], rule, (seed, member, step, i), space)
            way = traits.speed[i] * rule.dt
            for c in range(axes):
                heading[i, c] = h[c]
                there = position[i, c] + way * h[c]
                inside = wrapped(there, periods[c])
                if inside != there:
                    crossings[i, c] += round((there - inside) / periods[c])
                position[i, c] = inside

    @kernel(nogil=True)
    def serial(
        cells: Cells, position: Array, crossings: Integers, heading: Array, traits: Traits, numbers: Array,
        periods: Array, seed: int, member: int, first: int, count: int, chunks: int,
    ) -> int:  # fmt: skip
        n = position.shape[0]
        sorted_h, sorted_z = np.empty((n, 3)), np.empty((n, 3))
        for step in range(first, first + count):
            bad = fill_cells(cells, position, numbers[RADIUS], periods)
            if bad >= 0:
                return bad
            gathered(0, n, cells, heading, traits, sorted_h, sorted_z)
            block(
                0, n, cells, sorted_h, sorted_z, position, crossings, heading, traits, numbers, periods,
                seed, member, step,
            )  # fmt: skip
        return -1

    @kernel(parallel=True)
    def parallel(
        cells: Cells, position: Array, crossings: Integers, heading: Array, traits: Traits, numbers: Array,
        periods: Array, seed: int, member: int, first: int, count: int, chunks: int,
    ) -> int:  # fmt: skip
        n = position.shape[0]
        sorted_h, sorted_z = np.empty((n, 3)), np.empty((n, 3))
        blocks = (n + BLOCK - 1) // BLOCK
        for step in range(first, first + count):
            bad = fill_cells_in_parallel(cells, position, numbers[RADIUS], periods, chunks)
            if bad >= 0:
                return bad
            for b in prange(blocks):
                gathered(b * BLOCK, min((b + 1) * BLOCK, n), cells, heading, traits, sorted_h, sorted_z)
            for b in prange(blocks):
                block(
                    b * BLOCK, min((b + 1) * BLOCK, n), cells, sorted_h, sorted_z, position, crossings, heading,
                    traits, numbers, periods, seed, member, step,
                )  # fmt: skip
        return -1

    return serial, parallel
