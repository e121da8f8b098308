"""The k nearest neighbours from a balanced tree of boxes: exact for any arrangement of particles, in O(n log n).

Each node splits its particles into two halves along the axis on which they spread most, down to leaves of a few.
A node is known by the centre and half width of the box around its particles, which makes the shortest distance
to it, over all periodic images, as cheap as that to a particle.

Ties are decided by the particle's number: of two at the same distance the lower one is nearer. So the answer is
one, whatever the order of search; halves are split in that order too, and a node knows its lowest number, so that
a heap of coincident particles costs no more than others.

Source: Friedman, Bentley and Finkel 1977, ACM Trans. Math. Software 3, 209.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics.cells import Array, Indices, Integers, inlined
from ergodica.numerics.geometry import nearest_image, wrapped
from ergodica.numerics.kernel import Kernel, kernel, prange

Flags = NDArray[np.bool_]

LEAF = 8  # leaves hold 5 to 8
ROUNDING = 2.0**-50  # more than the round-off of a distance to a box
BLOCK = 64  # queries a task
MOST_LEVELS = 32
SORTED_TO = 32  # more neighbours are kept in a heap


class Tree(NamedTuple):
    """A tree of boxes over n particles.

    Fields:
        places: `(d, n)`, wrapped positions, particles of a leaf side by side.
        numbers: `(n,)` int32, the caller's number of each.
        boxes: `(nodes, 2 d)`, centre and half width; the children of node i are 2 i + 1 and 2 i + 2.
        lowest: `(nodes,)` int32, the lowest number in each node.
        periods: `(3,)`, inf on open axes.
        levels: `(1,)`, below the root.
    """

    places: Array
    numbers: Indices
    boxes: Array
    lowest: Indices
    periods: Array
    levels: Integers


def empty_tree(positions: Array, periods: Array) -> Tree:
    """A tree of the positions `(n, d)`, n >= 1, before its nodes are made."""
    n, d = positions.shape
    levels = 0
    while (n - 1 >> levels) >= LEAF:
        levels += 1
    nodes = 2 ** (levels + 1) - 1
    return Tree(
        places=np.array(positions.T, order="C"),
        numbers=np.arange(n, dtype=np.int32),
        boxes=np.empty((nodes, 2 * d)),
        lowest=np.empty(nodes, np.int32),
        periods=periods,
        levels=np.array([levels]),
    )


@inlined
def _exchange(places: Array, numbers: Indices, i: int, j: int) -> None:
    for axis in range(places.shape[0]):
        places[axis, i], places[axis, j] = places[axis, j], places[axis, i]
    numbers[i], numbers[j] = numbers[j], numbers[i]


@kernel(_nrt=False)
def _halve(places: Array, numbers: Indices, axis: int, begin: int, end: int, middle: int) -> None:
    """Bring the particles that are lower along an axis, of equal ones those of lower number, before `middle`."""
    key = places[axis]
    low, high = begin, end - 1
    while low < high:
        centre = (low + high) // 2
        # the median of three, which makes sorted input the best case
        for first, second in ((low, centre), (centre, high), (low, centre)):
            if key[second] < key[first] or (key[second] == key[first] and numbers[second] < numbers[first]):
                _exchange(places, numbers, first, second)
        pivot, number = key[centre], numbers[centre]
        i, j = low, high
        while i <= j:
            while key[i] < pivot or (key[i] == pivot and numbers[i] < number):
                i += 1
            while key[j] > pivot or (key[j] == pivot and numbers[j] > number):
                j -= 1
            if i <= j:
                _exchange(places, numbers, i, j)
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@kernel(_nrt=False)
def _node(tree: Tree, level: int, place: int) -> None:
    """The box of a node, and its particles in two halves."""
    d, n = tree.places.shape
    node = (1 << level) - 1 + place
    begin, end = place * n >> level, (place + 1) * n >> level
    widest = 0
    for axis in range(d):
        low, high = math.inf, -math.inf
        for i in range(begin, end):
            x = tree.places[axis, i]
            low = x if x < low else low
            high = x if x > high else high
        centre = 0.5 * low + 0.5 * high
        tree.boxes[node, axis] = centre
        tree.boxes[node, d + axis] = max(high - centre, centre - low)
        if tree.boxes[node, d + axis] > tree.boxes[node, d + widest]:
            widest = axis
    lowest = tree.numbers[begin]
    for i in range(begin + 1, end):
        lowest = min(lowest, tree.numbers[i])
    tree.lowest[node] = lowest
    if level < tree.levels[0]:
        _halve(tree.places, tree.numbers, widest, begin, end, (2 * place + 1) * n >> level + 1)


@kernel(_nrt=False)
def _wrap_all(tree: Tree) -> int:
    """Wrap the particles; the first one that is not finite."""
    d, n = tree.places.shape
    bad = n
    for axis in range(d):
        for i in range(n):
            x = tree.places[axis, i]
            if abs(x) < math.inf:
                tree.places[axis, i] = wrapped(x, tree.periods[axis])
            else:
                bad = min(bad, i)
    return bad if bad < n else -1


@kernel
def grow(tree: Tree) -> int:
    """Make the nodes of a tree on the calling thread; -1, or the first particle that is not finite."""
    bad: int = _wrap_all(tree)
    if bad < 0:
        for level in range(tree.levels[0] + 1):
            for place in range(1 << level):
                _node(tree, level, place)
    return bad


@kernel(parallel=True)
def grow_in_parallel(tree: Tree) -> int:
    """The same on several threads: the nodes of a level are independent."""
    bad: int = _wrap_all(tree)
    if bad < 0:
        for level in range(tree.levels[0] + 1):
            for place in prange(1 << level):
                _node(tree, level, place)
    return bad


@inlined
def _insert(squares: Array, numbers: Indices, square: float, number: int) -> None:
    """Put a neighbour into its place of a list, ascending, whose last one falls out."""
    k = squares.size - 1
    while k > 0 and (squares[k - 1] > square or (squares[k - 1] == square and numbers[k - 1] > number)):
        squares[k], numbers[k] = squares[k - 1], numbers[k - 1]
        k -= 1
    squares[k], numbers[k] = square, number


@inlined
def _sink(squares: Array, numbers: Indices, size: int, square: float, number: int) -> None:
    """Put a neighbour in place of the top of a heap, the farthest of the first `size`."""
    k = 0
    while 2 * k + 1 < size:
        child = 2 * k + 1
        other = child + 1
        if other < size and (
            squares[other] > squares[child]
            or (squares[other] == squares[child] and numbers[other] > numbers[child])
        ):
            child = other
        if squares[child] < square or (squares[child] == square and numbers[child] <= number):
            break
        squares[k], numbers[k] = squares[child], numbers[child]
        k = child
    squares[k], numbers[k] = square, number


@kernel(_nrt=False)
def _sort_heap(squares: Array, numbers: Indices) -> None:
    for last in range(squares.size - 1, 0, -1):
        square, number = squares[last], numbers[last]
        squares[last], numbers[last] = squares[0], numbers[0]
        _sink(squares, numbers, last, square, number)


def _searches(d: int) -> tuple[Kernel, Kernel]:
    """The search in `d` dimensions, on one thread and on several."""

    @kernel(_nrt=False)
    def search(
        tree: Tree, x: Array, itself: int, squares: Array, numbers: Indices, stack: Indices, bounds: Array
    ) -> None:
        """The neighbours of the wrapped place `x`, with squared distances, ascending, without `itself`."""
        n, levels = tree.numbers.size, tree.levels[0]
        leaves = (1 << levels) - 1
        places, boxes, periods, lowest = tree.places, tree.boxes, tree.periods, tree.lowest
        sort = squares.size <= SORTED_TO
        worst = squares.size - 1 if sort else 0
        for p in range(squares.size):
            squares[p], numbers[p] = math.inf, n
        stack[0], bounds[0], top = 0, 0.0, 1
        while top > 0:
            top -= 1
            node = stack[top]
            if bounds[top] > squares[worst] or (
                bounds[top] >= squares[worst] and lowest[node] > numbers[worst]
            ):
                continue
            while node < leaves:
                child = 2 * node + 1
                near, far = 0.0, 0.0
                for axis in range(d):
                    period = periods[axis]
                    raw = x[axis] - boxes[child, axis]
                    wide = boxes[child, d + axis]
                    gap = abs(nearest_image(raw, period)) - wide - ROUNDING * (abs(raw) + wide)
                    near += gap * gap if gap > 0.0 else 0.0
                    raw = x[axis] - boxes[child + 1, axis]
                    wide = boxes[child + 1, d + axis]
                    gap = abs(nearest_image(raw, period)) - wide - ROUNDING * (abs(raw) + wide)
                    far += gap * gap if gap > 0.0 else 0.0
                node, other = child, child + 1
                if far < near:
                    near, far, node, other = far, near, other, node
                far *= 1.0 - ROUNDING
                if far <= squares[worst]:
                    stack[top], bounds[top] = other, far
                    top += 1
                if near * (1.0 - ROUNDING) > squares[worst]:
                    break
            if node < leaves:
                continue
            place = node - leaves
            for i in range(place * n >> levels, (place + 1) * n >> levels):
                square = 0.0
                for axis in range(d):
                    difference = nearest_image(places[axis, i] - x[axis], periods[axis])
                    square += difference * difference
                if square <= squares[worst]:
                    number = tree.numbers[i]
                    if number != itself and (square < squares[worst] or number < numbers[worst]):
                        if sort:
                            _insert(squares, numbers, square, number)
                        else:
                            _sink(squares, numbers, squares.size, square, number)
        if not sort:
            _sort_heap(squares, numbers)

    @kernel
    def block(
        tree: Tree,
        queries: Array,
        same: bool,
        pending: Flags,
        begin: int,
        end: int,
        squares: Array,
        numbers: Indices,
    ) -> None:
        """The neighbours of queries begin to end; of the tree's own particles in its order where `same`."""
        stack, bounds = np.empty(MOST_LEVELS, np.int32), np.empty(MOST_LEVELS)
        x = np.empty(d)
        for q in range(begin, end):
            row = tree.numbers[q] if same else q
            if not pending[row]:
                continue
            for axis in range(d):
                x[axis] = tree.places[axis, q] if same else wrapped(queries[q, axis], tree.periods[axis])
            search(tree, x, row if same else -1, squares[row], numbers[row], stack, bounds)

    @kernel
    def serial(
        tree: Tree, queries: Array, same: bool, pending: Flags, squares: Array, numbers: Indices
    ) -> None:
        block(tree, queries, same, pending, 0, squares.shape[0], squares, numbers)

    @kernel(parallel=True)
    def parallel(
        tree: Tree, queries: Array, same: bool, pending: Flags, squares: Array, numbers: Indices
    ) -> None:
        n = squares.shape[0]
        for b in prange((n + BLOCK - 1) // BLOCK):
            block(tree, queries, same, pending, b * BLOCK, min((b + 1) * BLOCK, n), squares, numbers)

    return serial, parallel


SEARCHES: dict[int, tuple[Callable[..., None], Callable[..., None]]] = {d: _searches(d) for d in (1, 2, 3)}
