"""How far neighbour lists reach beyond a force, so that lists and pairs together cost least."""

from __future__ import annotations

import math

import numpy as np

# nanoseconds, measured on one core with some hundred thousand particles; only their ratios matter
PAIR, PARTICLE, LISTED = 2.5, 120.0, 12.0
FASTEST = 3.5  # standard deviations that the fastest of many particles moves in a step
CHOICES = np.geomspace(0.02, 1.5, 60)


def skin_for(reach: float, *, density: float, dimensions: int, ballistic: float, diffusive: float) -> float:
    """The skin with the least work a particle and step.

    Args:
        reach: range of the force.
        density: particles a volume; 0 in open space stands for one in a ball of half the range.
        ballistic, diffusive: how far a particle moves in a step by its drift, and by noise in each direction.

    Lists live until a particle has moved by half a skin.
    """
    ball = {1: 2.0, 2: math.pi, 3: 4 * math.pi / 3}[dimensions]
    if density == 0.0:
        density = 1.0 / (ball * (0.5 * reach) ** dimensions)
    skin = reach * CHOICES
    half = 0.5 * skin
    # m ballistic + FASTEST sqrt(m) diffusive = half
    b, c = FASTEST * diffusive, max(ballistic, 1e-12 * reach)
    root = (np.sqrt(b * b + 4 * c * half) - b) / (2 * c)
    steps = np.maximum(root**2, 1.0)
    neighbours = 0.5 * density * ball * (reach + skin) ** dimensions
    cost = PAIR * neighbours + (PARTICLE + LISTED * neighbours) / steps
    return float(skin[np.argmin(cost)])
