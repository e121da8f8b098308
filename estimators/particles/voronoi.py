"""Voronoi cells of particles in a periodic box, open space or a mix: their volumes and faces.

Periodic images within a margin stand around the box. A cell is true where the empty ball around each of its
corners, which reaches to the particles that make the corner, lies within that margin; where one does not, the margin
is doubled. A margin of the box's diagonal is always enough.
"""

from dataclasses import dataclass
from itertools import chain, product

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.numerics.geometry import Box

Integers = NDArray[np.int64]

FILLED = 1e-9  # of the box, which cells fill
FIRST_MARGIN = {2: 3.0, 3: 2.5}  # mean distances between particles


@dataclass(frozen=True)
class Cells:
    """Voronoi cells; each face stands twice, once for either side.

    Fields:
        volumes: `(n,)`, areas in the plane; NaN for a cell without bounds. Particles in one place share its cell
            evenly.
        owners, others: `(faces,)`, particles on this side and beyond.
        displacements: `(faces, d)`, from the owner to the image beyond.
        sizes: `(faces,)`, lengths in the plane, areas in space; inf for a face without bounds.
        places: `(n,)`, the first particle in the place of each, which bears the faces.
    """

    volumes: Array
    owners: Integers
    others: Integers
    displacements: Array
    sizes: Array
    places: Integers


def cell_volumes(x: Array, box: Box) -> Array:
    """Volumes `(n,)` of the cells: by cutting polygons or polyhedra in a periodic box, else from all cells."""
    if box.periodic == (True, True, True):
        from ergodica.estimators.particles.polyhedra import polyhedra

        volumes = polyhedra(x, box)
    else:
        found = _polygons(x, box, 0)
        volumes = None if found is None else found[0]
    if volumes is None or abs(volumes.sum() - box.volume) > FILLED * box.volume:
        return voronoi_cells(x, box).volumes
    return volumes


def neighbour_order(x: Array, box: Box, order: int) -> NDArray[np.complex128]:
    """psi_m `(n,)` of the neighbours in the plane, each weighted by the length of the side shared with it.

    NaN where a cell has no bounds, or no neighbour but the particle's own images.
    """
    found = _polygons(x, box, order)
    if found is not None:
        return found[1]
    cells = voronoi_cells(x, box)
    n = len(x)
    z = cells.displacements[:, 0] + 1j * cells.displacements[:, 1]
    good = np.isfinite(cells.volumes)[cells.owners]
    sizes = np.where(good, cells.sizes, 0.0)
    turned = (z / np.abs(z)) ** order * sizes
    total = np.bincount(cells.owners, sizes, n)
    psi = np.full(n, complex(np.nan, np.nan))
    some = total > 0
    sums = np.bincount(cells.owners, turned.real, n) + 1j * np.bincount(cells.owners, turned.imag, n)
    psi[some] = sums[some] / total[some]
    return psi[cells.places]


def _polygons(x: Array, box: Box, order: int) -> tuple[Array, NDArray[np.complex128]] | None:
    from ergodica.estimators.particles.polygons import polygons

    return polygons(x, box, order) if box.periodic == (True, True) else None


def voronoi_cells(x: Array, box: Box) -> Cells:
    """Cells of the particles `(n, d)`, d = 2 or 3, in O(n log n) for particles spread over the box."""
    places, inverse, counts = np.unique(box.wrap(x), axis=0, return_inverse=True, return_counts=True)
    if len(places) == len(x):
        return _distinct(box.wrap(x), box)
    found = _distinct(places, box)
    inverse = inverse.reshape(-1)
    # the first particle of each place bears its faces
    first = np.full(len(places), len(x))
    np.minimum.at(first, inverse, np.arange(len(x)))
    return Cells(
        (found.volumes / counts)[inverse],
        first[found.owners],
        first[found.others],
        found.displacements,
        found.sizes,
        first[inverse],
    )


def _distinct(x: Array, box: Box) -> Cells:
    periodic = np.array(box.periodic)
    extent = np.where(periodic, box.lengths, np.ptp(x, axis=0))
    spacing = float(np.prod(np.where(extent > 0, extent, 1.0)) / len(x)) ** (1 / x.shape[1])
    enough = float(np.linalg.norm(extent))
    margin = min(FIRST_MARGIN[x.shape[1]] * spacing, enough)
    while True:
        cells, true = _with_images(x, box, margin)
        if true.all() or not periodic.any() or margin >= enough:
            break
        margin = min(2 * margin, enough)
    cells.volumes[~true] = np.nan
    return cells


