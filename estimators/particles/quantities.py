"""What is measured of particles: order, neighbours, where they are, their structure, how they move, their phases."""

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np

from ergodica.estimators.fields.quantities import distribution
from ergodica.estimators.particles.density import density_field
from ergodica.estimators.particles.frames import ORIENTATIONS, POSITION, UNWRAPPED, one_box
from ergodica.estimators.particles.hexatic import SIX, hexatic_order
from ergodica.estimators.particles.motion import mean_squared_displacement, orientation_correlation
from ergodica.estimators.particles.pairs import radial_distribution
from ergodica.estimators.particles.phases import coexistence_densities
from ergodica.estimators.particles.structure import structure_factor
from ergodica.estimators.quantities import register_quantities
from ergodica.estimators.schools.data import BOX, HEADING, PARTICLE, SPACE
from ergodica.estimators.schools.entropies import school_entropies
from ergodica.estimators.schools.neighbours import nearest_neighbour_statistics
from ergodica.estimators.schools.order import polarization, rotation
from ergodica.estimators.spaces.spatial_density import SpatialDensity
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr

SPACINGS, SHELLS = 5.0, 100
FOLLOWED = 4096
FRAMES = 64
FEWEST_FOR_PHASES = 1000


@register_quantities("agents", together="particles")
def particle_quantities(
    dataset: "xr.Dataset", base: float, extent: tuple[float, float]
) -> "dict[str, xr.Dataset]":
    """What can be measured of each snapshot without a length to be chosen.

    Args:
        dataset: with `position`, `heading`, `propulsion` or `velocity` over `particle` and `space`; on a line
            nothing is measured of single snapshots.
        base: of the logarithms.
        extent: not used.

    Returns:
        Datasets over `member` and `t`: of particles with directions `order` (polarization, rotation) and `school`
        (the school entropies); `neighbours` (nearest distances); in the plane `hexatic` (of the 6 nearest); in a
        box periodic along every axis `spatial` (entropies of the numbers in cells of 20 particles on average),
        `pairs` (g(r) up to 5 mean distances) and `structure` (S(k)), over `r` and `k` too.
    """
    import xarray as xr

    found: dict[str, xr.Dataset] = {}
    known = _particles(dataset)
    if known.sizes.get(SPACE) == 1:
        return found
    if HEADING in known:
        found["order"] = xr.Dataset({"polarization": polarization(known)})
    if POSITION not in known:
        return found
    if HEADING in known:
        found["order"]["rotation"] = rotation(known)
        found["school"] = school_entropies(known)
    found["neighbours"] = nearest_neighbour_statistics(known)
    if known.sizes[SPACE] == 2:
        found["hexatic"] = hexatic_order(known, nearest=SIX)[["global_hexatic", "mean_hexatic"]]
    if _periodic(known):
        box = one_box(known, "structure")
        spacing = (box.volume / known.sizes[PARTICLE]) ** (1 / box.dimensions)
        field = density_field(known)
        axes = [str(dim) for dim in field.dims if dim in ("x", "y", "z")]
        if math.prod(field.sizes[axis] for axis in axes) > 1:
            found["spatial"] = distribution(field, axes, SpatialDensity(), base)
        found["pairs"] = xr.Dataset(
            {
                "radial_distribution": radial_distribution(
                    known, radius=min(SPACINGS * spacing, box.shortest / 2), bins=SHELLS
                )
            }
        )
        found["structure"] = xr.Dataset({"structure_factor": structure_factor(known)})
    return found


@register_quantities("agents", whole=True, together="particles")
def motion_quantities(
    dataset: "xr.Dataset", base: float, extent: tuple[float, float]
) -> "dict[str, xr.Dataset]":
    """What takes the whole run.

    Args:
        dataset: as for `particle_quantities`.
        base, extent: not used.

    Returns:
        Datasets over `member`: `motion`, the mean squared displacement over `lag`, and `memory`, the correlation of
        directions over `lag`, both of at most 4096 particles at even steps of their numbers and for evenly spaced
        times; the displacement not where it must be unwrapped and steps are too large for that. Of 1000 or more
        particles in a periodic box `phases`, the coexistence densities, from at most 64 snapshots of the second half.
    """
    found: dict[str, xr.Dataset] = {}
    known = _particles(dataset)
    frames = known.sizes.get("t", 1)
    if frames > 1:
        number = known.sizes[PARTICLE]
        some = known.isel({PARTICLE: slice(None, None, max(1, math.ceil(number / FOLLOWED)))})
        for name, measured, needs in (
            ("motion", mean_squared_displacement, (UNWRAPPED, POSITION)),
            ("memory", orientation_correlation, (HEADING,)),
        ):
            if any(one in some for one in needs):
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("error", UserWarning)
                        found[name] = measured(_in_one_chunk(some))
                except (UserWarning, ParameterError):
                    continue  # steps too large to be unwrapped, or uneven times
    if POSITION in known and known.sizes[PARTICLE] >= FEWEST_FOR_PHASES and _periodic(known):
        if "t" in known.dims:
            late = np.unique(np.linspace(frames // 2, frames - 1, FRAMES).astype(int))
            known = known.isel(t=late)
        found["phases"] = coexistence_densities(known[[POSITION, BOX]])
    return found


def _particles(dataset: "xr.Dataset") -> "xr.Dataset":
    """Positions, the box, and as `heading` whatever says where particles head: only its direction counts."""
    names = [name for name in (POSITION, UNWRAPPED) if _of_particles(dataset, name)]
    known = dataset[[*names, BOX] if BOX in dataset else names]
    for name in ORIENTATIONS:
        if _of_particles(dataset, name):
            return known.assign({HEADING: dataset[name]})
    return known


def _of_particles(dataset: "xr.Dataset", name: str) -> bool:
    return name in dataset and {PARTICLE, SPACE} <= set(dataset[name].dims)


def _in_one_chunk(dataset: "xr.Dataset") -> "xr.Dataset":
    return dataset.chunk({"t": -1}) if dataset.chunks.get("t") else dataset


def _periodic(dataset: "xr.Dataset") -> bool:
    if dataset.sizes[SPACE] == 1:
        return False
    try:
        return all(one_box(dataset, "structure").periodic)
    except ParameterError:
        return False
