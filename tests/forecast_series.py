"""Series with known laws, as datasets, for the tests of forecasters."""

from __future__ import annotations

import functools

import numpy as np

from ergodica import data

LORENZ_DT, LORENZ_RATE = 0.015008, 0.9052


def series(values, dt=1.0, start=0.0):
    """A dataset of the kind `states` from (snapshots, components) or (member, snapshots, components)."""
    values = np.asarray(values)
    dims = (*["member"][: values.ndim - 2], "t", "component")
    return data.from_arrays(
        {"state": values},
        title="series",
        t=start + dt * np.arange(values.shape[-2]),
        dims={"state": dims},
        kinds={"state": "states"},
        units={"state": "1", "t": "1"},
    )


def logistic(count, r=3.9, x=0.3):
    """x(n + 1) = r x (1 - x), (count,)."""
    found = np.empty(count)
    for n in range(count):
        found[n] = x
        x = r * x * (1 - x)
    return found


def linear_process(matrix, noise, count, seed, start=None):
    """x(n + 1) = A x(n) + noise * normal numbers, (count, d)."""
    rng = np.random.default_rng(seed)
    x = np.zeros(len(matrix)) if start is None else np.array(start, float)
    found = np.empty((count, len(x)))
    for n in range(count):
        found[n] = x
        x = matrix @ x + noise * rng.normal(size=len(x))
    return found


@functools.cache
def lorenz(members, snapshots, seed=0):
    """Lorenz 1963 at 100 points per 1.5008, on the attractor, (members, snapshots, 3)."""

    def rate(x):
        return np.stack([10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]])

    x = np.random.default_rng(seed).normal(size=(3, members)) + np.array([[1.0], [1.0], [20.0]])
    found = np.empty((snapshots, 3, members))
    inner, before = 6, 300
    h = LORENZ_DT / inner
    for n in range(-before, snapshots):
        if n >= 0:
            found[n] = x
        for _ in range(inner):
            k1 = rate(x)
            k2 = rate(x + h / 2 * k1)
            k3 = rate(x + h / 2 * k2)
            x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + rate(x + h * k3))
    return found.transpose(2, 0, 1)
