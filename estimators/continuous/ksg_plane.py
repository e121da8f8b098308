"""Counts of Kraskov, Stoegbauer and Grassberger for two scalars: strips of the plane, no tree.

The points are cut along x into strips of as many points each, and sorted by y within a strip. A point looks for its
neighbours up and down its own strip and then in those to the left and right, until a strip begins farther away than the
k-th neighbour so far. Queries of a strip go upwards, so the place to begin at in any strip only moves up.
The same edges of strips bound the counts on both axes. A strip holds about as many points as lie within the distance to
the k-th neighbour along x, taken from a few points: then the time is O(n k) for smooth densities, whatever their shape
and scale, and O(n^1.5) for most others.

Distances are always |x_j - x_i| as computed: what is counted is what was found.
"""

from typing import NamedTuple

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.continuous.ranks import Indices, order_into
from ergodica.numerics import kernel, prange

PILOTS = 16  # points whose neighbours set the width of the strips
NARROWEST = 8  # points in a strip
QUERIES = 1024  # points a task, on several threads


class Strips(NamedTuple):
    """Points of the plane in strips.

    Fields:
        x, y: `(n,)`, strip by strip, ascending in y within one.
        height: `(n,)` int32, the place of each in `ys`.
        xs, ys: `(n,)`, ascending.
        width: points in a strip of `xs`; the last strip holds the rest.
        tall: the same for `ys`, which is only searched.
    """

    x: Array
    y: Array
    height: Indices
    xs: Array
    ys: Array
    width: int
    tall: int


