"""One phase or two: whether the density of particles has two peaks, and where they are."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.particle_density import density_field, density_scale, grid, occupancy
from ergodica.estimators.particle_frames import (
    POSITION,
    Output,
    coordinate,
    described,
    periodic_box,
    whole,
)
from ergodica.estimators.school_data import PARTICLE, SPACE, variable
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

BLOCKS = 8
DEEP = 0.7
"""Two phases where the least density between the peaks is below this share of the lower peak."""

LEAST_SHARE = 0.01
"""Of the area, below which a peak is no phase."""

POINTS = 512
ITERATIONS = 500
CERTAIN = 3.0  # standard deviations of counts
SETTLED = 1e-9
STARTS = ((0.05, 0.6), (0.1, 0.9), (0.25, 0.75), (0.4, 0.97))  # quantiles


@dataclass(frozen=True)
class Peaks:
    """Two Gaussians and a bridge between them, fitted to a distribution.

    Fields:
        means, deviations, shares: `(2,)`, of the peaks, the lower density first; shares of the whole.
        valley: least density between the peaks over the lower peak, 1 where there is one peak.
        two: whether there are two phases.
    """

    means: Array
    deviations: Array
    shares: Array
    valley: float
    two: bool


def density_distribution(
    dataset: "xr.Dataset",
    *,
    cell: float | None = None,
    width: float | None = None,
    diameter: float | None = None,
    bins: int = 64,
    largest: float | None = None,
) -> "xr.DataArray":
    """Probability density of the local density over the area or volume of the box.

    Args:
        dataset, cell, width, diameter: as for `density_field`.
        bins: of equal width; of counts in cells a whole number of particles wide, so that they may be fewer.
        largest: upper end of the bins; default the largest value of the run. What lies beyond does not count.

    Returns:
        Over `member`, `t` and `density`, the middle of each bin; its sum times the width of a bin is 1. The mean
        over `t` is that of the run: two peaks are two phases.

    Raises:
        ParameterError: as for `density_field`.
    """
    import xarray as xr

    field = density_field(dataset, cell=cell, width=width, diameter=diameter)
    bins = whole("bins", bins, 1, "use 32 to 128")
    edges = _edges(dataset, field, cell, width, diameter, bins, largest)
    axes = [dim for dim in field.dims if dim in ("x", "y", "z")]

    def histogram(values: Array) -> Array:
        rows = values.reshape((-1, math.prod(values.shape[-len(axes) :])))
        found = np.full((len(rows), len(edges) - 1), np.nan)
        for row, one in enumerate(rows):
            if np.isfinite(one).all():
                found[row] = np.histogram(one, edges)[0] / (len(one) * np.diff(edges))
        return found.reshape((*values.shape[: -len(axes)], -1))

    found = xr.apply_ufunc(
        histogram,
        field,
        input_core_dims=[axes],
        output_core_dims=[["density"]],
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"output_sizes": {"density": len(edges) - 1}},
        keep_attrs=False,
    )
    units = str(field.attrs["units"])
    words = str(field.attrs["long_name"])
    inverse = "1" if units == "1" else f"({units})-1"
    output = Output(units=inverse, long_name=f"distribution of {words}", dims=("density",), kind="profile")
    found = described(found, output, str(field.attrs["method"]))
    found.name = "density_distribution"
    middle = (edges[1:] + edges[:-1]) / 2
    return found.assign_coords(density=coordinate("density", middle, units, words))


def coexistence_densities(
    dataset: "xr.Dataset",
    *,
    cell: float | None = None,
    diameter: float | None = None,
    blocks: int = BLOCKS,
) -> "xr.Dataset":
    """Whether particles are in one phase or in two, and the densities of gas and liquid.

    The numbers in the cells of a grid, over the whole run, are fitted with two Gaussians and an even bridge between
    them, which takes up the cells that lie across an interface. There are two phases where the distribution has two
    peaks, each of at least 1 % of the area, and between them falls below 70 % of the lower peak by more than chance.

    Args:
        dataset: with `position(t, particle, space)` and a `box(space)` periodic along every axis, in a steady
            state: leave the start away with `.sel(t=slice(...))`.
        cell: about the side of a cell; default such that a cell holds 20 particles on average.
        diameter: of the particles; then packing fractions are given.
        blocks: stretches of the run, each fitted for itself, whose spread gives the standard errors; as many as
            snapshots where those are fewer.

    Returns:
        Over `member`: `phases`, 1 or 2; `gas_density` and `liquid_density`, NaN in one phase; `gas_error` and
        `liquid_error`, standard errors, NaN where fewer than two blocks show two phases; `liquid_share` of the
        area that is in neither the gas nor the bridge; `valley`, the least density of the distribution between its
        peaks over the lower peak, 1 for one peak. NaN, and phases 0, where a position is not finite.

    Raises:
        ParameterError: an open axis, boxes that differ, fewer than 32 cells.

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
    if cells < 32:
        raise ParameterError(f"cell: must give at least 32 cells, got {cells}; use smaller cells")
    one = factor * cells / box.volume  # density of one particle in a cell
    names = ("gas_density", "liquid_density", "gas_error", "liquid_error", "liquid_share", "valley", "phases")

    def row(paths: Array) -> list[float]:
        frames = len(paths)
        if frames == 0 or not np.isfinite(paths).all():
            return [math.nan] * 6 + [0.0]
        counts = np.array([_tally(occupancy(x, box, shape), paths.shape[1]) for x in paths])
        parts = min(blocks, frames)
        pooled = peaks(counts.sum(0), samples=cells * parts)
        if not pooled.two:
            return [math.nan] * 5 + [pooled.valley, 1.0]
        ends = [frames * part // parts for part in range(parts + 1)]
        fits = [peaks(counts[low:high].sum(0), samples=cells) for low, high in pairwise(ends)]
        means = np.array([fit.means for fit in fits if fit.two]).reshape(-1, 2)
        several = len(means) > 1
        errors = means.std(0, ddof=1) / math.sqrt(len(means)) if several else np.full(2, np.nan)
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


def _tally(counts: Array, particles: int) -> Array:
    """How many cells hold 0, 1, ... particles."""
    return np.bincount(counts.astype(np.int64).ravel(), minlength=particles + 1)


def peaks(tally: Array, *, samples: float) -> Peaks:
    """Two peaks fitted to how many cells hold 0, 1, 2, ... particles.

    Args:
        tally: `(largest + 1,)`.
        samples: how many of the cells are independent: snapshots that follow one another are not.
    """
    last = int(np.flatnonzero(tally)[-1]) + 1
    step = max(1, -(-last // POINTS))
    number = -(-last // step)
    weights = np.add.reduceat(np.asarray(tally[:last], dtype=np.float64), np.arange(0, last, step))
    values = np.arange(number) * step + (step - 1) / 2
    p = weights / weights.sum()
    best = max((_mixture(values, p, start) for start in STARTS), key=lambda found: found[0])
    _, means, deviations, shares = best
    smooth, valley, height = _valley(values, p, means, deviations)
    # counts in windows as wide as the smoothing, at the peak and in the valley
    window = samples * 2 * math.sqrt(math.pi) * smooth
    excess = (1 - valley) * height * window
    chance = math.sqrt((1 + valley) * height * window)
    two = bool(valley < DEEP and shares.min() >= LEAST_SHARE and excess > CERTAIN * chance)
    return Peaks(means, deviations, shares, float(valley), two)


def _mixture(values: Array, p: Array, start: tuple[float, float]) -> tuple[float, Array, Array, Array]:
    """Expectation-maximization from two quantiles; log-likelihood, means, deviations and shares of the peaks."""
    total = np.cumsum(p)
    step = values[1] - values[0] if len(values) > 1 else 1.0
    low, high = (float(values[min(np.searchsorted(total, q), len(values) - 1)]) for q in start)
    spread = math.sqrt(float(p @ np.square(values - p @ values)))
    means = np.array([low, max(high, low + step)])
    least = step**2 / 12
    variances = np.full(2, max((spread / 2) ** 2, least))
    shares = np.array([0.45, 0.45, 0.1])
    likelihood = -math.inf
    for _ in range(ITERATIONS):
        gaussians = np.exp(-0.5 * np.square(values - means[:, None]) / variances[:, None]) / np.sqrt(
            2 * np.pi * variances[:, None]
        )
        inside = (values >= means[0]) & (values <= means[1])
        bridge = np.where(inside, 1 / max(means[1] - means[0], step), 0.0)
        parts = shares[:, None] * np.vstack([gaussians, bridge])
        density = np.maximum(parts.sum(0), 1e-300)
        before, likelihood = likelihood, float(p @ np.log(density))
        taken = parts / density * p
        shares = taken.sum(1)
        amounts = np.maximum(shares[:2], 1e-300)
        means = (taken[:2] @ values) / amounts
        variances = np.maximum((taken[:2] * np.square(values - means[:, None])).sum(1) / amounts, least)
        if means[0] > means[1]:
            means, variances, shares = means[::-1], variances[::-1], shares[[1, 0, 2]]
        if abs(likelihood - before) < SETTLED:
            break
    return likelihood, means, np.sqrt(variances), shares[:2]


def _valley(values: Array, p: Array, means: Array, deviations: Array) -> tuple[float, float, float]:
    """Width of the smoothing, the least smoothed density between the peaks over the lower one, and that one."""
    step = values[1] - values[0] if len(values) > 1 else 1.0
    width = max(step, 0.35 * float(deviations.min()))
    reach = np.exp(-0.5 * np.square((values[:, None] - values) / width)) / (math.sqrt(2 * math.pi) * width)
    smooth = reach @ p
    tops = []
    for mean, deviation in zip(means, deviations, strict=True):
        near = np.flatnonzero(np.abs(values - mean) <= max(deviation, step))
        tops.append(
            int(near[np.argmax(smooth[near])]) if len(near) else int(np.argmin(np.abs(values - mean)))
        )
    low, high = min(tops), max(tops)
    lower = float(min(smooth[low], smooth[high]))
    least = float(smooth[low : high + 1].min())
    return width, (least / lower if lower > 0 else 1.0), lower


def _edges(
    dataset: "xr.Dataset",
    field: "xr.DataArray",
    cell: float | None,
    width: float | None,
    diameter: float | None,
    bins: int,
    largest: float | None,
) -> Array:
    top = float(field.max()) if largest is None else float(largest)
    if not 0 < top < math.inf:
        raise ParameterError(f"largest: must be positive and finite, got {top!r}; use the largest density")
    if width is not None:
        return np.linspace(0.0, top * (1 + 1e-9), bins + 1)
    box = periodic_box(dataset, "a density on a grid")
    factor, _, _ = density_scale(dataset, box.dimensions, diameter)
    shape = grid(box, cell, variable(dataset, POSITION).sizes[PARTICLE])
    one = factor * math.prod(shape) / box.volume
    wide = max(1, math.ceil((round(top / one) + 1) / bins))
    number = math.ceil((round(top / one) + 1) / wide)
    # edges half way between whole numbers of particles
    return (np.arange(number + 1) * wide - 0.5) * one
