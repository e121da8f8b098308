"""How outcomes are made of data: outcome spaces."""

from ergodica.estimators.spaces.space import CountingSpace, Space
from ergodica.estimators.spaces.spatial_density import SpatialDensity
from ergodica.estimators.spaces.spectral_power import SpectralPower
from ergodica.estimators.spaces.value_bins import ValueBins
from ergodica.estimators.spaces.weights import Weights

__all__ = [
    "CountingSpace",
    "Space",
    "SpatialDensity",
    "SpectralPower",
    "ValueBins",
    "Weights",
]
