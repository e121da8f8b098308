"""Fluctuation-based dispersion patterns: steps between amplitude classes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.spaces.dispersion import Dispersion
from ergodica.estimators.spaces.space import Axis, Outcomes


@dataclass(frozen=True, kw_only=True)
class FluctuationDispersion(Dispersion):
    """Steps between the classes of neighbours in a dispersion pattern, blind to its level.

    word = (class_(t+delay) - class_t, ...), each step from -(c-1) to c-1, order - 1 of them

    There are (2c-1)^(order-1) words, numbered by sum_k (step_k + c - 1) (2c-1)^(order-2-k). All else is as for
    `Dispersion`: slow trends of the level count little.

    Args:
        classes: c, >= 2.
        order: classes in a window, >= 2.
        delay, mapping: as for `Dispersion`.

    Raises:
        ValueError: as for `Dispersion`.

    Good values: classes=6, order=2 or 3.

    Source: Azami and Escudero 2018, Entropy 20, 210, section 2.3.
    """

    long_name = "fluctuation-based dispersion patterns"

    @property
    def _least_order(self) -> int:
        return 2

    def count(self, axes: tuple[Axis, ...]) -> int:
        """(2 classes - 1)^(order - 1)"""
        return (2 * int(self.classes) - 1) ** (int(self.order) - 1)

    def outcomes(self, axes: tuple[Axis, ...]) -> Outcomes:
        """Numbers of the words and their names."""
        steps = [f"{step:+d}" for step in range(1 - self.classes, self.classes)]
        return self._named(steps, self.order - 1, "steps of a dispersion pattern")

    def _numbering(self) -> tuple[NDArray[np.int32], int]:
        powers = (2 * self.classes - 1) ** np.arange(self.order - 2, -1, -1, dtype=np.int32)
        factors = np.zeros(self.order, np.int32)
        factors[1:] += powers
        factors[:-1] -= powers
        return factors, int((self.classes - 1) * powers.sum())
