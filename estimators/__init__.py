"""Entropies of labelled arrays, put together from three pieces: a measure, an outcome space and an estimator.

```python
from ergodica import estimators as est
est.entropy(psi, dim="x", space=est.SpectralPower(), of=est.Renyi(q=2), base=2)
```

Pieces are small frozen dataclasses, functions take data first. Importing costs what numpy costs.
"""

import ergodica.data  # noqa: F401 - registers ds.ergodica
from ergodica.estimators import (  # register the quantities of their kinds
    field_quantities,
    particle_quantities,
    state_quantities,
)
from ergodica.estimators.complexity import statistical_complexity
from ergodica.estimators.divergences import Disequilibrium, Divergence, JensenShannon
from ergodica.estimators.entropy import entropy, probabilities
from ergodica.estimators.equilibration import equilibration
from ergodica.estimators.measures import Measure
from ergodica.estimators.miller_madow import MillerMadow
from ergodica.estimators.particle_clusters import cluster_size_distribution, clusters
from ergodica.estimators.particle_density import density_field, local_density
from ergodica.estimators.particle_distribution import density_distribution
from ergodica.estimators.particle_hexatic import hexatic_order
from ergodica.estimators.particle_motion import mean_squared_displacement, orientation_correlation, unwrap
from ergodica.estimators.particle_pairs import radial_distribution, spatial_correlation
from ergodica.estimators.particle_phases import coexistence_densities
from ergodica.estimators.particle_pressure import active_pressure, virial_pressure
from ergodica.estimators.particle_structure import structure_factor, structure_factor_map
from ergodica.estimators.plug_in import PlugIn, ProbabilityEstimator
from ergodica.estimators.quantities import measurable_kinds, measure, register_quantities
from ergodica.estimators.renyi import Hartley, Renyi
from ergodica.estimators.school_entropies import school_entropies
from ergodica.estimators.school_neighbours import cluster_count, nearest_neighbour_statistics
from ergodica.estimators.school_order import group_speed, polarization, rotation
from ergodica.estimators.school_published import published_school_entropies
from ergodica.estimators.shannon import Shannon
from ergodica.estimators.spaces import Space
from ergodica.estimators.spatial_density import SpatialDensity
from ergodica.estimators.spectral_power import SpectralPower
from ergodica.estimators.tsallis import Tsallis
from ergodica.estimators.uncertainty import (
    LOCALIZED_BOUND,
    PERIODIC_BOUND,
    differential_entropy,
    entropic_uncertainty,
    position_entropy,
    wavenumber_entropy,
)
from ergodica.estimators.value_bins import ValueBins
from ergodica.estimators.weights import Weights
from ergodica.estimators.wrappers import participation_number, spatial_entropy, spectral_entropy

__all__ = [
    "LOCALIZED_BOUND",
    "PERIODIC_BOUND",
    "Disequilibrium",
    "Divergence",
    "Hartley",
    "JensenShannon",
    "Measure",
    "MillerMadow",
    "PlugIn",
    "ProbabilityEstimator",
    "Renyi",
    "Shannon",
    "Space",
    "SpatialDensity",
    "SpectralPower",
    "Tsallis",
    "ValueBins",
    "Weights",
    "active_pressure",
    "cluster_count",
    "cluster_size_distribution",
    "clusters",
    "coexistence_densities",
    "density_distribution",
    "density_field",
    "differential_entropy",
    "entropic_uncertainty",
    "entropy",
    "equilibration",
    "field_quantities",
    "group_speed",
    "hexatic_order",
    "local_density",
    "mean_squared_displacement",
    "measurable_kinds",
    "measure",
    "nearest_neighbour_statistics",
    "orientation_correlation",
    "participation_number",
    "particle_quantities",
    "polarization",
    "position_entropy",
    "probabilities",
    "published_school_entropies",
    "radial_distribution",
    "register_quantities",
    "rotation",
    "school_entropies",
    "spatial_correlation",
    "spatial_entropy",
    "spectral_entropy",
    "state_quantities",
    "statistical_complexity",
    "structure_factor",
    "structure_factor_map",
    "unwrap",
    "virial_pressure",
    "wavenumber_entropy",
]
