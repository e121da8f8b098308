"""Permutation entropy: disorder of the order of neighbouring values."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from typing import Any, Literal

import numpy as np

from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.entropy import entropy
from ergodica.estimators.labelled import Dim
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.ordinal import OrdinalPatterns

LOGISTIC = 0.67985 * math.log(120)


def logistic_orbit(rng: np.random.Generator, n: int = 4000) -> tuple[np.ndarray]:
    """An orbit of x -> 4 x (1 - x)."""
    x = np.empty(n)
    x[0] = 0.1 + 0.8 * rng.random()
    for t in range(1, n):
        x[t] = 4 * x[t - 1] * (1 - x[t - 1])
    return (x,)


CLAIMS = Claims(
    needs="a series of at least (order-1)*delay+1 samples, with values that differ",
    cost="O(n order^2) comparisons, many an instruction; O(order!) memory",
    invariances={"shift": 0.0, "scale": 0.0, "monotone": 0.0, "sign": 1e-12, "reversal": 1e-12},
    exact=(
        Exact(
            name="white noise: all patterns alike",
            sample=lambda rng: (rng.normal(size=4000),),
            value=math.log(6),
            bias=0.0008,
            spread=0.0005,
            arguments={"order": 3},
        ),
        Exact(
            name="random walk: both runs twice as likely as each other pattern",
            sample=lambda rng: (rng.normal(size=4000).cumsum(),),
            value=2.5 * math.log(2),
            bias=0.0008,
            spread=0.0057,
            arguments={"order": 3},
            source="Bandt and Shiha 2007, J. Time Ser. Anal. 28, 646",
        ),
        Exact(
            name="logistic map at r=4, from its invariant measure",
            sample=logistic_orbit,
            value=LOGISTIC,
            bias=0.006,
            spread=0.012,
            arguments={"order": 5},
        ),
        Exact(
            name="two values in turn",
            sample=lambda rng: (np.arange(101) % 2.0,),
            value=math.log(2),
            arguments={"order": 4},
        ),
        Exact(name="a ramp", sample=lambda rng: (np.arange(50.0),), value=0.0),
    ),
)


@register(family="ordinal", takes={"x": "series"}, claims=CLAIMS)
def permutation_entropy(
    x: Any,
    *,
    dim: Dim = None,
    order: int = 5,
    delay: int = 1,
    ties: Literal["first", "random"] = "first",
    seed: int = 0,
    estimator: ProbabilityEstimator = PlugIn(),
    base: float = math.e,
    normalize: bool = False,
) -> Any:
    """Permutation entropy: the entropy of ordinal patterns, 0 for a ramp and ln order! for noise.

    H = -sum p ln p over the order! patterns of `order` samples, `delay` apart

    Args:
        x: a series along `dim`; every other dimension is mapped.
        dim: as for `entropy`.
        order, delay, ties, seed: as for `OrdinalPatterns`.
        estimator: PlugIn, or a correction for few counts: PlugIn is too low by about (patterns seen - 1)/(2 n).
        base: of the logarithm; e gives nat, 2 bit.
        normalize: divide by ln order!.

    Returns:
        DataArray over the other dimensions; an array, or a number, for a plain array. NaN in lanes with NaN or
        infinity, and in lanes of one repeated value, which have no order.

    Raises:
        TypeError: complex data.
        ValueError: as for `OrdinalPatterns` and `entropy`.

    Good values: order 3 to 7 with order! well below n; the delay of `ordinal_sampling`.

    Source: Bandt and Pompe 2002, Phys. Rev. Lett. 88, 174102.
    """
    space = OrdinalPatterns(order=order, delay=delay, ties=ties, seed=seed)
    return entropy(x, dim=dim, space=space, estimator=estimator, base=base, normalize=normalize)
