"""How dense particles are: around each, and in the cells of a grid."""

import math
from typing import TYPE_CHECKING

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.particles.frames import (
    POSITION,
    Output,
    coordinate,
    described,
    frame_by_frame,
    periodic_box,
    positive,
    power,
    units_of,
)
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import PARTICLE, SPACE, variable
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box

if TYPE_CHECKING:
    import xarray as xr

AXES = ("x", "y", "z")
PARTICLES_A_CELL = 20
MOST_CELLS = 2**27
WIDTHS_A_CELL = 1.0  # below, a Gaussian on the grid would ring


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles in the plane or in space", cost="O(N log N) a frame"),
)
def local_density(dataset: "xr.Dataset", *, diameter: float | None = None) -> "xr.DataArray":
    """Density around each particle: one over the area or volume of its Voronoi cell.

    rho_i = 1 / V_i

    The mean of 1/rho_i is that of the box per particle, exactly, in a periodic box; the mean of rho_i itself is
    larger than N/V, since dense places hold more particles.

    Args:
        dataset: with `position(t, particle, space)` in the plane or in space, periodic `box(space)` or open.
        diameter: of the particles; then the local packing fraction is given, pi d^2/4 or pi d^3/6 times rho_i.

    Returns:
        Over `member`, `t` and `particle`, in the inverse unit of area or volume, or "1" for a packing fraction.
        Particles in one place share a cell. Without a periodic box the cells of the outermost particles have no
        bounds: NaN. NaN for a frame with a position that is not finite.

    Raises:
        ParameterError: no positions, no particle, other dims, a diameter that is not positive.

    Time: some 1 us a particle in a periodic plane and 15 us in space; 8 and 110 us where an axis is open or a corner of
    a cell is farther from its particle than a quarter of the box.
    """
    from ergodica.estimators.particles.voronoi import cell_volumes

    d = variable(dataset, POSITION).sizes[SPACE]
    factor, units, words = density_scale(dataset, d, diameter)

    def density(x: Array, lengths: Array) -> list[Array]:
        volumes = cell_volumes(x, Box(tuple(lengths)))
        with np.errstate(divide="ignore"):
            return [factor / volumes]

    output = Output(units=units, long_name=f"local {words}", dims=(PARTICLE,))
    method = "one over the Voronoi cell" + ("" if diameter is None else f", diameter {diameter:g}")
    return frame_by_frame(density, dataset, (POSITION,), {"local_density": output}, method)["local_density"]


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles in a periodic box", cost="O(N) a frame"),
)
def density_field(
    dataset: "xr.Dataset",
    *,
    cell: float | None = None,
    width: float | None = None,
    diameter: float | None = None,
) -> "xr.DataArray":
    """Density on a grid over a periodic box: particles counted in cells, or smoothed with a Gaussian.

    rho(c) = n(c) / V(c), or sum_i exp(-|c - x_i|^2 / 2 w^2) / (2 pi w^2)^(d/2)

    The smoothed one is the counted one convolved by FFT, so that each particle sits at the centre of its cell: the
    error is of order (cell/width)^2 / 24 of the curvature.

    Args:
        dataset: with `position(t, particle, space)` and a `box(space)` periodic along every axis.
        cell: about the side of a cell, in the unit of the positions; the sides divide the box. Default: a cell
            holds 20 particles on average; with `width`, a third of it.
        width: standard deviation w of the Gaussian, >= a cell; None counts.
        diameter: of the particles; then the packing fraction is given.

    Returns:
        Over `member`, `t` and `x`, `y` (`z`), the centres of the cells. Its mean over space is N/V.

    Raises:
        ParameterError: an open axis, boxes that differ, more than 2^27 cells, a width below a cell.
    """
    box = periodic_box(dataset, "a density on a grid")
    d = box.dimensions
    factor, units, words = density_scale(dataset, d, diameter)
    if cell is None and width is not None:
        cell = positive("width", width, "use a few mean distances between particles") / 3
    sides = grid(box, cell, variable(dataset, POSITION).sizes[PARTICLE])
    kernel = None if width is None else _gaussian(box, sides, width)
    shape = tuple(sides)
    volume = box.volume / math.prod(shape)

    def density(x: Array, lengths: Array) -> list[Array]:
        field = occupancy(x, box, shape) * (factor / volume)
        if kernel is not None:
            field = np.fft.irfftn(np.fft.rfftn(field) * kernel, s=shape, axes=tuple(range(d)))
        return [field]

    axes = AXES[:d]
    output = Output(units=units, long_name=words, dims=axes, kind="field")
    method = "particles in cells" if width is None else f"Gaussian of width {width:g}"
    sizes = dict(zip(axes, shape, strict=True))
    found = frame_by_frame(density, dataset, (POSITION,), {"density_field": output}, method, sizes)[
        "density_field"
    ]
    unit = units_of(dataset)
    for axis, points, length in zip(axes, shape, box.lengths, strict=True):
        centres = (np.arange(points) + 0.5) * (length / points)
        found = found.assign_coords({axis: coordinate(axis, centres, unit, axis)})
    return described(found, output, method)


def grid(box: Box, cell: float | None, particles: int) -> list[int]:
    """Cells along each axis, of about the side `cell`, by default such that one holds 20 particles on average."""
    d = box.dimensions
    if cell is None:
        side = (PARTICLES_A_CELL / max(particles, 1) * box.volume) ** (1 / d)
    else:
        side = positive("cell", cell, "use a few mean distances between particles")
    sides = [max(1, round(min(length / side, 1e12))) for length in box.lengths]
    if math.prod(sides) > MOST_CELLS:
        raise ParameterError(
            f"cell: must give at most {MOST_CELLS} cells, got {math.prod(sides):.3g} with a side of {side:g}; "
            "use larger cells"
        )
    return sides


def occupancy(x: Array, box: Box, shape: tuple[int, ...]) -> Array:
    """Particles in each cell, float64 of that shape."""
    places = np.zeros(len(x), np.int64)
    wrapped = box.wrap(x)
    for axis, (points, length) in enumerate(zip(shape, box.lengths, strict=True)):
        along = np.minimum((wrapped[:, axis] * (points / length)).astype(np.int64), points - 1)
        places = places * points + along
    return np.bincount(places, minlength=math.prod(shape)).reshape(shape).astype(np.float64)


def packing(d: int, diameter: float) -> float:
    """Area of a disc or volume of a sphere."""
    return math.pi * diameter**2 / 4 if d == 2 else math.pi * diameter**3 / 6


def density_scale(dataset: "xr.Dataset", d: int, diameter: float | None) -> tuple[float, str, str]:
    if diameter is None:
        return 1.0, power(units_of(dataset), -d), "number density"
    return packing(d, positive("diameter", diameter, "use that of the particles")), "1", "packing fraction"


def _gaussian(box: Box, shape: list[int], width: float) -> Array:
    """Transform of the Gaussian on the grid, `(.., last // 2 + 1)`."""
    sides = [length / points for length, points in zip(box.lengths, shape, strict=True)]
    if width < WIDTHS_A_CELL * max(sides) * (1 - 1e-9):
        raise ParameterError(
            f"width: must be at least the side of a cell, got {width:g} with {max(sides):g}; use smaller cells"
        )
    found = np.ones(1)
    for axis, (points, side) in enumerate(zip(shape, sides, strict=True)):
        frequencies = np.fft.rfftfreq if axis == len(shape) - 1 else np.fft.fftfreq
        k = 2 * np.pi * frequencies(points, side)
        found = np.multiply.outer(found, np.exp(-0.5 * (k * width) ** 2))
    return found[0]
