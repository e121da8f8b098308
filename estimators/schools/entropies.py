"""The seven school entropies and the Oceanic Schooling Index, so defined that they belong to the school alone."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.registry import register
from ergodica.estimators.schools.centre import cross, directions, displacements, unit
from ergodica.estimators.schools.data import HEADING, POSITION, each_frame
from ergodica.estimators.schools.neighbours import nearest_distances
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

WEIGHTS = {
    "cohesion": 0.18,
    "polarization": 0.28,
    "depth": 0.08,
    "angular_momentum": 0.08,
    "neighbour": 0.10,
    "velocity_correlation": 0.18,
    "shape": 0.10,
}
"""Shares in the Oceanic Schooling Index, as published with dewi-kadita 0.0.4."""

OUTPUTS = {
    f"{name}_entropy": ("1", f"{name.replace('_', ' ')} entropy over its largest value") for name in WEIGHTS
} | {"oceanic_schooling_index": ("1", "Oceanic Schooling Index, 0 order to 1 disorder")}

COHESION_BINS, DEPTH_BINS, ANGULAR_BINS, NEIGHBOUR_BINS, CORRELATION_BINS = 25, 15, 20, 20, 20
POLAR_BINS, AZIMUTH_BINS = 12, 24
NEIGHBOURS = 5
LARGEST_VARIATION = 2.0  # of five numbers that are not negative: sqrt(5 - 1)
ALL_PAIRS_TO = 4096
"""Up to so many individuals every pair of headings counts; of more, so many are paired with all."""
ROUND_OFF = 1e-9  # widths of a bin


@register(
    family="schools",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions and headings of particles", cost="O(N) a frame"),
)
def school_entropies(dataset: "xr.Dataset", *, length: float | None = None) -> "xr.Dataset":
    """The seven entropies of a school and their weighted mean, each over its largest value.

    H = -sum p ln p / ln(bins) of the distribution of

    - cohesion: distance to the nearest neighbour, 25 bins on [0, length/2];
    - polarization: headings, on 288 areas of equal size, one centred on each heading: H = -mean ln(n_i/N), n_i the
      number of headings in the area around heading i, its own included (in the plane 24 arcs);
    - depth: displacement from the centroid along the last axis, 15 bins on [-length/2, length/2];
    - angular momentum: |r_hat x heading|, r_hat from the centroid, 20 bins on [0, 1];
    - neighbour: coefficient of variation of the 5 nearest distances, 20 bins on [0, 2];
    - velocity correlation: heading_i . heading_j over all pairs, 20 bins on [-1, 1] (in the plane 20 bins of the
      angle on [0, pi], so that the bins are equally likely there too);
    - shape: the shares of the principal variances, over ln 3 (ln 2 in the plane).

    The Oceanic Schooling Index is .18 .28 .08 .08 .10 .18 .10 of them in this order. A value beyond the last
    edge counts in the last bin; one within 1e-9 of a bin below an edge is on it. Shifts, also across a periodic
    boundary, change nothing; rotations change nothing but depth, which a rotation about the vertical keeps.

    Args:
        dataset: with `position` and `heading(t, particle, space)`, with or without `member` and `t`; lengths of a
            periodic box in `box(space)`, NaN along open axes.
        length: reference for cohesion and depth, in the unit of the positions. Default: the shortest periodic
            length for cohesion, the vertical one for depth; in open space the side of the square or cube with the
            school's radius of gyration, R sqrt(12/d), frame by frame.

    Returns:
        `cohesion_entropy`, `polarization_entropy`, `depth_entropy`, `angular_momentum_entropy`,
        `neighbour_entropy`, `velocity_correlation_entropy`, `shape_entropy` and `oceanic_schooling_index` over
        `member` and `t`, 0 to 1. For one particle those of pairs and the shape are NaN, and so is the index; so is
        `neighbour_entropy` for two, and shape where all particles are in one place. With 3 to 5 particles all
        others are the nearest. NaN throughout a frame with a value that is not finite or a heading of length 0.

    Raises:
        ParameterError: a variable is missing, no particle, other dims, a length that is not positive.

    Time is O(N) a frame for even particles: of more than 4096 headings in space, 4096 at even steps of their
    numbers are paired with all others.

    Source: definitions after dewi-kadita 0.0.4 (Herho 2025, https://pypi.org/project/dewi-kadita), whose own
    numbers `published_school_entropies` gives.
    """
    if length is not None and not (isinstance(length, int | float) and 0 < length < math.inf):
        raise ParameterError(
            f"length: must be positive and finite, got {length!r}; use None for the school's own"
        )

    def frame(x: Array, v: Array, lengths: Array) -> list[float]:
        return with_index(_frame(x, unit(v), lengths, length))

    return each_frame(
        frame, dataset, (POSITION, HEADING), OUTPUTS, "Shannon entropy over ln(bins), corrected form"
    )


def with_index(entropies: list[float]) -> list[float]:
    """The seven entropies and their weighted sum."""
    weighted = [share * value for share, value in zip(WEIGHTS.values(), entropies, strict=True)]
    return [*entropies, sum(weighted)]


def shannon(counts: NDArray, bins: int) -> float:
    """Shannon entropy of counts over ln(bins)."""
    some = counts[counts > 0]
    p = some / some.sum()
    return abs(float(-(p * np.log(p)).sum())) / math.log(bins)


def _frame(x: Array, v: Array, lengths: Array, length: float | None) -> list[float]:
    n, d = x.shape
    if not np.isfinite(v).all():
        return [math.nan] * len(WEIGHTS)
    inward = displacements(x, lengths)
    outward, distance = directions(inward)
    own = math.sqrt(float(np.square(distance).mean()) * 12 / d)
    shortest, vertical = float(lengths.min()), float(lengths[-1])
    nearest = nearest_distances(x, lengths, NEIGHBOURS)
    polarization, correlation = _headings(v)
    angular = np.sqrt(np.square(cross(outward, v)).sum(-1))
    return [
        _binned(nearest[:, 0], _reference(length, shortest, own) / 2, COHESION_BINS) if n > 1 else math.nan,
        polarization,
        _depth(inward[:, -1], _reference(length, vertical, own)),
        _binned(angular, 1.0, ANGULAR_BINS),
        _binned(_variation(nearest), LARGEST_VARIATION, NEIGHBOUR_BINS) if n > 2 else math.nan,
        correlation,
        _shape(inward) if distance.any() else math.nan,
    ]


def _reference(given: float | None, box: float, own: float) -> float:
    if given is not None:
        return given
    return box if math.isfinite(box) else own


def _binned(values: Array, largest: float, bins: int) -> float:
    """Entropy of values over equal bins on [0, largest]; all in the first when there is no extent."""
    if largest <= 0:
        return 0.0
    places = np.minimum(values * (bins / largest) + ROUND_OFF, bins - 1).astype(np.int64)
    return shannon(np.bincount(np.maximum(places, 0)), bins)


def _depth(heights: Array, length: float) -> float:
    return _binned(np.maximum(heights + length / 2, 0.0), length, DEPTH_BINS)


def _variation(distances: Array) -> Array:
    """Coefficient of variation of each row; 0 for neighbours in the same place."""
    mean = distances.mean(1)
    return distances.std(1) / np.where(mean > 0, mean, 1.0)


def _shape(displacements: Array) -> float:
    d = displacements.shape[1]
    variances = np.maximum(np.linalg.eigvalsh(displacements.T @ displacements), 0.0)
    p = variances / variances.sum()
    p = p[p > 0]
    return abs(float(-(p * np.log(p)).sum())) / math.log(d)


def _headings(v: Array) -> tuple[float, float]:
    """Polarization and velocity correlation entropy of unit vectors."""
    from ergodica.estimators.schools.kernels import pairs_in_plane, pairs_in_space

    n, d = v.shape
    if n < 2:
        return 0.0, math.nan
    if d == 2:
        areas = AZIMUTH_BINS
        counts, near = pairs_in_plane(
            np.sort(np.arctan2(v[:, 1], v[:, 0])), math.pi / areas, CORRELATION_BINS
        )
    else:
        areas = POLAR_BINS * AZIMUTH_BINS
        focal = np.arange(n) if n <= ALL_PAIRS_TO else np.arange(ALL_PAIRS_TO) * n // ALL_PAIRS_TO
        # a cap of 1/areas of the sphere reaches down to a height of 1 - 2/areas
        cap = 1 - 2 / areas - ROUND_OFF
        counts, near = pairs_in_space(np.ascontiguousarray(v.T), focal, cap, CORRELATION_BINS)
    spread = float(np.log(n / (1.0 + near)).mean()) / math.log(areas)
    # more evenly spaced than chance, neighbours can keep out of one another's areas
    return min(spread, 1.0), shannon(counts, CORRELATION_BINS)
