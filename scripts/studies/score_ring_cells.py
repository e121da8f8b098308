"""Two active particles on a ring as a jump process between cells: a second way to their entropy production."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ergodica.scripts.studies.score_ring import TwoOnARing

Array = NDArray[np.float64]


@dataclass(frozen=True)
class JumpProcess:
    """The same process on cells of x and g, as a second way to its entropy production.

    Neighbouring cells exchange probability at the rates of Scharfetter and Gummel, D/h^2 B(-+ b h/D), B(z) = z/(e^z-1),
    so that the cells are a Markov jump process and sigma = sum J ln(p_i w_ij/(p_j w_ji)) over its edges, of which the
    error is of order h^2.

    Args:
        of: the process.
        cells: along x and along g.
        widest: the g cells reach from -widest to widest.
    """

    of: TwoOnARing
    cells: tuple[int, int] = (240, 120)
    widest: float = 6.0

    def rates(self) -> tuple[float, float, float]:
        """sigma, sigma_x and sigma_g."""
        from scipy.sparse import coo_array
        from scipy.sparse.linalg import splu

        one, (along_x, along_g) = self.of, self.cells
        x_step, g_step = one.length / along_x, 2 * self.widest / along_g
        x = np.asarray((np.arange(along_x) + 0.5) * x_step, np.float64)
        g = (np.arange(along_g) + 0.5) * g_step - self.widest
        number = np.arange(along_x * along_g).reshape(along_x, along_g)
        # edges to the next cell along x, around the circle, and along g
        middle = one.v0 * g + one.force(x + x_step / 2)[:, None]
        turned = np.broadcast_to(-one.gamma * (g[:-1] + g_step / 2), (along_x, along_g - 1))
        edges = (
            (number.ravel(), np.roll(number, -1, axis=0).ravel(), middle.ravel(), one.eps, x_step),
            (number[:, :-1].ravel(), number[:, 1:].ravel(), turned.ravel(), one.gamma, g_step),
        )
        start = np.concatenate([edge[0] for edge in edges])
        end = np.concatenate([edge[1] for edge in edges])
        peclet = np.concatenate([edge[2] * edge[4] / edge[3] for edge in edges])
        speed = np.concatenate([np.full(len(edge[0]), edge[3] / edge[4] ** 2) for edge in edges])
        forward, backward = speed * bernoulli(-peclet), speed * bernoulli(peclet)
        size = number.size
        values = np.concatenate([forward, -forward, backward, -backward])
        rows = np.concatenate([end, start, start, end])
        columns = np.concatenate([start, start, end, end])
        generator = coo_array((values, (rows, columns)), shape=(size, size)).tocsc()
        # the last cell has probability 1 until all are normalised
        p = np.ones(size)
        p[:-1] = splu(generator[:-1, :-1]).solve(-generator[:-1, [-1]].toarray()[:, 0])
        p /= p.sum()
        there, back = p[start] * forward, p[end] * backward
        kept = np.minimum(there, back) > 1e-16 * np.abs(there).max()
        parts = np.zeros(len(start))
        parts[kept] = (there[kept] - back[kept]) * np.log(there[kept] / back[kept])
        of_position = float(parts[: len(edges[0][0])].sum())
        of_propulsion = float(parts[len(edges[0][0]) :].sum())
        return of_position + of_propulsion, of_position, of_propulsion


def bernoulli(z: Array) -> Array:
    """z/(e^z - 1)."""
    small = np.abs(z) < 1e-5
    safe = np.where(small, 1.0, z)
    return np.asarray(np.where(small, 1 - z / 2, safe / np.expm1(safe)))
