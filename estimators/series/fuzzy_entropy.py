"""Fuzzy entropy of a series."""

import math
from numbers import Real
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.series.template_matches import GROUP_ELEMENTS, Templates, log_ratio
from ergodica.estimators.units import base_unit
from ergodica.numerics.errors import ParameterError

CLAIMS = Claims(
    needs="real numbers in order, order * delay + 2 at least",
    cost="O(n^2 order)",
    invariances={"shift": 1e-9, "scale": 1e-12, "sign": 1e-12, "reversal": 5e-2},
    exact=(
        Exact(
            name="independent Gaussian numbers, order 1",
            sample=lambda rng: (rng.normal(size=1000),),
            # half the difference of two numbers differs between templates by a standard normal number z, and
            # <exp(-(z/r)^2)> = 1/sqrt(1 + 2/r^2)
            value=0.5 * math.log1p(2 / 0.2**2),
            bias=0.005,
            spread=0.02,
            arguments={"order": 1},
            source="a Gaussian integral",
        ),
    ),
)


@register(family="series", takes={"x": "series"}, claims=CLAIMS)
def fuzzy_entropy(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 2,
    tolerance: float = 0.2,
    absolute: float | None = None,
    delay: int = 1,
    exponent: float = 2.0,
    base: float = math.e,
) -> Any:
    """Fuzzy entropy of a series: sample entropy with degrees of matching, of templates without their own mean.

    S = ln phi_m - ln phi_(m+1),  phi_m = <exp(-(d_ij/r)^p)> over i != j,
    d_ij = max_(k < m) |(x_(i+kd) - mean_i) - (x_(j+kd) - mean_j)|

    over the n - m d templates that have m + 1 values, mean_i that of the m values of the template itself. Chen writes
    exp(-d^p/r'), which is the same with r' = r^p where the data have a standard deviation of 1.

    Args:
        x: real numbers in order; every other dimension is mapped.
        dim: the dimension of order, mostly time.
        order: values m of a template; with 1 all of them are 0 and phi_1 = 1.
        tolerance: r in standard deviations (ddof=0) of the lane.
        absolute: r in the unit of the data instead.
        delay: samples d between the values of a template.
        exponent: p, above 0: 2 is a Gaussian, 1 an exponential, a large one a box as in sample entropy.
        base: of the logarithm.

    Returns:
        DataArray over the other dimensions, in nat, or an array. NaN where the lane is constant, and where no
        templates are nearer than about 27 r for p = 2, so that every membership underflows.

    Raises:
        TypeError: integers.
        ValueError: fewer than order * delay + 2 samples, order or delay below 1, a tolerance or exponent that is not
            positive.

    Good values: order=2, tolerance=.2, exponent=2; n from 100 on.

    Source: Chen, Wang, Xie, Yu 2007, IEEE Trans. Neural Syst. Rehabil. Eng. 15, 266.
    """
    templates = Templates(order=order, tolerance=tolerance, absolute=absolute, delay=delay)
    power = positive_exponent(exponent)
    per_unit, units = base_unit(base)

    def lanes(values: Array) -> Array:
        return log_ratio(membership_pairs(values, templates, power)) / per_unit

    return estimate(
        lanes,
        {"x": x},
        label=Label(
            name="fuzzy_entropy",
            units=units,
            long_name="fuzzy entropy",
            method=f"fuzzy entropy, {templates}, exponent={power:g}",
        ),
        dim=dim,
        vectors=False,
        ordered=True,
        least=templates.least,
    )


def positive_exponent(exponent: float) -> float:
    """The exponent, checked."""
    if isinstance(exponent, bool) or not isinstance(exponent, Real) or not 0 < exponent < math.inf:
        raise ParameterError(f"exponent: must be a positive number, got {exponent!r}; try 2")
    return float(exponent)


def membership_pairs(x: Array, templates: Templates, exponent: float) -> Array:
    """Sum of the memberships of all pairs, of `order` and `order + 1` values, `(lanes, 2)`; NaN for a constant lane."""
    from ergodica.estimators.series.fuzzy_kernels import membership_sums

    lanes, n = x.shape
    radius = templates.radius(x)
    rows = np.empty((lanes, 2, n - templates.order * templates.delay))
    step = max(1, GROUP_ELEMENTS // n)
    for begin in range(0, lanes, step):
        group = slice(begin, min(begin + step, lanes))
        membership_sums(x[group], radius[group], templates.order, templates.delay, exponent, rows[group])
    return np.asarray(rows.sum(axis=-1))
