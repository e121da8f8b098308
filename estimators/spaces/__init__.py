"""How outcomes are made of data: outcome spaces."""

from ergodica.estimators.spaces.dispersion import Dispersion
from ergodica.estimators.spaces.dispersion_fluctuation import FluctuationDispersion
from ergodica.estimators.spaces.eigenvalues import Eigenvalues
from ergodica.estimators.spaces.equal_mass_bins import EqualMassBins
from ergodica.estimators.spaces.ordinal import OrdinalPatterns
from ergodica.estimators.spaces.ordinal_amplitude_aware import AmplitudeAwareOrdinalPatterns
from ergodica.estimators.spaces.ordinal_weighted import WeightedOrdinalPatterns
from ergodica.estimators.spaces.singular_values import SingularValues
from ergodica.estimators.spaces.space import CountingSpace, Space
from ergodica.estimators.spaces.spatial_density import SpatialDensity
from ergodica.estimators.spaces.spatial_ordinal import SpatialOrdinalPatterns
from ergodica.estimators.spaces.spectral_power import SpectralPower
from ergodica.estimators.spaces.symbols import Symbols
from ergodica.estimators.spaces.value_bins import ValueBins
from ergodica.estimators.spaces.weights import Weights
from ergodica.estimators.spaces.words import Words

__all__ = [
    "AmplitudeAwareOrdinalPatterns",
    "CountingSpace",
    "Dispersion",
    "Eigenvalues",
    "EqualMassBins",
    "FluctuationDispersion",
    "OrdinalPatterns",
    "SingularValues",
    "Space",
    "SpatialDensity",
    "SpatialOrdinalPatterns",
    "SpectralPower",
    "Symbols",
    "ValueBins",
    "WeightedOrdinalPatterns",
    "Weights",
    "Words",
]
