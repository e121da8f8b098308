"""Fluctuation-based dispersion entropy: disorder of steps between amplitude classes."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from typing import Any

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.complexity.dispersion import INVARIANCES, NEEDS, TURNS
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.dispersion_fluctuation import FluctuationDispersion

CLAIMS = Claims(
    needs=NEEDS,
    cost="O(n (classes + order))",
    invariances=INVARIANCES,
    exact=(
        Exact(
            name="Gaussian noise: steps of independent classes, 3 - |k| of 9 each",
            sample=lambda rng: (rng.normal(size=4000),),
            value=2 * math.log(3) - (3 * math.log(3) + 4 * math.log(2)) / 9,
            bias=0.0015,
            spread=0.0064,
            arguments={"classes": 3, "order": 2},
        ),
        TURNS,
    ),
)


@register(family="ordinal", takes={"x": "series"}, claims=CLAIMS)
def fluctuation_dispersion_entropy(
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
    """Fluctuation-based dispersion entropy: the entropy of steps between amplitude classes.

    H = -sum p ln p over the (2 classes - 1)^(order-1) words of steps

    Args:
        x, dim, classes, order, delay, mapping, estimator, base: as for `dispersion_entropy`.
        normalize: divide by (order - 1) ln (2 classes - 1); independent classes do not reach 1.

    Returns:
        As for `dispersion_entropy`.

    Raises:
        TypeError: complex data.
        ValueError: as for `FluctuationDispersion` and `entropy`.

    Good values: classes=6, order=2 or 3.

    Source: Azami and Escudero 2018, Entropy 20, 210.
    """
    space = FluctuationDispersion(classes=classes, order=order, delay=delay, mapping=mapping)
    return entropy(x, dim=dim, space=space, estimator=estimator, base=base, normalize=normalize)
