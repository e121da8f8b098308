"""Sets of particles whose measures are known: lattices, independent points, two phases, and free active paths."""

from __future__ import annotations

import numpy as np
import xarray as xr

DIMS = ("t", "particle", "space")


def run(x, box=None, dt=1.0, **vectors) -> xr.Dataset:
    """A dataset of positions `(t, n, d)`, `(n, d)` or `(member, t, n, d)`, and further vectors of the same shape."""
    x = np.asarray(x, dtype=float)
    x = x[None] if x.ndim == 2 else x
    dims = DIMS if x.ndim == 3 else ("member", *DIMS)
    attrs = {"units": "1", "long_name": "position", "ergodica_kind": "agents"}
    ds = xr.Dataset({"position": (dims, x, attrs)}, coords={"t": np.arange(x.shape[-3]) * dt})
    for name, values in vectors.items():
        ds[name] = (dims, np.asarray(values, dtype=float).reshape(x.shape), attrs | {"long_name": name})
    if box is not None:
        ds["box"] = ("space", np.broadcast_to(np.asarray(box, dtype=float), x.shape[-1:]))
    return ds


def triangular(columns: int, rows: int, spacing: float = 1.0):
    """A triangular lattice of an even number of rows: positions `(n, 2)` and the box that it fills."""
    i, j = np.meshgrid(np.arange(columns), np.arange(rows))
    x = np.stack([(i + 0.5 * (j % 2)).ravel(), j.ravel() * np.sqrt(3) / 2], axis=-1)
    return spacing * x, spacing * np.array([columns, rows * np.sqrt(3) / 2])


def cubic(points: int, d: int):
    """A square or cubic lattice of spacing 1: positions and box."""
    grids = np.meshgrid(*[np.arange(float(points))] * d, indexing="ij")
    return np.stack([g.ravel() for g in grids], axis=-1), np.full(d, float(points))


def independent(frames: int, n: int, box, seed: int):
    """Uniform independent positions `(frames, n, d)`."""
    box = np.asarray(box, dtype=float)
    return np.random.default_rng(seed).random((frames, n, len(box))) * box


def two_phases(length: float, gas: float, liquid: float, share: float, frames: int, seed: int, d: int = 2):
    """A slab of liquid, a jittered lattice, in a gas of independent particles, moved anywhere in the box."""
    rng = np.random.default_rng(seed)
    width = share * length
    spacing = liquid ** (-1 / d)
    shape = [round(width / spacing)] + [round(length / spacing)] * (d - 1)
    sides = [width / shape[0]] + [length / points for points in shape[1:]]
    grid = np.stack([g.ravel() for g in np.meshgrid(*map(np.arange, shape))], axis=-1) * sides
    number = round(gas * (1 - share) * length**d)
    found = []
    for _ in range(frames):
        crystal = grid + rng.normal(size=grid.shape) * 0.15 * spacing
        vapour = rng.random((number, d)) * np.array([length - width] + [length] * (d - 1))
        vapour[:, 0] += width
        found.append((np.concatenate([crystal, vapour]) + rng.random(d) * length) % length)
    return (
        np.array(found),
        len(grid) / (width * length ** (d - 1)),
        number / (length**d - width * length ** (d - 1)),
    )


def free_active(n: int, frames: int, dt: float, speed: float, rotational: float, diffusion: float, seed: int):
    """Free active Brownian particles in the plane: unwrapped positions and headings `(frames, n, 2)`.

    Angles are exact; the path is summed by the trapezoidal rule over 32 steps between two snapshots.
    """
    rng = np.random.default_rng(seed)
    fine = 32
    h = dt / fine
    turns = np.sqrt(2 * rotational * h) * rng.normal(size=((frames - 1) * fine, n))
    angle = np.cumsum(np.concatenate([2 * np.pi * rng.random((1, n)), turns]), axis=0)
    heading = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    steps = 0.5 * speed * h * (heading[1:] + heading[:-1])
    steps += np.sqrt(2 * diffusion * h) * rng.normal(size=steps.shape)
    path = np.concatenate([np.zeros((1, n, 2)), np.cumsum(steps, axis=0)])
    return path[::fine], heading[::fine]
