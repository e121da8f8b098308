"""Statistical complexity: entropy times distance to equipartition."""

# ruff: noqa: B008 - frozen dataclasses are safe as defaults

import math
from typing import Any

from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.divergences import Disequilibrium, Divergence
from ergodica.estimators.entropy import along, prepare, scale_of
from ergodica.estimators.labelled import Dim, describe, map_labelled
from ergodica.estimators.measures import Measure
from ergodica.estimators.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.shannon import Shannon
from ergodica.estimators.spaces import Space


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
    if not isinstance(divergence, Divergence):
        raise TypeError(f"divergence: must be Disequilibrium() or JensenShannon(), got {divergence!r}")
    if not isinstance(of, Measure):
        raise TypeError(f"of: must be a measure such as Shannon() or Renyi(q=2), got {of!r}")
    estimator.check(of, space)
    maximum, _ = scale_of(of, space.count(axes), base=math.e, normalize=True)

    def kernel(rows: NDArray) -> Array:
        weights = space.weights(rows)
        distance = divergence.from_uniform(estimator.probabilities(weights))
        return estimator.entropy(weights, of) / maximum * distance

    method = f"{of!r} times {divergence!r} of {space!r} by {estimator!r} {along(axes)}"
    long_name = f"statistical complexity ({divergence.name}) of the {space.long_name}"
    return describe(map_labelled(kernel, x, axes), f"{divergence.name}_complexity", "1", long_name, method)
