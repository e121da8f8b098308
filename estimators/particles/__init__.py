"""Measures of particles."""

from ergodica.estimators.particles.clusters import cluster_size_distribution, clusters
from ergodica.estimators.particles.density import density_field, local_density
from ergodica.estimators.particles.distribution import density_distribution
from ergodica.estimators.particles.hexatic import hexatic_order
from ergodica.estimators.particles.motion import mean_squared_displacement, orientation_correlation, unwrap
from ergodica.estimators.particles.pairs import radial_distribution, spatial_correlation
from ergodica.estimators.particles.phases import coexistence_densities
from ergodica.estimators.particles.pressure import active_pressure, virial_pressure
from ergodica.estimators.particles.structure import structure_factor, structure_factor_map

__all__ = [
    "active_pressure",
    "cluster_size_distribution",
    "clusters",
    "coexistence_densities",
    "density_distribution",
    "density_field",
    "hexatic_order",
    "local_density",
    "mean_squared_displacement",
    "orientation_correlation",
    "radial_distribution",
    "spatial_correlation",
    "structure_factor",
    "structure_factor_map",
    "unwrap",
    "virial_pressure",
]
