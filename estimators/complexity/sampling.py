"""How to sample ordinal patterns: their length in time against the natural period of the signal."""

import math
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.complexity.plane import labelled_series
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate, sample_spacing
from ergodica.estimators.spaces.ordinal_windows import check_order

if TYPE_CHECKING:
    import xarray as xr

BEST_SHARE = 0.4
"""Of the natural period: the middle of .3 to .5, where Hyman et al. find orders of motion best apart."""

LEAST_SAMPLES = 8
LOBE = 2
"""Bins on each side of a line that a Hann window spreads it over."""

QUANTITIES = ("period", "peak_share")
CLAIMS = Claims(
    needs="an evenly sampled series of at least 8 samples, with several periods",
    cost="O(n log n)",
    invariances={"scale": 1e-12, "shift": 1e-9, "sign": 1e-12, "reversal": 1e-9},
)


@register(family="ordinal", takes={"x": "series"}, claims=CLAIMS)
def ordinal_sampling(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 5,
    delay: int = 1,
    dt: float | None = None,
    period: float | None = None,
) -> "xr.Dataset":
    """Whether ordinal patterns are as long as they should be, and the delay that makes them so.

    ratio = (order - 1) delay dt/period, suggested delay = round(.4 period/((order - 1) dt)), at least 1

    Patterns that are short against the natural period rise or fall only, and look regular; long ones lose the order of
    the motion and look like noise. The ratio should be .3 to .5, and the series longer than 1.5 periods.

    Args:
        x: a series along `dim`, evenly sampled; every other dimension is mapped.
        dim: as for `entropy`.
        order, delay: as for `OrdinalPatterns`.
        dt: time between samples; None takes the step of the coordinate.
        period: natural period, where it is known; None takes it from the largest line of the power spectrum (Hann
            window, mean removed, parabola through the logarithms of three bins).

    Returns:
        Dataset over the other dimensions: `period` and `pattern_time` in the unit of dt, `ratio`, `suggested_delay`,
        `duration` in periods, and `peak_share`, the share of the power that is in the line. Where it is small there is
        no one period: give `period`, or scan the delay (`complexity_delay_scan`). NaN in lanes with NaN or infinity, or
        of one repeated value.

    Raises:
        TypeError: complex data.
        ValueError: order, delay, dt or period out of range, no coordinate and no dt, fewer than 8 samples.

    Good values: a series of 10 periods or more.

    Source: Hyman, Daniel, Schaffner 2024, arXiv 2407.11970 (PECCARY).
    """
    import xarray as xr

    check_order(order, delay)
    if period is not None and (
        isinstance(period, bool) or not isinstance(period, Real) or not 0 < period < math.inf
    ):
        raise ValueError(f"period: must be a positive time, got {period!r}; None takes it from the spectrum")
    x, dim = labelled_series(x, dim)
    step = sample_spacing(x, dim, dt)
    name = str(x.dims[0] if dim is None else dim)
    units = str(x.coords[name].attrs.get("units", "1")) if name in x.coords else "1"
    label = Label(
        name="line", units="1", long_name="largest line", method=f"order={order}, delay={delay}, dt={step:g}"
    )
    lines = estimate(
        lambda rows: _line(rows, step),
        {"x": x},
        label=label,
        dim=dim,
        vectors=False,
        ordered=True,
        continuous=False,
        least=LEAST_SAMPLES,
        outputs={"quantity": len(QUANTITIES)},
    )
    found, share = lines.isel(quantity=0), lines.isel(quantity=1)
    if period is not None:
        found = xr.where(np.isfinite(found), float(period), np.nan)
    pattern = (order - 1) * delay * step
    samples = found / ((order - 1) * step)
    parts = {
        "period": (found, units, "natural period"),
        "pattern_time": (xr.full_like(found, pattern).where(found.notnull()), units, "length of a pattern"),
        "ratio": (pattern / found, "1", "length of a pattern over the natural period"),
        "suggested_delay": (
            np.maximum(np.rint(BEST_SHARE * samples), 1).where(samples.notnull()),
            "1",
            "delay",
        ),
        "duration": (x.sizes[name] * step / found, "1", "length of the series in natural periods"),
        "peak_share": (share, "1", "share of the power in the largest line"),
    }
    return xr.Dataset(
        {
            key: value.assign_attrs({"units": unit, "long_name": words, "method": label.method})
            for key, (value, unit, words) in parts.items()
        }
    )


def _line(rows: Array, step: float) -> Array:
    """Period and share of the power of the largest line of each row; NaN for a constant one."""
    rows = np.asarray(rows, np.float64)
    n = rows.shape[1]
    found = np.full((len(rows), len(QUANTITIES)), np.nan)
    varied = (rows != rows[:, :1]).any(axis=-1)
    size = np.abs(rows).max(axis=-1, keepdims=True)
    scaled = rows[varied] / size[varied]
    window = np.hanning(n)
    power = np.abs(np.fft.rfft((scaled - scaled.mean(axis=-1, keepdims=True)) * window, axis=-1)) ** 2
    power[:, 0] = 0.0
    peak = power.argmax(axis=-1)
    at = np.arange(len(power))
    inner = np.clip(peak, 2, power.shape[1] - 2)
    logs = np.log(np.maximum(np.stack([power[at, inner + one] for one in (-1, 0, 1)]), 1e-300))
    bend = logs[0] - 2 * logs[1] + logs[2]
    shift = np.where((inner == peak) & (bend < 0), (logs[0] - logs[2]) / (2 * bend), 0.0)
    near = np.abs(np.arange(power.shape[1]) - peak[:, np.newaxis]) <= LOBE
    found[varied, 0] = n * step / (peak + shift)
    found[varied, 1] = (power * near).sum(axis=-1) / power.sum(axis=-1)
    return found
