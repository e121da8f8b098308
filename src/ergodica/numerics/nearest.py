"""The k nearest neighbours, in periodic boxes, open space or a mix, exact for any arrangement of particles."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ergodica.numerics.cells import Array, Indices, empty_cells
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import LARGEST_RADIUS, SMALLEST_RADIUS, Box, as_box
from ergodica.numerics.neighbours import BoxLike, checked_positions, displacements, fill, use_threads

BALL = {1: 2.0, 2: math.pi, 3: 4 * math.pi / 3}  # length, area, volume
FEW = 32  # particles, among which a tree is as good


@dataclass(frozen=True)
class Nearest:
    """The k nearest neighbours of each particle or place.

    Fields:
        indices: `(m, k)` int32, numbers of the neighbours, the nearest first; of equally near ones the lower first.
        distances: `(m, k)`, to the nearest periodic image of each.
        box, positions, queries: what was asked.
    """

    indices: Indices
    distances: Array
    box: Box
    positions: Array
    queries: Array

    @functools.cached_property
    def displacements(self) -> Array:
        """Shortest vectors from each place to its neighbours, `(m, k, d)`."""
        m, k = self.indices.shape
        owners = np.repeat(np.arange(m, dtype=np.int32), k)
        found = displacements(self.box, self.queries, self.positions, owners, self.indices.ravel())
        return found.reshape(m, k, self.box.dimensions)


def nearest(positions: ArrayLike, k: int, box: BoxLike = None, queries: ArrayLike | None = None) -> Nearest:
    """The k nearest neighbours of each particle, or of other places.

    Each particle counts once, by its nearest periodic image, at any distance. Within half the shortest period that
    is all there is to see; farther away a ball around a place would hold a second image of some particles, which
    is not counted: whoever reads a density from such a distance should look at `distances` and `box.shortest`.

    Args:
        positions: `(n, d)`, d = 1, 2 or 3, wrapped or not; in the unit of `box`.
        k: 1 to n - 1, or to n with `queries`.
        box: a `Box`, one length for all axes, a length an axis (None for an open one), or None for open space.
        queries: `(m, d)`, places around which to look; default the particles themselves, each without itself.

    Returns:
        `Nearest`, the same for any number of threads.

    Raises:
        ParameterError: shapes, a coordinate that is not finite, `k` out of range.

    Good values: k = 3 to 12 for orders and density, 16 to 32 for a network's inputs. Time is O(n + m k) for even
    particles and O((n + m k) log n) at worst.

    >>> nearest([[0.1], [0.2], [0.9]], k=2, box=1.0).indices
    array([[1, 2],
           [0, 2],
           [0, 1]], dtype=int32)
    """
    particles = checked_positions("positions", positions)
    region = as_box(box, particles.shape[1])
    same = queries is None
    places = particles if queries is None else checked_positions("queries", queries)
    if places.shape[1] != particles.shape[1]:
        raise ParameterError(
            f"queries: must have as many columns as positions, got {places.shape[1]} for {particles.shape[1]}; "
            "one column an axis"
        )
    most = len(particles) - 1 if same else len(particles)
    whole = isinstance(k, int | np.integer) and not isinstance(k, bool)
    if len(places) and (not whole or not 1 <= k <= most):
        raise ParameterError(
            f"k: must be a whole number from 1 to the number of other particles, {most}, got {k!r}; use fewer"
        )
    for name, array in (("positions", particles), ("queries", places)):
        finite = np.isfinite(array).all(1)
        if not finite.all():
            bad = int(np.argmin(finite))
            raise ParameterError(
                f"{name}: must be finite, got {array[bad].tolist()} for particle {bad}; remove or mend it"
            )
    numbers = np.empty((len(places), int(k)), np.int32)
    squares = np.empty(numbers.shape)
    if len(places):
        _search(region, particles, places, same, squares, numbers)
    return Nearest(numbers, np.sqrt(squares, out=squares), region, particles, places)


def _search(box: Box, particles: Array, places: Array, same: bool, squares: Array, numbers: Indices) -> None:
    """In cells as wide as holds k particles on average and some; what that does not settle, in a tree."""
    from ergodica.numerics.nearest_kernels import MOST_NEAREST, PLANE, SPACE
    from ergodica.numerics.tree_kernels import SEARCHES, empty_tree, grow, grow_in_parallel

    n, d = particles.shape
    k = squares.shape[1]
    pending = np.ones(len(places), np.bool_)
    threads = use_threads(len(places))
    extent = [
        length if math.isfinite(length) else np.ptp(particles[:, axis])
        for axis, length in enumerate(box.lengths)
    ]
    with np.errstate(over="ignore"):
        volume = float(np.prod(extent))
    radius = 0.0
    if k <= MOST_NEAREST and n >= FEW and math.isfinite(volume):
        radius = ((k + 3 * math.sqrt(k) + 1) / n * volume / BALL[d]) ** (1 / d)
    # the second radius is for the edges and corners of open space; a clump is left to the tree
    for scale in (1.0, 2.0):
        if not SMALLEST_RADIUS <= scale * radius <= min(box.shortest / 2, LARGEST_RADIUS):
            break
        cells = fill(empty_cells(n), "positions", particles, scale * radius, box)
        at = cells if same else fill(empty_cells(len(places)), "queries", places, scale * radius, box)
        (SPACE if d == 3 else PLANE)[threads > 1](cells, at, same, pending, squares, numbers)
        left = np.count_nonzero(pending)
        if left == 0 or left > len(places) // 4:
            break
    if not pending.any():
        return
    tree = empty_tree(particles, box.periods)
    (grow_in_parallel if use_threads(n) > 1 else grow)(tree)
    SEARCHES[d][threads > 1](tree, places, same, pending, squares, numbers)
