"""How far particles go and how long they keep their direction, over the time between two snapshots."""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.particles.frames import (
    POSITION,
    UNWRAPPED,
    Output,
    coordinate,
    described,
    power,
    units_of,
)
from ergodica.estimators.particles.pairs import oriented
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import PARTICLE, SPACE, lengths, variable
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

SAFE_STEP = 0.25
"""Of a period: where steps between snapshots stay below, the shortest one is the true one."""

ANY_SPACE = (1, 2, 3)
ELEMENTS = 2**22  # of a block of particles that is transformed at once
UNEVEN = 1e-6  # of a time step


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles at evenly spaced times", cost="O(N T log T)"),
)
def mean_squared_displacement(dataset: "xr.Dataset") -> "xr.Dataset":
    """Mean squared displacement over all pairs of snapshots at a lag, for every lag.

    MSD(tau) = < |x_i(t + tau) - x_i(t)|^2 >, over all times t and particles i

    Args:
        dataset: with `unwrapped(t, particle, space)`, or with `position` and `box(space)`, from which paths are
            unwrapped with the shortest step across the periodic box; at evenly spaced times.

    Returns:
        Over `member` and `lag`, in the squared unit of the positions: `mean_squared_displacement`, and
        `standard_error`, that of the mean over particles, who are taken as independent (NaN for one). NaN where a
        position is not finite at any time.

    Raises:
        ParameterError: no positions, no `t`, times that are not evenly spaced, `t` in several chunks.

    Warns:
        UserWarning: a step of more than a quarter of the box between snapshots, where unwrapping may be wrong.

    Good values: lags up to a tenth of the run; long ones are means of few, overlapping, stretches. By FFT in
    O(N T log T), exact to 1e-12 of the squared extent of a path.

    Source: Calandrini, Pellegrini, Calligari, Hinsen and Kneller 2011, Collection SFN 12, 201.
    """
    name = UNWRAPPED if UNWRAPPED in dataset else POSITION
    x = _over_time(dataset, name)
    box = lengths(dataset, x.sizes[SPACE])
    if name == POSITION and bool(np.isfinite(box).any()):
        if x.chunks is not None:
            x = x.load()
        x = _unwrapped(x, box)
    units = power(units_of(dataset, name), 2)
    outputs = {
        "mean_squared_displacement": Output(
            units=units, long_name="mean squared displacement", dims=("lag",), kind="power_law"
        ),
        "standard_error": Output(
            units=units, long_name="standard error of the mean", dims=("lag",), kind="power_law"
        ),
    }
    return _over_lags(_displacements, x, outputs, "FFT over all pairs of snapshots")


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="headings or propulsion at evenly spaced times", cost="O(N T log T)"),
)
def orientation_correlation(dataset: "xr.Dataset", *, of: str | None = None) -> "xr.Dataset":
    """How long particles keep their direction: correlation of headings, or other vectors, over time.

    C(tau) = < v_i(t + tau) . v_i(t) > / <v^2>, over all times t and particles i

    Args:
        dataset: with the vectors over `(t, particle, space)` at evenly spaced times.
        of: which variable; default the first of `heading`, `propulsion` and `velocity` that is there.

    Returns:
        Over `member` and `lag`: `orientation_correlation`, 1 at lag 0, exp(-D_r (d - 1) tau) for free active
        Brownian particles, exp(-gamma tau) for active Ornstein-Uhlenbeck ones; and `standard_error`, that of the
        mean over particles, who are taken as independent (NaN for one).

    Raises:
        ParameterError: no such variable, no `t`, times that are not evenly spaced, `t` in several chunks.
    """
    name = oriented(dataset, of)
    outputs = {
        "orientation_correlation": Output(
            units="1", long_name=f"correlation of {name} over time", dims=("lag",), kind="profile"
        ),
        "standard_error": Output(
            units="1", long_name="standard error of the mean", dims=("lag",), kind="profile"
        ),
    }
    return _over_lags(_correlations, _over_time(dataset, name), outputs, "FFT over all pairs of snapshots")


def unwrap(dataset: "xr.Dataset") -> "xr.DataArray":
    """Positions without the jumps at the edges of a periodic box, by the shortest step between snapshots.

    Args:
        dataset: with `position(t, particle, space)` and `box(space)`.

    Returns:
        Like `position`, the first snapshot as it is.

    Raises:
        ParameterError: no positions, no `t`.

    Warns:
        UserWarning: a step of more than a quarter of the box, where the shortest step may not be the true one.
    """
    x = variable(dataset, POSITION, ANY_SPACE)
    if "t" not in x.dims:
        raise ParameterError("position: must have t to be unwrapped, got one snapshot; give the whole run")
    found = _unwrapped(x, lengths(dataset, x.sizes[SPACE]))
    attrs = {key: x.attrs[key] for key in ("units", "ergodica_kind") if key in x.attrs}
    found.attrs = {**attrs, "long_name": "position without wrapping"}
    found.name = UNWRAPPED
    return found


def _unwrapped(x: "xr.DataArray", box: "xr.DataArray") -> "xr.DataArray":
    import xarray as xr

    steps = x.diff("t")
    period = box.where(np.isfinite(box), 1.0)
    shares = (steps / period).where(np.isfinite(box), 0.0)
    turns: xr.DataArray = xr.ufuncs.rint(shares)
    largest = float(abs(shares - turns).max()) if steps.size else 0.0
    if largest > SAFE_STEP:
        warnings.warn(
            f"position: steps between snapshots should stay below {SAFE_STEP:g} of the box to be unwrapped, "
            f"the largest is {largest:.2f}; record 'unwrapped', or take more snapshots",
            UserWarning,
            stacklevel=3,
        )
    past = turns.cumsum("t") * period
    rest = x.isel(t=slice(1, None)) - past.transpose(*x.dims)
    found: xr.DataArray = xr.concat([x.isel(t=slice(0, 1)), rest], dim="t").transpose(*x.dims)
    return found


