"""Schools for the tests: datasets from arrays, rotations, and shapes with known order."""

from __future__ import annotations

import numpy as np
import xarray as xr


def dataset(x: np.ndarray, v: np.ndarray, box: object = None) -> xr.Dataset:
    """Arrays `(..., particle, space)`, with `t` or `member` and `t` in front, as a dataset."""
    dims = ("member", "t", "particle", "space")[-np.ndim(x) :]
    found = xr.Dataset({"position": (dims, x, {"units": "m"}), "heading": (dims, v, {"units": "1"})})
    if "t" in dims:
        found = found.assign_coords(t=("t", np.arange(np.shape(x)[-3]) * 1.0, {"units": "s"}))
    if box is not None:
        found["box"] = ("space", np.broadcast_to(np.asarray(box, float), np.shape(x)[-1:]).copy())
    return found


def unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def turned(d: int, rng: np.random.Generator) -> np.ndarray:
    """A random rotation `(d, d)`."""
    q, r = np.linalg.qr(rng.normal(size=(d, d)))
    q = q * np.sign(np.diag(r))
    q[:, 0] *= np.linalg.det(q)
    return q


def about_vertical(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def ring(n: int, d: int, radius: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Fish at equal distances on a circle, headings along it."""
    angle = 2 * np.pi * np.arange(n) / n
    x, v = np.zeros((n, d)), np.zeros((n, d))
    x[:, 0], x[:, 1] = radius * np.cos(angle), radius * np.sin(angle)
    v[:, 0], v[:, 1] = -np.sin(angle), np.cos(angle)
    return x, v


def loose(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A lopsided school with a preferred direction."""
    rng = np.random.default_rng(seed)
    x = rng.exponential(1.0, (n, d)) * np.linspace(1, 2, d)
    return x, unit(rng.normal(size=(n, d)) + np.linspace(0.3, 1, d))
