"""Neighbours and counts among points of any dimension in open space, for many clouds of points at once.

Kernels that need more than these two functions take the tree itself: `build`, `search` and `count_below` of
`ergodica.numerics.point_tree_kernels` are called from other kernels by their own name.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ergodica.numerics.errors import ParameterError

Array = NDArray[np.float64]
Norm = Literal["maximum", "euclid", "manhattan"]

NORMS: dict[str, int] = {"maximum": 0, "euclid": 1, "manhattan": 2}
"""Norms by the number that kernels know them by."""

ROOT_STEPS = 4  # at most so many floating-point numbers share a root


def norm_number(norm: str) -> int:
    """The number that kernels know a norm by.

    Raises:
        ParameterError: no such norm.
    """
    if norm not in NORMS:
        raise ParameterError(f"norm: must be one of {', '.join(NORMS)}, got {norm!r}; use one of these")
    return NORMS[norm]


def nearest_points(points: Array, k: int, norm: Norm = "maximum") -> tuple[Array, NDArray[np.int32]]:
    """The k nearest other points of each point, in each cloud on its own.

    Args:
        points: `(lanes, n, d)`, C-contiguous and finite.
        k: 1 to n - 1.
        norm: "maximum" (largest component), "euclid" or "manhattan" (sum of components).

    Returns:
        Distances and numbers, `(lanes, n, k)`, the nearest first, of equally near points the lower first. The same
        for any number of threads. A cloud scaled by a power of two gives the same bits so scaled.

    Raises:
        ParameterError: an unknown norm, or k out of range.

    >>> nearest_points(np.array([[[0.0], [1.0], [3.0]]]), k=1)[1].tolist()
    [[[1], [0], [1]]]
    """
    number = norm_number(norm)
    lanes, n, _ = points.shape
    _check_k(k, n)
    measures, numbers = np.empty((lanes, n, k)), np.empty((lanes, n, k), np.int32)
    if lanes:
        from ergodica.numerics.point_tree_kernels import build
        from ergodica.numerics.point_tree_threads import nearest_of_lanes, nearest_of_one

        scaled, scale = _scaled(points, norm)
        if _share_lanes(lanes):
            nearest_of_lanes(scaled, number, measures, numbers)
        else:
            for lane in range(lanes):
                nearest_of_one(build(scaled[lane], number), measures[lane], numbers[lane])
        if norm == "euclid":
            np.sqrt(measures, out=measures)
            measures *= scale
    return measures, numbers


def kth_distances(points: Array, k: int, norm: Norm = "maximum") -> tuple[Array, NDArray[np.int64]]:
    """Distance of each point to its k-th nearest other point, without the memory of all k.

    Args:
        points, k, norm: as for `nearest_points`.

    Returns:
        Distances `(lanes, n)`, and for each cloud how many points have another one at distance 0 `(lanes,)`.

    Raises:
        ParameterError: an unknown norm, or k out of range.
    """
    number = norm_number(norm)
    lanes, n, _ = points.shape
    _check_k(k, n)
    measures, copies = np.empty((lanes, n)), np.zeros(lanes, np.int64)
    if lanes:
        from ergodica.numerics.point_tree_kernels import build
        from ergodica.numerics.point_tree_threads import kth_of_lanes, kth_of_one

        scaled, scale = _scaled(points, norm)
        if _share_lanes(lanes):
            kth_of_lanes(scaled, number, k, measures, copies)
        else:
            for lane in range(lanes):
                copies[lane] = kth_of_one(build(scaled[lane], number), k, measures[lane])
        if norm == "euclid":
            np.sqrt(measures, out=measures)
            measures *= scale[..., 0]
    return measures, copies


def mean_logarithms(points: Array, k: int, norm: Norm = "maximum") -> tuple[Array, int]:
    """Mean over points of the logarithm of the distance to neighbours 1 to k, without the memory of all distances.

    Args:
        points: one cloud `(n, d)`, C-contiguous and finite.
        k, norm: as for `nearest_points`.

    Returns:
        Means `(k,)`, and how many points have another one at distance 0; where there are any, the means are NaN.

    Raises:
        ParameterError: an unknown norm, or k out of range.
    """
    from ergodica.numerics.point_tree_kernels import build
    from ergodica.numerics.point_tree_threads import BLOCK, logarithms_of_one

    number = norm_number(norm)
    n = len(points)
    _check_k(k, n)
    scaled, scale = _scaled(points[np.newaxis], norm)
    sums = np.empty(((n + BLOCK - 1) // BLOCK, k))
    copies = int(logarithms_of_one(build(scaled[0], number), sums))
    means = sums.sum(axis=0) / n if copies == 0 else np.full(k, np.nan)
    return (means / 2 if norm == "euclid" else means) + np.log(scale[0, 0, 0]), copies


def count_near(points: Array, radii: Array, norm: Norm = "maximum", strict: bool = True) -> NDArray[np.int64]:
    """How many other points are near each point, in each cloud on its own.

    n_i = #{j != i: |x_j - x_i| < r_i}, by comparing the differences themselves.

    Args:
        points: `(lanes, n, d)`, C-contiguous and finite.
        radii: `(lanes, n)`, of each point.
        norm: as for `nearest_points`.
        strict: whether a point at the radius is left out; distances are those of `nearest_points`, bit for bit.

    Returns:
        `(lanes, n)`, the same for any number of threads.

    Raises:
        ParameterError: an unknown norm.
    """
    number = norm_number(norm)
    lanes = points.shape[0]
    counts = np.zeros(radii.shape, np.int64)
    if lanes and points.shape[1]:
        from ergodica.numerics.point_tree_kernels import build
        from ergodica.numerics.point_tree_threads import count_of_lanes, count_of_one

        scaled, scale = _scaled(points, norm)
        limits = radii / scale[..., 0]
        limits = limits if strict else np.nextafter(limits, np.inf)
        limits = _least_square(limits) if norm == "euclid" else limits
        if _share_lanes(lanes):
            count_of_lanes(scaled, number, limits, counts)
        else:
            for lane in range(lanes):
                count_of_one(build(scaled[lane], number), limits[lane], counts[lane])
        counts -= limits > 0
    return counts


def _check_k(k: int, n: int) -> None:
    if not 1 <= k <= n - 1:
        raise ParameterError(
            f"k: must be from 1 to the number of other points, {n - 1}, got {k}; use fewer neighbours"
        )


def _scaled(points: Array, norm: str) -> tuple[Array, Array]:
    """The clouds, in Euclid's norm near unit size so that no square leaves the range, and by how much each is larger.

    Powers of two `(lanes, 1, 1)`, so that no bit is lost.
    """
    if norm != "euclid":
        return points, np.ones((len(points), 1, 1))
    largest = np.abs(points).max(axis=(1, 2), keepdims=True, initial=0.0)
    scale = np.ldexp(1.0, np.clip(np.frexp(largest)[1], -1000, 1000))
    return points / scale, scale


def _least_square(root: Array) -> Array:
    """The smallest number whose square root is `root` or more: below it are the squares with a smaller root."""
    square = root * root
    for _ in range(ROOT_STEPS):
        lower = np.nextafter(square, 0.0)
        square = np.where((np.sqrt(lower) >= root) & (square > 0), lower, square)
    for _ in range(ROOT_STEPS):
        square = np.where(np.sqrt(square) < root, np.nextafter(square, np.inf), square)
    return square


def _share_lanes(lanes: int) -> bool:
    """Whether threads should take whole clouds, rather than blocks of one cloud's points."""
    import numba

    return lanes >= 2 * int(numba.get_num_threads()) or int(numba.get_num_threads()) == 1
