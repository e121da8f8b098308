"""Search among points of any dimension in open space: neighbours and counts, exact for any arrangement of points.

A k-d tree that is eight wide: leaves are eight points, nodes eight boxes, side by side, so that one vector
instruction sees a whole node. Points are halved along the axis on which they spread most, at multiples of what a child
holds, so that all leaves but the last are full and a node is known by its number alone.

Distances are "measures": in the maximum and the Manhattan norm the distance, in Euclid's its square, which orders
points in the same way and needs no root. Equally near points are ordered by their number, the lower first.

Source: Friedman, Bentley and Finkel 1977, ACM Trans. Math. Software 3, 209.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics.kernel import kernel
from ergodica.numerics.near_lanes import lowest, ones
from ergodica.numerics.point_tree_lanes import (
    EUCLID,
    MAXIMUM,
    boxes_below_euclid,
    boxes_below_manhattan,
    boxes_below_maximum,
    near_boxes_euclid,
    near_boxes_manhattan,
    near_boxes_maximum,
    near_points_euclid,
    near_points_manhattan,
    near_points_maximum,
    points_below_euclid,
    points_below_manhattan,
    points_below_maximum,
)

Array = NDArray[np.float64]
Indices = NDArray[np.int32]

WIDE = 8
SHIFT = 3  # WIDE = 2**SHIFT
STACK = 128  # more than seven a level and one, for up to 2**31 points

inlined = kernel(_nrt=False, forceinline=True)


class PointTree(NamedTuple):
    """A tree over n points of d components; point s of the tree is the caller's `numbers[s]`.

    Fields:
        places: `(leaves * d * 8,)`, the coordinates of a leaf axis by axis; inf beyond the last point.
        numbers: `(leaves * 8,)` int32, the caller's number of each; n beyond the last.
        boxes: `(nodes * d * 16,)`, of each axis the eight lower sides and the eight upper ones.
        lowest: `(nodes * 8,)` int32, the lowest number in each box.
        first: `(levels + 1,)`, number of the first node of each level; level 0 is that of leaves.
        n, d, norm: points, components, norm (0 maximum, 1 Euclid, 2 Manhattan).
    """

    places: Array
    numbers: Indices
    boxes: Array
    lowest: Indices
    first: NDArray[np.int64]
    n: int
    d: int
    norm: int


@inlined
def _exchange(keys: Array, order: Indices, i: int, j: int) -> None:
    keys[i], keys[j] = keys[j], keys[i]
    order[i], order[j] = order[j], order[i]


@kernel(_nrt=False)
def _select(keys: Array, order: Indices, begin: int, end: int, middle: int) -> None:
    """Bring the lower keys before `middle`."""
    low, high = begin, end - 1
    while low < high:
        centre = (low + high) // 2
        # the median of three, which makes sorted input the best case
        if keys[centre] < keys[low]:
            _exchange(keys, order, low, centre)
        if keys[high] < keys[low]:
            _exchange(keys, order, low, high)
        if keys[high] < keys[centre]:
            _exchange(keys, order, centre, high)
        pivot = keys[centre]
        i, j = low, high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                _exchange(keys, order, i, j)
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@kernel(_nrt=False)
def _halve(
    points: Array, order: Indices, keys: Array, low: Array, high: Array, begin: int, end: int, middle: int
) -> None:
    """Bring the half of points that is lower along the widest axis before `middle`."""
    d = points.shape[1]
    for axis in range(d):
        low[axis], high[axis] = math.inf, -math.inf
    for i in range(begin, end):
        for axis in range(d):
            x = points[order[i], axis]
            low[axis] = x if x < low[axis] else low[axis]
            high[axis] = x if x > high[axis] else high[axis]
    widest = 0
    for axis in range(d):
        if high[axis] - low[axis] > high[widest] - low[widest]:
            widest = axis
    for i in range(begin, end):
        keys[i] = points[order[i], widest]
    _select(keys, order, begin, end, middle)


@kernel
def build(points: Array, norm: int) -> PointTree:
    """A tree of finite points `(n, d)`, n >= 1, d >= 1; norm 0 (maximum), 1 (Euclid) or 2 (Manhattan)."""
    n, d = points.shape
    levels = 0
    while WIDE << SHIFT * levels < n:
        levels += 1
    first = np.zeros(levels + 1, np.int64)
    nodes = 0
    for level in range(1, levels + 1):
        first[level] = nodes
        nodes += ((n - 1) >> SHIFT * (level + 1)) + 1
    leaves = ((n - 1) >> SHIFT) + 1
    numbers = np.full(leaves * WIDE, n, np.int32)
    for i in range(n):
        numbers[i] = i
    keys, low, high = np.empty(n), np.empty(d), np.empty(d)
    stack = np.empty((4 * SHIFT, 2), np.int64)
    for level in range(levels, 0, -1):
        child = 1 << SHIFT * level
        for start in range(0, n, WIDE * child):
            stack[0, 0], stack[0, 1], top = start, min(n, start + WIDE * child), 1
            while top > 0:
                top -= 1
                begin, end = stack[top]
                children = (end - begin + child - 1) // child
                if children > 1:
                    middle = begin + (children + 1) // 2 * child
                    _halve(points, numbers, keys, low, high, begin, end, middle)
                    stack[top, 0], stack[top, 1] = begin, middle
                    stack[top + 1, 0], stack[top + 1, 1] = middle, end
                    top += 2
    places = np.full(leaves * d * WIDE, math.inf)
    for i in range(n):
        for axis in range(d):
            places[((i >> SHIFT) * d + axis) * WIDE + (i & (WIDE - 1))] = points[numbers[i], axis]
    boxes = np.full(nodes * d * 2 * WIDE, math.inf)
    least = np.full(nodes * WIDE, n, np.int32)
    for level in range(1, levels + 1):
        for at in range(((n - 1) >> SHIFT * level) + 1):
            node, lane = first[level] + (at >> SHIFT), at & (WIDE - 1)
            inside = first[level - 1] + at
            found = n
            for i in range(WIDE):
                found = min(found, numbers[at * WIDE + i] if level == 1 else least[inside * WIDE + i])
            least[node * WIDE + lane] = found
            for axis in range(d):
                a, b = math.inf, -math.inf
                for i in range(WIDE):
                    if level == 1:
                        lower = upper = places[(at * d + axis) * WIDE + i]
                    else:
                        lower = boxes[((inside * d + axis) * 2) * WIDE + i]
                        upper = boxes[((inside * d + axis) * 2 + 1) * WIDE + i]
                    if upper < math.inf:
                        a, b = min(a, lower), max(b, upper)
                boxes[((node * d + axis) * 2) * WIDE + lane] = a
                boxes[((node * d + axis) * 2 + 1) * WIDE + lane] = b
    return PointTree(places, numbers, boxes, least, first, n, d, norm)


@inlined
def _near_points(tree: PointTree, leaf: int, x: Array, limit: float, out: Array) -> int:
    start = leaf * tree.d * WIDE
    if tree.norm == MAXIMUM:
        mask: int = near_points_maximum(tree.places, start, x, tree.d, limit, out)
    elif tree.norm == EUCLID:
        mask = near_points_euclid(tree.places, start, x, tree.d, limit, out)
    else:
        mask = near_points_manhattan(tree.places, start, x, tree.d, limit, out)
    return mask


@inlined
def _near_boxes(tree: PointTree, node: int, x: Array, limit: float, out: Array) -> int:
    start = node * tree.d * 2 * WIDE
    if tree.norm == MAXIMUM:
        mask: int = near_boxes_maximum(tree.boxes, start, x, tree.d, limit, out)
    elif tree.norm == EUCLID:
        mask = near_boxes_euclid(tree.boxes, start, x, tree.d, limit, out)
    else:
        mask = near_boxes_manhattan(tree.boxes, start, x, tree.d, limit, out)
    return mask


@inlined
def _visit_leaf(
    tree: PointTree,
    leaf: int,
    x: Array,
    itself: int,
    window: int,
    measures: Array,
    numbers: Indices,
    out: Array,
) -> None:
    """Put the points of a leaf that are near enough into the list, ascending, whose last ones fall out."""
    worst = measures.size - 1
    mask = _near_points(tree, leaf, x, measures[worst], out)
    while mask:
        lane = lowest(mask)
        mask &= mask - 1
        measure, number = out[lane], tree.numbers[leaf * WIDE + lane]
        if itself - window <= number <= itself + window or not (
            measure < measures[worst] or (measure == measures[worst] and number < numbers[worst])
        ):
            continue
        at = worst
        while at > 0 and (
            measures[at - 1] > measure or (measures[at - 1] == measure and numbers[at - 1] > number)
        ):
            measures[at], numbers[at] = measures[at - 1], numbers[at - 1]
            at -= 1
        measures[at], numbers[at] = measure, number


@kernel(_nrt=False)
def search(
    tree: PointTree,
    x: Array,
    s: int,
    measures: Array,
    numbers: Indices,
    out: Array,
    bounds: Array,
    stack: NDArray[np.int64],
) -> None:
    """The nearest points to `x`, as many as `measures` holds, ascending.

    Args:
        tree: the points.
        x: `(d,)`, a place.
        s: the tree's number of the point at `x`, which is left out; -1 for any other place.
        measures, numbers: `(k,)`, the result; inf and n where the tree has too few.
        out, bounds, stack: room, `(8,)`, `(STACK,)` and `(STACK, 2)`.
    """
    search_outside(tree, x, s, tree.numbers[s] if s >= 0 else -1, 0, measures, numbers, out, bounds, stack)


@kernel(_nrt=False)
def search_outside(
    tree: PointTree,
    x: Array,
    s: int,
    itself: int,
    window: int,
    measures: Array,
    numbers: Indices,
    out: Array,
    bounds: Array,
    stack: NDArray[np.int64],
) -> None:
    """`search` without the points whose numbers are within `window` of `itself`: in a series, those near in time."""
    worst = measures.size - 1
    for p in range(measures.size):
        measures[p], numbers[p] = math.inf, tree.n
    levels = tree.first.size - 1
    level = levels
    if s >= 0 or levels == 0:
        level = 1
        _visit_leaf(tree, max(s, 0) >> SHIFT, x, itself, window, measures, numbers, out)
    # upwards from the own leaf, so that the limit is tight before anything far is looked at
    while level <= levels:
        top = 1
        stack[0, 0], stack[0, 1], bounds[0] = level, max(s, 0) >> SHIFT * (level + 1), 0.0
        left_out = (s >> SHIFT * level) & (WIDE - 1) if s >= 0 else -1
        while top > 0:
            top -= 1
            deep, at, bound = stack[top, 0], stack[top, 1], bounds[top]
            if bound > measures[worst]:
                continue
            if deep == 0:
                _visit_leaf(tree, at, x, itself, window, measures, numbers, out)
                continue
            node = tree.first[deep] + at
            mask = _near_boxes(tree, node, x, measures[worst], out)
            if left_out >= 0:
                mask &= ~(1 << left_out)
                left_out = -1
            begin = top
            while mask:
                lane = lowest(mask)
                mask &= mask - 1
                bound = out[lane]
                if bound == measures[worst] and tree.lowest[node * WIDE + lane] >= numbers[worst]:
                    continue
                place = top
                while place > begin and bounds[place - 1] < bound:
                    bounds[place] = bounds[place - 1]
                    stack[place, 0], stack[place, 1] = stack[place - 1, 0], stack[place - 1, 1]
                    place -= 1
                bounds[place], stack[place, 0], stack[place, 1] = bound, deep - 1, at * WIDE + lane
                top += 1
        level += 1


@kernel(_nrt=False)
def count_below(tree: PointTree, x: Array, limit: float, stack: NDArray[np.int64]) -> int:
    """How many points of the tree have a measure below `limit` from `x`, one at `x` itself included.

    Args:
        tree: the points.
        x: `(d,)`, a place.
        limit: measure (squared in Euclid's norm); `np.nextafter(limit, np.inf)` counts those at it too.
        stack: room, `(STACK, 2)`.
    """
    found = 0
    levels = tree.first.size - 1
    stack[0, 0], stack[0, 1], top = levels, 0, 1
    while top > 0:
        top -= 1
        deep, at = stack[top, 0], stack[top, 1]
        if deep == 0:
            start = at * tree.d * WIDE
            if tree.norm == MAXIMUM:
                mask = points_below_maximum(tree.places, start, x, tree.d, limit)
            elif tree.norm == EUCLID:
                mask = points_below_euclid(tree.places, start, x, tree.d, limit)
            else:
                mask = points_below_manhattan(tree.places, start, x, tree.d, limit)
            found += ones(mask)
            continue
        start = (tree.first[deep] + at) * tree.d * 2 * WIDE
        if tree.norm == MAXIMUM:
            both = boxes_below_maximum(tree.boxes, start, x, tree.d, limit)
        elif tree.norm == EUCLID:
            both = boxes_below_euclid(tree.boxes, start, x, tree.d, limit)
        else:
            both = boxes_below_manhattan(tree.boxes, start, x, tree.d, limit)
        inside = both >> WIDE
        mask = (both & (2**WIDE - 1)) & ~inside
        while inside:
            child = at * WIDE + lowest(inside)
            inside &= inside - 1
            found += min(tree.n, (child + 1) << SHIFT * deep) - (child << SHIFT * deep)
        while mask:
            stack[top, 0], stack[top, 1] = deep - 1, at * WIDE + lowest(mask)
            mask &= mask - 1
            top += 1
    return found


@inlined
def place_of(tree: PointTree, s: int, x: Array) -> None:
    """The coordinates of point s of the tree."""
    start = (s >> SHIFT) * tree.d * WIDE + (s & (WIDE - 1))
    for axis in range(tree.d):
        x[axis] = tree.places[start + axis * WIDE]
