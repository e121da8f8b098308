"""Pairs of particles by their distance: how many there are, and how alike their directions."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.particles.frames import (
    ORIENTATIONS,
    POSITION,
    Output,
    coordinate,
    frame_by_frame,
    one_box,
    periodic_box,
    units_of,
)
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import PARTICLE, variable
from ergodica.estimators.whole import whole
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box

if TYPE_CHECKING:
    import xarray as xr

DISTANCES = {2: 10.0, 3: 5.0}
"""Default radius in mean distances between particles: some 300 to 500 neighbours."""

BINS = 200


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles in a periodic box", cost="O(N) a frame, for a distance"),
)
def radial_distribution(
    dataset: "xr.Dataset", *, radius: float | None = None, bins: int = BINS
) -> "xr.DataArray":
    """Radial distribution function g(r): density of pairs at a distance over that of independent particles.

    g(r) = V n(r) / (N (N - 1) v(r)),  n(r) ordered pairs in the shell around r, v(r) its area or volume

    Args:
        dataset: with `position(t, particle, space)` and a `box(space)` periodic along every axis.
        radius: largest distance, at most half of every length. Default: 10 mean distances between particles, 5
            in space, or half the shortest length.
        bins: shells of equal width.

    Returns:
        Over `member`, `t` and `r`, the middle of each shell, [r - w/2, r + w/2): 1 on average for independent
        uniform particles, for any N (N - 1 and not N in the formula). N - 1 over V times g v summed over shells is
        the number of neighbours. NaN for one particle, and for a frame with a position that is not finite. The
        mean over `t` is that of all frames.

    Raises:
        ParameterError: an open axis, boxes that differ, a radius out of range.

    Good values: shells of a fiftieth of the diameter. Time is O(N) times the neighbours within the radius.
    """
    from ergodica.estimators.particles.kernels import pair_histogram

    box = periodic_box(dataset, "a radial distribution")
    n = variable(dataset, POSITION).sizes[PARTICLE]
    radius, bins = _checked(radius, bins, box, n)
    edges = np.linspace(0.0, radius, bins + 1)
    ball = math.pi * edges**2 if box.dimensions == 2 else 4 * math.pi / 3 * edges**3
    expected = n * (n - 1) / box.volume * np.diff(ball)

    def frame(x: Array, lengths: Array) -> list[Array]:
        if n < 2:
            return [np.full(bins, np.nan)]
        return [pair_histogram(x, box, radius, bins)[0] / expected]

    output = Output(units="1", long_name="radial distribution g(r)", dims=("r",), kind="profile")
    return _over_distance(frame, dataset, (POSITION,), "radial_distribution", output, edges)


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles and a value of each", cost="O(N) a frame, for a distance"),
)
def spatial_correlation(
    dataset: "xr.Dataset",
    *,
    of: str | None = None,
    radius: float | None = None,
    bins: int = 50,
    fluctuations: bool = False,
) -> "xr.DataArray":
    """Correlation of directions, velocities or other vectors of particles over their distance.

    C(r) = <v_i . v_j>_{|r_ij| = r} / <v^2>

    Args:
        dataset: with `position` and the vectors over `(t, particle, space)`, periodic `box(space)` or open.
        of: which variable; default the first of `heading`, `propulsion` and `velocity` that is there.
        radius: largest distance, at most half of every periodic length. Default: 10 mean distances between
            particles, 5 in space, or half the shortest length; to be given in open space.
        bins: of equal width.
        fluctuations: takes the mean over the particles of a frame from the vectors first.

    Returns:
        Over `member`, `t` and `r`, the middle of each bin, -1 to 1 for unit vectors: 1 for one direction, 0 for
        independent ones (with `fluctuations` their mean is -1/(N - 1)). NaN where there is no pair.

    Raises:
        ParameterError: no such variable, no radius in open space, a radius out of range.
    """
    from ergodica.estimators.particles.kernels import pair_histogram

    name = oriented(dataset, of)
    box = one_box(dataset, "a correlation")
    n = variable(dataset, POSITION).sizes[PARTICLE]
    radius, bins = _checked(radius, bins, box, n)
    edges = np.linspace(0.0, radius, bins + 1)

    def frame(x: Array, v: Array, lengths: Array) -> list[Array]:
        v = v - v.mean(0) if fluctuations else v
        square = float(np.square(v).sum(1).mean())
        counts, sums = pair_histogram(x, box, radius, bins, v)
        scale = counts * square
        return [sums / np.where(scale > 0, scale, np.nan)]

    words = f"correlation of {'fluctuations of ' if fluctuations else ''}{name}"
    output = Output(units="1", long_name=words, dims=("r",), kind="profile")
    return _over_distance(frame, dataset, (POSITION, name), "spatial_correlation", output, edges)


def oriented(dataset: "xr.Dataset", name: str | None) -> str:
    """The name of the variable whose vectors are meant.

    Raises:
        ParameterError: none is there.
    """
    if name is not None:
        return str(variable(dataset, name, (1, 2, 3)).name)
    for one in ORIENTATIONS:
        if one in dataset:
            return one
    have = ", ".join(map(str, dataset.data_vars)) or "no variable"
    raise ParameterError(
        f"of: must name vectors (t, particle, space) where there is none of {', '.join(ORIENTATIONS)}, got {have}; "
        "name one"
    )


def _over_distance(
    frame: Any, dataset: "xr.Dataset", names: tuple[str, ...], name: str, output: Output, edges: Array
) -> "xr.DataArray":
    method = f"{len(edges) - 1} shells up to {edges[-1]:g}"
    found = frame_by_frame(frame, dataset, names, {name: output}, method, {"r": len(edges) - 1})[name]
    middle = (edges[1:] + edges[:-1]) / 2
    return found.assign_coords(r=coordinate("r", middle, units_of(dataset), "distance"))


def _checked(radius: float | None, bins: int, box: Box, particles: int) -> tuple[float, int]:
    bins = whole("bins", bins, 1, "use 50 to 500")
    if radius is None:
        if not math.isfinite(box.volume):
            raise ParameterError("radius: must be given in open space, got None; use that of a school")
        spacing = (box.volume / particles) ** (1 / box.dimensions)
        radius = min(DISTANCES[box.dimensions] * spacing, box.shortest / 2)
    return box.check_radius("radius", radius), bins
