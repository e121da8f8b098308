"""What a dataset must say for its process to be known, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUND_OFF = 1e-9  # of a matrix that was stored as float32 or made by hand, relative to its largest entry


def one_density(ds: xr.Dataset) -> None:
    """Raise ParameterError where members have different parameters, hence different densities."""
    for name, values in ds.coords.items():
        if name != "member" and values.dims == ("member",) and values.dtype.kind in "biuf":
            found = np.unique(values.values)
            if len(found) > 1:
                raise ParameterError(
                    f"{name}: must be the same for all members, got {found[0]:g} to {found[-1]:g}; a network learns "
                    "one density: choose members with ds.isel(member=[...]), or use "
                    f"ds.drop_vars({name!r}) if it changes nothing"
                )


def dims_of(ds: xr.Dataset, name: str, last: tuple[str, ...]) -> None:
    """Raise ParameterError unless a variable has the dims `(member, t, *last)`, `member` only where there are some."""
    found = tuple(str(dim) for dim in ds[name].dims)
    if found not in (("t", *last), ("member", "t", *last)):
        raise ParameterError(
            f"{name}: must have dims ({', '.join(('t', *last))}), with or without member before them, got "
            f"({', '.join(found)}); transpose or rename them, or use data.from_arrays"
        )


def number(ds: xr.Dataset, name: str, *, least: float = -np.inf) -> float:
    """A constant of the process."""
    if name not in ds:
        raise ParameterError(
            f"{name}: the dataset has none, and the noise and drift of the process are needed; simulate a diffusion, "
            "such as active-ou (a model of steps, such as Vicsek's, is none), or if your data are of one add it with "
            f"ds.assign({name}=...)"
        )
    values = np.asarray(ds[name].values, dtype=float)
    if ds[name].dims == ("member",) and (values == values.flat[0]).all():
        values = values[0]
    if values.ndim:
        raise ParameterError(
            f"{name}: must be one number, got dims ({', '.join(map(str, ds[name].dims))}); choose one member with "
            "ds.isel(member=[0])"
        )
    if not (np.isfinite(values) and values >= least):
        raise ParameterError(
            f"{name}: must be a finite number{f' of {least:g} or more' if least > -np.inf else ''}, got {values:g}; "
            f"set it with ds.assign({name}=...)"
        )
    return float(values)


def lengths(ds: xr.Dataset, name: str, dim: str) -> Array:
    """Lengths of a box along each axis, inf where there is no border: not given, 0 or infinite."""
    count = ds.sizes[dim]
    if name not in ds:
        return np.full(count, np.inf)
    if ds[name].dims not in ((), (dim,)):
        raise ParameterError(
            f"{name}: must be one length, or one for each of {dim}, got dims "
            f"({', '.join(map(str, ds[name].dims))}); set it with ds.assign({name}=({dim!r}, [...]))"
        )
    try:
        values = np.broadcast_to(np.asarray(ds[name].values, dtype=float), (count,))
    except (TypeError, ValueError):
        values = np.full(count, np.nan)
    if not (values >= 0).all():
        raise ParameterError(
            f"{name}: must be a length, or 0 or infinite where there is no border, got {ds[name].values.tolist()}; "
            f"set it with ds.assign({name}=({dim!r}, [...]))"
        )
    return np.where(np.isfinite(values) & (values > 0), values, np.inf)


def diffusion(ds: xr.Dataset) -> Array:
    """D of a system of components, (d, d)."""
    name = "diffusion_matrix" if "diffusion_matrix" in ds else "diffusion"
    remedy = "set it with ds.assign(diffusion=('component', [...]))"
    if name not in ds:
        raise ParameterError(
            "diffusion_matrix: the dataset has none, nor diffusion(component), and a density to learn needs noise that "
            "is the same at all states; simulate such a system (noise that grows with the state, as in "
            f"geometric-brownian, is not handled), or where D is constant and known {remedy}"
        )
    found, d = ds[name].dims, ds.sizes["component"]
    if "t" in found:
        raise ParameterError(
            f"{name}: must be the same at all times and states, got dims ({', '.join(map(str, found))}); noise that "
            "depends on the state is not handled here, use coordinates in which it does not"
        )
    values = np.asarray(ds[name].values, dtype=float)
    if "member" in found and (values == values[:1]).all():
        values = values[0]
    if values.shape not in ((d,), (d, d)):
        raise ParameterError(f"{name}: must have the shape {(d,)} or {(d, d)}, got {values.shape}; {remedy}")
    return checked_matrix(name, values if values.ndim == 2 else np.diag(values), remedy)


def checked_matrix(name: str, values: Array, remedy: str) -> Array:
    """Raise ParameterError unless a matrix can be the D of sqrt(2 D) dW."""
    if not np.isfinite(values).all():
        raise ParameterError(f"{name}: must be finite, got {values[~np.isfinite(values)][0]}; {remedy}")
    size = np.abs(values).max()
    if size == 0:
        raise ParameterError(f"{name}: must have noise on some degree of freedom, got 0 for all; {remedy}")
    if np.abs(values - values.T).max() > ROUND_OFF * size:
        raise ParameterError(
            f"{name}: must be symmetric, got {np.abs(values - values.T).max():g} between D and its transpose; {remedy}"
        )
    lowest = float(np.linalg.eigvalsh(values).min())
    if lowest < -ROUND_OFF * size:
        raise ParameterError(f"{name}: must have no negative eigenvalue, got {lowest:g}; {remedy}")
    return (values + values.T) / 2
