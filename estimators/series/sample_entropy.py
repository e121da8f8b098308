"""Sample entropy: how little a series repeats itself, of one series and between two."""

import math
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.labelled import Dim
from ergodica.estimators.registry import register
from ergodica.estimators.samples import Label, estimate
from ergodica.estimators.series.template_matches import (
    Templates,
    cross_matches,
    deviation,
    log_ratio,
    pairs_of,
    self_matches,
)
from ergodica.estimators.units import base_unit

COST = "O(n log n) and the pairs that agree in two values, at worst n^2/2"

GAUSSIAN = -math.log(math.erf(0.1))
"""Of independent Gaussian numbers at .2 standard deviations: a difference has variance 2, erf(r/2) lie within r."""

UNIFORM_WINDOW = 0.2 / math.sqrt(12)
UNIFORM = -math.log(UNIFORM_WINDOW * (2 - UNIFORM_WINDOW))
"""Of independent uniform numbers on [0, 1]: P(|u - v| <= r) = r (2 - r)."""

# reversal leaves A alone, and B but for the pairs of the first or last template of m values
CLAIMS = Claims(
    needs="real numbers in order, order * delay + 2 at least; 10^order or more to find matches",
    cost=COST,
    invariances={"shift": 1e-6, "scale": 1e-12, "sign": 1e-12, "reversal": 5e-2},
    exact=(
        Exact(
            name="independent Gaussian numbers",
            sample=lambda rng: (rng.normal(size=4000),),
            value=GAUSSIAN,
            bias=0.002,
            spread=0.0134,
            source="P(|x - y| <= r) = erf(r/2)",
        ),
        Exact(
            name="independent uniform numbers",
            sample=lambda rng: (rng.random(4000),),
            value=UNIFORM,
            bias=0.002,
            spread=0.0109,
            source="P(|x - y| <= r) = r (2 - r)",
        ),
        Exact(
            name="sawtooth",
            sample=lambda rng: (np.tile(np.arange(8.0), 100)[:-6],),
            value=0.0,
            source="a periodic series repeats",
        ),
    ),
)


@register(family="series", takes={"x": "series"}, claims=CLAIMS)
def sample_entropy(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 2,
    tolerance: float = 0.2,
    absolute: float | None = None,
    delay: int = 1,
    base: float = math.e,
) -> Any:
    """Sample entropy of a series: minus the log of how often templates that match go on matching.

    S = -ln A/B,  B = #{i < j: max_(k < m) |x_(i+kd) - x_(j+kd)| <= r},  A = #{i < j: the same for k <= m}

    with m the order and d the delay, over the n - m d templates that have m + 1 values, so that the same templates make
    A and B. No template is compared with itself. Counts are exact.

    Args:
        x: real numbers in order; every other dimension is mapped.
        dim: the dimension of order, mostly time.
        order: values m of a template.
        tolerance: r in standard deviations (ddof=0) of the lane.
        absolute: r in the unit of the data instead.
        delay: samples d between the values of a template.
        base: of the logarithm.

    Returns:
        DataArray over the other dimensions, in nat, or an array. NaN where the lane is constant, where no templates
        match (B = 0, where Richman and Moorman call it undefined), and where none goes on matching (A = 0, where they
        call it infinite): then the series is too short for its order and tolerance, and all one knows is S > ln B.

    Raises:
        TypeError: integers.
        ValueError: fewer than order * delay + 2 samples, order or delay below 1, a tolerance that is not positive.

    Good values: order=2, tolerance=.1 to .25, n from 10^order to 20^order.

    Source: Richman and Moorman 2000, Am. J. Physiol. Heart Circ. Physiol. 278, H2039.
    """
    templates = Templates(order=order, tolerance=tolerance, absolute=absolute, delay=delay)
    per_unit, units = base_unit(base)

    def lanes(values: Array) -> Array:
        return log_ratio(sample_pairs(values, templates)) / per_unit

    label = Label(
        name="sample_entropy", units=units, long_name="sample entropy", method=f"sample entropy, {templates}"
    )
    return estimate(lanes, {"x": x}, label=label, dim=dim, vectors=False, ordered=True, least=templates.least)


def sample_pairs(x: Array, templates: Templates) -> Array:
    """Pairs that match in `order` values and in one more, `(lanes, 2)`."""
    return pairs_of(self_matches(x, templates.radius(x), templates, once=True))


CROSS_CLAIMS = Claims(
    needs="two series of real numbers, as many of each, order * delay + 2 at least",
    cost=COST,
    invariances={"shift": 1e-6, "scale": 1e-12, "sign": 1e-12, "reversal": 5e-2, "exchange": 0.0},
    exact=(
        Exact(
            name="independent Gaussian numbers",
            sample=lambda rng: (rng.normal(size=3000), 5 * rng.normal(size=3000) + 100),
            value=GAUSSIAN,
            bias=0.003,
            spread=0.0112,
            source="P(|x - y| <= r) = erf(r/2)",
        ),
    ),
)


@register(family="series", takes={"x": "series", "y": "series"}, claims=CROSS_CLAIMS)
def cross_sample_entropy(
    x: Any,
    y: Any,
    *,
    dim: Dim = None,
    order: int = 2,
    tolerance: float = 0.2,
    delay: int = 1,
    base: float = math.e,
) -> Any:
    """Cross-sample entropy: how little one series repeats the patterns of another.

    S = -ln A/B,  B = #{i, j: max_(k < m) |x_(i+kd) - y_(j+kd)| <= r},  A = #{i, j: the same for k <= m}

    after each series is brought to mean 0 and standard deviation 1 (ddof=0). It is the same for y and x.

    Args:
        x, y: real numbers in order, as many of each.
        dim: the dimension of order.
        order: values m of a template.
        tolerance: r, in standard deviations.
        delay: samples d between the values of a template.
        base: of the logarithm.

    Returns:
        DataArray over the other dimensions, in nat, or an array; NaN where a lane is constant and where there are no
        matches, as for `sample_entropy`.

    Raises:
        TypeError, ValueError: as for `sample_entropy`, and for series of different lengths.

    Good values: as for `sample_entropy`; tolerance=.2.

    Source: Richman and Moorman 2000, Am. J. Physiol. Heart Circ. Physiol. 278, H2039.
    """
    templates = Templates(order=order, tolerance=tolerance, absolute=None, delay=delay)
    per_unit, units = base_unit(base)

    def lanes(one: Array, other: Array) -> Array:
        radius = np.where((deviation(one) > 0) & (deviation(other) > 0), templates.tolerance, np.nan)
        found = cross_matches(standardized(one), standardized(other), radius, templates)
        return log_ratio(pairs_of(found)) / per_unit

    label = Label(
        name="cross_sample_entropy",
        units=units,
        long_name="cross-sample entropy",
        method=f"cross-sample entropy, {templates}, standardized",
    )
    return estimate(
        lanes, {"x": x, "y": y}, label=label, dim=dim, vectors=False, ordered=True, least=templates.least
    )


def standardized(x: Array) -> Array:
    """Lanes with mean 0 and standard deviation 1; 0 throughout for constant ones."""
    scale = deviation(x)[:, np.newaxis]
    moved = x / np.where(scale > 0, scale, 1.0)
    moved -= moved.mean(axis=-1, keepdims=True)
    return np.where(scale > 0, moved, 0.0)
