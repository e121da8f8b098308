"""How far a distribution is from the uniform one."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array


@dataclass(frozen=True, kw_only=True)
class Divergence(ABC):
    """The distance D of a probability vector to the uniform one: a factor of statistical complexity."""

    name: ClassVar[str]
    long_name: ClassVar[str]

    @abstractmethod
    def from_uniform(self, p: Array) -> Array:
        """D along the last axis of `p`."""


@dataclass(frozen=True, kw_only=True)
class Disequilibrium(Divergence):
    """Squared Euclidean distance to equipartition.

    D = sum (p_i - 1/n)^2, from 0 (uniform) to 1 - 1/n (certain).

    Source: Lopez-Ruiz, Mancini, Calbet 1995, Phys. Lett. A 209, 321, eq. 2.
    """

    name = "lmc"
    long_name = "Lopez-Ruiz, Mancini, Calbet"

    def from_uniform(self, p: Array) -> Array:
        """D along the last axis."""
        excess = p - 1 / p.shape[-1]
        return np.asarray((excess * excess).sum(axis=-1))


@dataclass(frozen=True, kw_only=True)
class JensenShannon(Divergence):
    """Jensen-Shannon divergence to the uniform distribution u, divided by its largest value.

    D = Q (H[(p+u)/2] - H[p]/2 - H[u]/2), 1/Q = ln(2n) - ln(n)/2 - (n+1)/(2n) ln(n+1), from 0 (uniform) to 1
    (certain).

    Source: Lamberti, Martin, Plastino, Rosso 2004, Physica A 334, 119.
    """

    name = "jensen_shannon"
    long_name = "Jensen-Shannon"

    def from_uniform(self, p: Array) -> Array:
        """D along the last axis."""
        n = p.shape[-1]
        if n == 1:
            return p[..., 0] * 0.0
        divergence = np.maximum(self.terms(p, n).sum(axis=-1), 0.0)
        return np.asarray(divergence / self.largest(n))

    @staticmethod
    def terms(p: Array, n: int) -> Array:
        """What each of n probabilities adds to the divergence, in nats."""
        middle = (p + 1 / n) / 2
        contrast = (p - 1 / n) / (p + 1 / n)
        # p = middle (1 + contrast), u = middle (1 - contrast); the absent outcome has contrast -1 and the
        # limit 0
        of_p = (1 + contrast) * np.log1p(np.where(contrast > -1, contrast, 0.0))
        return np.asarray(middle * (of_p + (1 - contrast) * np.log1p(-contrast)) / 2)

    @staticmethod
    def largest(n: int) -> float:
        """The divergence of a certain outcome, in nats."""
        return math.log(2 * n) - math.log(n) / 2 - (n + 1) / (2 * n) * math.log(n + 1)
