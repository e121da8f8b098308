"""What a threshold of recurrence is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Real

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.recurrence.delay_vectors import DelayVectors
from ergodica.numerics.errors import ParameterError


@dataclass(frozen=True, kw_only=True)
class Threshold(ABC):
    """Which distance still counts as a return; a new one is one subclass that gives `radius`."""

    @abstractmethod
    def radius(self, columns: Array, scale: Array, vectors: DelayVectors) -> Array:
        """The radius of each lane, `(lanes,)` in the unit of `columns`; NaN where there is none.

        Args:
            columns: components of the vectors, `(lanes, d, n)`.
            scale: what the data were multiplied by, `(lanes,)`.
            vectors: which pairs are compared, and how.
        """


def positive(name: str, value: float, most: float = np.inf) -> float:
    """`value` as a float, checked to be above 0 and below `most`."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < most:
        rule = "a positive number" if most == np.inf else f"between 0 and {most:g}"
        raise ParameterError(f"{name}: must be {rule}, got {value!r}; try {name}=0.1")
    return float(value)
