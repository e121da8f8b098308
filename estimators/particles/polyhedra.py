"""Volumes of Voronoi cells in a periodic space by cutting polyhedra, the nearest neighbours first.

A cell begins as a cube of side 2 R and is cut by the bisectors to the neighbours within R, in the order of their
distance, until the next one is too far to reach any corner. It is true once all its corners are within R/2; for
particles where they are not, R is made larger. Faces are polygons that run counterclockwise seen from outside, one
after the other in memory. Where an edge is cut, both of its faces find the same point to the bit, since it is computed
from the end inside.
"""

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.cells import COUNT, Cells, grid_of
from ergodica.numerics.geometry import Box
from ergodica.numerics.kernel import Kernel, kernel, prange
from ergodica.numerics.neighbours import sorted_into_cells, use_threads
from ergodica.numerics.sweeps import around

Places = NDArray[np.int64]

FIRST_RADIUS = 2.5  # mean distances between particles
MOST_NEAR, MOST_CORNERS, MOST_FACES = 4096, 768, 128
ROUND_OFF = 1e-14
"""Of R, up to which a corner beyond a plane is in it: the signs of the heights of the corners of a face along the plane
would be chance, and what is cut no polyhedron."""

BLOCK = 64
CUBE = ((1, 3, 7, 5), (0, 4, 6, 2), (2, 6, 7, 3), (0, 1, 5, 4), (4, 5, 7, 6), (0, 2, 3, 1))
"""Corners of each face of a cube, numbered x + 2 y + 4 z."""


