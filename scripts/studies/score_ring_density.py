"""The steady state of two active particles on a ring: density, score, flow and entropy production to nine digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ergodica.scripts.studies.score_ring import TwoOnARing

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SteadyState:
    """The stationary Fokker-Planck equation in Fourier modes of x times Hermite functions of g.

    rho(x, g) = phi(g) sum_n c_n(x) h_n(g), with phi the normal density and h_n its orthonormal polynomials:

    eps c_n'' - (f c_n)' - v0 (sqrt(n) c_(n-1)' + sqrt(n+1) c_(n+1)') - gamma n c_n = 0

    which is solved from the last n down to the first on `points` of the circle, each n a dense block.

    Args:
        of: the process.
        points: odd number of points of x.
        orders: of the Hermite functions.

    Good values: 255 points and 60 orders give sigma to nine digits.
    """

    of: TwoOnARing
    points: int = 255
    orders: int = 60

    @property
    def x(self) -> Array:
        """The points, (points,), none of them at a jump of the force."""
        return np.asarray((np.arange(self.points) + 0.5) * self.of.length / self.points)

    @cached_property
    def wavenumbers(self) -> Array:
        """Of the Fourier modes, (points,)."""
        return np.asarray(2 * np.pi * np.fft.fftfreq(self.points, self.of.length / self.points))

    def derivative(self, values: Array) -> Array:
        """d/dx along the first axis."""
        waves = self.wavenumbers.reshape(-1, *(1,) * (values.ndim - 1))
        return np.asarray(np.fft.ifft(1j * waves * np.fft.fft(values, axis=0), axis=0).real)

    @cached_property
    def coefficients(self) -> Array:
        """c_n(x), (points, orders)."""
        one = self.of
        eye = np.eye(self.points)
        slope = self.derivative(eye)
        flux = one.eps * slope @ slope - slope * one.force(self.x)
        # c_(n+1) = step_(n+1) c_n
        steps: list[Array] = []
        for n in range(self.orders - 1, 0, -1):
            block = flux - one.gamma * n * eye
            if steps:
                block = block - one.v0 * np.sqrt(n + 1) * slope @ steps[-1]
            steps.append(np.linalg.solve(block, one.v0 * np.sqrt(n) * slope))
        first = flux - one.v0 * slope @ steps[-1]
        # the blocks are singular by the norm: one equation gives way to it
        first[0] = one.length / self.points
        right = np.zeros(self.points)
        right[0] = 1.0
        found = [np.linalg.solve(first, right)]
        for step in reversed(steps):
            found.append(step @ found[-1])
        return np.array(found).T

    def rates(self, quadrature: int = 120) -> tuple[float, float, float]:
        """sigma, sigma_x and sigma_g.

        sigma = <|b_x|^2>/eps + <div b_x>, which holds in any steady state; sigma_g = <|v_g|^2>/gamma by Gauss-Hermite
        quadrature; sigma_x the rest.
        """
        one = self.of
        nodes, weights = np.polynomial.hermite_e.hermegauss(quadrature)
        weights = weights / np.sqrt(2 * np.pi) * one.length / self.points
        basis = hermite(nodes, self.orders)
        c = self.coefficients
        density = c @ basis
        force = one.force(self.x)[:, None]
        drift = one.v0 * nodes + force
        slope = one.slope(self.x)[:, None]
        total = float((density * (drift**2 / one.eps + slope) * weights).sum())
        lowered = c[:, 1:] * np.sqrt(np.arange(1, self.orders)) @ basis[:-1]
        # where the density is lost in round-off its current is too
        weighted = density * weights
        kept = weighted > 1e-13 * weighted.max()
        squares = np.divide(lowered**2, density, out=np.zeros_like(density), where=kept)
        of_propulsion = one.gamma * float((squares * weights).sum())
        return total, total - of_propulsion, of_propulsion

    def score(self, states: Array) -> Array:
        """grad ln rho at `states` (..., 2) of x and g, by the series itself."""
        x, g = np.mod(states[..., 0], self.of.length).ravel(), states[..., 1].ravel()
        found = np.empty((x.size, 2))
        c = self.coefficients
        modes = np.fft.fft(c, axis=0) / self.points
        half = self.points // 2 + 1
        for part in range(0, x.size, 4096):
            rows = slice(part, part + 4096)
            # real coefficients: each positive wavenumber twice; the first point lies at half a spacing
            phase = np.exp(1j * np.outer(x[rows] - self.x[0], self.wavenumbers[:half]))
            phase[:, 1:] *= 2
            at = (phase @ modes[:half]).real
            along = ((1j * phase * self.wavenumbers[:half]) @ modes[:half]).real
            basis = hermite(g[rows], self.orders).T
            density = (at * basis).sum(axis=1)
            lowered = (at[:, 1:] * np.sqrt(np.arange(1, self.orders)) * basis[:, :-1]).sum(axis=1)
            found[rows, 0] = (along * basis).sum(axis=1) / density
            found[rows, 1] = lowered / density - g[rows]
        return found.reshape(states.shape)

    def velocity(self, states: Array) -> Array:
        """Velocity of the probability flow at `states` (..., 2)."""
        return self.of.velocity(states, self.score(states))


def hermite(g: Array, orders: int) -> Array:
    """Orthonormal Hermite polynomials of the normal density, (orders, points)."""
    found = np.ones((orders, len(g)))
    if orders > 1:
        found[1] = g
    for n in range(1, orders - 1):
        found[n + 1] = (g * found[n] - np.sqrt(n) * found[n - 1]) / np.sqrt(n + 1)
    return found
