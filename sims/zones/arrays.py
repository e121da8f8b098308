"""Checks of what Couzin's model takes as arrays: starts, and what each individual has of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.sims.particles import region

if TYPE_CHECKING:
    import xarray as xr

LARGEST = 1e9


def checked_start(name: str, value: Any, count: int, dimensions: int, what: str) -> np.ndarray:
    """Positions and unit headings `(count, 2, dimensions)`, or `(members, ...)` of these.

    Raises:
        ParameterError: another shape, a number that is not finite, a heading that is no unit vector.
    """
    array = region.checked_vectors(name, value, (count, 2, dimensions))
    norms = np.linalg.norm(array[..., 1, :], axis=-1)
    if array.size and not np.abs(norms - 1).max() < 1e-6:
        bad = int(np.argmax(np.abs(norms - 1).reshape(-1, count).max(axis=0)))
        raise ParameterError(
            f"{name}: headings must be unit vectors, got a length of {norms[..., bad].ravel()[0]:g} for {what} "
            f"{bad}; divide each by its length"
        )
    return array


def start_of(name: str, snapshot: xr.Dataset, prefix: str, dimension: str) -> np.ndarray:
    """Positions and headings of one snapshot, (..., 2, space), with or without members before."""
    position, heading = f"{prefix}position", f"{prefix}heading"
    if position not in snapshot or heading not in snapshot:
        raise ParameterError(
            f"{name}: must be a snapshot with {position} and {heading}, got a dataset without them; use ds.isel(t=-1)"
        )
    if "t" in snapshot[position].dims:
        raise ParameterError(
            f"{name}: must be one snapshot, got {snapshot.sizes['t']}; choose one with ds.isel(t=-1)"
        )
    order = [d for d in ("member", dimension, "space") if d in snapshot[position].dims]
    parts = [np.asarray(snapshot[one].transpose(*order).values) for one in (position, heading)]
    return np.stack(parts, axis=-2)


def checked_speeds(value: Any, count: int) -> np.ndarray:
    """Speeds `(count,)` or `(members, count)`, from 0 to 1e9.

    Raises:
        ParameterError: another shape, or a speed out of range.
    """
    array = _own("speeds", value, (count,))
    bad = (array < 0) | (array > LARGEST)
    if bad.any():
        place = np.argwhere(bad)[0]
        raise ParameterError(
            f"speeds: must be from 0 to {LARGEST:g}, got {array[tuple(place)]:g} for individual {place[-1]}; mend it"
        )
    return array


def checked_zones(value: Any, count: int) -> np.ndarray:
    """Outer radii of the zones `(count, 3)` or `(members, count, 3)`, in ascending order.

    Raises:
        ParameterError: another shape, a radius out of range, or radii out of order.
    """
    array = _own("zones", value, (count, 3))
    bad = (array[..., 0] < 0) | (np.diff(array, axis=-1) < 0).any(axis=-1) | (array[..., 2] > LARGEST)
    if bad.any():
        place = np.argwhere(bad)[0]
        got = ", ".join(f"{radius:g}" for radius in array[tuple(place)])
        raise ParameterError(
            f"zones: radii must ascend from repulsion to orientation to attraction, from 0 to {LARGEST:g}, got {got} "
            f"for individual {place[-1]}; sort them"
        )
    return array


def _own(name: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    if isinstance(value, str):
        if value == "from-file":
            raise ParameterError(f"{name}: 'from-file' needs its file; use sims.from_dataset(ds)")
        raise ParameterError(
            f"{name}: must be an array of shape {shape}, which only Python can give, got {value!r}; use a deviation"
        )
    return region.checked_vectors(name, value, shape)


def restored(name: str, ds: xr.Dataset) -> np.ndarray:
    """The value of an array parameter, read from a dataset.

    Raises:
        ParameterError: the dataset does not hold it.
    """
    if name in ("speeds", "zones"):
        if name not in ds:
            raise ParameterError(f"{name}: are in the file, got a dataset without them; open the whole file")
        return np.asarray(ds[name].values)
    run = ds.ergodica.run_arguments
    if "t" not in ds.dims or ds.sizes["t"] == 0 or float(ds["t"][0]) != 0 or run["warm_up"]:
        raise ParameterError(
            f"{name}: is snapshot 0 of the file, got a dataset without it; open the whole file, or give {name}"
        )
    first = ds.isel(t=0)
    prefix = "predator_" if name == "predator_initial" else ""
    both = np.stack([first[f"{prefix}position"].values, first[f"{prefix}heading"].values], axis=-2)
    return both[0] if both.ndim == 4 and (both == both[0]).all() else both
