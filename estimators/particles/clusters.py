"""Clusters of particles: who belongs to which, how large they are, and how many of each size there are."""

from typing import TYPE_CHECKING

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.particles.frames import POSITION, Output, coordinate, frame_by_frame
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import PARTICLE, SPACE, variable
from ergodica.numerics.geometry import Box

if TYPE_CHECKING:
    import xarray as xr


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles and a radius", cost="O(N) a frame"),
)
def clusters(dataset: "xr.Dataset", *, radius: float) -> "xr.Dataset":
    """Clusters: sets of particles joined by steps from neighbour to neighbour within a radius.

    Args:
        dataset: with `position(t, particle, space)` in the plane or in space, periodic `box(space)` or open.
        radius: > 0, in the unit of the positions; at most half of every periodic length. A pair at exactly the
            radius is joined.

    Returns:
        Over `member`, `t` and `particle`: `cluster`, the number of a particle's cluster, 0 the largest (of equally
        large ones that of the lowest particle), and `cluster_size`, particles in it. Over `member` and `t`:
        `cluster_count`, `largest_fraction` of the particles in the largest, 1/N to 1, and `mean_cluster_size`,
        the mean of `cluster_size` over particles, sum s^2 / N. NaN for a frame with a position that is not finite.

    Raises:
        ParameterError: no positions, no particle, other dims, a radius out of range.

    Good values: the distance of the first minimum of g(r); 1.1 to 1.3 diameters for discs that touch. Time is
    O(N + pairs), by union-find over cell lists.
    """
    from ergodica.estimators.particles.kernels import cluster_labels

    radius = Box.open(variable(dataset, POSITION).sizes[SPACE]).check_radius("radius", radius)
    per_particle = (PARTICLE,)
    outputs = {
        "cluster": Output(units="1", long_name="cluster, 0 the largest", dims=per_particle),
        "cluster_size": Output(units="1", long_name="particles in the cluster", dims=per_particle),
        "cluster_count": Output(units="1", long_name="number of clusters"),
        "largest_fraction": Output(units="1", long_name="fraction of particles in the largest cluster"),
        "mean_cluster_size": Output(units="1", long_name="mean size of a particle's cluster"),
    }

    def frame(x: Array, lengths: Array) -> list[Array | float]:
        label, sizes = cluster_labels(x, Box(tuple(lengths)), radius)
        own = sizes[label].astype(np.float64)
        return [label.astype(np.float64), own, float(len(sizes)), float(sizes[0]) / len(x), float(own.mean())]

    return frame_by_frame(frame, dataset, (POSITION,), outputs, f"steps within {radius:g}")


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles and a radius", cost="O(N) a frame"),
)
def cluster_size_distribution(dataset: "xr.Dataset", *, radius: float) -> "xr.DataArray":
    """How many clusters there are of each size, in bins of doubling width.

    n(s): clusters of 1, 2 to 3, 4 to 7, ... particles, over the width of the bin and the number of particles

    Args:
        dataset, radius: as for `clusters`.

    Returns:
        Over `member`, `t` and `size`, the geometric middle of each bin: clusters of a size a particle, so that
        the sum of s n(s) over all sizes is 1. The mean over `t` is the distribution of the run.
    """
    from ergodica.estimators.particles.kernels import cluster_labels

    found = variable(dataset, POSITION)
    radius = Box.open(found.sizes[SPACE]).check_radius("radius", radius)
    particles = found.sizes[PARTICLE]
    edges = 2 ** np.arange(int(np.log2(particles)) + 2)

    def frame(x: Array, lengths: Array) -> list[Array]:
        _, sizes = cluster_labels(x, Box(tuple(lengths)), radius)
        counts = np.bincount(np.searchsorted(edges, sizes, side="right") - 1, minlength=len(edges) - 1)
        return [counts / np.diff(edges) / len(x)]

    output = Output(units="1", long_name="clusters of a size a particle", dims=("size",), kind="spectrum")
    distribution = frame_by_frame(
        frame,
        dataset,
        (POSITION,),
        {"cluster_size_distribution": output},
        f"clusters joined within {radius:g}",
        {"size": len(edges) - 1},
    )["cluster_size_distribution"]
    middle = np.sqrt(edges[:-1] * (edges[1:] - 1.0))
    return distribution.assign_coords(size=coordinate("size", middle, "1", "particles in a cluster"))
