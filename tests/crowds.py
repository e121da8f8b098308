"""Crowds of agents for the tests of pictures: datasets from arrays."""

from __future__ import annotations

import numpy as np
import xarray as xr


def crowd(
    position: np.ndarray, heading: np.ndarray | None = None, box: object = None, **others: object
) -> xr.Dataset:
    """Arrays `([member,] [t,] particle, space)` as a dataset; others are `name=(dims, values[, attrs])`."""
    position = np.asarray(position, dtype=np.float64)
    dims = ("member", "t", "particle", "space")[-position.ndim :]
    attrs = {"ergodica_kind": "agents", "units": "1", "long_name": "position"}
    found = xr.Dataset({"position": (dims, position, attrs)})
    if heading is not None:
        found["heading"] = (dims, np.broadcast_to(heading, position.shape).copy(), attrs)
    if "t" in dims:
        found = found.assign_coords(t=("t", np.arange(found.sizes["t"]) * 0.5, {"units": "s"}))
    if box is not None:
        lengths = np.broadcast_to(np.asarray(box, float), position.shape[-1:]).copy()
        found["box"] = ("space", lengths, {"ergodica_kind": "parameter", "units": "1", "long_name": "box"})
    return found.assign({name: value for name, value in others.items()})


def square_lattice(sides: int, spacing: float) -> np.ndarray:
    """Points of a square lattice in a box of `sides * spacing`, shape `(sides^2, 2)`."""
    line = (np.arange(sides) + 0.5) * spacing
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)


def unit_vectors(angle: np.ndarray) -> np.ndarray:
    """Unit vectors of these angles in the plane, `(..., 2)`."""
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)
