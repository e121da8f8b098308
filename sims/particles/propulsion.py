"""Rules by which self-propelled particles change where they want to go, one scalar kernel each, exact for any step.

Each is a kernel (p, normals, numbers, table) -> p with p a vector of three components (0 where an axis is missing),
normals four standard normals, of which the rule takes some, `numbers` two numbers and `table` what is tabulated for the
length of the step. Import this module only to run: it imports numba.
"""

from __future__ import annotations

import math
from typing import Any

from ergodica.numerics.directions import across
from ergodica.numerics.elementary import sincos
from ergodica.numerics.kernel import kernel
from ergodica.numerics.logarithms import exp

Vector = tuple[float, float, float]
Normals = tuple[float, float, float, float]
inlined = kernel(_nrt=False, forceinline=True, error_model="numpy")


@inlined
def unit(x: float, y: float, z: float) -> Vector:
    """A vector of nearly unit length, one Newton step closer to it: keeps headings so for any number of steps."""
    scale = 1.5 - 0.5 * (x * x + y * y + z * z)
    return x * scale, y * scale, z * scale


@inlined
def kept(p: Vector, normals: Normals, numbers: Any, table: Any) -> Vector:
    """No change."""
    return p


@inlined
def relaxed(p: Vector, normals: Normals, numbers: Any, table: Any) -> Vector:
    """Ornstein-Uhlenbeck: numbers are e^{-gamma dt} and sqrt(1 - e^{-2 gamma dt})."""
    decay, spread = numbers
    return (
        decay * p[0] + spread * normals[0],
        decay * p[1] + spread * normals[1],
        decay * p[2] + spread * normals[2],
    )


@inlined
def rotated(p: Vector, normals: Normals, numbers: Any, table: Any) -> Vector:
    """Rotational diffusion in the plane: a turn by a normal angle of standard deviation sqrt(2 D_r dt)."""
    s, c = sincos(numbers[0] * normals[0])
    return unit(c * p[0] - s * p[1], s * p[0] + c * p[1], 0.0)


@inlined
def wandered(p: Vector, normals: Normals, numbers: Any, table: Any) -> Vector:
    """Rotational diffusion on the sphere: two normals give the way along a tangent, `table` its exact length.

    The angle between two headings dt apart is a function of the length rho of the two normals, tabulated at equal
    spacings numbers[0] of rho (see `ergodica.sims.particles.sphere`).
    """
    rho = math.sqrt(normals[0] * normals[0] + normals[1] * normals[1])
    place = rho / numbers[0]
    last = table.size - 2
    k = int(place)
    k = k if k < last else last
    rest = place - k
    ratio = table[k] + rest * (table[k + 1] - table[k])
    s, c = sincos(rho * ratio)
    scale = s / rho if rho > 0.0 else 0.0
    t = across(p, scale * normals[0], scale * normals[1])
    return unit(c * p[0] + t[0], c * p[1] + t[1], c * p[2] + t[2])


@inlined
def tumbled(p: Vector, normals: Normals, numbers: Any, table: Any) -> Vector:
    """Tumbles in the plane: with the probability of at least one, a direction that knows nothing of the last.

    The squared length of two normals says whether, their direction where to. numbers[0] is the squared length below
    which a particle tumbles, -2 ln of the probability that it does not.
    """
    square = normals[0] * normals[0] + normals[1] * normals[1]
    tumbles = square < numbers[0]
    scale = 1.0 / math.sqrt(square)
    return (
        normals[0] * scale if tumbles else p[0],
        normals[1] * scale if tumbles else p[1],
        0.0,
    )


@inlined
def tumbled_on_a_line(p: Vector, normals: Normals, numbers: Any, table: Any) -> Vector:
    """Tumbles on a line: as in the plane, to either side alike."""
    square = normals[0] * normals[0] + normals[1] * normals[1]
    side = 1.0 if normals[0] > 0.0 else -1.0
    return (side if square < numbers[0] else p[0]), 0.0, 0.0


@inlined
def tumbled_in_space(p: Vector, normals: Normals, numbers: Any, table: Any) -> Vector:
    """Tumbles in space: as in the plane, with an even height on the sphere from the other two normals."""
    square = normals[0] * normals[0] + normals[1] * normals[1]
    tumbles = square < numbers[0]
    height = 2.0 * exp(-0.5 * (normals[2] * normals[2] + normals[3] * normals[3])) - 1.0
    scale = math.sqrt((1.0 - height * height) / square)
    return (
        normals[0] * scale if tumbles else p[0],
        normals[1] * scale if tumbles else p[1],
        height if tumbles else p[2],
    )
