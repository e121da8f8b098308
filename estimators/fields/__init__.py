"""Measures of fields and states."""

from ergodica.estimators.fields.uncertainty import (
    LOCALIZED_BOUND,
    PERIODIC_BOUND,
    differential_entropy,
    entropic_uncertainty,
    position_entropy,
    wavenumber_entropy,
)
from ergodica.estimators.fields.wrappers import participation_number, spatial_entropy, spectral_entropy

__all__ = [
    "LOCALIZED_BOUND",
    "PERIODIC_BOUND",
    "differential_entropy",
    "entropic_uncertainty",
    "participation_number",
    "position_entropy",
    "spatial_entropy",
    "spectral_entropy",
    "wavenumber_entropy",
]
