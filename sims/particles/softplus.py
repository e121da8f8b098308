"""A smooth soft repulsion, linear in the overlap of deep contacts and exponentially small beyond them.

    F(r) = k ln(1 + e^{b (2a - r)}) / b

with the radius a of a particle, the stiffness k and the softness b. The force is taken as 0 from the distance
2a + 23/b on, where it is k e^{-23}/b = 1e-10 k/b.

Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991.
"""

from __future__ import annotations

from typing import Any

from ergodica.numerics.kernel import Kernel, kernel
from ergodica.sims.particles.pair_force import PairForce

TAIL = 23.0  # e^-23 = 1e-10 of k/b is left at the end of the range


def functions(exp: Any, log: Any) -> tuple[Kernel, Kernel]:
    """The force and its slope at a distance r; p = (k, 2a, b)."""

    @kernel(_nrt=False, forceinline=True, error_model="numpy")
    def force(r: float, p: Any) -> float:
        """F."""
        scaled = p[2] * (p[1] - r)
        above = scaled if scaled > 0.0 else 0.0
        # without overflow on either side
        return p[0] * (above + log(1.0 + exp(-abs(scaled)))) / p[2]

    @kernel(_nrt=False, forceinline=True, error_model="numpy")
    def slope(r: float, p: Any) -> float:
        """dF/dr."""
        scaled = p[2] * (p[1] - r)
        small = exp(-abs(scaled))
        return -p[0] * (1.0 if scaled > 0.0 else small) / (1.0 + small)

    return force, slope


FORCE = PairForce(
    name="softplus",
    functions=functions,
    numbers=lambda stiffness, diameter, softness: (stiffness, diameter, softness),
    reach=lambda p: p[1] + TAIL / p[2],
    steepest=lambda p, load: p[0],
)
