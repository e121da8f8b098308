"""Measures of time series."""

from ergodica.estimators.series.equilibration import equilibration

__all__ = [
    "equilibration",
]
