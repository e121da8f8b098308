"""Approximate entropy of a series."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.series.template_matches import Counts, Templates, self_matches
from ergodica.estimators.units import base_unit

CLAIMS = Claims(
    needs="real numbers in order, order * delay + 2 at least",
    cost="O(n log n) and the pairs that agree in two values, at worst n^2",
    invariances={"shift": 1e-6, "scale": 1e-12, "sign": 1e-12, "reversal": 1e-2},
    exact=(
        Exact(
            name="square wave",
            sample=lambda rng: (np.tile([0.0, 1.0], 200),),
            # 399 templates of two values, 200 and 199 alike; 398 of three, 199 of each
            value=(200 * math.log(200 / 399) + 199 * math.log(199 / 399)) / 399 - math.log(0.5),
            bias=1e-12,
            source="counted by hand",
        ),
    ),
)


@register(family="series", takes={"x": "series"}, claims=CLAIMS)
def approximate_entropy(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 2,
    tolerance: float = 0.2,
    absolute: float | None = None,
    delay: int = 1,
    base: float = math.e,
) -> Any:
    """Approximate entropy of a series: the mean log of how often a template goes on matching, itself counted.

    H = Phi_m - Phi_(m+1),  Phi_m = 1/N_m sum_i ln(C_i/N_m),  C_i = #{j: max_(k < m) |x_(i+kd) - x_(j+kd)| <= r}

    with m the order, d the delay and N_m = n - (m-1) d templates. Each template matches itself, so that every logarithm
    exists: the bias towards 0 is ln 2 where a template matches one other and itself, and `sample_entropy` has none of
    it. It is here for comparison with what was measured before.

    Args:
        x: real numbers in order; every other dimension is mapped.
        dim: the dimension of order, mostly time.
        order: values m of a template.
        tolerance: r in standard deviations (ddof=0) of the lane.
        absolute: r in the unit of the data instead.
        delay: samples d between the values of a template.
        base: of the logarithm.

    Returns:
        DataArray over the other dimensions, in nat, or an array; NaN where the lane is constant.

    Raises:
        TypeError: integers.
        ValueError: fewer than order * delay + 2 samples, order or delay below 1, a tolerance that is not positive.

    Good values: order=2, tolerance=.2, n of 1000 and more, the same n for all that is compared.

    Source: Pincus 1991, Proc. Natl. Acad. Sci. USA 88, 2297.
    """
    templates = Templates(order=order, tolerance=tolerance, absolute=absolute, delay=delay)
    per_unit, units = base_unit(base)

    def lanes(values: Array) -> Array:
        radius = templates.radius(values)
        longer, shorter = _counts(values, radius, templates)
        found = _mean_log(shorter) - _mean_log(longer)
        return np.where(np.isfinite(radius), found, np.nan) / per_unit

    label = Label(
        name="approximate_entropy",
        units=units,
        long_name="approximate entropy",
        method=f"approximate entropy, {templates}",
    )
    return estimate(lanes, {"x": x}, label=label, dim=dim, vectors=False, ordered=True, least=templates.least)


def _counts(x: Array, radius: Array, templates: Templates) -> tuple[Counts, Counts]:
    """Matches of each template in `order + 1` values, and in `order` values, of which there are `delay` more."""
    order, delay = templates.order, templates.delay
    found = self_matches(x, radius, templates, once=False)
    number = found.shape[-1]
    shorter = np.zeros((len(x), number + delay), np.int32)
    shorter[:, :number] = found[:, 0]
    for i in range(number, number + delay):
        near = np.ones(shorter.shape, np.bool_)
        for k in range(0, order * delay, delay):
            near &= np.abs(x[:, k : k + number + delay] - x[:, i + k, np.newaxis]) <= radius[:, np.newaxis]
        shorter[:, i] = near.sum(axis=-1)
        shorter[:, :number] += near[:, :number]
    return found[:, 1], shorter


def _mean_log(counts: Counts) -> Array:
    number = counts.shape[-1]
    return np.asarray(np.log(counts / number).sum(axis=-1) / number)
