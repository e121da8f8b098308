"""Two active particles on a ring as one coordinate on a circle.

dx = [v0 g + f(x)] dt + sqrt(2 eps) dW,  dg = -gamma g dt + sqrt(2 gamma) dV,  x on a circle of length L
f(x) = k softplus_beta(2 - n) sgn,  n = min(x, L - x),  sgn = +1 for x < L/2 and -1 beyond
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TwoOnARing:
    """The relative coordinate x and propulsion g of two particles, in units of which g has variance 1.

    Args:
        v0: speed of the relative propulsion.
        k: stiffness of the force on x.
        gamma: rate at which g relaxes.
        eps: diffusion of x.
        length: L, of the circle.
        softness: beta of the softplus.
        contact: distance below which the particles repel each other.

    Good values: v0=.25, k=2.5, beta=7.5, gamma=eps=.1, L=16.

    Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991.
    """

    v0: float = 0.25
    k: float = 2.5
    gamma: float = 0.1
    eps: float = 0.1
    length: float = 16.0
    softness: float = 7.5
    contact: float = 2.0

    @classmethod
    def of_particles(cls, v0: float, k: float, gamma: float, eps: float, **others: float) -> TwoOnARing:
        """The relative coordinate of two particles: v0 -> sqrt(2) v0, k -> 2 k, eps -> 2 eps."""
        return cls(np.sqrt(2.0) * v0, 2 * k, gamma, 2 * eps, **others)

    @property
    def centre_of_mass(self) -> float:
        """What the mean position of the two particles adds to sigma_x: v0'^2/eps' of one particle."""
        return self.v0**2 / self.eps

    def force(self, x: Array) -> Array:
        """f, of the shape of x; antisymmetric about L/2."""
        x = np.mod(x, self.length)
        near = self.contact - np.minimum(x, self.length - x)
        size = self.k / self.softness * np.logaddexp(0.0, self.softness * near)
        return np.asarray(np.where(x < self.length / 2, size, -size))

    def slope(self, x: Array) -> Array:
        """f', of the shape of x; negative, without the jumps at x = 0 and L/2, which nobody reaches or feels."""
        x = np.mod(x, self.length)
        near = self.softness * (self.contact - np.minimum(x, self.length - x))
        return np.asarray(-self.k * np.exp(-np.logaddexp(0.0, -near)))

    def drift(self, states: Array) -> Array:
        """b, (..., 2), at `states` of x and g."""
        x, g = states[..., 0], states[..., 1]
        return np.stack([self.v0 * g + self.force(x), -self.gamma * g], axis=-1)

    def velocity(self, states: Array, score: Array) -> Array:
        """Velocity of the probability flow, b - D s, (..., 2)."""
        return self.drift(states) - np.array([self.eps, self.gamma]) * score
