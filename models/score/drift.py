"""The drift of a process in closed form, where it is linear but for the self-propulsion."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.score.process import Process
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

States = Callable[["Array"], "Array"]
LINEAR = 1e-5
"""Largest part of a drift that a linear one may leave over; files may be float32."""
MOST_FRAMES = 64
LARGEST = 256
"""Coordinates of all sites together up to which forces between sites are looked for."""


def linear_drift(ds: xr.Dataset, process: Process) -> States:
    """The drift as a function of states (rows, sites, degrees).

    b = activity + K x + c

    The activity is v0 times the propulsion or heading, and the relaxation of the propulsion. K, which acts on the
    positions of each particle alone, or on all of few, and c are fitted to the drifts recorded at some of the frames
    and must leave nothing over, so that they are the closed form, to rounding. A `drift_matrix` is taken as it is.

    Raises:
        ParameterError: the drift is not linear, or there are too few frames to tell.
    """
    frames = np.unique(np.linspace(0, ds.sizes["t"] - 1, MOST_FRAMES).astype(int))
    part = ds[[*process.variables, *process.optional]].isel(t=frames)
    raw = {}
    for name in part.data_vars:
        values = np.asarray(part[name].values, dtype=np.float64)
        raw[str(name)] = values.reshape(-1, *values.shape[2:]) if "member" in part[name].dims else values
    x, (b, _) = process.states(raw), process.drifts(raw)
    if "drift_matrix" in ds and ds["drift_matrix"].ndim == 2:
        matrix = drift_matrix(ds).T
        rest = b - x @ matrix
        middle = rest.mean(axis=(0, 1))
        # no rounding in place of 0
        constant = np.where(np.abs(middle) > LINEAR * np.abs(b).max(), middle, 0.0)
        return lambda states: states @ matrix + constant
    moved = slice(process.dimensions)
    places, rest = x[..., moved], (b - _activity(x, process))[..., moved]
    pairs = [tuple(one.reshape(-1, process.dimensions) for one in (places, rest))]
    if process.sites > 1:
        pairs.append((places.reshape(len(x), -1), rest.reshape(len(x), -1)))
    enough = False
    for inputs, outputs in pairs:
        if inputs.shape[1] > LARGEST or len(inputs) <= inputs.shape[1] + 1:
            continue
        enough = True
        matrix, constant, left = _fitted(inputs, outputs)
        if left <= LINEAR * max(np.abs(b).max(), np.finfo(float).tiny):
            return _linear(matrix, constant, process)
    why = "is not linear in the state" if enough else f"cannot be told from {len(x)} frames"
    raise ParameterError(
        f"drift: must be given, since that of the dataset {why}; give drift=, a function of states (rows, particles, "
        "degrees), or (rows, components)"
    )


def _fitted(inputs: Array, outputs: Array) -> tuple[Array, Array, float]:
    middle, scale = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), np.finfo(float).tiny)
    standard = np.concatenate([(inputs - middle) / scale, np.ones((len(inputs), 1))], axis=1)
    found = np.linalg.lstsq(standard, outputs, rcond=None)[0]
    matrix = found[:-1] / scale[:, None]
    return matrix, found[-1] - middle @ matrix, float(np.abs(standard @ found - outputs).max())


def _linear(matrix: Array, constant: Array, process: Process) -> States:
    def drift(x: Array) -> Array:
        found = _activity(x, process)
        moved = slice(process.dimensions)
        places = x[..., moved]
        flat = places if len(matrix) == process.dimensions else places.reshape(len(x), -1)
        found[..., moved] += (flat @ matrix + constant).reshape(places.shape)
        return found

    return drift


def _activity(x: Array, process: Process) -> Array:
    """The drift but for the forces."""
    found = np.zeros_like(x)
    d = process.dimensions
    if process.particles and process.rate is not None:
        found[..., :d] = process.speed * x[..., d:]
        found[..., d:] = -process.rate * x[..., d:]
    elif process.particles and "heading" in process.variables:
        found[..., :d] = process.speed * np.stack([np.cos(x[..., d]), np.sin(x[..., d])], axis=-1)
    return found


def drift_matrix(ds: xr.Dataset) -> Array:
    """M of the drift M x of a dataset of components, (d, d) or (members, d, d)."""
    return np.asarray(ds["drift_matrix"].transpose(..., "component", "by_component").values, dtype=np.float64)


def raw_of(x: Array, drift: Array, process: Process) -> dict[str, Array]:
    """States and drifts as the variables of a dataset, with a divergence of 0 in place of the unknown one."""
    if not process.particles:
        return {"state": x[:, 0], "drift": drift[:, 0], "drift_divergence": np.zeros(len(x))}
    d = process.dimensions
    raw = {
        "position": x[..., :d],
        "drift": drift[..., :d],
        "drift_divergence": np.zeros(x.shape[:2]),
    }
    if process.rate is not None:
        raw["propulsion"] = x[..., d:]
    elif "heading" in process.variables:
        raw["heading"] = np.stack([np.cos(x[..., d]), np.sin(x[..., d])], axis=-1)
    return raw
