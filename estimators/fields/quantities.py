"""What is measured of a field: where it is, at which wavenumbers, and which values it takes."""

import math
from typing import TYPE_CHECKING

from ergodica.estimators.complexity.divergences import Disequilibrium, JensenShannon
from ergodica.estimators.complexity.statistical import complexity_functional
from ergodica.estimators.entropy import entropy_functional, prepare
from ergodica.estimators.fields.uncertainty import entropic_uncertainty, position_entropy, wavenumber_entropy
from ergodica.estimators.functionals import evaluate_all
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.measures.renyi import Renyi
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.measures.tsallis import Tsallis
from ergodica.estimators.quantities import register_quantities
from ergodica.estimators.spaces.space import Space
from ergodica.estimators.spaces.spatial_density import SpatialDensity
from ergodica.estimators.spaces.spectral_power import SpectralPower
from ergodica.estimators.spaces.value_bins import ValueBins

if TYPE_CHECKING:
    import xarray as xr

NOT_SPACE = ("member", "t")

AMPLITUDE_BINS = 64

MEASURES: dict[str, Measure] = {
    "shannon": Shannon(),
    "renyi_2": Renyi(q=2),
    "renyi_inf": Renyi(q=math.inf),
    "tsallis_2": Tsallis(q=2),
}

COMPLEXITIES = {"complexity_lmc": Disequilibrium(), "complexity_jensen_shannon": JensenShannon()}


@register_quantities("field")
def field_quantities(
    field: "xr.DataArray", base: float, extent: tuple[float, float]
) -> "dict[str, xr.Dataset]":
    """Entropies, normalized entropies and complexities of a field over all its axes of space.

    Args:
        field: real or complex, over `member`, `t` and one or more axes of space.
        base: of the logarithms.
        extent: smallest and largest value in the whole run: the amplitude is counted in bins of one width at
            all times, from 0 for a complex field, so that round-off on a constant stays in one bin.

    Returns:
        Datasets `spatial`, `spectral` and `amplitude`; of a complex field `uncertainty` too, where the axes
        of space have evenly spaced coordinates.
    """
    dims = [str(dim) for dim in field.dims if dim not in NOT_SPACE]
    low, high = (0.0, extent[1]) if field.dtype.kind == "c" else extent
    spaces: dict[str, Space] = {
        "spatial": SpatialDensity(),
        "spectral": SpectralPower(),
        "amplitude": ValueBins(bins=AMPLITUDE_BINS, range=(low, high) if low < high else None),
    }
    groups = {name: distribution(field, dims, space, base) for name, space in spaces.items()}
    if field.dtype.kind == "c" and all(dim in field.coords for dim in dims):
        groups["uncertainty"] = _dataset(
            {
                "position": position_entropy(field, dim=dims, base=base),
                "wavenumber": wavenumber_entropy(field, dim=dims, base=base),
                "uncertainty": entropic_uncertainty(field, dim=dims, base=base),
            }
        )
    return groups


def distribution(field: "xr.DataArray", dims: list[str], space: Space, base: float) -> "xr.Dataset":
    """All measures and complexities of the outcomes of `space` along `dims`, over the other dimensions."""
    _, axes, _ = prepare(field, dims, space)
    functionals = {}
    for name, measure in MEASURES.items():
        own_base = base if measure.logarithmic else math.e
        functionals[name] = entropy_functional(axes, space, measure, base=own_base)
        functionals[f"{name}_normalized"] = entropy_functional(axes, space, measure, normalize=True)
    for name, divergence in COMPLEXITIES.items():
        functionals[name] = complexity_functional(axes, space, Shannon(), divergence)
    results = evaluate_all(field, axes, space, list(functionals.values()))
    return _dataset(dict(zip(functionals, results, strict=True)))


def _dataset(quantities: "dict[str, xr.DataArray]") -> "xr.Dataset":
    import xarray as xr

    return xr.Dataset(quantities)
