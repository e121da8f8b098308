"""What an estimator of the entropy production rate of a stationary path is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims


@dataclass(frozen=True, kw_only=True)
class IrreversibilityEstimator(ABC):
    """A way from one stationary path to its entropy production rate; `entropy_production(x, estimator=...)` takes it.

    A new estimator is one subclass in one file.
    """

    claims: ClassVar[Claims]

    takes: ClassVar[str] = "path"
    """Kind of data, from `ergodica.estimators.registry.DATA_KINDS`: "path" (vectors) or "states" (whole numbers)."""

    @abstractmethod
    def rate(self, paths: NDArray, dt: float) -> Array:
        """Nats per unit of time of each lane, `(lanes,)`, every lane on its own; NaN where a lane has no answer.

        Args:
            paths: C-contiguous, finite; `(lanes, n, d)` float64, or `(lanes, n)` whole numbers for "states".
            dt: time between samples, > 0.
        """

    def fewest_samples(self, components: int) -> int:
        """Fewest samples n of vectors of so many components."""
        return 2
