"""What a probability estimator is, and the first one: relative frequencies."""

from dataclasses import dataclass

from ergodica.estimators.arrays import Array, normalized
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.spaces.space import Space


@dataclass(frozen=True, kw_only=True)
class ProbabilityEstimator:
    """The way from weights of outcomes to their probabilities, or straight to an entropy.

    A new estimator is one subclass that gives `probabilities`, or `entropy` where a correction needs the
    counts.
    """

    def probabilities(self, weights: Array) -> Array:
        """Probabilities along the last axis; a row without a finite positive sum becomes NaN."""
        return normalized(weights)

    def entropy(self, weights: Array, measure: Measure) -> Array:
        """The measure in nats along the last axis of the weights."""
        return measure.evaluate(self.probabilities(weights))

    def check(self, measure: Measure | None, space: Space) -> None:
        """Raise TypeError where the estimator says nothing about this measure in this space."""


@dataclass(frozen=True, kw_only=True)
class PlugIn(ProbabilityEstimator):
    """Relative frequencies put into the formula of the measure.

    p_i = w_i / sum w. Exact for distributions that are known (densities, spectra); from n counts in K
    outcomes the Shannon entropy is too low by about (K-1)/(2n).
    """
