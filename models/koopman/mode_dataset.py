"""Modes, eigenfunctions and pseudospectra of a Koopman model as datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.complex_pairs import complex_pairs
from ergodica.data.declarations import MEMBER, TIME
from ergodica.models.koopman.labelled import MODE, attributes, modes_of, numbered, said
from ergodica.models.koopman.residuals import pseudospectrum_on
from ergodica.models.koopman.triangle import triangle
from ergodica.models.koopman.windows import ROWS, windows_of
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.koopman.koopman import KoopmanModel
    from ergodica.models.trajectories import Trajectories

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]


def mode_dataset(model: KoopmanModel, series: Trajectories | None) -> xr.Dataset:
    """Modes of the decoder, or those by least squares on `series`."""
    import xarray as xr

    modes = _decoded(model) if series is None else _least_squares(model, series.values)
    layout = model.fitted_layout
    coordinates, made = modes_of(model)
    blocks = layout.variables(modes, (MODE,))
    pairs = complex_pairs(layout.template.data_vars)
    parts = {part: whole for whole, both in pairs.items() for part in both.values()}
    for name, one in blocks.items():
        whole, values = name, one.values
        if name in parts:
            whole = parts[name]
            if name != pairs[whole]["real"]:
                continue
            values = values + 1j * blocks[pairs[whole]["imaginary"]].values
        words = str(one.attrs.get("long_name", whole)).removesuffix(", real part")
        units = str(one.attrs.get("units", "1"))
        made |= said(whole, f"Koopman mode: {words}", values, "modes", [str(d) for d in one.dims], units)
    how = "decoder" if series is None else "least squares"
    return xr.Dataset(made, {**layout.template.coords, **coordinates}, attributes(model, "modes", by=how))


def _decoded(model: KoopmanModel) -> Complex:
    right = model.spectrum[1].T
    origin = model.decode(np.zeros((1, len(right)), model.operator.dtype))
    constant = model.constant_observable
    # decode(0) is the share of the observable that is 1
    share = 0.0 if constant is None else right[:, [constant]] * origin
    if np.iscomplexobj(model.operator):
        return np.asarray(model.decode(right) - origin + share, dtype=complex)
    real, imaginary = (model.decode(np.ascontiguousarray(part)) - origin for part in (right.real, right.imag))
    return np.asarray(real + 1j * imaginary + share)


def _least_squares(model: KoopmanModel, values: Array) -> Complex:
    flat = windows_of(values, model.lookback)
    blocks = (windows[first : first + ROWS] for windows in flat for first in range(0, windows.shape[0], ROWS))
    factor = triangle(
        np.concatenate([model.eigenfunctions_at(block), block[:, -1]], axis=1) for block in blocks
    )
    r = len(model.spectrum[0])
    return np.asarray(np.linalg.lstsq(factor[:, :r], factor[:, r:], rcond=None)[0])


def eigenfunction_dataset(model: KoopmanModel, series: Trajectories) -> xr.Dataset:
    """Eigenfunctions along trajectories."""
    import xarray as xr

    windows = windows_of(series.values, model.lookback)
    phi = np.stack([model.eigenfunctions_at(one) for one in windows])
    coordinates, made = modes_of(model)
    t = series.t[model.lookback - 1 :]
    coordinates[TIME] = xr.Variable((TIME,), t, model.fitted_layout.time)
    dims = [TIME, MODE]
    if series.members is None:
        phi = phi[0]
    else:
        dims.insert(0, MEMBER)
        coordinates[MEMBER] = members_of(series)
    made |= said("eigenfunction", "Koopman eigenfunction", phi, "eigenfunctions", dims)
    return xr.Dataset(made, coordinates, attributes(model, "eigenfunctions"))


def pseudospectrum_dataset(model: KoopmanModel, series: Trajectories, real: Array, imag: Array) -> xr.Dataset:
    """The least residual over a grid of the plane."""
    import xarray as xr

    for name, one in (("real", real), ("imag", imag)):
        if one.ndim != 1 or not len(one) or not np.isfinite(one).all() or (np.diff(one) <= 0).any():
            raise ParameterError(f"{name}: must be increasing finite numbers, got {one!r}; use a linspace")
    values = pseudospectrum_on(model, series.values, real + 1j * imag[:, None])
    dims = ["imaginary_part", "real_part"]
    coordinates: dict[str, Any] = {
        dim: xr.Variable(
            (dim,), one, {"units": "1", "long_name": f"{dim.replace('_', ' ')} of the eigenvalue"}
        )
        for dim, one in zip(dims, (imag, real), strict=True)
    }
    made = said("residual", "least residual of any observable in the span", values, "pseudospectrum", dims)
    return xr.Dataset(made, coordinates, attributes(model, "pseudospectrum"))


def members_of(series: Trajectories) -> xr.Variable:
    """The coordinate of the members."""
    assert series.members is not None
    coordinate = numbered(MEMBER, len(series.members), "ensemble member")
    coordinate.values = series.members
    return coordinate