def _images(x: Array, box: Box, margin: float) -> tuple[Array, Integers]:
    """The particles, then their images within the margin, and whose image each is."""
    places, owners = [x], [np.arange(len(x))]
    periodic = np.array(box.periodic)
    length = np.where(periodic, box.lengths, 0.0)
    turns = [int(np.ceil(margin / one)) if one > 0 else 0 for one in length]
    for shift in product(*(range(-turn, turn + 1) for turn in turns)):
        if any(shift):
            moved = x + np.array(shift) * length
            near = ~periodic | ((moved >= -margin) & (moved <= length + margin))
            inside = near.all(1)
            places.append(moved[inside])
            owners.append(np.flatnonzero(inside))
    return np.concatenate(places), np.concatenate(owners)


def _with_images(x: Array, box: Box, margin: float) -> tuple[Cells, NDArray[np.bool_]]:
    """Cells as far as this margin tells, and whether each is true."""
    from scipy.spatial import QhullError, Voronoi

    n, d = x.shape
    places, numbers = _images(x, box, margin)
    try:
        found = Voronoi(places) if len(places) > d + 1 else None
    except QhullError:  # all on a line or in a plane: no cell has bounds
        found = None
    if found is None:
        none = np.empty(0, np.int64)
        return Cells(np.full(n, np.nan), none, none, np.empty((0, d)), np.empty(0), np.arange(n)), np.zeros(
            n, np.bool_
        )
    corner_count = np.fromiter(map(len, found.ridge_vertices), np.int64, len(found.ridge_vertices))
    corners = np.fromiter(chain.from_iterable(found.ridge_vertices), np.int64, int(corner_count.sum()))
    sizes = _face_sizes(found.vertices, corners, corner_count)
    sides = np.concatenate([found.ridge_points, found.ridge_points[:, ::-1]]).astype(np.int64)
    own = sides[:, 0] < n
    owners, beyond = sides[own, 0], sides[own, 1]
    size = np.concatenate([sizes, sizes])[own]
    apart = places[beyond] - places[owners]
    heights = 0.5 * np.sqrt(np.square(apart).sum(1))
    volumes = np.bincount(owners, size * heights, n) / d
    true = np.bincount(owners, minlength=n) > 0
    true[owners[~np.isfinite(size)]] = False

    # each corner's empty ball, once for either side of its face
    of_face = np.repeat(np.arange(len(corner_count)), corner_count)
    for side in (0, 1):
        owner = found.ridge_points[of_face, side]
        use = (owner < n) & (corners >= 0)
        owner, corner = owner[use], found.vertices[corners[use]]
        radius = np.sqrt(np.square(corner - places[owner]).sum(1)) * (1 - 1e-9)
        for axis, length in enumerate(box.lengths):
            if np.isfinite(length):
                beyond_margin = (corner[:, axis] - radius < -margin) | (
                    corner[:, axis] + radius > length + margin
                )
                true[owner[beyond_margin]] = False
    return Cells(volumes, owners, numbers[beyond], apart, size, np.arange(n)), true


def _face_sizes(vertices: Array, corners: Integers, count: Integers) -> Array:
    """Lengths of segments, or areas of polygons whose corners come in turn; inf without bounds."""
    start = np.cumsum(count) - count
    bounded = np.minimum.reduceat(corners, start) >= 0
    point = vertices[np.maximum(corners, 0)]
    if vertices.shape[1] == 2:
        ends = point.reshape(-1, 2, 2)
        sizes = np.sqrt(np.square(ends[:, 1] - ends[:, 0]).sum(1))
    else:
        following = np.arange(1, len(corners) + 1)
        following[start + count - 1] = start
        arm = point - np.repeat(point[start], count, axis=0)
        area = np.add.reduceat(np.cross(arm, arm[following]), start, axis=0)
        sizes = 0.5 * np.sqrt(np.square(area).sum(1))
    return np.where(bounded, sizes, np.inf)
