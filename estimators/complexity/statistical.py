"""Statistical complexity: entropy times distance to equipartition."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from typing import Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.complexity.divergences import Disequilibrium, Divergence
from ergodica.estimators.entropy import along, entropy_functional, prepare
from ergodica.estimators.functionals import Functional, evaluate_all
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.space import Axis, Space


def complexity_functional(
    axes: tuple[Axis, ...],
    space: Space,
    of: Measure,
    divergence: Divergence,
    estimator: ProbabilityEstimator = PlugIn(),
) -> Functional:
    """The complexity of the outcomes of `space`, its pieces checked; arguments as for `statistical_complexity`."""
    if not isinstance(divergence, Divergence):
        raise TypeError(f"divergence: must be Disequilibrium() or JensenShannon(), got {divergence!r}")
    # a corrected entropy has no distribution that the divergence could be taken of
    estimator.check(None, space)
    disorder = entropy_functional(axes, space, of, estimator, normalize=True)

    def evaluate(weights: Array) -> Array:
        return disorder.evaluate(weights) * divergence.from_uniform(estimator.probabilities(weights))

    return Functional(
        name=f"{divergence.name}_complexity",
        units="1",
        long_name=f"statistical complexity ({divergence.long_name}) of the {space.long_name}",
        method=f"{of!r} times {divergence!r} of {space!r} by {estimator!r} {along(axes)}",
        evaluate=evaluate,
    )


def _of_two(p: float) -> float:
    """S D for the probabilities p and 1 - p."""
    return -(p * math.log(p) + (1 - p) * math.log(1 - p)) / math.log(2) * 2 * (p - 0.5) ** 2


CLAIMS = Claims(
    needs="what the space needs, with two possible outcomes or more; nonnegative numbers without one",
    cost="O(n), or that of the space",
    # a sum of n terms in another order
    invariances={"scale": 1e-13, "order": 1e-12},
    exact=(
        Exact(name="equal weights", sample=lambda rng: (np.full(16, rng.random()),), value=0.0, bias=1e-15),
        Exact(name="a certain outcome", sample=lambda rng: (rng.permutation([1.0, 0.0, 0.0]),), value=0.0),
        Exact(
            name="a fifth and four",
            sample=lambda rng: (rng.permutation([1.0, 4.0]),),
            value=_of_two(0.2),
            bias=1e-15,
            source="the definition",
        ),
    ),
)


@register(family="discrete", takes={"x": "weights"}, claims=CLAIMS)
def statistical_complexity(
    x: Any,
    *,
    dim: Dim = None,
    space: Space | None = None,
    of: Measure = Shannon(),
    divergence: Divergence = Disequilibrium(),
    estimator: ProbabilityEstimator = PlugIn(),
) -> Any:
    """Statistical complexity of a signal: 0 for perfect order and for perfect disorder.

    C = S D, with S the entropy divided by its maximum and D the divergence from the uniform distribution.

    Args:
        x, dim, space: as for `entropy`.
        estimator: of the probabilities, such as PlugIn() or JamesStein().
        of: measure that gives S.
        divergence: Disequilibrium() is the complexity of Lopez-Ruiz, Mancini and Calbet (LMC);
            JensenShannon() that of Lamberti and Rosso, with ordinal patterns the other axis of the
            complexity-entropy plane.

    Returns:
        DataArray over the other dimensions, `units` 1; an array, or a number, for a plain array.

    Raises:
        TypeError, ValueError: as for `entropy`; TypeError for an estimator that corrects an entropy alone, ValueError
            where there is one outcome only.

    Source: Lopez-Ruiz, Mancini, Calbet 1995, Phys. Lett. A 209, 321, eq. 3; Rosso et al. 2007, Phys. Rev.
    Lett. 99, 154102.
    """
    x, axes, space = prepare(x, dim, space, estimator)
    functional = complexity_functional(axes, space, of, divergence, estimator)
    return evaluate_all(x, axes, space, [functional])[0]
