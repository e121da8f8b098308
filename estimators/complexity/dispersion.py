"""Dispersion entropy: disorder of words of amplitude classes."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from typing import Any

import numpy as np

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.dispersion import Dispersion

NOISE = Exact(
    name="Gaussian noise: all words alike",
    sample=lambda rng: (rng.normal(size=4000),),
    value=2 * math.log(3),
    bias=0.0015,
    spread=0.0006,
    arguments={"classes": 3, "order": 2},
)
TURNS = Exact(
    name="two values in turn",
    sample=lambda rng: (np.arange(101) % 2.0,),
    value=math.log(2),
    bias=1e-12,
    arguments={"classes": 4, "order": 2},
)
NEEDS = "a series of at least (order-1)*delay+1 samples, with values that differ"
INVARIANCES = {"shift": 1e-12, "scale": 1e-12, "sign": 1e-12, "reversal": 1e-12}
CLAIMS = Claims(needs=NEEDS, cost="O(n (classes + order))", invariances=INVARIANCES, exact=(NOISE, TURNS))


@register(family="ordinal", takes={"x": "series"}, claims=CLAIMS)
def dispersion_entropy(
    x: Any,
    *,
    dim: Dim = None,
    classes: int = 6,
    order: int = 3,
    delay: int = 1,
    mapping: str = "normal cdf",
    estimator: ProbabilityEstimator = PlugIn(),
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Dispersion entropy: the entropy of words of amplitude classes, largest for Gaussian noise.

    H = -sum p ln p over the classes^order words

    Args:
        x, dim, estimator, base: as for `permutation_entropy`.
        classes, order, delay, mapping: as for `Dispersion`.
        normalize: divide by order ln classes.

    Returns:
        DataArray over the other dimensions; an array, or a number, for a plain array. NaN in lanes with NaN or
        infinity, and in lanes of one repeated value, which have no scale.

    Raises:
        TypeError: complex data.
        ValueError: as for `Dispersion` and `entropy`.

    Good values: classes=6, order=2 or 3 with classes^order well below n.

    Source: Rostaghi and Azami 2016, IEEE Signal Process. Lett. 23, 610.
    """
    space = Dispersion(classes=classes, order=order, delay=delay, mapping=mapping)
    return entropy(x, dim=dim, space=space, estimator=estimator, base=base, normalize=normalize)
