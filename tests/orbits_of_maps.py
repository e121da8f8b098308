"""Orbits and sets of known dimension, made in plain numpy: the Henon and logistic maps, Lorenz, circle and square."""

import numpy as np


def henon(lanes, n, seed=0):
    """Orbits of the Henon map, a = 1.4, b = .3, `(lanes, n, 2)`."""
    x, y = np.random.default_rng(seed).uniform(-0.1, 0.1, size=(2, lanes))
    found = np.empty((lanes, n, 2))
    for t in range(-200, n):
        x, y = 1 - 1.4 * x * x + y, 0.3 * x
        if t >= 0:
            found[:, t, 0], found[:, t, 1] = x, y
    return found


def logistic(lanes, n, seed=0):
    """Orbits of the logistic map at 4, `(lanes, n)`."""
    x = np.random.default_rng(seed).uniform(0.1, 0.9, size=lanes)
    found = np.empty((lanes, n))
    for t in range(-100, n):
        x = 4 * x * (1 - x)
        if t >= 0:
            found[:, t] = x
    return found


def lorenz(lanes, n, seed=0, spacing=0.1):
    """Orbits of the Lorenz system at the classical parameters, by Runge and Kutta with dt = .01, `(lanes, n, 3)`."""
    u = np.random.default_rng(seed).normal(size=(3, lanes)) + np.array([[0.0], [0.0], [25.0]])
    found = np.empty((lanes, n, 3))
    dt, every = 0.01, round(spacing / 0.01)

    def rate(u):
        x, y, z = u
        return np.array([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])

    for step in range(-2000, n * every):
        if step >= 0 and step % every == 0:
            found[:, step // every] = u.T
        first = rate(u)
        second = rate(u + dt / 2 * first)
        third = rate(u + dt / 2 * second)
        u = u + dt / 6 * (first + 2 * second + 2 * third + rate(u + dt * third))
    return found


def circle(lanes, n, seed=0):
    """Random points of the unit circle, `(lanes, n, 2)`."""
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, size=(lanes, n))
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)
