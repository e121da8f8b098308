"""Maps of velocity, current and entropy production over one or two degrees of freedom."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.data.declarations import Coordinate
from ergodica.models.score.binning import BinnedMeans
from ergodica.models.score.labels import Labels, finished, rate_unit, titled
from ergodica.models.score.process import Process
from ergodica.models.score.site_values import Sites, sites_of, words_of
from ergodica.numerics.errors import ParameterError, nearest

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SAMPLED = 64
"""Frames that limits are taken from."""
OUTSIDE = 1e-3
"""Share of samples beyond each end of an open axis."""


def production_map(
    network: Any,
    ds: xr.Dataset | str | os.PathLike[str],
    *,
    degrees: Sequence[str] | None = None,
    cells: int = 32,
    limits: Mapping[str, tuple[float, float]] | None = None,
    divergence: bool = False,
    parity: str | Mapping[str, str] = "even",
    drift: Callable[[Any], Any] | None = None,
    blocks: int = 16,
    batch: int | None = None,
    device: str = "cpu",
    progress: bool | None = None,
) -> xr.Dataset:
    """Where in the space of one or two degrees of freedom entropy is produced, and how probability flows there.

    velocity(q) = <v | q>, current(q) = p(q) <v | q>, production(q) = <v . D^-1 v | q>

    with v the velocity of the probability flow, p the density of a particle, q the chosen degrees; means are over all
    other degrees, all particles and all frames in a cell.

    Args:
        network: a score network, or an ensemble, whose mean counts.
        ds: a dataset, or the path of one, with `drift` and `drift_divergence`; one snapshot of many particles will do.
        degrees: one or two names, such as ("position_x", "propulsion_x"); None takes the positions, or the components,
            up to two.
        cells: along each axis, >= 1.
        limits: ends of axes by name; a periodic one is taken whole, of an open one all but .1 % of samples at each end.
        divergence: whether to add the divergences of the velocity by each variable, which cost as much as training.
        parity, drift, batch, device, progress: as of `entropy_production`.
        blocks: of consecutive frames for error bars; fewer where there are fewer frames.

    Returns:
        Dataset over dims named by the degrees, last degree first, each variable beside its `..._standard_error`:
        `velocity(..., space)` and `current(..., space)` along the chosen degrees, `density` of one particle,
        `production` and `production_of_<variable>` in nat per unit of time for a particle there, `production_density`,
        which sums to the production of a particle, and `square_speed_of_<variable>`, |v|^2; `samples` counts.
        NaN in empty cells; errors NaN where fewer than 4 blocks have samples. Infinite rates are left out.

    Raises:
        ParameterError: unknown degrees, limits or cells out of range, and as `entropy_production`.

    Good values: cells so many that each has 100 samples or more.

    Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991.
    """
    with sites_of(
        network,
        ds,
        "production_map",
        parity=parity,
        drift=drift,
        divergence=divergence,
        batch=batch,
        device=device,
        progress=progress,
    ) as sites:
        chosen = _chosen(degrees, sites.process)
        edges = [_edges(name, axis, sites, cells, dict(limits or {})) for name, axis in chosen.items()]
        unknown = sorted(set(limits or {}) - set(chosen))
        if unknown:
            raise ParameterError(f"limits: must be of {', '.join(chosen)}, got {unknown[0]!r}")
        sums = BinnedMeans(sites.members, sites.data.sizes["t"], blocks, cells ** len(edges))
        axes = list(chosen.values())
        for stretch, velocity, values in sites:
            cell = cells_of(np.moveaxis(stretch.x[..., axes], -1, 0), edges, sites.process.period[axes])
            along = {f"velocity_{k}": velocity[..., axis] for k, axis in enumerate(axes)}
            framed = {name: stretch.framed(one) for name, one in {**values, **along}.items()}
            sums.add(stretch.start, stretch.framed(cell), framed)
        return _dataset(sums, list(chosen), edges, sites, sorted(values))


def _chosen(degrees: Sequence[str] | None, process: Process) -> dict[str, int]:
    names = list(process.names)
    if degrees is not None and (not isinstance(degrees, Sequence) or isinstance(degrees, str)):
        raise ParameterError(
            f"degrees: must be a tuple of names, got {degrees!r}; use degrees=({names[0]!r},), of {', '.join(names)}"
        )
    chosen = names[: min(process.dimensions, 2)] if degrees is None else list(degrees)
    for name in chosen:
        if name not in names:
            raise ParameterError(f"degrees: {name!r} is no degree of freedom here; {nearest(name, names)}")
    if len(chosen) not in (1, 2) or len(set(chosen)) != len(chosen):
        raise ParameterError(
            f"degrees: must be one or two different names, got {chosen}; choose from {names}"
        )
    return {name: names.index(name) for name in chosen}


def whole_cells(cells: int, usual: int) -> int:
    """Raise ParameterError unless `cells` is a whole number of at least 1; `usual` is the remedy."""
    if isinstance(cells, bool) or int(cells) != cells or cells < 1:
        raise ParameterError(f"cells: must be a whole number of at least 1, got {cells!r}; use {usual}")
    return int(cells)


def _edges(name: str, axis: int, sites: Sites, cells: int, limits: dict[str, tuple[float, float]]) -> Array:
    cells = whole_cells(cells, 32)
    period = float(sites.process.period[axis])
    if name in limits:
        low, high = limits[name]
    elif np.isfinite(period):
        low, high = 0.0, period
    else:
        values = sampled(sites)[..., axis]
        low, high = np.quantile(values, [OUTSIDE, 1 - OUTSIDE])
    if not (np.isfinite([low, high]).all() and low < high):
        raise ParameterError(
            f"limits: must rise from a finite number to another, got ({low:g}, {high:g}) for {name}"
        )
    return np.linspace(low, high, cells + 1)


def sampled(sites: Sites) -> Array:
    """States of some frames spread over the data, (rows, sites, degrees)."""
    frames = np.unique(np.linspace(0, sites.data.sizes["t"] - 1, SAMPLED).astype(int))
    part = sites.data[list(sites.process.variables)].isel(t=frames)
    raw = {}
    for name in part.data_vars:
        values = np.asarray(part[name].values, dtype=np.float64)
        raw[str(name)] = values.reshape(-1, *values.shape[2:]) if "member" in part[name].dims else values
    return sites.process.states(raw)


def cells_of(values: Array, edges: Sequence[Array], period: Array) -> NDArray[np.int64]:
    """Number of the cell of each sample, -1 outside, of values (axes, ...), the last axis slowest."""
    found = np.zeros(values.shape[1:], dtype=np.int64)
    inside = np.ones(values.shape[1:], dtype=bool)
    for number in reversed(range(len(edges))):
        one, edge = values[number], edges[number]
        if np.isfinite(period[number]):
            one = edge[0] + (one - edge[0]) % period[number]
        count = len(edge) - 1
        place = np.floor((one - edge[0]) / (edge[-1] - edge[0]) * count).astype(np.int64)
        place = np.where(one == edge[-1], count - 1, place)
        inside &= (place >= 0) & (place < count)
        found = found * count + place
    return np.where(inside, found, -1)


def _dataset(
    sums: BinnedMeans, names: list[str], edges: Sequence[Array], sites: Sites, values: list[str]
) -> xr.Dataset:
    made = Labels(rate=rate_unit(sites.data))
    dims = tuple(reversed(names))
    shape = tuple(len(edge) - 1 for edge in reversed(edges))
    volume = float(np.prod([edge[1] - edge[0] for edge in edges]))
    picture = "field" if len(names) == 2 else "profile"
    of_one = " of a particle" if sites.process.particles else ""

    def add(
        name: str, found: tuple[Array, Array], words: str, *, rate: bool = False, factor: float = 1.0
    ) -> None:
        value, error = (np.reshape(one * factor, shape) for one in found)
        made.add(name, value, error, words, dims=dims, rate=rate, kind=picture)

    for name, of, factor, words in (
        ("velocity", sums.mean, 1.0, "velocity of the probability flow"),
        ("current", sums.share, 1 / volume, "probability current" + of_one),
    ):
        parts = [of(f"velocity_{k}") for k in range(len(names))]
        value, error = (np.stack([p[i].reshape(shape) * factor for p in parts], axis=-1) for i in range(2))
        made.add(name, value, error, words, dims=(*dims, "space"), kind="vector_field")
    add("density", sums.share(), "probability density" + of_one, factor=1 / volume)
    for name in values:
        add(
            name, sums.mean(name), words_of(name, sites.process.particles), rate=name.startswith("production")
        )
    if "production" in values:
        add(
            "production_density",
            sums.share("production"),
            f"entropy production rate{of_one} times its density",
            rate=True,
            factor=1 / volume,
        )
    made.part("samples", sums.counts.sum(axis=0).reshape(shape), "samples in the cell", dims=dims, units="1")
    coordinates: dict[str, Any] = {
        name: Coordinate(
            name=name,
            dims=(name,),
            values=(edge[1:] + edge[:-1]) / 2,
            units=_unit(name, sites),
            long_name=name.replace("_", " "),
        )
        for name, edge in zip(names, edges, strict=True)
    }
    return finished(
        made,
        sites.data,
        sites.scores,
        title=titled("Probability flow and entropy production", sites.data),
        coordinates={**coordinates, "space": np.array(names)},
        config={"degrees": names},
    )


def _unit(name: str, sites: Sites) -> str:
    variable = name.split("_")[0] if sites.process.particles else "state"
    return str(sites.data[variable].attrs.get("units", "1")) if variable != "heading" else "1"
