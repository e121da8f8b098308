"""Exact scores, flows and entropy production of linear processes: any of them, a trapped particle, a ring of particles.

States are (..., degrees). All degrees of freedom are even under time reversal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_continuous_lyapunov

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """dX = M X dt + sqrt(2 D) dW in its steady state, a Gaussian of covariance C with M C + C M^T + 2 D = 0.

    Score -C^-1 X; velocity of the probability flow K X with K = M + D C^-1; sigma = <(K X)^T D^-1 (K X)>.

    Args:
        drift: M, (d, d), all eigenvalues of negative real part.
        diffusion: D, (d, d), symmetric; singular where the flow has no part.

    Source: Gardiner 2009, Stochastic Methods, 4.5.6; Godreche and Luck 2019, J. Phys. A 52, 035002.
    """

    drift: Array
    diffusion: Array

    @cached_property
    def covariance(self) -> Array:
        """C, (d, d)."""
        found = solve_continuous_lyapunov(self.drift, -2 * self.diffusion)
        return np.asarray((found + found.T) / 2)

    @cached_property
    def flow(self) -> Array:
        """K = M + D C^-1, (d, d)."""
        return np.asarray(self.drift + self.diffusion @ np.linalg.inv(self.covariance))

    @property
    def rates(self) -> Array:
        """Parts of sigma, <|v_i|^2>/D_ii of each degree of freedom, (d,); for a diagonal D."""
        squares = np.einsum("ij,jk,ik->i", self.flow, self.covariance, self.flow)
        noise = np.diag(self.diffusion)
        return np.asarray(np.divide(squares, noise, out=np.full(len(noise), np.inf), where=noise > 0))

    @property
    def total(self) -> float:
        """sigma = tr(D^-1 K C K^T), for a regular D."""
        return float(np.trace(np.linalg.solve(self.diffusion, self.flow @ self.covariance @ self.flow.T)))

    @property
    def frequency(self) -> float:
        """Rate of turning of the flow in the plane of two degrees of freedom, sqrt(det K)."""
        return float(np.sqrt(np.linalg.det(self.flow)))

    def score(self, x: Array) -> Array:
        """grad ln rho at `x`, (..., d)."""
        return np.asarray(-np.linalg.solve(self.covariance, x[..., None])[..., 0])


@dataclass(frozen=True)
class Trapped:
    """One component of an active Ornstein-Uhlenbeck particle in a harmonic trap, in closed form.

    dx = (v0 g - A x) dt + sqrt(2 eps) dW,  dg = -gamma g dt + sqrt(2 gamma) dV

    Components of space are independent, and rates add up.

    Args:
        v0: speed of propulsion, >= 0.
        A: stiffness of the trap, > 0.
        gamma: rate at which the propulsion relaxes, > 0.
        eps: diffusion of position, >= 0; sigma is infinite at 0, its g part is not.

    Good values: v0=.3, A=.05, gamma=eps=.1.

    Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991.
    """

    v0: float = 0.3
    A: float = 0.05
    gamma: float = 0.1
    eps: float = 0.1

    @property
    def covariance(self) -> Array:
        """Of (x, g)."""
        both = self.v0 / (self.A + self.gamma)
        of_x = (self.eps + self.v0 * both) / self.A
        return np.array([[of_x, both], [both, 1.0]])

    @property
    def total(self) -> float:
        """sigma = v0^2 gamma/(eps (A + gamma))."""
        if self.eps == 0:
            return np.inf if self.v0 else 0.0
        return self.v0**2 * self.gamma / (self.eps * (self.A + self.gamma))

    @property
    def of_propulsion(self) -> float:
        """sigma_g = gamma v0^2 A/(eps (A + gamma)^2 + v0^2 gamma), that is <|v_g|^2>/gamma."""
        driven = self.gamma * self.v0**2
        below = self.eps * (self.A + self.gamma) ** 2 + driven
        return driven * self.A / below if below else 0.0

    @property
    def of_position(self) -> float:
        """sigma_x, the rest."""
        return self.total - self.of_propulsion

    @property
    def linear(self) -> Linear:
        """The same as matrices."""
        drift = np.array([[-self.A, self.v0], [0.0, -self.gamma]])
        return Linear(drift, np.diag([self.eps, self.gamma]))


@dataclass(frozen=True)
class HarmonicRing:
    """N active particles on a line, each in the trap A and joined to the next and the one before by springs kappa.

    The modes k = 0, ..., N-1 are `Trapped` with A_k = A + kappa (2 - 2 cos(2 pi k/N)), and rates add up over them.

    Args:
        particles: N >= 3.
        springs: kappa >= 0.
        one: the particle of mode 0.
    """

    particles: int = 8
    springs: float = 0.05
    one: Trapped = Trapped()

    @property
    def stiffness(self) -> Array:
        """A_k, (N,)."""
        turns = 2 * np.pi * np.arange(self.particles) / self.particles
        return np.asarray(self.one.A + self.springs * (2 - 2 * np.cos(turns)))

    @property
    def modes(self) -> list[Trapped]:
        """Each mode as a trapped particle."""
        one = self.one
        return [Trapped(one.v0, float(stiffness), one.gamma, one.eps) for stiffness in self.stiffness]

    @property
    def total(self) -> float:
        """sigma of all particles."""
        return sum(mode.total for mode in self.modes)

    @property
    def of_propulsion(self) -> float:
        """sigma_g of all particles."""
        return sum(mode.of_propulsion for mode in self.modes)

    @property
    def covariance(self) -> Array:
        """Of (x_1, ..., x_N, g_1, ..., g_N): circulant blocks, (2N, 2N)."""
        n = self.particles
        turns = 2 * np.pi * np.arange(n) / n
        apart = np.subtract.outer(np.arange(n), np.arange(n))
        waves = np.cos(apart[..., None] * turns) / n
        blocks = np.einsum("ijk,kab->aibj", waves, np.array([mode.covariance for mode in self.modes]))
        return np.asarray(blocks.reshape(2 * n, 2 * n))

    @property
    def linear(self) -> Linear:
        """The same as matrices, degrees ordered as by `covariance`."""
        n, one = self.particles, self.one
        shift = np.roll(np.eye(n), 1, axis=0)
        stiffness = one.A * np.eye(n) + self.springs * (2 * np.eye(n) - shift - shift.T)
        drift = np.block([[-stiffness, one.v0 * np.eye(n)], [np.zeros((n, n)), -one.gamma * np.eye(n)]])
        return Linear(drift, np.diag(np.repeat([one.eps, one.gamma], n)))


def random_linear(d: int, seed: int, *, diagonal: bool = False) -> Linear:
    """A stable process with random M and D, neither symmetric nor diagonal: out of equilibrium.

    D = B B^T/d + 1/4 and M = -D P + R/sqrt(d), P = B' B'^T/d + 1/2, with R antisymmetric and all entries normal: K is
    of the size of the relaxation.

    Args:
        d: components, >= 2.
        seed: of the matrices.
        diagonal: only the diagonal of D, so that degrees of freedom have rates of their own.
    """
    rng = np.random.default_rng(seed)
    first, second, turn = rng.normal(size=(3, d, d))
    diffusion = first @ first.T / d + np.eye(d) / 4
    if diagonal:
        diffusion = np.diag(np.diag(diffusion))
    precision = second @ second.T / d + np.eye(d) / 2
    drift = -(diffusion + (turn - turn.T) / np.sqrt(2 * d)) @ precision
    return Linear(drift, diffusion)
