"""Basins of attraction on a grid of initial points."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import check_threads
from ergodica.sims.chaos.arguments import bar, number, whole
from ergodica.sims.chaos.attractors import PATIENCE, UNDECIDED, Basins
from ergodica.sims.chaos.basin_dataset import dataset
from ergodica.sims.chaos.cells import Cells
from ergodica.sims.chaos.looks import look_at
from ergodica.sims.chaos.subject import Subject, first_points, refuse_delay, refuse_noise, subject
from ergodica.sims.chaos.surfaces import component_index

if TYPE_CHECKING:
    import xarray as xr

Array = np.ndarray

CELLS = {1: 128, 2: 128, 3: 64, 4: 24, 5: 12}
FEWER_CELLS = 8
"""With more components, so that a chaotic attractor covers some thousand cells."""
PILOTS = 32
ESCAPE = 1e6
SAMPLES_A_PERIOD = 16
MOST_SAMPLES = 32_768
GOLDEN = 0.6180339887498949


def basins(
    system: Any,
    grid: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any] | None = None,
    initial: Any = None,
    cells: int | None = None,
    every: float | None = None,
    periods: Mapping[str, float] | None = None,
    escape: float = ESCAPE,
    samples: int = MOST_SAMPLES,
    threads: int | None = None,
) -> xr.Dataset:
    """The attractor at which the orbit from each point of a grid ends.

    The space of states is cut into cells. An orbit that keeps returning to cells in which it has been marks,
    after a further transient, the cells of an attractor; other orbits end there once ten samples in a row
    lie in cells of that attractor.

    A recurrent orbit is displaced by a twentieth of a cell first, so that equilibria and cycles that repel
    are no attractors. Attractors closer than a cell count as one.

    Args:
        system: a name of the catalogue, a `Flow`, a `Map` or a `Definition`, without delay; a Hamiltonian
            one has no attractors.
        grid: two components with their values, the horizontal one first.
        parameters: values in place of the system's own.
        initial: point (d,) with the values of the other components; None for the catalogue's.
        cells: number of cells over the extent of the grid and of the orbits from it;
            None for 128 of two components, 64 of three, 24 of four, 12 of five and 8 of more.
        every: period of the forcing of a forced flow, at whose multiples its state is looked at.
        periods: components that are angles, with their period, such as {"theta": 2*pi}.
        escape: how far an orbit goes that diverges, in extents of the grid from its middle.
        samples: how long an orbit is followed at most, in sixteenths of a typical time, iterations or
            periods of the forcing.
        threads: CPU threads; None for all.

    Returns:
        `basin(<vertical>, <horizontal>)`, 1, 2, ... the attractor, by its place; -1 an orbit that diverges;
        0 undecided: on a boundary, or longer than `samples`. `share(attractor)`, `diverging_share`,
        `undecided_share`, of the grid's points; `attractor_points(attractor, point, component)`;
        `distinct_points(attractor)`, 1 for an equilibrium, p for a cycle of p samples, else 0.

    Raises:
        ParameterError: what cannot work.

    Good values: 200 x 200 points; more cells where attractors lie close to each other.

    Source: Datseris and Wagemakers 2022, Chaos 32, 023104 (recurrences; here orbits do not share their
    transients, so that a point's label does not depend on its neighbours).
    """
    chosen = subject(system, parameters)
    refuse_noise(chosen, "basins")
    refuse_delay(chosen, "basins")
    if chosen.definition.hamiltonian is not None:
        raise ParameterError(
            f"basins: for systems with attractors, got {chosen.name}, which keeps volumes; see poincare_section"
        )
    places, axes = _axes(chosen, grid)
    fixed = first_points(chosen, initial, 1, np.zeros(chosen.size), 0)[0]
    number_of_cells = CELLS.get(chosen.size, FEWER_CELLS) if cells is None else cells
    whole("cells", number_of_cells, least=4, use=FEWER_CELLS)
    whole("samples", samples, least=256, use=MOST_SAMPLES)
    number("escape", escape, above=1.0)
    check_threads(threads)
    if every is not None:
        number("every", every, above=0.0)
        if chosen.is_map:
            raise ParameterError(f"every: for flows, got {every!r} for the map {chosen.name}; leave it out")
    if chosen.definition.kind == "flow" and not chosen.definition.autonomous and every is None:
        raise ParameterError(f"every: {chosen.name} is forced, got None; give the period of its forcing")
    period = np.zeros(chosen.size)
    for name, length in (periods or {}).items():
        period[component_index(chosen, name)] = number("periods", length, above=0.0)

    points = np.tile(fixed, (axes[1].size * axes[0].size, 1))
    points[:, places[0]] = np.tile(axes[0], axes[1].size)
    points[:, places[1]] = np.repeat(axes[1], axes[0].size)
    # spread over the grid, the same for any number of threads
    order = np.argsort((np.arange(len(points)) * GOLDEN) % 1.0, kind="stable")
    extent, time = _extents(chosen, points[order[:PILOTS]], places, axes)
    spacing = 1.0 if chosen.is_map else every or time / SAMPLES_A_PERIOD
    far = np.where(chosen.bounded & (period == 0), escape * extent, np.inf)
    middle = points.mean(0)
    found = Basins(
        chosen,
        Cells(extent / number_of_cells, period),
        spacing,
        middle,
        far,
        threads,
        samples,
        _scale(chosen, fixed),
    )
    with bar(len(points), chosen.name, "point") as shown, np.errstate(all="ignore"):
        for one in order[:PILOTS]:
            if found.in_vain < PATIENCE:
                found.pilot(points[one])
        labels = found.assign(points, order, shown)
    attractors, labels = _in_order(found.attractors, labels, extent / number_of_cells)
    _tell_undecided(chosen, labels)
    config = {"cells": number_of_cells, "spacing": spacing, "escape": escape, "samples": samples}
    return dataset(chosen, places, axes, fixed, attractors, labels, config)


def _axes(chosen: Subject, grid: Any) -> tuple[list[int], list[Array]]:
    if not isinstance(grid, Mapping) or len(grid) != 2:
        raise ParameterError(
            f"grid: two components with their values, got {type(grid).__name__} of "
            f"{len(grid) if hasattr(grid, '__len__') else 1}; write {{'x': values, 'y': values}}"
        )
    places, axes = [], []
    for name, values in grid.items():
        places.append(component_index(chosen, name))
        axis = np.asarray(values, np.float64)
        rising = axis.ndim == 1 and axis.size >= 2 and np.isfinite(axis).all() and (np.diff(axis) > 0).all()
        if not rising:
            raise ParameterError(
                f"grid: at least 2 finite rising values of {name}, got shape {axis.shape}; use numpy.linspace"
            )
        axes.append(axis)
    return places, axes


def _extents(chosen: Subject, pilots: Array, places: list[int], axes: list[Array]) -> tuple[Array, float]:
    """Extent of the grid and, in the other components, of orbits (d,); and a typical time."""
    seen, _ = look_at((chosen, point) for point in pilots)
    extent = np.ptp(pilots, axis=0)
    if seen:
        # the median, since some may be on their way to infinity
        spans = [4.0 * one.scale + np.abs(one.mean - pilots.mean(0)) for one in seen]
        extent = np.maximum(extent, np.median(spans, axis=0))
    else:
        # of the other components nothing is known
        extent = np.where(extent > 0, extent, extent.max())
    extent = np.maximum(extent, 1e-6 * extent.max())
    for place, axis in zip(places, axes, strict=True):
        extent[place] = max(np.ptp(axis), extent[place]) if chosen.bounded[place] else np.ptp(axis)
    if seen:
        return extent, float(np.median([one.time for one in seen]))
    # no orbit stays finite: the time in which one crosses the grid
    speeds = [np.abs(chosen.kernels(point, 0.0, chosen.values)) / extent for point in pilots]
    fastest = np.median([np.max(one) for one in speeds])
    return extent, float(1.0 / fastest) if np.isfinite(fastest) and fastest > 0 else 1.0


def _scale(chosen: Subject, point: Array) -> Array:
    """Size of each component (d,) on the orbit from the system's own point, which no grid changes."""
    seen, _ = look_at([(chosen, point)])
    size = np.abs(point) + (4.0 * seen[0].scale + np.abs(seen[0].mean) if seen else 0.0)
    return np.full(chosen.size, size.max() or 1.0)


def _in_order(attractors: list[Array], labels: Array, size: Array) -> tuple[list[Array], Array]:
    """Attractors sorted by where they are, and labels that follow; those without a point of the grid go."""
    used = [label for label in range(1, len(attractors) + 1) if (labels == label).any()]
    centres = {label: tuple(np.round(attractors[label - 1].mean(0) / size)) for label in used}
    used.sort(key=lambda label: centres[label])
    new = np.zeros(len(attractors) + 1, np.int32)
    for number_, label in enumerate(used, 1):
        new[label] = number_
    return [attractors[label - 1] for label in used], np.where(labels > 0, new[np.maximum(labels, 0)], labels)


def _tell_undecided(chosen: Subject, labels: Array) -> None:
    from ergodica.sims.loop import MemberWarning

    undecided = int((labels == UNDECIDED).sum())
    if undecided > 0.01 * labels.size:
        warnings.warn(
            f"{chosen.name}: {undecided} of {labels.size} points are undecided: points on a boundary "
            "between basins stay so (move a grid line off it), others need fewer cells or more samples",
            MemberWarning,
            stacklevel=3,
        )
