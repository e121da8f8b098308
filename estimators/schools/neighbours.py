"""Neighbours in schools: how far the nearest is, how well aligned, and how many groups there are."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.registry import register
from ergodica.estimators.schools.centre import unit
from ergodica.estimators.schools.data import HEADING, POSITION, each_frame, variable
from ergodica.numerics.geometry import Box
from ergodica.numerics.nearest import nearest
from ergodica.numerics.neighbours import pairs_within

if TYPE_CHECKING:
    import xarray as xr


@register(
    family="schools",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of two particles or more", cost="O(N) a frame"),
)
def nearest_neighbour_statistics(dataset: "xr.Dataset") -> "xr.Dataset":
    """Distances to the nearest neighbour, and how aligned with it each is.

    Args:
        dataset: with `position(t, particle, space)`; lengths of a periodic box in `box(space)`; with `heading`
            also the alignment is given.

    Returns:
        Series over `member` and `t`, in the unit of the positions: `nearest_distance_mean`,
        `nearest_distance_std` (divided by N), `nearest_distance_min`, `nearest_distance_max`; and
        `nearest_alignment`, the mean of heading_i . heading_j with j the nearest to i, -1 to 1. NaN for one
        particle, which has no neighbour, and for a frame with a value that is not finite.

    Raises:
        ParameterError: no positions, no particle, other dims.

    Time is O(N) a frame for even particles.
    """
    units = str(variable(dataset, POSITION).attrs.get("units", "1"))
    outputs = {
        f"nearest_distance_{name}": (units, f"{words} nearest-neighbour distance")
        for name, words in (
            ("mean", "mean"),
            ("std", "standard deviation of the"),
            ("min", "least"),
            ("max", "largest"),
        )
    }
    names: tuple[str, ...] = (POSITION,)
    if HEADING in dataset:
        outputs["nearest_alignment"] = ("1", "mean nearest-neighbour alignment")
        names = (POSITION, HEADING)
    return each_frame(_statistics, dataset, names, outputs, "nearest neighbour by periodic distance")


@register(
    family="schools",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles and a radius", cost="O(N) a frame"),
)
def cluster_count(dataset: "xr.Dataset", *, radius: float) -> "xr.DataArray":
    """The number of groups: sets of particles joined by steps from neighbour to neighbour within a radius.

    Args:
        dataset: with `position(t, particle, space)`; lengths of a periodic box in `box(space)`.
        radius: > 0, in the unit of the positions; at most half of every periodic length.

    Returns:
        Series over `member` and `t`, 1 to N; a particle on its own is a group. NaN for a frame with a position
        that is not finite.

    Raises:
        ParameterError: no positions, no particle, a radius out of range.

    Good values: the radius of attraction, or twice the mean distance to the nearest neighbour.
    """
    components = variable(dataset, POSITION).sizes["space"]
    radius = Box.open(components).check_radius("radius", radius)
    outputs = {"cluster_count": ("1", f"groups joined within a radius of {radius:g}")}

    def count(x: Array, lengths: Array) -> float:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        pairs = pairs_within(x, radius, Box(tuple(lengths)))
        joined = coo_array(
            (np.ones(len(pairs.first), np.int8), (pairs.first, pairs.second)), (len(x), len(x))
        )
        return float(connected_components(joined, directed=False, return_labels=False))

    method = f"components of the graph of pairs within {radius:g}"
    return each_frame(count, dataset, (POSITION,), outputs, method)["cluster_count"]


def nearest_distances(x: Array, lengths: Array, k: int) -> Array:
    """Distances `(n, k)` to the k nearest, ascending, or to all others where there are fewer."""
    k = min(k, len(x) - 1)
    if k == 0:
        return np.empty((len(x), 0))
    return nearest(x, k, Box(tuple(lengths))).distances


def _statistics(x: Array, *rest: Array) -> list[float]:
    *headings, lengths = rest
    if len(x) < 2:
        return [np.nan] * (5 if headings else 4)
    found = nearest(x, 1, Box(tuple(lengths)))
    d = found.distances[:, 0]
    values = [float(d.mean()), float(d.std()), float(d.min()), float(d.max())]
    if headings:
        v = unit(headings[0])
        values.append(float((v * v[found.indices[:, 0]]).sum(-1).mean()))
    return values
