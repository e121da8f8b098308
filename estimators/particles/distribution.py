"""How often each density is found: two peaks are two phases."""

import math
from typing import TYPE_CHECKING

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.particles.density import density_field, density_scale, grid
from ergodica.estimators.particles.frames import POSITION, Output, coordinate, described, periodic_box
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import PARTICLE, variable
from ergodica.estimators.whole import whole
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles in a periodic box", cost="O(N) a frame"),
)
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
    return np.asarray((np.arange(number + 1) * wide - 0.5) * one, dtype=np.float64)
