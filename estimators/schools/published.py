"""The seven school entropies as the library dewi-kadita 0.0.4 defines them, for comparison with its numbers."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import BOX, HEADING, POSITION, SPACE, each_frame, variable
from ergodica.estimators.schools.entropies import (
    ANGULAR_BINS,
    AZIMUTH_BINS,
    COHESION_BINS,
    CORRELATION_BINS,
    DEPTH_BINS,
    LARGEST_VARIATION,
    NEIGHBOUR_BINS,
    NEIGHBOURS,
    OUTPUTS,
    POLAR_BINS,
    with_index,
)
from ergodica.estimators.schools.neighbours import nearest_distances
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

NOTHING_COUNTED = 0.5
"""What the library gives for too few individuals, and where every value fell outside its histogram."""
TINY = 1e-10
"""The library's floor for lengths, mean distances and variances, whatever their unit."""


@register(
    family="schools",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions and headings of particles in a periodic box", cost="O(N) a frame"),
)
def published_school_entropies(dataset: "xr.Dataset", *, box_size: float | None = None) -> "xr.Dataset":
    """The entropies and the index with the numbers of dewi-kadita 0.0.4 on the same positions, to 1e-10.

    Its choices are kept where `school_entropies` departs from them: headings in 12 x 24 bins of equal angles,
    weighted by the sine of the polar angle; absolute depth; the plain mean as centroid; values outside a
    histogram dropped, also those that round-off puts there; 0.5 where there is nothing to count.

    Args:
        dataset: with `position` and `heading(t, particle, space)` in three dimensions; positions in [0, box).
        box_size: side of the periodic cube, in the unit of the positions; default from `box(space)`, all of whose
            lengths must be one.

    Returns:
        As `school_entropies`.

    Raises:
        ParameterError: two dimensions, no cubic periodic box, a variable is missing, no particle, a position
            outside the box.

    The sum over all pairs takes O(N^2) time and O(N) memory: 4000 fish some 10 ms. The library's matrix
    product is taken as rounded with fused multiply-add; on a processor without, a value within round-off of the edge
    of a bin may fall on the other side there.

    Source: dewi-kadita 0.0.4 (Herho 2025, https://pypi.org/project/dewi-kadita).
    """
    components = variable(dataset, POSITION).sizes[SPACE]
    if components != 3:
        raise ParameterError(
            f"position: space must have 3 components here, got {components}; use school_entropies"
        )
    if box_size is not None:
        import xarray as xr

        dataset = dataset.assign({BOX: xr.DataArray(np.full(3, float(box_size)), dims=SPACE)})
    elif BOX not in dataset:
        raise ParameterError(
            "box: must be given for the published entropies, got none; give box_size, or use school_entropies"
        )
    return each_frame(
        _frame, dataset, (POSITION, HEADING), OUTPUTS, "Shannon entropy over ln(bins), as published"
    )


def _frame(x: Array, v: Array, lengths: Array) -> list[float]:
    size = float(lengths[0])
    if not (np.isfinite(lengths).all() and (lengths == size).all()):
        raise ParameterError(
            f"box: must be a periodic cube for the published entropies, got {lengths.tolist()}; give box_size"
        )
    if x.min() < 0 or x.max() >= size:
        raise ParameterError(
            f"position: must lie in [0, {size:g}), got {x.min():g} to {x.max():g}; wrap with numerics.Box.wrap"
        )
    heading = _unit(v)
    distances = nearest_distances(x, lengths, NEIGHBOURS)
    return with_index(
        [
            _cohesion(distances, size),
            _polarization(heading),
            _histogram(x[:, 2], DEPTH_BINS, size),
            _angular_momentum(x, heading),
            _neighbour(distances),
            _velocity_correlation(heading),
            _shape(x),
        ]
    )


def _unit(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length < TINY, 1.0, length)


def _entropy(weights: NDArray, bins: int) -> float:
    total = weights.sum()
    if not total > 0:
        return NOTHING_COUNTED
    p = weights[weights > 0] / total
    return float(-(p * np.log(p)).sum()) / math.log(bins)


def _histogram(values: Array, bins: int, largest: float) -> float:
    counts, _ = np.histogram(values, bins=bins, range=(0, largest))
    return _entropy(counts, bins)


def _cohesion(distances: Array, size: float) -> float:
    if len(distances) < 2:
        return NOTHING_COUNTED
    return _histogram(distances[:, 0], COHESION_BINS, size / 2)


def _polarization(heading: Array) -> float:
    polar_edges = np.linspace(0, np.pi, POLAR_BINS + 1)
    azimuth_edges = np.linspace(0, 2 * np.pi, AZIMUTH_BINS + 1)
    polar = _places(np.arccos(np.clip(heading[:, 2], -1, 1)), polar_edges)
    azimuth = _places(np.arctan2(heading[:, 1], heading[:, 0]) + np.pi, azimuth_edges)
    counts = np.bincount(polar * AZIMUTH_BINS + azimuth, minlength=POLAR_BINS * AZIMUTH_BINS)
    weights = np.sin((polar_edges[:-1] + polar_edges[1:]) / 2)
    return _entropy(counts.reshape(POLAR_BINS, AZIMUTH_BINS) * weights[:, None], POLAR_BINS * AZIMUTH_BINS)


def _places(values: Array, edges: Array) -> NDArray[np.int64]:
    """The bin of each value; the last one holds its upper edge."""
    return np.minimum(np.searchsorted(edges, values, side="right") - 1, len(edges) - 2)


def _angular_momentum(x: Array, heading: Array) -> float:
    if len(x) < 3:
        return NOTHING_COUNTED
    outward = _unit(x - np.mean(x, axis=0))
    return _histogram(np.linalg.norm(np.cross(outward, heading), axis=1), ANGULAR_BINS, 1.0)


def _neighbour(distances: Array) -> float:
    if len(distances) < NEIGHBOURS + 1:
        return NOTHING_COUNTED
    variation = distances.std(1) / (distances.mean(1) + TINY)
    return _histogram(variation, NEIGHBOUR_BINS, LARGEST_VARIATION)


def _velocity_correlation(heading: Array) -> float:
    from ergodica.estimators.schools.kernels import pairs_as_published

    if len(heading) < 2:
        return NOTHING_COUNTED
    edges = np.linspace(0.0, 1.0, CORRELATION_BINS + 1)
    return _entropy(pairs_as_published(np.ascontiguousarray(heading.T), edges), CORRELATION_BINS)


def _shape(x: Array) -> float:
    if len(x) < 4:
        return NOTHING_COUNTED
    variances = np.maximum(np.linalg.eigvalsh(np.cov((x - x.mean(0)).T)), TINY)
    p = variances / variances.sum()
    return float(-(p * np.log(p)).sum()) / math.log(3)
