"""What turns vectors into a spectrum: the eigenvalues whose shares an entropy is taken of."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from ergodica.estimators.arrays import Array

# Shares below are round-off of an eigenvalue that is zero.
ROUND_OFF = 1e-14


@dataclass(frozen=True, kw_only=True)
class Representation(ABC):
    """A way from vectors `(n, d)` to nonnegative eigenvalues; `matrix_entropy(x, representation=...)` takes it.

    A new one is one subclass that gives `spectrum` and `count`, and `purity` where it needs no eigenvalues.
    """

    long_name: ClassVar[str]
    """What the spectrum is of, for labels: "covariance"."""

    @abstractmethod
    def spectrum(self, x: Array) -> Array:
        """Eigenvalues >= 0, `(count,)`, of one lane `(n, d)`; NaN throughout where they are not defined."""

    @abstractmethod
    def count(self, n: int, d: int) -> int:
        """The number of eigenvalues of n vectors of d components."""

    def purity(self, x: Array) -> float | None:
        """sum p^2 of the shares p of the eigenvalues where it needs none of them, else None."""
        return None
