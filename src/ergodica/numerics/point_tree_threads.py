"""The search among points on several threads: whole clouds each, or fixed blocks of one cloud's points."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics.kernel import kernel, prange
from ergodica.numerics.point_tree_kernels import (
    STACK,
    WIDE,
    Array,
    Indices,
    PointTree,
    build,
    count_below,
    place_of,
    search,
)

BLOCK = 256  # points a task


@kernel
def nearest_of_block(tree: PointTree, begin: int, end: int, measures: Array, numbers: Indices) -> None:
    """Fill the rows of the tree's points begin to end of `(n, k)` arrays, by the caller's number of each."""
    x, out, bounds = np.empty(tree.d), np.empty(WIDE), np.empty(STACK)
    stack = np.empty((STACK, 2), np.int64)
    for s in range(begin, end):
        place_of(tree, s, x)
        row = tree.numbers[s]
        search(tree, x, s, measures[row], numbers[row], out, bounds, stack)


@kernel
def kth_of_block(tree: PointTree, begin: int, end: int, k: int, measures: Array) -> int:
    """Fill the measure of the k-th neighbour of the tree's points begin to end; how many have one at measure 0."""
    x, out, bounds = np.empty(tree.d), np.empty(WIDE), np.empty(STACK)
    stack = np.empty((STACK, 2), np.int64)
    found, numbers = np.empty(k), np.empty(k, np.int32)
    copies = 0
    for s in range(begin, end):
        place_of(tree, s, x)
        search(tree, x, s, found, numbers, out, bounds, stack)
        measures[tree.numbers[s]] = found[k - 1]
        copies += found[0] == 0.0
    return copies


@kernel
def logarithms_of_block(tree: PointTree, begin: int, end: int, sums: Array) -> int:
    """Sums `(k,)` of ln of the measures of neighbours 1 to k of the tree's points; how many have one at measure 0."""
    k = sums.size
    x, out, bounds = np.empty(tree.d), np.empty(WIDE), np.empty(STACK)
    found, numbers, stack = np.empty(k), np.empty(k, np.int32), np.empty((STACK, 2), np.int64)
    sums[:] = 0.0
    copies = 0
    for s in range(begin, end):
        place_of(tree, s, x)
        search(tree, x, s, found, numbers, out, bounds, stack)
        if found[0] == 0.0:
            copies += 1
            continue
        for j in range(k):
            sums[j] += math.log(found[j])
    return copies


@kernel
def count_of_block(tree: PointTree, begin: int, end: int, limits: Array, counts: NDArray[np.int64]) -> None:
    """Points below `limits[i]` from each point i of the tree's points begin to end, those at it itself included."""
    x, stack = np.empty(tree.d), np.empty((STACK, 2), np.int64)
    for s in range(begin, end):
        place_of(tree, s, x)
        row = tree.numbers[s]
        counts[row] = count_below(tree, x, limits[row], stack)


@kernel(parallel=True)
def nearest_of_lanes(points: Array, norm: int, measures: Array, numbers: Indices) -> None:
    """Neighbours of every point of each cloud `(lanes, n, d)`; results `(lanes, n, k)`."""
    for lane in prange(points.shape[0]):
        nearest_of_block(build(points[lane], norm), 0, points.shape[1], measures[lane], numbers[lane])


@kernel(parallel=True)
def nearest_of_one(tree: PointTree, measures: Array, numbers: Indices) -> None:
    """Neighbours of every point of one tree; results `(n, k)`."""
    n = tree.n
    for block in prange((n + BLOCK - 1) // BLOCK):
        nearest_of_block(tree, block * BLOCK, min(n, (block + 1) * BLOCK), measures, numbers)


@kernel(parallel=True)
def kth_of_lanes(points: Array, norm: int, k: int, measures: Array, copies: NDArray[np.int64]) -> None:
    """Measures `(lanes, n)` of the k-th neighbours in each cloud, and the points with a neighbour at 0."""
    for lane in prange(points.shape[0]):
        copies[lane] = kth_of_block(build(points[lane], norm), 0, points.shape[1], k, measures[lane])


@kernel(parallel=True)
def kth_of_one(tree: PointTree, k: int, measures: Array) -> int:
    """Measures `(n,)` of the k-th neighbours of every point of one tree; how many have one at 0."""
    n, copies = tree.n, 0
    for block in prange((n + BLOCK - 1) // BLOCK):
        copies += kth_of_block(tree, block * BLOCK, min(n, (block + 1) * BLOCK), k, measures)
    return copies


@kernel(parallel=True)
def logarithms_of_one(tree: PointTree, sums: Array) -> int:
    """Sums `(blocks, k)` of ln of the measures of neighbours 1 to k; how many points have one at 0."""
    n, copies = tree.n, 0
    for block in prange((n + BLOCK - 1) // BLOCK):
        copies += logarithms_of_block(tree, block * BLOCK, min(n, (block + 1) * BLOCK), sums[block])
    return copies


@kernel(parallel=True)
def count_of_lanes(points: Array, norm: int, limits: Array, counts: NDArray[np.int64]) -> None:
    """Points below the limits `(lanes, n)` from every point of each cloud, itself included."""
    for lane in prange(points.shape[0]):
        count_of_block(build(points[lane], norm), 0, points.shape[1], limits[lane], counts[lane])


@kernel(parallel=True)
def count_of_one(tree: PointTree, limits: Array, counts: NDArray[np.int64]) -> None:
    """Points below the limits `(n,)` from every point of one tree, itself included."""
    n = tree.n
    for block in prange((n + BLOCK - 1) // BLOCK):
        count_of_block(tree, block * BLOCK, min(n, (block + 1) * BLOCK), limits, counts)
