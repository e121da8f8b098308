"""A body in a lattice Boltzmann flow: which cells are solid, and what its surface sends back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
DIRECTIONS = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)])
OPPOSITE = (0, 2, 1, 4, 3, 6, 5, 8, 7)


@dataclass(frozen=True, kw_only=True)
class Body:
    """Solid cells and the links that cross the surface; places are flat indices into (9, rows, columns).

    The population that comes back along link l, `near_weight g[near] + far_weight g[far]`, is put at `target`, the
    solid cell from which the fluid cell pulls it.
    """

    solid: Array
    """Whether a cell is solid, (rows, columns)."""
    spans: Array
    """First solid column of each row and the one after the last, (rows, 2)."""
    target: Array
    near: Array
    far: Array
    near_weight: Array
    far_weight: Array
    directions: Array
    """Direction from the fluid into the body, (links, 2)."""

    @property
    def tables(self) -> tuple[Array, Array, Array, Array, Array]:
        """What `bounce` takes."""
        return self.target, self.near, self.far, self.near_weight, self.far_weight

    def force(self, f: Array) -> Array:
        """Momentum that the fluid (9, rows, columns) gives the body in the next step, (2,).

        Each link gives c_i (f_i + f_-i), what goes in and what comes out (Ladd 1994); the w_i of a closed surface
        add up to nothing.
        """
        cells = f.reshape(-1)
        out = self.near_weight * cells[self.near] + self.far_weight * cells[self.far]
        force: Array = ((cells[self.near] + out)[:, None] * self.directions).sum(axis=0)
        return force


def circle(rows: int, columns: int, *, x: float, y: float, radius: float, half_way: bool = False) -> Body:
    """A circle around the point (x, y), in cells, that lies at least two cells within the grid.

    A link that meets the surface at the share q of its length sends back, with i into the body and * after collision,
    2 q f*_i(x) + (1 - 2 q) f*_i(x - c_i) for q < 1/2, and f*_i(x)/(2 q) + (2 q - 1)/(2 q) f*_-i(x) else: errors of
    second order in the cell (Bouzidi, Firdaouss and Lallemand 2001, Phys. Fluids 13, 3452, equation 5). With
    `half_way` every q is 1/2: a staircase, which keeps mass to round-off.
    """
    down, across = np.mgrid[:rows, :columns]
    solid = (across - x) ** 2 + (down - y) ** 2 < radius**2
    spans = np.zeros((rows, 2), np.int64)
    for row in np.flatnonzero(solid.any(axis=1)):
        inside = np.flatnonzero(solid[row])
        spans[row] = inside[0], inside[-1] + 1
    parts = []
    for i in range(1, 9):
        cx, cy = DIRECTIONS[i]
        at_y, at_x = np.nonzero(~solid & np.roll(solid, (-cy, -cx), (0, 1)))
        # |r + q c|^2 = R^2: the smaller root, where the link enters
        rx, ry, square = at_x - x, at_y - y, cx * cx + cy * cy
        along = -(rx * cx + ry * cy)
        root = np.sqrt(np.maximum(along**2 - square * (rx**2 + ry**2 - radius**2), 0.0))
        q = np.full(len(at_x), 0.5) if half_way else np.clip((along - root) / square, 0.0, 1.0)
        close = q < 0.5

        def place(k: int, dy: int, dx: int, y: Array = at_y, x: Array = at_x) -> Array:
            return np.ravel_multi_index((np.full(len(x), k), y + dy, x + dx), (9, rows, columns))

        parts.append(
            (
                place(OPPOSITE[i], cy, cx),
                place(i, 0, 0),
                np.where(close, place(i, -cy, -cx), place(OPPOSITE[i], 0, 0)),
                np.where(close, 2 * q, 0.5 / np.maximum(q, 0.5)),
                np.where(close, 1 - 2 * q, 1 - 0.5 / np.maximum(q, 0.5)),
                np.tile((cx, cy), (len(at_x), 1)),
            )
        )
    joined = [np.concatenate(part) for part in zip(*parts, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    target, near, far, near_weight, far_weight, directions = (part[order] for part in joined)
    return Body(
        solid=solid, spans=spans, target=target, near=near, far=far, near_weight=near_weight,
        far_weight=far_weight, directions=directions,
    )  # fmt: skip
