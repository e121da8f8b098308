"""What an estimator of information between continuous variables is."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims


@dataclass(frozen=True, kw_only=True)
class InformationEstimator(ABC):
    """A way to information from samples of vectors; `mutual_information(x, y, estimator=...)` and its kin take it.

    All methods take C-contiguous float64 arrays `(lanes, n, d)` of finite numbers with the same lanes and n, and return
    nats, `(lanes,)`. Every lane is on its own. A new estimator is one subclass in one file.
    """

    claims: ClassVar[Claims]

    @abstractmethod
    def mutual_information(self, x: Array, y: Array) -> Array:
        """I(X; Y) of each lane."""

    def conditional_mutual_information(self, x: Array, y: Array, given: Array) -> Array:
        """I(X; Y | Z) of each lane."""
        raise TypeError(f"estimator: {self!r} has no conditional form; use KSG() or GaussianCopula()")

    def multi_information(self, parts: Sequence[Array]) -> Array:
        """sum H(X_i) - H(X_1, ..., X_m), the total correlation, of each lane."""
        raise TypeError(
            f"estimator: {self!r} has no form for several variables; use KSG() or GaussianCopula()"
        )

    def fewest_samples(self, *components: int) -> int:
        """Fewest samples n for vectors of so many components."""
        return 2
