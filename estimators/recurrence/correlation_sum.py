"""Correlation sum: how many pairs of points of an orbit lie within a distance."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.labelled import Dim, is_labelled
from ergodica.estimators.recurrence.delay_vectors import DelayVectors, deviation
from ergodica.estimators.recurrence.pair_counts import MAX, count_within, possible_pairs
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.numerics.errors import ParameterError

RADII = tuple(2.0 ** (k / 2) for k in range(-12, 4))
"""Radii unless told, in standard deviations."""

COST = "O(n^2 d order), one pass over the pairs for all radii"

CLAIMS = Claims(
    needs="vectors in order, (order-1)*delay+theiler+2 at least",
    cost=COST,
    invariances={"shift": 1e-3, "scale": 0.0, "sign": 0.0, "reversal": 1e-3},
)


@register(family="recurrence", takes={"x": "path"}, claims=CLAIMS)
def correlation_sum(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    radii: Sequence[float] = RADII,
    absolute: Sequence[float] | None = None,
    order: int = 1,
    delay: int = 1,
    theiler: int = 0,
    norm: str = MAX,
) -> Any:
    """Correlation sum: the share of pairs of points of an orbit that lie within each of several radii.

    C(r) = #{i < j, j - i > w: |x_i - x_j| <= r} / ((n - w)(n - w - 1)/2)

    over n vectors, with w the Theiler window. Counts are exact whole numbers.

    Args:
        x: points in order, vectors along `feature_dim` or scalars; every other dimension is mapped.
        dim: the dimension of order, mostly time.
        feature_dim: components of a point.
        radii: r in standard deviations of the lane (root mean square over components), positive and increasing.
        absolute: r in the unit of the data instead.
        order: values of a delay vector, (x_i, x_(i+delay), ...); 1 takes the points as they are.
        delay: samples between them.
        theiler: w, pairs with |i - j| <= w are left out: near in time, not by return.
        norm: "max", the largest difference of a component, or "euclidean", whose squares are compared with r^2.

    Returns:
        DataArray over the other dimensions and `radius`, or an array, between 0 and 1. NaN where the lane is constant,
        unless radii are absolute.

    Raises:
        TypeError: integers.
        ValueError: too few samples; radii that are not positive and increasing; order, delay or theiler out of range.

    Good values: theiler of a few correlation times for flows, 0 for maps; 5 or more radii a decade.

    Source: Grassberger and Procaccia 1983, Physica D 9, 189; Theiler 1986, Phys. Rev. A 34, 2427.
    """
    vectors = DelayVectors(order=order, delay=delay, theiler=theiler, norm=norm)
    given = checked_radii(radii, absolute)

    def lanes(values: Array) -> Array:
        columns, scale = vectors.columns(values)
        limits = limits_of(given, absolute is None, columns, scale)
        counts = count_within(columns, np.where(np.isnan(limits), given, limits), theiler=theiler, norm=norm)
        shares = counts.total[:, 0] / possible_pairs(columns.shape[-1], theiler)
        return np.where(np.isnan(limits), np.nan, shares)

    unit = "standard deviation" if absolute is None else "of the data"
    label = Label(
        name="correlation_sum",
        units="1",
        long_name="correlation sum",
        method=f"correlation sum, {vectors}, radii in unit {unit}",
    )
    result = estimate(
        lanes,
        {"x": x},
        label=label,
        dim=dim,
        feature_dim=feature_dim,
        ordered=True,
        least=vectors.least(),
        outputs={"radius": given},
    )
    if is_labelled(result):
        units = unit if absolute is None else str(x.attrs.get("units", "1"))
        result.radius.attrs = {"units": units, "long_name": "radius"}
    return result


def checked_radii(radii: Sequence[float], absolute: Sequence[float] | None) -> Array:
    """The radii that are to be used, checked."""
    name, asked = ("radii", radii) if absolute is None else ("absolute", absolute)
    try:
        given = np.asarray(asked, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name}: must be numbers, got {asked!r}; try [0.1, 0.2, 0.4]") from None
    increasing = (
        given.ndim == 1 and given.size > 0 and np.isfinite(given).all() and (np.diff(given) > 0).all()
    )
    if not increasing or given[0] <= 0:
        raise ParameterError(
            f"{name}: must be positive, increasing numbers, got {asked!r}; try [0.1, 0.2, 0.4]"
        )
    return given


def limits_of(given: Array, relative: bool, columns: Array, scale: Array) -> Array:
    """Radii `(lanes, radii)` in the unit of `columns`; NaN where a lane has no scale of its own."""
    unit = deviation(columns) if relative else scale
    return np.asarray(unit[:, np.newaxis] * given)
