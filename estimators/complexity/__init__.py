"""Complexity: order and disorder at once."""

from ergodica.estimators.complexity.amplitude_aware_permutation import amplitude_aware_permutation_entropy
from ergodica.estimators.complexity.delay_scan import complexity_delay_scan
from ergodica.estimators.complexity.dispersion import dispersion_entropy
from ergodica.estimators.complexity.dispersion_fluctuation import fluctuation_dispersion_entropy
from ergodica.estimators.complexity.divergences import Disequilibrium, Divergence, JensenShannon
from ergodica.estimators.complexity.forbidden import forbidden_patterns
from ergodica.estimators.complexity.limits import complexity_limits
from ergodica.estimators.complexity.permutation import permutation_entropy
from ergodica.estimators.complexity.plane import complexity_entropy_plane
from ergodica.estimators.complexity.sampling import ordinal_sampling
from ergodica.estimators.complexity.spatial_permutation import spatial_permutation_entropy
from ergodica.estimators.complexity.statistical import statistical_complexity
from ergodica.estimators.complexity.weighted_permutation import weighted_permutation_entropy

__all__ = [
    "Disequilibrium",
    "Divergence",
    "JensenShannon",
    "amplitude_aware_permutation_entropy",
    "complexity_delay_scan",
    "complexity_entropy_plane",
    "complexity_limits",
    "dispersion_entropy",
    "fluctuation_dispersion_entropy",
    "forbidden_patterns",
    "ordinal_sampling",
    "permutation_entropy",
    "spatial_permutation_entropy",
    "statistical_complexity",
    "weighted_permutation_entropy",
]
