"""Directions in compiled loops: of a vector, and perpendicular to one."""

from __future__ import annotations

import math

from ergodica.numerics.kernel import kernel

__all__ = ["across", "direction"]

Vector = tuple[float, float, float]
NONE = 1e-12  # length of a sum of unit vectors that cancel but for round-off

inlined = kernel(_nrt=False, forceinline=True, error_model="numpy")


@inlined
def direction(x: float, y: float, z: float, otherwise: Vector) -> Vector:
    """The direction of a vector; `otherwise` where it has none."""
    size = math.sqrt(x * x + y * y + z * z)
    if not size > NONE:
        return otherwise
    return x / size, y / size, z / size


@inlined
def across(h: Vector, a: float, b: float) -> Vector:
    """a e_1 + b e_2 with two unit vectors perpendicular to the unit vector h and to each other."""
    # Duff et al. 2017, J. Comput. Graph. Tech. 6, 1: without a branch that loses digits
    sign = 1.0 if h[2] >= 0.0 else -1.0
    u = -1.0 / (sign + h[2])
    v = h[0] * h[1] * u
    return (
        a * (1.0 + sign * h[0] * h[0] * u) + b * v,
        a * sign * v + b * (sign + h[1] * h[1] * u),
        -a * sign * h[0] - b * h[1],
    )
