"""Correlation dimension: how the number of neighbours grows with the distance."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.labelled import Dim
from ergodica.estimators.recurrence.correlation_sum import COST, checked_radii, limits_of
from ergodica.estimators.recurrence.delay_vectors import DelayVectors, deviation
from ergodica.estimators.recurrence.lanes import named, table
from ergodica.estimators.recurrence.pair_counts import MAX, Pairs, count_within
from ergodica.estimators.recurrence.scaling import GRID, scaling_range, with_error
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

FEWEST_RADII = 3

CLAIMS = Claims(
    needs="vectors in order, (order-1)*delay+theiler+2 at least; for a dimension D about 10^(2+0.4 D)",
    cost=COST,
    invariances={"shift": 1e-3, "sign": 1e-12},
)


@register(family="recurrence", takes={"x": "path"}, claims=CLAIMS)
def correlation_dimension(
    x: Any,
    *,
    dim: Dim = None,
    feature_dim: str | Sequence[str] | int | None = None,
    radii: Sequence[float] | None = None,
    absolute: Sequence[float] | None = None,
    order: int = 1,
    delay: int = 1,
    theiler: int = 0,
    norm: str = MAX,
) -> "xr.Dataset":
    """Correlation dimension: the slope of ln C(r) over ln r, C the correlation sum, in a range of radii.

    D2 = d ln C/d ln r, by least squares over radii evenly spaced in ln r

    The range, unless told, holds the radii within which a vector has .1 to 20 others on average, and in short series at
    least 20 pairs and at most 5 % of all. So it shrinks to r = 0 as the series grows. Look at `correlation_sum` for
    whether there is a straight line: a slope can be had of anything.

    Args:
        x, dim, feature_dim, order, delay, theiler, norm: as for `correlation_sum`.
        radii: all of the radii to fit over, in standard deviations of the lane; 3 at least. Those without pairs
            are left out. None finds the range.
        absolute: the same in the unit of the data.

    Returns:
        Dataset over the other dimensions (`lane0`, ... of a plain array): `dimension`, `standard_error` (from leaving
        out a sixteenth of the series at a time: independent stretches are taken for granted), and `radius_low`,
        `radius_high` of the range, in the unit of the data. NaN where the lane is constant, where fewer than 3
        radii are left, and where pairs of equal vectors fill the range: a periodic orbit that repeats exactly,
        rounded data. Then `radii` or `absolute` above the step of rounding may help.

    Raises:
        TypeError, ValueError: as for `correlation_sum`.

    Good values: vectors or order > 2 D2, theiler of a few correlation times; n=5000 for dimensions up to 3.

    Source: Grassberger and Procaccia 1983, Physica D 9, 189.
    """
    vectors = DelayVectors(order=order, delay=delay, theiler=theiler, norm=norm)
    asked = (
        None
        if radii is None and absolute is None
        else checked_radii(() if radii is None else radii, absolute)
    )
    if asked is not None and asked.size < FEWEST_RADII:
        raise ParameterError(
            f"{'radii' if absolute is None else 'absolute'}: must be {FEWEST_RADII} or more for a slope, got "
            f"{asked.size}; try numpy.geomspace(0.01, 0.1, 9)"
        )
    x, dim, feature_dim = named(x, dim, feature_dim)
    relative = absolute is None

    def lanes(values: Array) -> Array:
        columns, scale = vectors.columns(values)
        return np.array(
            [
                _one(columns[i : i + 1], scale[i : i + 1], asked, relative, vectors)
                for i in range(len(columns))
            ]
        )

    method = f"slope of the correlation sum, {vectors}"
    units = str(x.attrs.get("units", "1")) or "1"
    words = {
        "dimension": ("1", "correlation dimension"),
        "standard_error": ("1", "standard error of the correlation dimension"),
        "radius_low": (units, "smallest radius of the range"),
        "radius_high": (units, "largest radius of the range"),
    }
    names = {"dimension": "correlation_dimension"}
    labels = {
        key: Label(name=names.get(key, key), units=unit, long_name=text, method=method)
        for key, (unit, text) in words.items()
    }
    return table(lanes, x, labels, dim=dim, feature_dim=feature_dim, ordered=True, least=vectors.least())


def _one(
    columns: Array, scale: Array, asked: Array | None, relative: bool, vectors: DelayVectors
) -> tuple[float, float, float, float]:
    """Slope, its error and the range of one lane."""
    nothing = (np.nan, np.nan, np.nan, np.nan)
    if np.isnan(deviation(columns)[0]):
        return nothing
    limits = limits_of(GRID if asked is None else asked, relative or asked is None, columns, scale)
    pairs = count_within(columns, limits, theiler=vectors.theiler, norm=vectors.norm)
    used = _range(pairs, columns.shape[-1]) if asked is None else pairs.total[0, 0] > 0
    if used.sum() < FEWEST_RADII:
        return nothing
    logs = np.log(limits[0])

    def slope(shares: Array, which: NDArray[np.bool_]) -> float:
        return least_squares_slope(logs[which], np.log(shares[0, which]))

    dimension, error = with_error(pairs, 0, used, slope)
    return dimension, error, limits[0, used][0] / scale[0], limits[0, used][-1] / scale[0]


def _range(pairs: Pairs, count: int) -> NDArray[np.bool_]:
    return scaling_range(pairs.total[0, 0], count, int(pairs.possible.sum()))


def least_squares_slope(x: Array, y: Array) -> float:
    """Slope of the straight line nearest to y(x)."""
    centred = x - x.mean()
    return float((centred * y).sum() / (centred * centred).sum())
