"""Correlation entropy K2: how fast orbits that are near each other part."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.labelled import Dim, core_axes
from ergodica.estimators.recurrence.correlation_sum import checked_radii, limits_of
from ergodica.estimators.recurrence.delay_vectors import DelayVectors, deviation
from ergodica.estimators.recurrence.lanes import named, table
from ergodica.estimators.recurrence.pair_counts import MAX, count_within
from ergodica.estimators.recurrence.scaling import GRID, scaling_range, with_error
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, sample_spacing
from ergodica.estimators.units import base_unit, per_time

if TYPE_CHECKING:
    import xarray as xr

CLAIMS = Claims(
    needs="real numbers in order, order*delay+theiler+2 at least; some thousand for chaos",
    cost="O(n^2 order), one pass over the pairs for all radii and orders",
    invariances={"shift": 1e-3, "sign": 1e-9},
)


@register(family="recurrence", takes={"x": "series"}, claims=CLAIMS)
def correlation_entropy(
    x: Any,
    *,
    dim: Dim = None,
    radii: Sequence[float] | None = None,
    absolute: Sequence[float] | None = None,
    order: int = 6,
    delay: int = 1,
    theiler: int = 0,
    dt: float | None = None,
    base: float = math.e,
) -> "xr.Dataset":
    """Correlation entropy K2 of a series, a lower bound of the Kolmogorov-Sinai entropy, per unit of time.

    K2 = ln(C_m(r)/C_(m+1)(r))/(delay dt), averaged over a range of radii,  m = order large, r small

    C_m is the correlation sum of delay vectors of m values in the largest difference; both are over the same vectors,
    those that have m + 1 values. The result falls to K2 as m grows; noise has no limit, its value grows as r falls.

    The range, unless told, holds the radii within which a vector of m + 1 values has .1 to 20 others on average, and in
    short series at least 20 pairs and at most 5 % of all.

    Args:
        x: real numbers in order; every other dimension is mapped.
        dim: the dimension of order.
        radii: r in standard deviations of the lane, positive and increasing. None finds the range.
        absolute: r in the unit of the data instead.
        order: m.
        delay: samples between the values of a vector.
        theiler: pairs with |i - j| up to it are left out.
        dt: time between samples; None takes that of the coordinate of `dim`.
        base: of the logarithm.

    Returns:
        Dataset over the other dimensions (`lane0`, ... of a plain array): `entropy` per unit of time, its
        `standard_error` (from leaving out a sixteenth of the series at a time), `lower_order_entropy` (the same with
        m - 1, to see whether it still falls), and `radius_low`, `radius_high` of the range. NaN where the lane is
        constant and where no radius is left.

    Raises:
        TypeError: integers.
        ValueError: too few samples, no times and no dt, parameters out of range.

    Good values: order 6 to 10 for maps with n=5000; for flows delay as for an embedding, theiler of a few correlation
        times.

    Source: Grassberger and Procaccia 1983, Phys. Rev. A 28, 2591.
    """
    vectors = DelayVectors(order=order, delay=delay, theiler=theiler, norm=MAX)
    longer = DelayVectors(order=order + 1, delay=delay, theiler=theiler, norm=MAX)
    asked = (
        None
        if radii is None and absolute is None
        else checked_radii(() if radii is None else radii, absolute)
    )
    per_unit, unit = base_unit(base)
    x, dim, _ = named(x, dim, None)
    step = sample_spacing(x, dim, dt) * delay
    relative = absolute is None

    def lanes(values: Array) -> Array:
        columns, scale = longer.columns(values[:, :, np.newaxis])
        rows = [
            _one(columns[i : i + 1], scale[i : i + 1], asked, relative, longer) for i in range(len(columns))
        ]
        return np.array(rows) / np.array([per_unit * step] * 3 + [1.0] * 2)

    units = str(x.attrs.get("units", "1")) or "1"
    rate = _rate_unit(unit, x, dim)
    words = {
        "entropy": (rate, "correlation entropy"),
        "standard_error": (rate, "standard error of the correlation entropy"),
        "lower_order_entropy": (rate, "correlation entropy of the next lower order"),
        "radius_low": (units, "smallest radius of the range"),
        "radius_high": (units, "largest radius of the range"),
    }
    labels = {
        key: Label(
            name="correlation_entropy" if key == "entropy" else key,
            units=one,
            long_name=text,
            method=f"ratio of correlation sums, {vectors}, dt={step / delay:g}",
        )
        for key, (one, text) in words.items()
    }
    return table(lanes, x, labels, dim=dim, vectors=False, ordered=True, least=longer.least())


def _one(
    columns: Array, scale: Array, asked: Array | None, relative: bool, longer: DelayVectors
) -> tuple[float, float, float, float, float]:
    """Entropy for each step, its error, that of the lower order, and the range of one lane."""
    nothing = (np.nan, np.nan, np.nan, np.nan, np.nan)
    if np.isnan(deviation(columns)[0]):
        return nothing
    limits = limits_of(GRID if asked is None else asked, relative or asked is None, columns, scale)
    first = max(1, longer.order - 2)
    pairs = count_within(columns, limits, theiler=longer.theiler, first=first)
    most = pairs.total[0, -1]
    used = scaling_range(most, columns.shape[-1], int(pairs.possible.sum())) if asked is None else most > 0
    if not used.any():
        return nothing

    def ratio(shares: Array, which: NDArray[np.bool_]) -> float:
        return float(np.log(shares[-2, which] / shares[-1, which]).mean())

    def lower(shares: Array, which: NDArray[np.bool_]) -> float:
        # no component at all: every pair is within
        before = shares[-3, which] if len(shares) > 2 else 1.0
        return float(np.log(before / shares[-2, which]).mean())

    entropy, error = with_error(pairs, 0, used, ratio)
    before, _ = with_error(pairs, 0, used, lower)
    return entropy, error, before, limits[0, used][0] / scale[0], limits[0, used][-1] / scale[0]


def _rate_unit(unit: str, x: Any, dim: Dim) -> str:
    (axis,) = core_axes(x, dim)
    return per_time(unit, axis.units)
