"""How many distinct points a sequence of states goes through."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

TOLERANCE = 1e-6
"""Of the size of the set, within which a state has come back."""


def distinct_points(points: Array, size: float | None = None) -> Array:
    """Length of the cycle that each sequence of points (m, k, d) repeats, shape (m,).

    The smallest p <= k/2 for which every point is that p before, to a millionth of `size`, which is what all
    the sequences cover unless given. 0 where there is none: a longer cycle, an orbit that still settles, or
    one that never repeats. NaN ends a sequence; a sequence of one point has one, an empty one none.
    """
    members, most, _ = points.shape
    valid = np.isfinite(points).all(2)
    counts = np.where(valid.all(1), most, valid.argmin(1))
    found = np.zeros(members, np.int64)
    if not valid.any():
        return found
    seen = points[valid]
    if size is None:
        size = float(np.maximum(seen.std(0), 1e-3 * np.abs(seen).max(0)).max())
    near = TOLERANCE * (size if size > 0 else 1.0)
    found[counts == 1] = 1
    for period in range(1, most // 2 + 1):
        with np.errstate(invalid="ignore"):
            back = np.abs(points[:, period] - points[:, 0]).max(1) <= near
        for member in np.flatnonzero(back & (found == 0) & (counts >= 2 * period)):
            own = points[member, : counts[member]]
            if (np.abs(own[period:] - own[:-period]) <= near).all():
                found[member] = period
    return found
