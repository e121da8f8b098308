"""Forbidden patterns: orders of values that never come."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.complexity.plane import labelled_series
from ergodica.estimators.entropy import along, prepare
from ergodica.estimators.functionals import Functional, evaluate_all
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.ordinal import OrdinalPatterns

if TYPE_CHECKING:
    import xarray as xr

CLAIMS = Claims(
    needs="a series with many more samples than patterns, order!",
    cost="O(n order^2) comparisons, many an instruction; O(order!) memory",
    invariances={"shift": 0.0, "scale": 0.0, "monotone": 0.0, "sign": 0.0, "reversal": 0.0},
)


@register(family="ordinal", takes={"x": "series"}, claims=CLAIMS)
def forbidden_patterns(x: Any, *, dim: Dim = None, order: int = 5, delay: int = 1) -> "xr.Dataset":
    """Ordinal patterns that a series never shows, beside the number that noise of this length would lack.

    missing = #{i: n_i = 0}, expected = K (1 - 1/K)^N with K = order! and N windows

    Deterministic maps of an interval forbid patterns however long the series is; noise lacks some only while it is
    short. Far more missing than expected tells of determinism.

    Args:
        x: a series along `dim`; every other dimension is mapped.
        dim: as for `entropy`.
        order, delay: as for `OrdinalPatterns`.

    Returns:
        Dataset of `missing` over the other dimensions, NaN as for `permutation_entropy`, and the number `expected` of
        white noise. It takes windows for independent, which they are not: of order 5 and 6 it is up to 8 % too
        large, of order 4 up to 30 %.

    Raises:
        TypeError, ValueError: as for `permutation_entropy`.

    Good values: order 4 to 6, n above 5 order!.

    Source: Amigo, Zambrano, Sanjuan 2007, Europhys. Lett. 79, 50001.
    """
    import xarray as xr

    space = OrdinalPatterns(order=order, delay=delay)
    x, dim = labelled_series(x, dim)
    x, axes, _ = prepare(x, dim, space)
    patterns = math.factorial(order)
    windows = axes[0].size - space.overlap
    method = f"{space!r} {along(axes)}"

    def absent(counts: Array) -> Array:
        return np.where(np.isnan(counts[:, 0]), np.nan, (counts == 0).sum(axis=-1))

    missing = Functional(
        name="missing",
        units="1",
        long_name="missing ordinal patterns",
        method=method,
        evaluate=absent,
    )
    words = {
        "units": "1",
        "long_name": "patterns that white noise of this length would lack",
        "method": method,
    }
    expected = xr.DataArray(patterns * math.exp(windows * math.log1p(-1 / patterns)), attrs=words)
    return xr.Dataset(
        {"missing": evaluate_all(x, axes, space, [missing])[0], "expected": expected},
        attrs={"outcomes": patterns},
    )
