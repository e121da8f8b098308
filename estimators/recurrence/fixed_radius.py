"""A threshold in the unit of the data."""

from dataclasses import dataclass

from ergodica.estimators.arrays import Array
from ergodica.estimators.recurrence.delay_vectors import DelayVectors
from ergodica.estimators.recurrence.threshold import Threshold, positive


@dataclass(frozen=True, kw_only=True)
class FixedRadius(Threshold):
    """Points within a given distance recur.

    Args:
        value: > 0, in the unit of the data.

    Source: Eckmann, Kamphorst and Ruelle 1987, Europhys. Lett. 4, 973.
    """

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", positive("value", self.value))

    def radius(self, columns: Array, scale: Array, vectors: DelayVectors) -> Array:
        """The same for all lanes."""
        return self.value * scale
