"""Loops over pairs of particles, compiled into the neighbour search: no list of pairs is stored."""

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

Integers = NDArray[np.int64]

PARTS = 64
"""Into so many parts particles are divided, on any number of threads, so that sums are the same bits."""


@kernel
def _counted(
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
    counts = particles[0]
    place = int(math.sqrt(squared) * parameters[0])
    if place < len(counts):
        counts[place] += 1
    return total


@kernel
def _weighted(
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
    counts, sums, v = particles
    place = int(math.sqrt(squared) * parameters[0])
    if place < len(counts):
        counts[place] += 1
        sums[place] += v[i, 0] * v[j, 0] + v[i, 1] * v[j, 1] + v[i, 2] * v[j, 2]
    return total


@kernel
def _joined(
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
    if j < i:
        root = particles[0]
        a, b = i, j
        # halving the paths keeps them short
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a < b:
            root[b] = a
        elif b < a:
            root[a] = b
    return total


@kernel
def _turned(
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
    """Adds (cos, sin)(m theta) by repeated multiplication with the unit vector, and 1; coincident ones do not count."""
    if squared == 0.0:
        return total
    inverse = 1.0 / math.sqrt(squared)
    c, s = dx * inverse, dy * inverse
    real, imaginary = 1.0, 0.0
    for _ in range(parameters[0]):
        real, imaginary = real * c - imaginary * s, real * s + imaginary * c
    return total[0] + real, total[1] + imaginary, total[2] + 1.0


@functools.cache
def _histogram(*, space: bool, weighted: bool) -> tuple[Kernel, Kernel]:
    gather = around(_weighted if weighted else _counted, space=space)

    if weighted:

        @kernel(_nrt=False)
        def part(
            begin: int, end: int, cells: Cells, v: Array, per_length: float, counts: Integers, sums: Array
        ) -> None:
            grid = grid_of(cells)
            for s in range(begin, end):
                gather((0.0,), cells, grid, s, (counts, sums, v), (per_length,))

    else:

        @kernel(_nrt=False)
        def part(
            begin: int, end: int, cells: Cells, v: Array, per_length: float, counts: Integers, sums: Array
        ) -> None:
            grid = grid_of(cells)
            for s in range(begin, end):
                gather((0.0,), cells, grid, s, (counts,), (per_length,))

    @kernel
    def serial(cells: Cells, v: Array, per_length: float, counts: Integers, sums: Array) -> None:
        n = cells.whole[COUNT]
        for p in range(PARTS):
            part(p * n // PARTS, (p + 1) * n // PARTS, cells, v, per_length, counts[p], sums[p])

    @kernel(parallel=True)
    def parallel(cells: Cells, v: Array, per_length: float, counts: Integers, sums: Array) -> None:
        n = cells.whole[COUNT]
        for p in prange(PARTS):
            part(p * n // PARTS, (p + 1) * n // PARTS, cells, v, per_length, counts[p], sums[p])

    return serial, parallel


def pair_histogram(
    x: Array, box: Box, radius: float, bins: int, vectors: Array | None = None
) -> tuple[Integers, Array]:
    """Ordered pairs by distance, in equal bins on [0, radius), and the sums of their scalar products.

    Args:
        x: `(n, d)`.
        box: periodic or open.
        radius: at most half of every periodic length.
        bins: how many.
        vectors: `(n, 2 or 3)`, one a particle; None sums nothing.

    Returns:
        Counts `(bins,)`, every pair twice, and sums of v_i . v_j `(bins,)`; the same bits on any number of threads.
    """
    cells = sorted_into_cells(x, radius, box)
    n = len(x)
    counts, sums = np.zeros((PARTS, bins), np.int64), np.zeros((PARTS, bins))
    v = np.zeros((1, 3))
    if vectors is not None:
        v = np.zeros((n, 3))
        v[:, : vectors.shape[1]] = vectors[cells.order[:n]]
    loops = _histogram(space=box.dimensions == 3, weighted=vectors is not None)
    loops[use_threads(n) > 1](cells, v, bins / radius, counts, sums)
    return counts.sum(0), sums.sum(0)


@functools.cache
def _union(*, space: bool) -> Kernel:
    gather = around(_joined, space=space)

    @kernel(_nrt=False)
    def union(cells: Cells, root: NDArray[np.int32]) -> None:
        grid = grid_of(cells)
        for s in range(grid.particles):
            gather((0.0,), cells, grid, s, (root,), (0.0,))
        for s in range(grid.particles):
            # roots come before their branches
            root[s] = root[root[s]]

    return union


def cluster_labels(x: Array, box: Box, radius: float) -> tuple[Integers, Integers]:
    """Clusters joined by steps from neighbour to neighbour within a radius.

    Returns:
        Label of each particle `(n,)` and sizes `(clusters,)`: the largest cluster is 0, of equally large ones
        that of the particle with the lowest number.
    """
    n = len(x)
    cells = sorted_into_cells(x, radius, box)
    root = np.arange(n, dtype=np.int32)
    _union(space=box.dimensions == 3)(cells, root)
    of = np.empty(n, np.int64)
    of[cells.order[:n]] = root
    _, first, label, sizes = np.unique(of, return_index=True, return_inverse=True, return_counts=True)
    rank = np.lexsort((first, -sizes))
    place = np.empty(len(rank), np.int64)
    place[rank] = np.arange(len(rank))
    return place[label], sizes[rank].astype(np.int64)


def bond_sums(x: Array, box: Box, radius: float, order: int) -> Array:
    """Sums of cos(m theta) and sin(m theta) of the bonds to all neighbours within a radius, and their number.

    Returns:
        `(n, 3)`.
    """
    from ergodica.numerics.sweeps import swept

    cells = sorted_into_cells(x, radius, box)
    out = np.zeros((len(x), 3))
    loops = swept(_turned, space=False)
    loops[use_threads(len(x)) > 1]((0.0, 0.0, 0.0), cells, (), (order,), out)
    return out
