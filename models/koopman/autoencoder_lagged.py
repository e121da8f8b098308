"""Eigenvalues of learned observables over more than one snapshot."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.koopman.eigenvalue_dataset import eigenvalue_dataset
from ergodica.numerics.errors import ParameterError, whole_number

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ergodica.models.koopman.autoencoder import KoopmanAutoencoder
    from ergodica.models.trajectories import Trajectories

    Array = NDArray[np.float64]


def lagged_eigenvalues(
    model: KoopmanAutoencoder,
    series: Trajectories,
    lag: int,
    intervals: int | None,
    level: float,
    seed: int,
    block: int | None,
    epsilon: float,
) -> xr.Dataset:
    """See `KoopmanAutoencoder.lagged_eigenvalues`."""
    lag = whole_number("lag", lag, 1)
    windows = series.values.shape[1] - model.lookback + 1
    if lag >= windows:
        raise ParameterError(
            f"lag: must be below the {windows} windows of a trajectory, got {lag}; use a shorter one, or a longer run"
        )
    layout = model.fitted_layout
    other = copy.copy(model)
    other.__dict__.pop("spectrum", None)
    other.layout, other.apart = dataclasses.replace(layout, dt=lag * layout.dt), lag
    other.arrays = model.arrays | {"operator": model.operator_over(series.values, lag)}
    # the eigenvalues are those of this run, which may be another than that of `fit`
    other.notes = model.notes | {"members": len(series.values), "snapshots": len(series.t)}
    # the scale of eigenfunctions of one step, which residuals do not depend on
    del other.arrays["amplitude"]
    residual = _residual(other, model.lifted(series.values), lag)
    made = eigenvalue_dataset(other, residual, epsilon, series, intervals, level, seed, block)
    for one in made.data_vars.values():
        words = str(one.attrs["long_name"]).replace(
            "the step from one snapshot to the next", f"{lag} steps at once"
        )
        one.attrs["long_name"] = words.replace(
            "the spacing of the snapshots", f"{lag} spacings of the snapshots"
        )
    made.attrs |= {"lag": lag, "title": f"{made.attrs['title']}, over {lag} steps at once"}
    return made


def _residual(model: KoopmanAutoencoder, lifted: Iterable[Array], lag: int) -> Array:
    """As `residuals_on`, over pairs of windows that are `lag` apart."""
    eigenvalues, _, left = model.spectrum
    missed = size = np.zeros(len(eigenvalues))
    for z in lifted:
        phi = z @ left.T
        before, after = phi[:, :-lag], phi[:, lag:]
        missed = missed + (abs(after - eigenvalues * before) ** 2).sum(axis=(0, 1))
        size = size + (abs(before) ** 2).sum(axis=(0, 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(size > 0, np.sqrt(missed / size), np.nan)
