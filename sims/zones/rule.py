"""The rule of one individual in Couzin's zones, and of one predator.

Everything that one of them does is a scalar function of its own numbers and its neighbours' sums, so that the same
source serves CPU threads and devices. The sums themselves, `met`, serve devices; `lanes` takes them eight at a time on
the CPU.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ergodica.numerics import kernel
from ergodica.numerics.cells import Array
from ergodica.numerics.directions import across, direction
from ergodica.numerics.geometry import nearest_image
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
        flight: the squared distance within which they flee from a predator.
    """

    visible: float
    turn: float
    noise: float
    dt: float
    towards: Vector
    radius: float
    flight: float


RADIUS, FLIGHT = 7, 8  # places in the array of a rule


def as_array(rule: Rule) -> Array:
    """The numbers of a rule in a row, as loops on several threads take them."""
    return np.array([rule.visible, rule.turn, rule.noise, rule.dt, *rule.towards, rule.radius, rule.flight])


@inlined
def as_rule(r: Array) -> Rule:
    """A rule from its numbers."""
    return Rule(r[0], r[1], r[2], r[3], (r[4], r[5], r[6]), r[7], r[8])


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


class Hunters(NamedTuple):
    """The predators of a school.

    Fields:
        position: `(p, d)`, wrapped, changed by a step.
        heading: `(p, 3)`, unit vectors, changed by a step.
        there: `(p, 3)`, where they were when the step began, which is what the others see.
        numbers: length of a step, largest angle of a step, squared sight, 1 for the centre of what it sees or 0 for
            the nearest.
    """

    position: Array
    heading: Array
    there: Array
    numbers: Array


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

    `heading` and the first of `parameters`, the squared radii of the zones, are `(3, n)` in sorted order; the second
    is the cosine of half the field of view. Those at the same place repel without a direction.
    """
    # a neighbour that a zone does not hold is added with weight 0: branches here would be mispredicted
    zones, visible, _ = parameters
    inverse = 1.0 / math.sqrt(squared) if squared > 0.0 else 0.0
    along = heading[0, i] * dx + heading[1, i] * dy + heading[2, i] * dz
    close = squared <= zones[0, i]  # the blind volume hides nobody here
    seen = (along * inverse >= visible) & (not close)
    aligned = seen & (squared <= zones[1, i])
    repelled = -inverse if close else 0.0
    copied = 1.0 if aligned else 0.0
    drawn = inverse if seen & (not aligned) & (squared <= zones[2, i]) else 0.0
    return (
        total[0] + repelled * dx,
        total[1] + repelled * dy,
        total[2] + repelled * dz,
        1.0 if close else total[3],
        total[4] + copied * heading[0, j],
        total[5] + copied * heading[1, j],
        total[6] + copied * heading[2, j],
        total[7] + drawn * dx,
        total[8] + drawn * dy,
        total[9] + drawn * dz,
    )


@inlined
def wanted(sums: Sums, h: Vector, preference: float, towards: Vector) -> Vector:
    """The direction that an individual with heading `h` wants to take."""
    if sums[3] > 0.0:
        return direction(sums[0], sums[1], sums[2], h)
    x, y, z = direction(sums[4] + sums[7], sums[5] + sums[8], sums[6] + sums[9], h)
    if preference > 0.0:
        return direction(
            x + preference * towards[0], y + preference * towards[1], z + preference * towards[2], h
        )
    return x, y, z


@inlined
def beside(d: Vector, angle: float, space: bool) -> Vector:
    """A unit vector perpendicular to `d`: at `angle` around it in space, to one side of it in the plane."""
    if not space:
        side = 1.0 if angle < math.pi else -1.0
        return -side * d[1], side * d[0], 0.0
    return across(d, math.cos(angle), math.sin(angle))


@inlined
def leaned(d: Vector, towards: Vector, angle: float) -> Vector:
    """The unit vector `d` turned by `angle` towards a unit vector perpendicular to it."""
    c, s = math.cos(angle), math.sin(angle)
    return direction(c * d[0] + s * towards[0], c * d[1] + s * towards[1], c * d[2] + s * towards[2], d)


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
def new_heading(d: Vector, h: Vector, rule: Rule, address: Any, space: bool) -> Vector:
    """The heading after a step towards the wanted direction `d`: noise, and then a turn within the limit."""
    if rule.noise > 0.0:
        seed, member, step, i = address
        first, _ = normal_pair(seed, member, step, 2 * i, NOISE)
        around = 0.0
        if space:
            around, _ = uniform_pair(seed, member, step, 2 * i + 1, NOISE)
        d = leaned(d, beside(d, 2.0 * math.pi * around, space), rule.noise * first)
    return turned(h, d, rule.turn, address, space)


@inlined
def fleeing(x: float, y: float, z: float, there: Array, periods: Array, limit: float) -> tuple[float, Vector]:
    """Whether a predator is near, and the sum of the unit vectors away from those that are."""
    near, away_x, away_y, away_z = 0.0, 0.0, 0.0, 0.0
    for p in range(there.shape[0]):
        dx = nearest_image(there[p, 0] - x, periods[0])
        dy = nearest_image(there[p, 1] - y, periods[1])
        dz = nearest_image(there[p, 2] - z, periods[2])
        squared = dx * dx + dy * dy + dz * dz
        if squared <= limit:
            near = 1.0
            inverse = 1.0 / math.sqrt(squared) if squared > 0.0 else 0.0
            away_x -= inverse * dx
            away_y -= inverse * dy
            away_z -= inverse * dz
    return near, (away_x, away_y, away_z)


@inlined
def pursuing(p: int, hunters: Hunters, position: Array, periods: Array, address: Any, space: bool) -> Vector:
    """The heading of predator `p` after a step: turned towards the nearest that it sees, or their centre."""
    limit, centre = hunters.numbers[2], hunters.numbers[3] > 0.0
    best, x, y, z = math.inf, 0.0, 0.0, 0.0
    for i in range(position.shape[0]):
        dx = nearest_image(position[i, 0] - hunters.there[p, 0], periods[0])
        dy = nearest_image(position[i, 1] - hunters.there[p, 1], periods[1])
        dz = nearest_image(position[i, 2] - hunters.there[p, 2], periods[2]) if space else 0.0
        squared = dx * dx + dy * dy + dz * dz
        if squared <= limit:
            if centre:
                x, y, z = x + dx, y + dy, z + dz
            elif squared < best:
                best, x, y, z = squared, dx, dy, dz
    h = hunters.heading[p, 0], hunters.heading[p, 1], hunters.heading[p, 2]
    return turned(h, direction(x, y, z, h), hunters.numbers[1], address, space)
