"""Statistical complexity: entropy times distance to equipartition."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

from typing import Any

from ergodica.estimators.arrays import Array
from ergodica.estimators.complexity.divergences import Disequilibrium, Divergence
from ergodica.estimators.entropy import along, entropy_functional, prepare
from ergodica.estimators.functionals import Functional, evaluate_all
from ergodica.estimators.labelled import Dim
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator
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
        x, dim, space, estimator: as for `entropy`.
        of: measure that gives S.
        divergence: Disequilibrium() is the complexity of Lopez-Ruiz, Mancini and Calbet (LMC);
            JensenShannon() that of Lamberti and Rosso, with ordinal patterns the other axis of the
            complexity-entropy plane.

    Returns:
        DataArray over the other dimensions, `units` 1; an array, or a number, for a plain array.

    Raises:
        TypeError, ValueError: as for `entropy`; ValueError where there is one outcome only.

    Source: Lopez-Ruiz, Mancini, Calbet 1995, Phys. Lett. A 209, 321, eq. 3; Rosso et al. 2007, Phys. Rev.
    Lett. 99, 154102.
    """
    x, axes, space = prepare(x, dim, space, estimator)
    functional = complexity_functional(axes, space, of, divergence, estimator)
    return evaluate_all(x, axes, space, [functional])[0]