def _over_time(dataset: "xr.Dataset", name: str) -> "xr.DataArray":
    x = variable(dataset, name, ANY_SPACE)
    if "t" not in x.dims or "t" not in x.coords:
        raise ParameterError(f"{name}: must have t with its times, got dims {x.dims}; give a run")
    if x.sizes["t"] == 0:
        raise ParameterError(f"{name}: must have a snapshot, got none; check the selection")
    if x.chunks is not None and len(x.chunksizes["t"]) > 1:
        raise ParameterError(
            f"{name}: t must be in one chunk, got {len(x.chunksizes['t'])}; rechunk with .chunk({{'t': -1}})"
        )
    t = np.asarray(x["t"].values, dtype=np.float64)
    steps = np.diff(t)
    if len(steps) and not (np.ptp(steps) <= UNEVEN * steps.mean() and steps[0] > 0):
        raise ParameterError(
            "t: must be evenly spaced and ascend to have lags, "
            f"got steps from {steps.min():g} to {steps.max():g}; select with .sel(t=slice(...))"
        )
    return x


def _over_lags(function: Any, x: "xr.DataArray", outputs: dict[str, Output], method: str) -> "xr.Dataset":
    """`function` of paths `(t, particle, space)` -> mean and standard error over `lag`, for every member."""
    import xarray as xr

    frames = x.sizes["t"]
    t = np.asarray(x["t"].values, dtype=np.float64)
    attrs = dict(x["t"].attrs)

    def rows(paths: Any) -> tuple[Array, Array]:
        leading = paths.shape[:-3]
        flat = np.asarray(paths).reshape((-1, *paths.shape[-3:]))
        found = np.empty((2, len(flat), frames))
        for row, one in enumerate(flat):
            found[:, row] = function(np.asarray(one, dtype=np.float64))
        mean, error = found.reshape((2, *leading, frames))
        return mean, error

    core = ["t", PARTICLE, SPACE]
    found = xr.apply_ufunc(
        rows,
        x.transpose(..., *core),
        input_core_dims=[core],
        output_core_dims=[["lag"]] * 2,
        exclude_dims={"t"},
        dask="parallelized",
        output_dtypes=[np.float64] * 2,
        dask_gufunc_kwargs={"output_sizes": {"lag": frames}},
        keep_attrs=False,
    )
    result = xr.Dataset()
    for values, (name, output) in zip(found, outputs.items(), strict=True):
        result[name] = described(values, output, method)
    for label, one in x.coords.items():
        if label in result.coords:
            result.coords[label].attrs = dict(one.attrs)
    return result.assign_coords(lag=coordinate("lag", t - t[0], str(attrs.get("units", "1")), "time lag"))


def _blocks(frames: int, particles: int, components: int) -> list[slice]:
    step = max(1, ELEMENTS // (2 * frames * components))
    return [slice(first, min(first + step, particles)) for first in range(0, particles, step)]


def _autocorrelation(paths: Array) -> Array:
    """Sums over t of x(t + m) . x(t), `(lag, particle)`, of paths `(t, particle, space)`."""
    from scipy.fft import next_fast_len

    frames = len(paths)
    points = next_fast_len(2 * frames, real=True)
    transform = np.fft.rfft(np.ascontiguousarray(np.moveaxis(paths, 0, -1)), points)
    square = np.square(transform.real) + np.square(transform.imag)
    sums: Array = np.fft.irfft(square.sum(1), points)[:, :frames].T
    return sums


def _mean_and_error(one: list[Array], n: int) -> tuple[Array, Array]:
    values = np.concatenate(one, axis=1)
    mean = values.mean(1)
    error = values.std(1, ddof=1) / np.sqrt(n) if n > 1 else np.full(len(mean), np.nan)
    return mean, error


def _displacements(paths: Array) -> tuple[Array, Array]:
    frames, n, d = paths.shape
    if not np.isfinite(paths).all():
        return np.full(frames, np.nan), np.full(frames, np.nan)
    counts = np.arange(frames, 0, -1)[:, None]
    found = []
    for block in _blocks(frames, n, d):
        # far from 0 the two sums would cancel
        x = paths[:, block] - paths[:, block].mean(0)
        squares = np.square(x).sum(-1)
        total = np.concatenate([np.zeros((1, squares.shape[1])), np.cumsum(squares, axis=0)])
        ends = total[-1] - total[:-1] + total[:0:-1]
        one = (ends - 2 * _autocorrelation(x)) / counts
        one[0] = 0.0
        found.append(np.maximum(one, 0.0))
    return _mean_and_error(found, n)


def _correlations(paths: Array) -> tuple[Array, Array]:
    frames, n, d = paths.shape
    if not np.isfinite(paths).all():
        return np.full(frames, np.nan), np.full(frames, np.nan)
    counts = np.arange(frames, 0, -1)[:, None]
    found = [_autocorrelation(paths[:, block]) / counts for block in _blocks(frames, n, d)]
    mean, error = _mean_and_error(found, n)
    scale = mean[0] if mean[0] > 0 else np.nan
    return mean / scale, error / abs(scale)
