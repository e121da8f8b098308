"""The step from which on an explicit scheme of overdamped particles is unstable.

A step of dt multiplies the displacement along a mode of force constant K by 1 - K dt, so K dt must stay below 2. The
largest K of a crowd is taken as the sum of |dF/dr| over the neighbours of one particle: 2 (d + 1) contacts of a close
packing, or, where soft particles overlap more than that, as many as lie within reach at the mean density. In a trap
the density is that at which the gradient of the soft pressure carries the trap's force.
"""

from __future__ import annotations

import numpy as np

from ergodica.sims.particles import pair_force, starts
from ergodica.sims.particles.pair_force import PairForce

SAMPLES = 200
UNEVEN = 1.25  # crowds are denser here and there than on average
HARDEST = 10.0  # temperatures that two particles hit each other with, once in a great while


def soft_sums(force: PairForce, p: tuple[float, ...], dimensions: int) -> tuple[float, float]:
    """Integrals over space of |dF/dr| and of the potential, both for a density of 1."""
    reach = force.reach(p)
    r = np.linspace(force.nearest * reach, reach * (1 - 1e-12), SAMPLES + 1)
    f = np.array([pair_force.value(force, max(one, 1e-9 * reach), p) for one in r])
    middle = np.array([starts.volume(one, dimensions) for one in 0.5 * (r[1:] + r[:-1])])
    area = middle * dimensions / (0.5 * (r[1:] + r[:-1]))
    # a ball in which the function is not tried counts as the place where it begins
    inner = starts.volume(r[0], dimensions)
    slopes = float((np.abs(np.diff(f)) * area).sum() + abs(f[1] - f[0]) / (r[1] - r[0]) * inner)
    energy = float(
        (0.5 * (f[1:] + f[:-1]) * middle * np.diff(r)).sum() + f[0] * inner * r[0] / (dimensions + 1)
    )
    return slopes, energy


def trapped_density(count: int, trap: float, energy: float, dimensions: int) -> float:
    """Density in the middle of a trap that `count` soft particles are pressed into, their potential's integral given.

    With n(r) = n0 - A r^2 / (2 U), U the integral of the potential, and N the integral of n.
    """
    if not (trap > 0.0 and energy > 0.0):
        return 0.0
    d = dimensions
    ball = starts.volume(1.0, d)
    return float((count * (d + 2) / (2 * ball) * (trap / (2 * energy)) ** (d / 2)) ** (1 / (1 + d / 2)))


def stiffest(
    force: PairForce,
    p: tuple[float, ...],
    *,
    dimensions: int,
    density: float | None,
    count: int,
    trap: float,
    load: float,
    temperature: float,
    closest: float,
) -> float:
    """The largest force constant of a particle among the others.

    `density` of a periodic box, None in open space; `load` the force that a contact carries in a crowd; `closest` the
    distance below which a hard force refuses a start.
    """
    contacts = 2 * (dimensions + 1) * force.steepest(p, load)
    if force.hard:
        hit = max(pair_force.value(force, closest, p), _at_energy(force, p, HARDEST * temperature))
        return contacts + 2 * force.steepest(p, max(load, hit))
    slopes, energy = soft_sums(force, p, dimensions)
    if density is None:
        density = trapped_density(count, trap, energy, dimensions)
    return max(contacts, UNEVEN * density * slopes)


def _at_energy(force: PairForce, p: tuple[float, ...], energy: float) -> float:
    """The force at the distance where the potential of a hard force is `energy`."""
    if not energy > 0.0:
        return 0.0
    reach = force.reach(p)
    r, gathered, step = reach, 0.0, reach / 2000
    while gathered < energy and r > 0.2 * reach:
        r -= step
        gathered += pair_force.value(force, r + 0.5 * step, p) * step
    return pair_force.value(force, r, p)
