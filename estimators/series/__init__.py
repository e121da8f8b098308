"""Measures of time series."""

from ergodica.estimators.series.approximate_entropy import approximate_entropy
from ergodica.estimators.series.equilibration import equilibration
from ergodica.estimators.series.sample_entropy import cross_sample_entropy, sample_entropy

__all__ = [
    "approximate_entropy",
    "cross_sample_entropy",
    "equilibration",
    "sample_entropy",
]