@kernel
def _gathered(
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
    near = particles[0]
    count, twins = total
    if squared == 0.0:
        return count, twins + 1
    if count < MOST_NEAR:
        near[0, count], near[1, count], near[2, count], near[3, count] = squared, dx, dy, dz
    return count + 1, twins


@kernel(_nrt=False)
def _sort(near: Array, count: int) -> None:
    """By the first row, ascending: a shell sort."""
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for p in range(gap, count):
            a, b, c, d = near[0, p], near[1, p], near[2, p], near[3, p]
            q = p
            while q >= gap and near[0, q - gap] > a:
                for row in range(4):
                    near[row, q] = near[row, q - gap]
                q -= gap
            near[0, q], near[1, q], near[2, q], near[3, q] = a, b, c, d
        gap //= 3


@kernel(_nrt=False)
def _close(corners: Array, first: int, last: int, dx: float, dy: float, dz: float, angle: Array) -> None:
    """Puts the corners first to last - 1 of the new face, whose outward normal is (dx, dy, dz), in turn."""
    x, y, z = 0.0, 0.0, 0.0
    for k in range(first, last):
        x, y, z = x + corners[k, 0], y + corners[k, 1], z + corners[k, 2]
    share = 1.0 / (last - first)
    x, y, z = x * share, y * share, z * share
    # two axes in the face: u across the normal and the axis that it is farthest from, w = normal x u
    if abs(dx) <= abs(dy) and abs(dx) <= abs(dz):
        ux, uy, uz = 0.0, dz, -dy
    elif abs(dy) <= abs(dz):
        ux, uy, uz = -dz, 0.0, dx
    else:
        ux, uy, uz = dy, -dx, 0.0
    wx, wy, wz = dy * uz - dz * uy, dz * ux - dx * uz, dx * uy - dy * ux
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    for k in range(first, last):
        a, b, c = corners[k, 0], corners[k, 1], corners[k, 2]
        px, py, pz = a - x, b - y, c - z
        turn = math.atan2(px * wx + py * wy + pz * wz, length * (px * ux + py * uy + pz * uz))
        q = k
        while q > first and angle[q - 1 - first] > turn:
            for axis in range(3):
                corners[q, axis] = corners[q - 1, axis]
            angle[q - first] = angle[q - 1 - first]
            q -= 1
        corners[q, 0], corners[q, 1], corners[q, 2] = a, b, c
        angle[q - first] = turn


@kernel(_nrt=False)
def _cut(
    old: Array,
    starts: Places,
    faces: int,
    new: Array,
    ends: Places,
    height: Array,
    dx: float,
    dy: float,
    dz: float,
    half: float,
    least: float,
) -> int:
    """Cuts a polyhedron into another; returns its faces, -1 where there is no room, 0 where nothing was cut."""
    total = starts[faces]
    beyond = 0
    for k in range(total):
        above = old[k, 0] * dx + old[k, 1] * dy + old[k, 2] * dz - half
        height[k] = above if above > least else min(above, 0.0)
        beyond += 1 if above > least else 0
    if beyond == 0:
        return 0
    if faces + 1 >= MOST_FACES or 2 * total + faces > MOST_CORNERS:
        return -1
    m, count = 0, 0
    # points of the cut wait at the far end of the room
    waiting = MOST_CORNERS
    for f in range(faces):
        begin = m
        for k in range(starts[f], starts[f + 1]):
            following = k + 1 if k + 1 < starts[f + 1] else starts[f]
            a, b = height[k], height[following]
            if a <= 0.0:
                for axis in range(3):
                    new[m, axis] = old[k, axis]
                m += 1
                if b > 0.0:
                    share = a / (a - b)
                    waiting -= 1
                    for axis in range(3):
                        new[m, axis] = old[k, axis] + share * (old[following, axis] - old[k, axis])
                        new[waiting, axis] = new[m, axis]
                    m += 1
            elif b <= 0.0:
                share = b / (b - a)
                for axis in range(3):
                    new[m, axis] = old[following, axis] + share * (old[k, axis] - old[following, axis])
                m += 1
        if m > begin:
            ends[count] = begin
            count += 1
    ends[count] = m
    points = MOST_CORNERS - waiting
    if points > 2:
        for k in range(points):
            for axis in range(3):
                new[m + k, axis] = new[waiting + k, axis]
        _close(new, m, m + points, dx, dy, dz, height)
        count += 1
        ends[count] = m + points
    return count


@kernel(_nrt=False)
def _volume(near: Array, count: int, radius: float, corners: Array, starts: Places, height: Array) -> float:
    """Volume of the cell, or -1 where these neighbours do not settle it."""
    for f in range(6):
        starts[0, f] = 4 * f
        for p in range(4):
            corner = CUBE[f][p]
            corners[0, 4 * f + p, 0] = radius if corner & 1 else -radius
            corners[0, 4 * f + p, 1] = radius if corner & 2 else -radius
            corners[0, 4 * f + p, 2] = radius if corner & 4 else -radius
    starts[0, 6] = 24
    now, faces, farthest = 0, 6, 3.0 * radius * radius
    for j in range(count):
        if near[0, j] > 4.0 * farthest:
            break
        after = 1 - now
        cut = _cut(
            corners[now], starts[now], faces, corners[after], starts[after],
            height, near[1, j], near[2, j], near[3, j],
            0.5 * near[0, j], ROUND_OFF * radius * math.sqrt(near[0, j]),
        )  # fmt: skip
        if cut < 0:
            return -1.0
        if cut > 0:
            now, faces, farthest = after, cut, 0.0
            for k in range(starts[now, faces]):
                x, y, z = corners[now, k, 0], corners[now, k, 1], corners[now, k, 2]
                distance = x * x + y * y + z * z
                farthest = distance if distance > farthest else farthest
    if 4.0 * farthest > radius * radius:
        return -1.0
    sixfold = 0.0
    for f in range(faces):
        first = starts[now, f]
        x, y, z = corners[now, first, 0], corners[now, first, 1], corners[now, first, 2]
        for k in range(first + 1, starts[now, f + 1] - 1):
            a, b, c = corners[now, k, 0], corners[now, k, 1], corners[now, k, 2]
            p, q, r = corners[now, k + 1, 0], corners[now, k + 1, 1], corners[now, k + 1, 2]
            sixfold += x * (b * r - c * q) + y * (c * p - a * r) + z * (a * q - b * p)
    return sixfold / 6.0


@functools.cache
def _loops() -> tuple[Kernel, Kernel]:
    gather = around(_gathered, space=True)

    @kernel(_nrt=False)
    def block(
        begin: int, end: int, cells: Cells, radius: float, out: Array, near: Array, corners: Array,
        starts: Places, height: Array,
    ) -> None:  # fmt: skip
        grid = grid_of(cells)
        for s in range(begin, end):
            i = cells.order[s]
            if out[i] >= 0.0:
                continue
            count, twins = gather((0, 0), cells, grid, s, (near,), (0.0,))
            if count <= MOST_NEAR:
                _sort(near, count)
                volume = _volume(near, count, radius, corners, starts, height)
                if volume >= 0.0:
                    out[i] = volume / (1 + twins)

    @kernel
    def serial(
        cells: Cells, radius: float, out: Array, near: Array, corners: Array, starts: Places, height: Array
    ) -> None:
        n = cells.whole[COUNT]
        block(0, n, cells, radius, out, near[0], corners[0], starts[0], height[0])

    @kernel(parallel=True)
    def parallel(
        cells: Cells, radius: float, out: Array, near: Array, corners: Array, starts: Places, height: Array
    ) -> None:
        n = cells.whole[COUNT]
        parts = len(near)
        for p in prange(parts):
            for b in range(p, (n + BLOCK - 1) // BLOCK, parts):
                block(
                    b * BLOCK, min((b + 1) * BLOCK, n), cells, radius, out, near[p], corners[p], starts[p],
                    height[p],
                )  # fmt: skip

    return serial, parallel


def polyhedra(x: Array, box: Box) -> Array | None:
    """Volumes `(n,)` of the cells of particles `(n, 3)` in a box periodic along every axis.

    Returns:
        None where a cell is so large that its corners are not within a quarter of the box, or has more than 4096
        particles so near: `voronoi_cells` is to be asked.
    """
    n = len(x)
    radius = FIRST_RADIUS * (box.volume / n) ** (1 / 3)
    out = np.full(n, -1.0)
    threads = use_threads(n)
    room = (
        np.empty((threads, 4, MOST_NEAR)),
        np.empty((threads, 2, MOST_CORNERS, 3)),
        np.empty((threads, 2, MOST_FACES + 1), np.int64),
        np.empty((threads, MOST_CORNERS)),
    )
    loop = _loops()[threads > 1]
    while (out < 0).any():
        if radius > box.shortest / 2:
            return None
        loop(sorted_into_cells(x, radius, box), radius, out, *room)
        radius *= 1.6
    return out
