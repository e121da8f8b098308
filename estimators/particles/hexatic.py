"""Bond-orientational order in the plane: how far the neighbours of each particle make a regular polygon."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.particles.frames import POSITION, Output, frame_by_frame
from ergodica.estimators.particles.voronoi import neighbour_order
from ergodica.estimators.registry import register
from ergodica.estimators.schools.data import PARTICLE, SPACE, variable
from ergodica.estimators.whole import whole
from ergodica.numerics.errors import ParameterError
from ergodica.numerics.geometry import Box

if TYPE_CHECKING:
    import xarray as xr

SIX = 6


@register(
    family="particles",
    takes={"dataset": "dataset"},
    claims=Claims(needs="positions of particles in the plane", cost="O(N log N) a frame"),
)
def hexatic_order(
    dataset: "xr.Dataset", *, radius: float | None = None, nearest: int | None = None, order: int = SIX
) -> "xr.Dataset":
    """Bond-orientational order psi_m of each particle and of all, hexatic for m = 6.

    psi_m(i) = sum_j w_ij exp(i m theta_ij) / sum_j w_ij

    theta_ij is the angle of the bond from i to its neighbour j with a fixed axis. Neighbours share a Voronoi face,
    and w_ij is its length, so that psi changes continuously with positions (Mickel et al. 2013); or they are those
    within `radius`, or the `nearest`, each with weight 1.

    Args:
        dataset: with `position(t, particle, space)` in the plane, periodic `box(space)` or open.
        radius: of neighbours, in the unit of the positions; at most half of every periodic length.
        nearest: number of neighbours; all others where there are fewer.
        order: m >= 1; 4 for square order.

    Returns:
        Over `member`, `t` and `particle`: `hexatic`, |psi_m(i)|, 0 to 1, and `hexatic_angle`, its phase over m in
        (-pi/m, pi/m], the direction of the local lattice. Over `member` and `t`: `global_hexatic`, |mean of psi_m|,
        which grains of several directions bring to 0, and `mean_hexatic`, the mean of |psi_m|. NaN for a particle
        without neighbours, or with a Voronoi cell without bounds; the means leave it out.

    Raises:
        ParameterError: positions in space, both `radius` and `nearest`, one out of range.

    Good values: the Voronoi neighbours. Within a radius up to the second shell a perfect lattice has less than 1;
    with 6 nearest neighbours a particle at the edge of a cluster takes bonds across the void.

    Source: Nelson and Halperin 1979, Phys. Rev. B 19, 2457; Mickel, Kapfer, Schroeder-Turk and Mecke 2013,
    J. Chem. Phys. 138, 044501.
    """
    found = variable(dataset, POSITION)
    if found.sizes[SPACE] != 2:
        raise ParameterError(
            f"position: must be in the plane for hexatic order, got {found.sizes[SPACE]} components; "
            "select two with .isel(space=[0, 1])"
        )
    order = whole("order", order, 1, "use 6 for hexatic order")
    if radius is not None and nearest is not None:
        raise ParameterError("radius: must be None where nearest is given, got both; give one of them")
    if radius is not None:
        radius = Box.open(2).check_radius("radius", radius)
        method = f"neighbours within {radius:g}"
    elif nearest is not None:
        nearest = whole("nearest", nearest, 1, "use 6, or the Voronoi neighbours")
        method = f"{nearest} nearest neighbours"
    else:
        method = "Voronoi neighbours weighted by the length of the face"
    name = f"psi{order}"
    words = "hexatic order" if order == SIX else f"{order}-fold order"
    per_particle = (PARTICLE,)
    outputs = {
        "hexatic": Output(units="1", long_name=f"{words} |{name}| of a particle", dims=per_particle),
        "hexatic_angle": Output(units="radian", long_name=f"angle of the {words}", dims=per_particle),
        "global_hexatic": Output(units="1", long_name=f"global {words}"),
        "mean_hexatic": Output(units="1", long_name=f"mean local {words}"),
    }

    def frame(x: Array, lengths: Array) -> list[Array | float]:
        box = Box(tuple(lengths))
        if radius is not None:
            psi = within(x, box, radius, order)
        elif nearest is not None:
            psi = of_nearest(x, box, nearest, order)
        else:
            psi = neighbour_order(x, box, order)
        some = psi[np.isfinite(psi)]
        means = (abs(some.mean()), np.abs(some).mean()) if len(some) else (np.nan, np.nan)
        return [np.abs(psi), np.angle(psi) / order, *means]

    return frame_by_frame(frame, dataset, (POSITION,), outputs, method)


def within(x: Array, box: Box, radius: float, order: int) -> NDArray[np.complex128]:
    """psi_m `(n,)` complex, of the neighbours within a radius."""
    from ergodica.estimators.particles.kernels import bond_sums

    sums = bond_sums(x, box, radius, order)
    psi = np.full(len(x), complex(np.nan, np.nan))
    some = sums[:, 2] > 0
    psi[some] = (sums[some, 0] + 1j * sums[some, 1]) / sums[some, 2]
    return psi


def of_nearest(x: Array, box: Box, count: int, order: int) -> NDArray[np.complex128]:
    """psi_m `(n,)` complex, of so many nearest neighbours."""
    from ergodica.numerics.nearest import nearest

    count = min(count, len(x) - 1)
    if count == 0:
        return np.full(len(x), complex(np.nan, np.nan))
    bonds = nearest(x, count, box).displacements
    psi: NDArray[np.complex128] = _phases(bonds, order).mean(1)
    return psi


def _phases(bonds: Array, order: int) -> NDArray[np.complex128]:
    """exp(i m theta) of vectors `(..., 2)`."""
    z = bonds[..., 0] + 1j * bonds[..., 1]
    length = np.abs(z)
    turned: NDArray = (z / np.where(length > 0, length, np.nan)) ** order
    return turned
