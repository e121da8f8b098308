"""Voronoi cells in a periodic plane by cutting polygons: some 1 us a particle, where most are near their neighbours.

A cell begins as a square of side 2 R and is cut by the bisector to every neighbour within R. It is true once all its
corners are within R/2; for particles where they are not, R is doubled. Sums go over neighbours in the order of the cell
lists, so that results are the same bits on any number of threads.
"""

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.cells import COUNT, Cells, grid_of, inlined
from ergodica.numerics.geometry import Box
from ergodica.numerics.kernel import Kernel, kernel, prange
from ergodica.numerics.neighbours import sorted_into_cells, use_threads
from ergodica.numerics.sweeps import around

FIRST_RADIUS = 3.0  # mean distances between particles
MOST_CORNERS = 64
ROUND_OFF = 1e-14  # of R: up to which a corner beyond a line is on it
BLOCK = 256
AREA, REAL, IMAGINARY, AROUND = 0, 1, 2, 3


@kernel(_nrt=False)
def _cut(
    total: Any,
    i: int,
    j: int,
    dx: float,
    dy: float,
    dz: float,
    squared: float,
    particles: Any,
    parameters: Any,
) -> Any:
    """Cuts the polygon (corners x, y and the bond across the side that follows each) with the bisector to j."""
    corners, farthest, twins = total
    if squared > 4.0 * farthest or corners < 0:
        return total
    if squared == 0.0:
        return corners, farthest, twins + 1
    now, cut = particles
    half, least = 0.5 * squared, parameters[0] * math.sqrt(squared)
    beyond = 0
    for k in range(corners):
        height = now[0, k] * dx + now[1, k] * dy - half
        now[4, k] = height if height > least else min(height, 0.0)
        beyond += 1 if height > least else 0
    if beyond == 0:
        return total
    if corners + 2 > MOST_CORNERS:
        return -1, farthest, twins
    m = 0
    for k in range(corners):
        following = k + 1 if k + 1 < corners else 0
        a, b = now[4, k], now[4, following]
        if a <= 0.0:
            for row in range(4):
                cut[row, m] = now[row, k]
            m += 1
        if (a <= 0.0) != (b <= 0.0):
            share = a / (a - b)
            cut[0, m] = now[0, k] + share * (now[0, following] - now[0, k])
            cut[1, m] = now[1, k] + share * (now[1, following] - now[1, k])
            cut[2, m] = dx if a <= 0.0 else now[2, k]
            cut[3, m] = dy if a <= 0.0 else now[3, k]
            m += 1
    farthest = 0.0
    for k in range(m):
        for row in range(4):
            now[row, k] = cut[row, k]
        distance = now[0, k] * now[0, k] + now[1, k] * now[1, k]
        farthest = distance if distance > farthest else farthest
    return m, farthest, twins


@inlined
def _measured(polygon: Array, corners: int, order: int, out: Array) -> None:
    """Area, the sums of (cos, sin)(m theta) over sides weighted by their lengths, and the length around."""
    area, real, imaginary, length = 0.0, 0.0, 0.0, 0.0
    for k in range(corners):
        following = k + 1 if k + 1 < corners else 0
        x, y = polygon[0, k], polygon[1, k]
        across, up = polygon[0, following] - x, polygon[1, following] - y
        area += 0.5 * (x * up - y * across)
        side = math.sqrt(across * across + up * up)
        bond = math.sqrt(polygon[2, k] * polygon[2, k] + polygon[3, k] * polygon[3, k])
        c, s = polygon[2, k] / bond, polygon[3, k] / bond
        a, b = side, 0.0
        for _ in range(order):
            a, b = a * c - b * s, a * s + b * c
        real += a
        imaginary += b
        length += side
    out[AREA], out[REAL], out[IMAGINARY], out[AROUND] = area, real, imaginary, length


@functools.cache
def _loops() -> tuple[Kernel, Kernel]:
    gather = around(_cut, space=False)

    @kernel(_nrt=False)
    def block(
        begin: int,
        end: int,
        cells: Cells,
        radius: float,
        order: int,
        pending: NDArray[np.bool_],
        now: Array,
        cut: Array,
        out: Array,
    ) -> None:
        grid = grid_of(cells)
        for s in range(begin, end):
            i = cells.order[s]
            if not pending[i]:
                continue
            for k in range(4):
                now[0, k] = radius if k == 0 or k == 3 else -radius
                now[1, k] = radius if k < 2 else -radius
                now[2, k], now[3, k] = 1.0, 0.0
            corners, farthest, twins = gather(
                (4, 2.0 * radius * radius, 0), cells, grid, s, (now, cut), (ROUND_OFF * radius,)
            )
            if corners > 0 and 4.0 * farthest <= radius * radius:
                _measured(now, corners, order, out[i])
                out[i, AREA] /= 1 + twins
                pending[i] = False

    @kernel
    def serial(
        cells: Cells, radius: float, order: int, pending: NDArray[np.bool_], room: Array, out: Array
    ) -> None:
        block(0, cells.whole[COUNT], cells, radius, order, pending, room[0, 0], room[0, 1], out)

    @kernel(parallel=True)
    def parallel(
        cells: Cells, radius: float, order: int, pending: NDArray[np.bool_], room: Array, out: Array
    ) -> None:
        n = cells.whole[COUNT]
        for b in prange((n + BLOCK - 1) // BLOCK):
            block(
                b * BLOCK,
                min((b + 1) * BLOCK, n),
                cells,
                radius,
                order,
                pending,
                room[b, 0],
                room[b, 1],
                out,
            )

    return serial, parallel


def polygons(x: Array, box: Box, order: int) -> tuple[Array, NDArray[np.complex128]] | None:
    """Areas of the cells of particles `(n, 2)`, and psi_m of their neighbours weighted by the lengths of the sides.

    Args:
        x: positions.
        box: periodic along both axes.
        order: m; 0 where only areas are wanted.

    Returns:
        `(n,)` each, or None where a cell is so large that its corners are not within a quarter of the box: images
        are needed then, as `voronoi_cells` has them.
    """
    n = len(x)
    radius = FIRST_RADIUS * math.sqrt(box.volume / n)
    pending = np.ones(n, np.bool_)
    out = np.empty((n, 4))
    serial, parallel = _loops()
    while pending.any():
        if radius > box.shortest / 2:
            return None
        many = use_threads(n) > 1
        room = np.empty(((n + BLOCK - 1) // BLOCK if many else 1, 2, 5, MOST_CORNERS))
        cells = sorted_into_cells(x, radius, box)
        (parallel if many else serial)(cells, radius, order, pending, room, out)
        radius *= 2.0
    psi: NDArray = (out[:, REAL] + 1j * out[:, IMAGINARY]) / out[:, AROUND]
    return out[:, AREA], psi
