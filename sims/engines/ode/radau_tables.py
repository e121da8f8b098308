"""Coefficients of the Radau IIA methods with an odd number of stages.

Source: Hairer and Wanner 1996, Solving Ordinary Differential Equations II, IV.5 and IV.8.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Radau:
    """Collocation at the s zeros of the right Radau polynomial; order 2s - 1, stage order s.

    With c the nodes and A the matrix of the method:
    `inverse` is A^-1; `eigenvalues` of A^-1 (its real one first, then one of each pair), complex
    ((s + 1) / 2,); `vectors` (s, .) and `rows` (., s) take a vector of stages apart along them and together
    again: x = Re(vectors (rows x)); `real_node` is 1 / the real eigenvalue; `error` (s,) gives the difference
    to the embedded formula of order s, real_node h f(y) + error z; `interpolation` (s,) are the reciprocals
    of the products of differences of nodes, 0 counted as one; `height` is the largest value of their
    polynomial, 0 counted as a node, between 0 and 1: what multiplies the error of the interpolation.
    """

    nodes: Array
    inverse: Array
    eigenvalues: Array
    vectors: Array
    rows: Array
    real_node: float
    error: Array
    interpolation: Array
    height: float

    @property
    def stages(self) -> int:
        """Number of nodes."""
        return self.nodes.size


@functools.cache
def radau(stages: int) -> Radau:
    """The method with this odd number of stages, to the round-off of doubles."""
    series = np.zeros(stages + 1)
    series[stages], series[stages - 1] = 1.0, -1.0  # P_s - P_{s-1}, zero at 1
    found = np.sort(legendre.legroots(series).real)
    slope = legendre.legder(series)
    for _ in range(3):
        found = found - legendre.legval(found, series) / legendre.legval(found, slope)
    found[-1] = 1.0
    c = (1 + found) / 2
    q = np.arange(1, stages + 1)
    powers = c[:, None] ** (q - 1)
    # A^-1 differentiates the polynomial through 0 and the stages: Berrut and Trefethen 2004, SIAM Rev. 46, 501
    x = np.concatenate([[0.0], c])
    apart = x[:, None] - x + np.eye(stages + 1)
    weights = 1 / apart.prod(axis=1)
    derivative = weights / weights[:, None] / apart
    np.fill_diagonal(derivative, 0.0)
    np.fill_diagonal(derivative, -derivative.sum(axis=1))
    inverse = derivative[1:, 1:]
    last = np.linalg.solve(inverse.T, np.eye(stages)[-1])
    values, vectors = np.linalg.eig(inverse)
    rows = np.linalg.inv(vectors)
    real = int(np.argmin(np.abs(values.imag)))
    chosen = [real, *np.flatnonzero(values.imag > 1e-6)]
    twice = np.array([1.0] + [2.0] * (len(chosen) - 1))  # a pair gives twice the real part of one
    real_node = 1 / values[real].real
    embedded = np.linalg.solve(powers.T, 1 / q - real_node * (q == 1))
    between = np.linspace(0, 1, 1001)[:, None]
    return Radau(
        nodes=c,
        inverse=np.ascontiguousarray(inverse),
        eigenvalues=np.ascontiguousarray(values[chosen]),
        vectors=np.ascontiguousarray(vectors[:, chosen] * twice),
        rows=np.ascontiguousarray(rows[chosen]),
        real_node=float(real_node),
        error=(embedded - last) @ inverse,
        interpolation=weights[1:].copy(),
        height=float(np.abs((between - x).prod(axis=1)).max()),
    )
