"""Differential entropies of a wave in position and in wavenumber, and the bound on their sum."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.entropy import along, prepare
from ergodica.estimators.labelled import Dim, describe, map_labelled
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.plug_in import PlugIn
from ergodica.estimators.registry import register
from ergodica.estimators.spaces.space import Axis, Space
from ergodica.estimators.spaces.spatial_density import SpatialDensity
from ergodica.estimators.spaces.spectral_power import SpectralPower
from ergodica.estimators.spaces.weights import Weights
from ergodica.estimators.units import base_unit

LOCALIZED_BOUND = 1 + math.log(math.pi)
"""Least h_x + h_k in nats per dimension on the infinite line (Bialynicki-Birula and Mycielski 1975)."""

PERIODIC_BOUND = math.log(2 * math.pi)
"""Least h_x + h_k in nats per dimension in a periodic box (Maassen and Uffink 1988), as a plane wave has."""


def _spacings(axes: tuple[Axis, ...]) -> list[float]:
    steps = [axis.spacing() for axis in axes]
    for axis, step in zip(axes, steps, strict=True):
        if step is None:
            raise ValueError(
                f"dim: {axis.name} must have an evenly spaced coordinate, got none; "
                f"set it with .assign_coords({{{axis.name!r}: values}})"
            )
    return [step for step in steps if step is not None]


def _shannon(rows: NDArray, space: Space) -> Array:
    return PlugIn().entropy(space.weights(rows), Shannon())


@register(
    family="fields",
    takes={"x": "weights"},
    claims=Claims(
        needs="a density on an even grid with coordinates", cost="O(n)", invariances={"scale": 1e-12}
    ),
)
def differential_entropy(density: Any, *, dim: Dim = None, base: float = math.e) -> Any:
    """Differential entropy of a density on an even grid.

    h = -int rho ln rho dx with rho = w/(sum w dx), by the sum over the grid.

    Args:
        density: nonnegative DataArray with an evenly spaced coordinate along `dim`; its scale is divided out.
        dim: name, or names, of the axes of the density.
        base: of the logarithm, > 1.

    Returns:
        DataArray over the other dimensions, may be negative.

    Raises:
        ValueError: no evenly spaced coordinate along `dim`, negative values.

    Source: Shannon 1948, Bell Syst. Tech. J. 27, 623, section 20.
    """
    x, axes, space = prepare(density, dim, Weights())
    cell = sum(math.log(step) for step in _spacings(axes))
    per_unit, units = base_unit(base)
    result = map_labelled(lambda rows: (_shannon(rows, space) + cell) / per_unit, x, axes)
    method = f"sum of -rho ln rho over the grid {along(axes)}"
    return describe(result, "differential_entropy", units, "differential entropy", method)


@register(
    family="fields",
    takes={"x": "weights"},
    claims=Claims(needs="a wave on an even grid with coordinates", cost="O(n)", invariances={"scale": 1e-12}),
)
def position_entropy(psi: Any, *, dim: Dim = None, base: float = math.e) -> Any:
    """Differential entropy of where a wave is.

    h_x = -int rho ln rho dx, rho = |psi|^2/int |psi|^2 dx.

    Args:
        psi: complex or real DataArray with an evenly spaced coordinate along `dim`.
        dim: name, or names, of space.
        base: of the logarithm, > 1.

    Returns:
        DataArray over the other dimensions; for A sech(A x) it is 2 - ln(2A) nats.

    Raises:
        ValueError: no evenly spaced coordinate along `dim`.

    Source: Bialynicki-Birula and Mycielski 1975, Commun. Math. Phys. 44, 129.
    """
    x, axes, space = prepare(psi, dim, SpatialDensity())
    cell = sum(math.log(step) for step in _spacings(axes))
    per_unit, units = base_unit(base)
    result = map_labelled(lambda rows: (_shannon(rows, space) + cell) / per_unit, x, axes)
    method = f"-int rho ln rho of rho = |psi|^2/int |psi|^2 {along(axes)}"
    return describe(result, "position_entropy", units, "differential entropy of the position", method)


@register(
    family="fields",
    takes={"x": "weights"},
    claims=Claims(
        needs="a wave on an even periodic grid with coordinates",
        cost="O(n log n)",
        invariances={"scale": 1e-12},
    ),
)
def wavenumber_entropy(psi: Any, *, dim: Dim = None, base: float = math.e) -> Any:
    """Differential entropy of the wavenumber of a wave.

    h_k = -int rho ln rho dk, rho = |psi_k|^2/int |psi_k|^2 dk, k in radians per length, by the sum over the
    modes of the periodic box, dk = 2 pi/L.

    Args:
        psi, dim, base: as for `position_entropy`.

    Returns:
        DataArray over the other dimensions; for A sech(A x) it is 2 + ln(A/pi) nats.

    Raises:
        ValueError: no evenly spaced coordinate along `dim`.

    Source: Bialynicki-Birula and Mycielski 1975, Commun. Math. Phys. 44, 129.
    """
    x, axes, space = prepare(psi, dim, SpectralPower())
    cell = sum(
        math.log(2 * math.pi / (axis.size * step)) for axis, step in zip(axes, _spacings(axes), strict=True)
    )
    per_unit, units = base_unit(base)
    result = map_labelled(lambda rows: (_shannon(rows, space) + cell) / per_unit, x, axes)
    method = f"-int rho ln rho of rho = |psi_k|^2/int |psi_k|^2 {along(axes)}, periodic"
    return describe(result, "wavenumber_entropy", units, "differential entropy of the wavenumber", method)


@register(
    family="fields",
    takes={"x": "weights"},
    claims=Claims(
        needs="a wave on an even periodic grid with coordinates",
        cost="O(n log n)",
        invariances={"scale": 1e-12},
    ),
)
def entropic_uncertainty(psi: Any, *, dim: Dim = None, base: float = math.e) -> Any:
    """Sum of the differential entropies of position and wavenumber.

    h_x + h_k >= ln(2 pi) per dimension in a periodic box (equality for one plane wave), and >= 1 + ln(pi)
    per dimension for a wave that vanishes at the edges of the box and is resolved by the grid (equality for
    Gaussians).

    Args:
        psi, dim, base: as for `position_entropy`.

    Returns:
        DataArray over the other dimensions, with both bounds in `attrs` as `lower_bound` (periodic: it
        always holds) and `lower_bound_localized`; 4 - ln(2 pi) for every A sech(A x).

    Raises:
        ValueError: no evenly spaced coordinate along `dim`.

    Source: Bialynicki-Birula and Mycielski 1975, Commun. Math. Phys. 44, 129; Maassen and Uffink 1988, Phys.
    Rev. Lett. 60, 1103, eq. 4 with the largest overlap 1/sqrt(n).
    """
    x, axes, _ = prepare(psi, dim, SpectralPower())
    _spacings(axes)
    # h_x + h_k = H_x + H_k + ln(dx dk) and dx dk = 2 pi/n: the length of the box drops out
    cell = sum(math.log(2 * math.pi / axis.size) for axis in axes)
    per_unit, units = base_unit(base)

    def kernel(rows: NDArray) -> Array:
        both = _shannon(rows, SpatialDensity()) + _shannon(rows, SpectralPower())
        return np.asarray((both + cell) / per_unit)

    method = f"position_entropy + wavenumber_entropy {along(axes)}"
    result = map_labelled(kernel, x, axes)
    result = describe(result, "entropic_uncertainty", units, "entropic uncertainty h_x + h_k", method)
    if hasattr(result, "attrs"):
        result.attrs["lower_bound"] = len(axes) * PERIODIC_BOUND / per_unit
        result.attrs["lower_bound_localized"] = len(axes) * LOCALIZED_BOUND / per_unit
    return result
