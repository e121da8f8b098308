"""What estimators of Shannon entropy from counts share."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.estimator import CountEstimator


@dataclass(frozen=True, kw_only=True)
class ShannonEstimator(CountEstimator):
    """Shannon entropy straight from counts, without probabilities; a new one gives `shannon`."""

    measures: ClassVar[tuple[type[Measure], ...]] = (Shannon,)
    gives_probabilities = False

    def entropy(self, weights: Array, measure: Measure) -> Array:
        """Estimate in nats along the last axis of the counts; NaN for a row without counts."""
        return self.shannon(self.checked(weights)) + 0.0

    @abstractmethod
    def shannon(self, counts: Array) -> Array:
        """Entropy in nats `(...)` of whole counts `(..., outcomes)`, rows without any NaN throughout."""
