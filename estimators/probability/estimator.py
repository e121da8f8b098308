"""What a probability estimator is, and what it says of pairs that do not work."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array, normalized
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.spaces.space import Space
from ergodica.estimators.spaces.weights import Weights


@dataclass(frozen=True, kw_only=True)
class ProbabilityEstimator:
    """The way from weights of outcomes to their probabilities, or straight to an entropy.

    A new estimator is one subclass that gives `probabilities`, or `entropy` where a correction needs the
    counts, and says with which measures and spaces it works.
    """

    measures: ClassVar[tuple[type[Measure], ...]] = (Measure,)
    """Measures that it estimates."""

    counts_only: ClassVar[bool] = False
    """Whether it needs counts of observations."""

    number_needed: ClassVar[bool] = False
    """Whether the number of possible outcomes must be known."""

    gives_probabilities: ClassVar[bool] = True
    """Whether it estimates probabilities, and not only a number taken of them."""

    def probabilities(self, weights: Array) -> Array:
        """Probabilities along the last axis; a row without a finite positive sum becomes NaN."""
        return normalized(weights)

    def entropy(self, weights: Array, measure: Measure) -> Array:
        """The measure in nats along the last axis of the weights."""
        return measure.evaluate(self.probabilities(weights))

    def check(self, measure: Measure | None, space: Space) -> None:
        """Raise TypeError where the estimator says nothing about this measure in this space.

        Args:
            measure: None where probabilities are asked for.
            space: of the data.
        """
        name = type(self).__name__
        if measure is None and not self.gives_probabilities:
            raise TypeError(
                f"estimator: {name} corrects an entropy and gives no probabilities; use PlugIn(), AddConstant() or "
                "JamesStein()"
            )
        if measure is not None and not isinstance(measure, self.measures):
            known = ", ".join(f"{one.__name__}()" for one in self.measures)
            raise TypeError(
                f"estimator: {name} corrects {known} only, got {measure!r}; use PlugIn(), AddConstant() or "
                "JamesStein(), which take every measure"
            )
        if self.counts_only and not space.counts and not isinstance(space, Weights):
            raise TypeError(
                f"estimator: {name} needs counts (Symbols(), ValueBins(), OrdinalPatterns(), or Weights() of whole "
                f"numbers), got {space!r}; use PlugIn()"
            )
        if self.number_needed and not space.outcomes_known:
            raise TypeError(
                f"estimator: {name} needs the number of possible outcomes, got {space!r}; {space.merge_remedy}, or use "
                "PlugIn(), ChaoShen() or Grassberger()"
            )
        if measure is not None and measure.impossible_count and not space.outcomes_known:
            raise TypeError(
                f"of: {measure!r} needs the number of possible outcomes, got {space!r}; {space.merge_remedy}"
            )


@dataclass(frozen=True, kw_only=True)
class CountEstimator(ProbabilityEstimator):
    """An estimator of counts, checked to be whole numbers; gives `of_counts`."""

    counts_only = True

    def checked(self, weights: Array) -> Array:
        """The counts, with NaN throughout a row that has none.

        Raises:
            ValueError: counts that are not whole numbers.
        """
        finite = np.isfinite(weights)
        if (weights[finite] != np.rint(weights[finite])).any():
            raise ValueError(
                f"x: {type(self).__name__} needs whole counts, got fractions; use estimator=PlugIn() for probabilities"
            )
        usable = finite.all(axis=-1) & (weights.sum(axis=-1) > 0)
        return np.where(usable[..., np.newaxis], weights, np.nan)


def observations(counts: Array) -> Array:
    """n of each row, kept as an axis."""
    return np.asarray(counts.sum(axis=-1, keepdims=True))
