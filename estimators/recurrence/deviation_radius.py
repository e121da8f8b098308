"""A threshold in standard deviations."""

from dataclasses import dataclass

from ergodica.estimators.arrays import Array
from ergodica.estimators.recurrence.delay_vectors import DelayVectors, deviation
from ergodica.estimators.recurrence.threshold import Threshold, positive


@dataclass(frozen=True, kw_only=True)
class DeviationRadius(Threshold):
    """Points within a share of the standard deviation recur.

    Args:
        value: > 0, in standard deviations of the lane (root mean square over components); a constant lane has none.

    Good values: .1 to .3.

    Source: Zbilut and Webber 1992, Phys. Lett. A 171, 199.
    """

    value: float = 0.2

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", positive("value", self.value))

    def radius(self, columns: Array, scale: Array, vectors: DelayVectors) -> Array:
        """As each lane varies."""
        return self.value * deviation(columns)
