"""Where a school is: displacements of its members from its centroid, also across the edges of a periodic box."""

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.numerics.geometry import Box

AT_CENTRE = 1e-10
"""Distance from the centroid, in radii of gyration, below which the direction from there is round-off."""

DIGITS_LOST = 1e-14
"""Displacements so small beside the positions are round-off: a school in one plane or place stays there."""


def displacements(x: Array, lengths: Array) -> Array:
    """Displacements `(n, d)` from the centroid, the shortest along periodic axes.

    The centroid is the circular mean, moved by the mean displacement from there (`Box.centroid`): that of open
    space for a school within half a box, whichever edges it lies across.

    Args:
        x: positions `(n, d)`.
        lengths: of the box `(d,)`, inf along open axes.
    """
    if not np.isfinite(lengths).any():
        found = x - x.mean(0)
    else:
        box = Box(tuple(lengths))
        found = box.displacement(box.centroid(x), x)
    return np.where(np.abs(found) > DIGITS_LOST * np.abs(x).max(), found, 0.0)


def directions(displacements: Array) -> tuple[Array, Array]:
    """Unit vectors from the centroid `(n, d)`, and the distances `(n,)`; zero for who is at the centroid."""
    distance = np.sqrt(np.square(displacements).sum(-1))
    limit = AT_CENTRE * np.sqrt(np.square(distance).mean())
    away = distance > limit
    return displacements * (away / np.where(away, distance, 1.0))[:, None], distance


def unit(headings: Array) -> Array:
    """Headings of length 1, NaN for one of length 0."""
    length = np.sqrt(np.square(headings).sum(-1, keepdims=True))
    return headings / np.where(length > 0, length, np.nan)


def cross(a: Array, b: Array) -> Array:
    """a x b for rows: `(n, 3)`, or the component out of the plane `(n, 1)`."""
    if a.shape[-1] == 2:
        return (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])[:, None]
    parts = [a[:, i] * b[:, j] - a[:, j] * b[:, i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return np.stack(parts, axis=-1)