@kernel
def _within(values: Array, centre: float, radius: float, width: int, rank: int) -> int:
    """How many of the ascending values lie within the radius, strictly; `rank` is that of one that does."""
    n = values.size
    begin = rank // width * width
    while begin > 0 and centre - values[begin] < radius:
        begin = max(begin - width, 0)
    low, high = begin, min(begin + width, rank)
    while low < high:
        middle = (low + high) // 2
        if centre - values[middle] < radius:
            high = middle
        else:
            low = middle + 1
    first = low
    end = min((rank // width + 1) * width, n)
    while end < n and values[end - 1] - centre < radius:
        end = min(end + width, n)
    low, high = max(end - width, rank), end
    while low < high:
        middle = (low + high) // 2
        if values[middle] - centre < radius:
            low = middle + 1
        else:
            high = middle
    return low - first


@kernel
def _insert(best: Array, distance: float) -> None:
    """Put a distance into an ascending list, whose last one falls out."""
    place = best.size - 1
    while place > 0 and best[place - 1] > distance:
        best[place] = best[place - 1]
        place -= 1
    best[place] = distance


@kernel
def _lowest(values: Array, begin: int, end: int, value: float) -> int:
    """The first place from `begin` on whose value is not below `value`."""
    while begin < end:
        middle = (begin + end) // 2
        if values[middle] < value:
            begin = middle + 1
        else:
            end = middle
    return begin


@kernel
def cut(x: Array, y: Array, k: int) -> Strips:
    """The strips of n points."""
    n = x.size
    order = np.empty(n, np.int32)
    order_into(x, order)
    xs, ys = np.empty(n), np.empty(n)
    rank = np.empty(n, np.int32)
    for i in range(n):
        xs[i] = x[order[i]]
        rank[order[i]] = i
    # the typical number of points within the k-th distance, along each axis
    pilots = min(PILOTS, n)
    across, along = np.empty(pilots, np.int64), np.empty(pilots, np.int64)
    best = np.empty(k)
    chosen = np.empty(pilots, np.int32)
    for pilot in range(pilots):
        chosen[pilot] = order[(2 * pilot + 1) * n // (2 * pilots)]
    order_into(y, order)
    for i in range(n):
        ys[i] = y[order[i]]
    for pilot in range(pilots):
        i = chosen[pilot]
        best[:] = np.inf
        for j in range(n):
            distance = max(abs(x[j] - x[i]), abs(y[j] - y[i]))
            if distance < best[k - 1] and j != i:
                _insert(best, distance)
        radius = best[k - 1]
        across[pilot] = _within(xs, x[i], radius, n, rank[i]) if radius > 0 else 1
        place = _lowest(ys, 0, n, y[i])
        along[pilot] = _within(ys, y[i], radius, n, place) if radius > 0 else 1
    across.sort()
    along.sort()
    width = min(max(across[pilots // 2] // 2, NARROWEST), n)
    tall = min(max(along[pilots // 2] // 2, NARROWEST), n)
    strips = (n + width - 1) // width
    free = np.empty(strips, np.int32)
    for strip in range(strips):
        free[strip] = strip * width
    px, py, height = np.empty(n), np.empty(n), np.empty(n, np.int32)
    for i in range(n):
        j = order[i]
        strip = rank[j] // width
        place = free[strip]
        free[strip] = place + 1
        px[place] = x[j]
        py[place] = ys[i]
        height[place] = i
    return Strips(px, py, height, xs, ys, width, tall)


@kernel
def _search(
    points: Strips, x: float, y: float, place: int, itself: int, begin: int, end: int, best: Array
) -> None:
    """Neighbours in the strip from `begin` to `end`, up and down from `place`."""
    k = best.size - 1
    farthest = best[k]
    up = place
    down = place - 1
    if itself >= 0:
        up += 1
    while True:
        above = points.y[up] - y if up < end else np.inf
        below = y - points.y[down] if down >= begin else np.inf
        if above <= below:
            if above >= farthest:
                break
            distance = max(abs(points.x[up] - x), above)
            up += 1
        else:
            if below >= farthest:
                break
            distance = max(abs(points.x[down] - x), below)
            down -= 1
        if distance < farthest:
            _insert(best, distance)
            farthest = best[k]


@kernel
def count_strip(points: Strips, k: int, strip: int, start: Indices, met: Indices, counts: Indices) -> bool:
    """Counts `(n, 2)` of the points of a strip; whether each k-th neighbour is at some distance.

    `start` and `met` are work space, one number a strip, `met` with -1 at first.
    """
    n, width = points.x.size, points.width
    strips = (n + width - 1) // width
    first, last = strip * width, min((strip + 1) * width, n)
    best = np.empty(k)
    for i in range(first, last):
        x, y = points.x[i], points.y[i]
        best[:] = np.inf
        _search(points, x, y, i, i, first, last, best)
        left, right = strip - 1, strip + 1
        while True:
            before = x - points.xs[(left + 1) * width - 1] if left >= 0 else np.inf
            after = points.xs[right * width] - x if right < strips else np.inf
            if min(before, after) >= best[k - 1]:
                break
            if before <= after:
                other = left
                left -= 1
            else:
                other = right
                right += 1
            begin, end = other * width, min((other + 1) * width, n)
            if met[other] == strip:
                place = start[other]
                while place < end and points.y[place] < y:
                    place += 1
            else:
                place = _lowest(points.y, begin, end, y)
                met[other] = strip
            start[other] = place
            _search(points, x, y, place, -1, begin, end, best)
        radius = best[k - 1]
        if not radius > 0:
            return False
        rank = _lowest(points.xs, first, last, x)
        counts[i, 0] = _within(points.xs, x, radius, width, rank) - 1
        counts[i, 1] = _within(points.ys, y, radius, points.tall, points.height[i]) - 1
    return True


@kernel
def mean_psi(counts: Indices, psi: Array) -> float:
    """Mean over points of the sum over columns of psi(count + 1), in an order that no order of points changes."""
    n = counts.shape[0]
    often = np.zeros(n + 1, np.int64)
    for i in range(n):
        for column in range(counts.shape[1]):
            often[counts[i, column] + 1] += 1
    total = 0.0
    for m in range(1, n + 1):
        if often[m]:
            total += often[m] * psi[m]
    return total / n


@kernel(parallel=True)
def plane_lanes(x: Array, y: Array, k: int, psi: Array, out: Array) -> None:
    """Mean psi of each lane of `(lanes, n)`, one thread a lane; inf where a k-th neighbour is at distance 0."""
    for lane in prange(x.shape[0]):
        points = cut(x[lane], y[lane], k)
        n = points.x.size
        strips = (n + points.width - 1) // points.width
        start, met = np.empty(strips, np.int32), np.full(strips, -1, np.int32)
        counts = np.empty((n, 2), np.int32)
        good = True
        for strip in range(strips):
            good = good and count_strip(points, k, strip, start, met, counts)
        out[lane] = mean_psi(counts, psi) if good else np.inf


@kernel(parallel=True)
def plane_lane(points: Strips, k: int, psi: Array) -> float:
    """The same of the strips of one lane, on several threads."""
    n = points.x.size
    strips = (n + points.width - 1) // points.width
    a_task = max(1, QUERIES // points.width)
    tasks = (strips + a_task - 1) // a_task
    counts = np.empty((n, 2), np.int32)
    bad = np.zeros(tasks, np.bool_)
    for task in prange(tasks):
        start, met = np.empty(strips, np.int32), np.full(strips, -1, np.int32)
        for strip in range(task * a_task, min((task + 1) * a_task, strips)):
            if not count_strip(points, k, strip, start, met, counts):
                bad[task] = True
    return np.inf if bad.any() else mean_psi(counts, psi)
