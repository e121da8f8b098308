"""Harmonic repulsion of overlapping discs or spheres.

    F(r) = k (2a - r)  for r < 2a, else 0

with the radius a of a particle and the stiffness k.
"""

from __future__ import annotations

from typing import Any

from ergodica.numerics.kernel import Kernel, kernel
from ergodica.sims.particles.pair_force import PairForce


def functions(exp: Any, log: Any) -> tuple[Kernel, Kernel]:
    """The force and its slope at a distance r; p = (k, 2a)."""

    @kernel(_nrt=False, forceinline=True, error_model="numpy")
    def force(r: float, p: Any) -> float:
        """F."""
        overlap = p[1] - r
        return p[0] * (overlap if overlap > 0.0 else 0.0)

    @kernel(_nrt=False, forceinline=True, error_model="numpy")
    def slope(r: float, p: Any) -> float:
        """dF/dr."""
        return -p[0] if r < p[1] else 0.0

    return force, slope


FORCE = PairForce(
    name="harmonic",
    functions=functions,
    numbers=lambda stiffness, diameter, softness: (stiffness, diameter, 0.0),
    reach=lambda p: p[1],
    steepest=lambda p, load: p[0],
)
