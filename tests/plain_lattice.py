"""A lattice Boltzmann step in plain numpy, one roll a direction: slow and easy to read."""

import numpy as np

DIRECTIONS = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)]
WEIGHTS = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4)


def equilibrium(density, u, v):
    """g_i of an excess density and a velocity, (9, rows, columns)."""
    found = []
    for (cx, cy), weight in zip(DIRECTIONS, WEIGHTS, strict=True):
        along = cx * u + cy * v
        found.append(weight * (density + 3 * along + 4.5 * along**2 - 1.5 * (u**2 + v**2)))
    return np.array(found)


def moments(g):
    """Excess density and velocity."""
    cx, cy = (np.array(one)[:, None, None] for one in zip(*DIRECTIONS, strict=True))
    return g.sum(axis=0), (cx * g).sum(axis=0), (cy * g).sum(axis=0)


def step(g, even, odd):
    """Stream and collide on a torus."""
    g = np.array([np.roll(one, (cy, cx), (0, 1)) for one, (cx, cy) in zip(g, DIRECTIONS, strict=True)])
    rest = g - equilibrium(*moments(g))
    opposite = rest[[0, 2, 1, 4, 3, 6, 5, 8, 7]]
    return g - even * (rest + opposite) / 2 - odd * (rest - opposite) / 2
