"""Small runs that Koopman autoencoders are fitted to in tests."""

import numpy as np

from ergodica import data

DIMS = ("member", "t", "component")


def dataset(values, dt=0.1, dims=DIMS, name="state"):
    """A dataset of an array; without `member` where the array lacks that axis."""
    values = np.asarray(values)
    dims = dims[len(dims) - values.ndim :]
    t = dt * np.arange(values.shape[dims.index("t")])
    grid = {dim: np.arange(size) for dim, size in zip(dims, values.shape, strict=True) if dim in ("x", "y")}
    return data.from_arrays(
        {name: values}, title="a run", t=t, dims={name: dims}, units={name: "1"}, coordinates=grid
    )


def linear_run(matrix, members=6, snapshots=30, seed=0, noise=0.0):
    """x_n+1 = A x_n + noise from random starts, (members, snapshots, components)."""
    matrix, rng = np.asarray(matrix), np.random.default_rng(seed)
    x = np.empty((members, snapshots, len(matrix)))
    x[:, 0] = rng.normal(size=(members, len(matrix)))
    for n in range(1, snapshots):
        x[:, n] = x[:, n - 1] @ matrix.T + noise * rng.normal(size=(members, len(matrix)))
    return x


def turning(angle=0.3, modulus=0.95):
    """A rotation that decays, (2, 2)."""
    c, s = modulus * np.cos(angle), modulus * np.sin(angle)
    return np.array([[c, -s], [s, c]])


def wave(snapshots=40, points=(12, 16), members=None, seed=0):
    """Two waves that run along x under an envelope, (member, t, y, x) or (t, y, x) or (t, x)."""
    t, rng = np.arange(snapshots), np.random.default_rng(seed)
    phase = rng.uniform(0, 2 * np.pi, size=(members or 1, 1, 1))
    x = 2 * np.pi * np.arange(points[-1]) / points[-1]
    made = np.cos(x - 0.3 * t[:, None] - phase) + 0.4 * np.cos(2 * x - 0.6 * t[:, None] - 2 * phase)
    if len(points) == 2:
        made = made[:, :, None, :] * np.exp(-(np.linspace(-1, 1, points[0]) ** 2))[:, None]
    return made if members else made[0]
