"""The purely repulsive part of a Lennard-Jones potential.

    F(r) = (24 e/s) [2 (s/r)^13 - (s/r)^7]  for r < 2a, else 0

with s = 2a/2^{1/6}, so that particles of radius a cease to repel where they touch, and e the `stiffness`, an energy.

Source: Weeks, Chandler and Andersen 1971, J. Chem. Phys. 54, 5237.
"""

from __future__ import annotations

from typing import Any

from ergodica.numerics.kernel import Kernel, kernel
from ergodica.sims.particles.pair_force import PairForce

CUT = 2.0 ** (1.0 / 6.0)


def functions(exp: Any, log: Any) -> tuple[Kernel, Kernel]:
    """The force and its slope at a distance r; p = (e, 2a, s)."""

    @kernel(_nrt=False, forceinline=True, error_model="numpy")
    def force(r: float, p: Any) -> float:
        """F."""
        near = p[2] / r
        third = near * near * near
        sixth = third * third
        value = 24.0 * p[0] / r * sixth * (2.0 * sixth - 1.0)
        return value if r < p[1] else 0.0

    @kernel(_nrt=False, forceinline=True, error_model="numpy")
    def slope(r: float, p: Any) -> float:
        """dF/dr."""
        near = p[2] / r
        third = near * near * near
        sixth = third * third
        value = -24.0 * p[0] / (r * r) * sixth * (26.0 * sixth - 7.0)
        return value if r < p[1] else 0.0

    return force, slope


def steepest(p: tuple[float, ...], load: float) -> float:
    """|dF/dr| at the distance where the force is `load`."""
    force, slope = (one.function for one in functions(None, None))
    low, high = 1e-3 * p[1], p[1]
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if force(middle, p) > load else (low, middle)
    return -float(slope(low, p))


FORCE = PairForce(
    name="wca",
    functions=functions,
    numbers=lambda stiffness, diameter, softness: (stiffness, diameter, diameter / CUT),
    reach=lambda p: p[1],
    steepest=steepest,
    hard=True,
)
