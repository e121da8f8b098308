"""Runs of the Lorenz system in plain numpy, for tests that need an attractor and no simulator."""

import numpy as np

from ergodica import data


def lorenz_values(snapshots, dt, seed=0, warm_up=20.0, substeps=2):
    """(snapshots, 3) by the classical Runge-Kutta method."""

    def flow(s):
        x, y, z = s
        return np.array([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])

    def advanced(s, h):
        a = flow(s)
        b = flow(s + h / 2 * a)
        c = flow(s + h / 2 * b)
        d = flow(s + h * c)
        return s + h / 6 * (a + 2 * b + 2 * c + d)

    s = np.array([1.0, 1.0, 20.0]) + np.random.default_rng(seed).standard_normal(3)
    for _ in range(int(warm_up / 0.02)):
        s = advanced(s, 0.02)
    made = np.empty((snapshots, 3))
    for n in range(snapshots):
        made[n] = s
        for _ in range(substeps):
            s = advanced(s, dt / substeps)
    return made


def lorenz_run(snapshots, dt, seed=0, noise=0.0):
    """The same as a dataset, with noise in shares of the standard deviations."""
    values = lorenz_values(snapshots, dt, seed)
    values += noise * values.std(axis=0) * np.random.default_rng(seed + 100).standard_normal(values.shape)
    return as_run(values, dt)


def as_run(values, dt):
    """(snapshots, features) or (members, snapshots, features) as a dataset of states."""
    dims = ("t", "component") if values.ndim == 2 else ("member", "t", "component")
    names = [f"x{i}" for i in range(values.shape[-1])]
    return data.from_arrays(
        {"state": values},
        title="a run",
        t=dt * np.arange(values.shape[-2]),
        dims={"state": dims},
        units={"state": "1"},
        coordinates={"component": names},
    )
