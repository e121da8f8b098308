"""Neighbours of pairs of samples, and of the reversed pairs, that are not near in time. Imports numba."""

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.numerics.kernel import kernel, prange
from ergodica.numerics.point_tree_kernels import STACK, WIDE, PointTree, place_of, search_outside
from ergodica.numerics.point_tree_threads import BLOCK


@kernel
def distances_of_block(
    tree: PointTree, begin: int, end: int, k: int, window: int, own: Array, other: Array
) -> None:
    """`distances` of the tree's points begin to end."""
    x, out, bounds = np.empty(tree.d), np.empty(WIDE), np.empty(STACK)
    measures, numbers, stack = np.empty(k), np.empty(k, np.int32), np.empty((STACK, 2), np.int64)
    for s in range(begin, end):
        i = tree.numbers[s]
        place_of(tree, s, x)
        search_outside(tree, x, s, i, window, measures, numbers, out, bounds, stack)
        own[i] = np.sqrt(measures[k - 1])
        for axis in range(tree.d // 2, tree.d):
            x[axis] = -x[axis]
        search_outside(tree, x, -1, i, window, measures, numbers, out, bounds, stack)
        other[i] = np.sqrt(measures[k - 1])


@kernel(parallel=True)
def distances(tree: PointTree, k: int, window: int, own: Array, other: Array) -> None:
    """Distances of each pair, and of its reverse, to the k-th pair whose number is more than `window` from its own.

    Args:
        tree: of the pairs, midpoints and then steps, in Euclid's norm.
        k: of the neighbour; there are as many.
        window: in samples.
        own, other: `(n,)`, the result.
    """
    n = tree.n
    for block in prange((n + BLOCK - 1) // BLOCK):
        distances_of_block(tree, block * BLOCK, min(n, (block + 1) * BLOCK), k, window, own, other)
