"""One phase or two, and the densities of gas and liquid."""

import math
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.particles.density import density_scale, grid, occupancy
from ergodica.estimators.particles.frames import POSITION, Output, described, periodic_box
from ergodica.estimators.particles.peaks import peaks
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import PARTICLE, SPACE, variable
from ergodica.estimators.whole import whole
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box

if TYPE_CHECKING:
    import xarray as xr

Integers = NDArray[np.int64]

BLOCKS = 8
LEAST_CELLS = 16


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles in two phases", cost="O(N) a frame"),
)
def coexistence_densities(
    dataset: "xr.Dataset",
    *,
    cell: float | None = None,
    diameter: float | None = None,
    blocks: int = BLOCKS,
) -> "xr.Dataset":
    """Whether particles are in one phase or in two, and the densities of gas and liquid.

    The numbers in the cells of a grid, over the whole run, are fitted with two peaks and an even bridge between
    them, which takes up the cells that lie across an interface. There are two phases where the distribution has two
    peaks, each of at least 1 % of the area and 2.5 square roots of the number in a cell apart, and between them
    falls below 70 % of the lower peak by more than chance.

    Args:
        dataset: with `position(t, particle, space)` and a `box(space)` periodic along every axis, in a steady
            state: leave the start away with `.sel(t=slice(...))`.
        cell: about the side of a cell; default such that a cell holds 20 particles on average.
        diameter: of the particles; then packing fractions are given.
        blocks: stretches of the run, each fitted for itself, whose spread gives the standard errors; as many as
            snapshots where those are fewer.

    Returns:
        Over `member`: `phases`, 1 or 2; `gas_density` and `liquid_density`, NaN in one phase; `gas_error` and
        `liquid_error`, standard errors, NaN for one snapshot; `liquid_share` of the area, which the bridge shares
        with the gas's; `valley`, the least of the distribution between its peaks over the lower one, 1 for one
        peak. NaN, and phases 0, where a position is not finite.

    Raises:
        ParameterError: an open axis, boxes that differ, fewer than 16 cells.

    Good values: a cell several diameters wide and a fifth or less of the width of a domain; smaller ones see
    fluctuations instead of phases, larger ones interfaces. Blocks longer than the domains keep their shape.
    """
    import xarray as xr

    box = periodic_box(dataset, "coexistence")
    found = variable(dataset, POSITION)
    blocks = whole("blocks", blocks, 1, "use 4 to 16")
    d = box.dimensions
    factor, units, words = density_scale(dataset, d, diameter)
    shape = tuple(grid(box, cell, found.sizes[PARTICLE]))
    cells = math.prod(shape)
    if cells < LEAST_CELLS:
        raise ParameterError(f"cell: must give at least {LEAST_CELLS} cells, got {cells}; use smaller cells")
    one = factor * cells / box.volume  # density of one particle in a cell
    names = ("gas_density", "liquid_density", "gas_error", "liquid_error", "liquid_share", "valley", "phases")

    def row(paths: Array) -> list[float]:
        frames = len(paths)
        if frames == 0 or not np.isfinite(paths).all():
            return [math.nan] * 6 + [0.0]
        parts = min(blocks, frames)
        ends = [frames * part // parts for part in range(parts + 1)]
        tallies = [_tally(paths[low:high], box, shape) for low, high in pairwise(ends)]
        pooled = peaks(np.sum(tallies, axis=0), samples=cells * parts)
        if not pooled.two:
            return [math.nan] * 5 + [pooled.valley, 1.0]
        fits = [peaks(tally, samples=cells, near=pooled) for tally in tallies]
        means = np.array([fit.means for fit in fits])
        errors = means.std(0, ddof=1) / math.sqrt(parts) if parts > 1 else np.full(2, np.nan)
        gas, liquid = pooled.means * one
        return [gas, liquid, *(errors * one), float(pooled.shares[1]), pooled.valley, 2.0]

    def rows(paths: Array) -> Array:
        flat = np.asarray(paths, dtype=np.float64).reshape((-1, *paths.shape[-3:]))
        return np.array([row(each) for each in flat]).reshape((*paths.shape[:-3], len(names)))

    if "t" not in found.dims:
        found = found.expand_dims("t")
    if found.chunks is not None:
        found = found.chunk({"t": -1})
    values = xr.apply_ufunc(
        rows,
        found,
        input_core_dims=[["t", PARTICLE, SPACE]],
        output_core_dims=[["output"]],
        exclude_dims={"t"},
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"output_sizes": {"output": len(names)}},
        keep_attrs=False,
    )
    long_names = (
        f"{words} of the gas",
        f"{words} of the liquid",
        "standard error for the gas",
        "standard error for the liquid",
        "share of the box in the liquid",
        "least over lower peak of the distribution",
        "number of phases",
    )
    result = xr.Dataset()
    for number, (name, long_name) in enumerate(zip(names, long_names, strict=True)):
        output = Output(units=units if number < 4 else "1", long_name=long_name)
        result[name] = described(values.isel(output=number), output, f"two peaks over {cells} cells")
    return result


def _tally(paths: Array, box: Box, shape: tuple[int, ...]) -> Integers:
    """How many cells hold 0, 1, ... particles, over all snapshots and grids moved by half a cell."""
    tally = np.zeros(paths.shape[1] + 1, np.int64)
    half = np.array(box.lengths) / (2 * np.array(shape))
    for x, shift in product(paths, product((0, 1), repeat=len(shape))):
        moved = occupancy(x + half * shift, box, shape)
        tally += np.bincount(moved.astype(np.int64).ravel(), minlength=len(tally))
    return tally
