"""Entropy production over the distance from a centre, or over the density around a particle."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.declarations import Coordinate
from ergodica.models.score.binning import BinnedMeans
from ergodica.models.score.labels import Labels, finished, rate_unit
from ergodica.models.score.maps import cells_of, sampled, whole_cells
from ergodica.models.score.site_values import Sites, sites_of, words_of
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

OPEN = np.full(1, np.inf)


def radial_production(
    network: Any,
    ds: xr.Dataset | str | os.PathLike[str],
    *,
    centre: Sequence[float] | None = None,
    cells: int = 24,
    largest: float | None = None,
    divergence: bool = False,
    parity: str | Mapping[str, str] = "even",
    drift: Callable[[Any], Any] | None = None,
    blocks: int = 16,
    batch: int | None = None,
    device: str = "cpu",
    progress: bool | None = None,
) -> xr.Dataset:
    """Entropy production and velocities of the probability flow over the distance from a centre.

    production(r) = <v . D^-1 v | |x - centre| = r>

    Args:
        network: a score network, or an ensemble, whose mean counts.
        ds: a dataset, or the path of one, with `drift` and `drift_divergence`.
        centre: of a trap or cluster, (dimensions,); None is the origin. Distances in a periodic box are the shortest.
        cells: shells between 0 and `largest`, >= 1.
        largest: distance, > 0; None leaves .1 % of samples out.
        divergence: whether to add the divergences of the velocity by each variable.
        parity, drift, batch, device, progress: as of `entropy_production`.
        blocks: of consecutive frames for error bars.

    Returns:
        Dataset over `radius`, each beside its `..._standard_error`: `production` of a particle there and
        `production_of_<variable>`, `speed_of_<variable>`, the root mean square of |v|, `density` of one particle per
        volume of the shell, and `samples`. Infinite rates are left out.

    Raises:
        ParameterError: a centre, cells or distance out of range, and as `entropy_production`.
    """
    with sites_of(
        network,
        ds,
        "radial_production",
        parity=parity,
        drift=drift,
        divergence=divergence,
        batch=batch,
        device=device,
        progress=progress,
    ) as sites:
        d = sites.process.dimensions
        middle = np.zeros(d) if centre is None else np.asarray(centre, dtype=np.float64)
        if middle.shape != (d,) or not np.isfinite(middle).all():
            raise ParameterError(f"centre: must be {d} finite numbers, got {centre!r}; None is the origin")
        period = sites.process.period[:d]

        def distance(x: Array) -> Array:
            apart = x[..., :d] - middle
            lengths = np.where(np.isfinite(period), period, 1.0)
            apart -= np.where(np.isfinite(period), lengths * np.round(apart / lengths), 0.0)
            return np.asarray(np.linalg.norm(apart, axis=-1))

        if largest is None:
            largest = float(np.quantile(distance(sampled(sites)), 1 - 1e-3))
        if not (np.isfinite(largest) and largest > 0):
            raise ParameterError(f"largest: must be a distance above 0, got {largest!r}; leave it out")
        edges = np.linspace(0.0, largest, whole_cells(cells, 24) + 1)
        sums, values = _summed(sites, lambda x: distance(x), edges, blocks)
        ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1)
        density = tuple(one / (ball * np.diff(edges**d)) for one in sums.share())
        return _dataset(
            sums,
            values,
            sites,
            Coordinate(
                name="radius",
                dims=("radius",),
                values=(edges[1:] + edges[:-1]) / 2,
                units="1",
                long_name="distance from the centre",
            ),
            {"density": (density, "probability density of a particle")},
            "Entropy production over the distance from a centre",
        )


def density_production(
    network: Any,
    ds: xr.Dataset | str | os.PathLike[str],
    *,
    distance: float,
    cells: int = 32,
    divergence: bool = False,
    parity: str | Mapping[str, str] = "even",
    blocks: int = 16,
    batch: int | None = None,
    device: str = "cpu",
    progress: bool | None = None,
) -> xr.Dataset:
    """Entropy production and velocities of the probability flow over the density around a particle.

    production(rho) = <v_i . D^-1 v_i | rho_i = rho>,  rho_i = neighbours of i within `distance` / volume of that ball

    In a phase-separated system low densities are the gas, high ones the liquid, and those between the border.

    Args:
        network: a score network, or an ensemble, whose mean counts.
        ds: particles, or the path of such a file, with `drift` and `drift_divergence`.
        distance: within which neighbours are counted, > 0 and at most half a periodic box.
        cells: at most so many; each holds a whole number of counts.
        divergence: whether to add the divergences of the velocity by each variable.
        parity, batch, device, progress: as of `entropy_production`.
        blocks: of consecutive frames for error bars.

    Returns:
        Dataset over `local_density`, as of `radial_production`, with `share`, the part of particles at that density,
        in place of `density`.

    Raises:
        ParameterError: no particles, a distance or cells out of range, and as `entropy_production`.

    Good values: three to five radii of a particle.
    """
    with sites_of(
        network,
        ds,
        "density_production",
        parity=parity,
        divergence=divergence,
        batch=batch,
        device=device,
        progress=progress,
    ) as sites:
        process = sites.process
        d = process.dimensions
        if not process.particles:
            raise ParameterError("ds: must hold particles to have a density around them, got components")
        half = process.period[:d].min() / 2
        if not 0 < distance <= half or not np.isfinite(distance):
            raise ParameterError(
                f"distance: must be above 0 and at most half the box, {half:g}, got {distance!r}; use a few radii"
            )

        def neighbours(x: Array) -> Array:
            return np.array([neighbour_counts(frame[:, :d], distance, process.period[:d]) for frame in x])

        # counts above the largest of some frames join the last cell
        most = int(neighbours(sampled(sites)).max())
        width = -(-(most + 1) // whole_cells(cells, 24))
        edges = np.arange(-0.5, most + 0.5 + width, width)
        sums, values = _summed(sites, lambda x: np.minimum(neighbours(x), most), edges, blocks)
        ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1) * distance**d
        return _dataset(
            sums,
            values,
            sites,
            Coordinate(
                name="local_density",
                dims=("local_density",),
                values=(edges[1:] + edges[:-1]) / 2 / ball,
                units="1",
                long_name=f"density of neighbours within {distance:g}",
            ),
            {"share": (sums.share(), "share of particles")},
            "Entropy production over the density around a particle",
        )


def neighbour_counts(x: Array, distance: float, period: Array) -> Array:
    """Particles within `distance` of each, itself not counted, of positions (particles, dimensions)."""
    from scipy.spatial import KDTree

    around = np.isfinite(period)
    # 0 is an open axis
    lengths = np.where(around, period, 0.0)
    wrapped = np.where(around, x % np.where(around, period, 1.0), x)
    wrapped = np.where(around & (wrapped >= lengths), 0.0, wrapped)
    tree = KDTree(wrapped, boxsize=lengths if around.any() else None)
    found: Array = tree.query_ball_point(wrapped, distance, return_length=True) - 1.0
    return found


def _summed(
    sites: Sites, abscissa: Callable[[Array], Array], edges: Array, blocks: int
) -> tuple[BinnedMeans, list[str]]:
    sums = BinnedMeans(sites.members, sites.data.sizes["t"], blocks, len(edges) - 1)
    for stretch, _, values in sites:
        cell = cells_of(abscissa(stretch.x)[None], [edges], OPEN)
        sums.add(stretch.start, stretch.framed(cell), {n: stretch.framed(v) for n, v in values.items()})
    return sums, sorted(values)


def _dataset(
    sums: BinnedMeans,
    values: list[str],
    sites: Sites,
    along: Coordinate,
    shares: Mapping[str, tuple[Any, str]],
    title: str,
) -> xr.Dataset:
    made = Labels(rate=rate_unit(sites.data))
    for name in values:
        mean, error = sums.mean(name)
        if name.startswith("square_"):
            name, mean = name.removeprefix("square_"), np.sqrt(mean)
            with np.errstate(invalid="ignore", divide="ignore"):
                error = error / (2 * mean)
        made.add(
            name, mean, error, words_of(name), dims=along.dims, rate="production" in name, kind="profile"
        )
    for name, ((mean, error), words) in shares.items():
        made.add(name, mean, error, words, dims=along.dims, kind="profile")
    made.part("samples", sums.counts.sum(axis=0), "samples", dims=along.dims, units="1")
    return finished(
        made,
        sites.data,
        sites.scores,
        title=title,
        coordinates={along.name: along},
        config={"over": along.name},
    )
