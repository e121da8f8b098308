"""Miller and Madow's correction for few counts."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure, support
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.plug_in import ProbabilityEstimator
from ergodica.estimators.spaces.space import Space
from ergodica.estimators.spaces.weights import Weights


@dataclass(frozen=True, kw_only=True)
class MillerMadow(ProbabilityEstimator):
    """Shannon entropy of counts with the first-order correction of its bias.

    H = H_plug-in + (K - 1)/(2 n), K outcomes seen at least once among n counts.

    Raises:
        TypeError: the measure is not Shannon, or the space does not count.
        ValueError: counts that are not whole numbers.

    Source: Miller 1955, in Information Theory in Psychology, 95.
    """

    def entropy(self, weights: Array, measure: Measure) -> Array:
        """Corrected entropy in nats along the last axis of the counts."""
        counted = np.isfinite(weights)
        if (weights[counted] != np.rint(weights[counted])).any():
            raise ValueError(
                "x: MillerMadow needs whole counts, got fractions; use estimator=PlugIn() for probabilities"
            )
        p = self.probabilities(weights)
        return measure.evaluate(p) + (support(p) - 1) / (2 * weights.sum(axis=-1))

    def check(self, measure: Measure | None, space: Space) -> None:
        """Shannon of counts only."""
        if measure is not None and not isinstance(measure, Shannon):
            raise TypeError(f"estimator: MillerMadow corrects Shannon() only, got {measure!r}; use PlugIn()")
        if not space.counts and not isinstance(space, Weights):
            raise TypeError(
                f"estimator: MillerMadow needs counts (ValueBins(), or Weights() of whole numbers), "
                f"got {space!r}; use PlugIn()"
            )
