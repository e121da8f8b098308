"""Sample entropy of all scales in one number."""

import math
from collections.abc import Iterable
from typing import Any

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.labelled import Dim, describe
from ergodica.estimators.registry import register
from ergodica.estimators.series.multiscale import multiscale
from ergodica.estimators.series.sample_entropy import sample_entropy
from ergodica.estimators.series.scales import RefinedComposite, ScaleMethod
from ergodica.estimators.units import base_unit

SCALES = range(1, 6)

CLAIMS = Claims(
    needs="real numbers in order, many hundred times the largest scale",
    cost="O(n log n) a scale and the pairs that agree in two values",
    invariances={"shift": 1e-3, "scale": 1e-9, "sign": 1e-9},
    exact=(
        Exact(
            name="white noise",
            sample=lambda rng: (rng.normal(size=4000),),
            value=-sum(math.log(math.erf(0.1 * math.sqrt(s))) for s in SCALES),
            bias=0.02,
            spread=0.066,
            source="Costa, Goldberger, Peng 2005, Phys. Rev. E 71, 021906, appendix",
        ),
    ),
)


@register(family="series", takes={"x": "series"}, claims=CLAIMS)
def complexity_index(
    x: Any,
    *,
    dim: Dim = None,
    scales: Iterable[int] = SCALES,
    method: ScaleMethod = RefinedComposite(),  # noqa: B008 - frozen
    order: int = 2,
    tolerance: float = 0.2,
    delay: int = 1,
    base: float = math.e,
) -> Any:
    """Complexity index of a series: its sample entropy added up over scales, the area under the multiscale curve.

    C = sum_s S(s), with S(s) the sample entropy on scale s as `multiscale` gives it, the tolerance that of the original

    White noise has much on scale 1 alone, 1/f noise as much on all: more in total.

    Args:
        x: real numbers in order; every other dimension is mapped.
        dim: the dimension of order, mostly time.
        scales: whole numbers from 1 on.
        method: how the series of a scale are made.
        order, tolerance, delay, base: of `sample_entropy`.

    Returns:
        DataArray over the other dimensions, in nat, or an array; NaN where a lane is constant or a scale has
        no matches.

    Raises:
        TypeError: complex data.
        ValueError: as `multiscale`.

    Good values: scales=range(1, 6) for n of some 1000, range(1, 21) for n of 20,000 and more.

    Source: Costa, Goldberger, Peng 2005, Phys. Rev. E 71, 021906.
    """
    options = {"order": order, "tolerance": tolerance, "delay": delay, "base": base}
    curve = multiscale(sample_entropy, x, dim=dim, scales=scales, method=method, **options)
    if not hasattr(curve, "dims"):
        return curve.sum(axis=-1)
    method_words = f"sum over scales {', '.join(map(str, curve['scale'].values))} of {curve.attrs['method']}"
    total = curve.sum("scale", skipna=False)
    return describe(total, "complexity_index", base_unit(base)[1], "complexity index", method_words)
