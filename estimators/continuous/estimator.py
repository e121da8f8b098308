"""What an estimator of differential entropy is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims


@dataclass(frozen=True, kw_only=True)
class EntropyEstimator(ABC):
    """A way to h = -int f ln f from samples of f; `entropy(x, estimator=...)` takes it.

    A new estimator is one subclass in one file.
    """

    claims: ClassVar[Claims]

    @abstractmethod
    def entropy(self, x: Array) -> Array:
        """h in nats, `(lanes,)`, of C-contiguous float64 `(lanes, n, d)` of finite numbers; every lane on its own."""

    def fewest_samples(self, components: int) -> int:
        """Fewest samples n for vectors of so many components."""
        return 2
