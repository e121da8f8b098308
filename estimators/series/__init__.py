"""Measures of time series."""

from ergodica.estimators.series.approximate_entropy import approximate_entropy
from ergodica.estimators.series.complexity_index import complexity_index
from ergodica.estimators.series.equilibration import equilibration
from ergodica.estimators.series.fuzzy_entropy import fuzzy_entropy
from ergodica.estimators.series.multiscale import multiscale
from ergodica.estimators.series.sample_entropy import cross_sample_entropy, sample_entropy
from ergodica.estimators.series.scales import CoarseGrained, Composite, Refined, RefinedComposite, ScaleMethod
from ergodica.estimators.series.slope_entropy import slope_entropy
from ergodica.estimators.series.slope_patterns import SlopePatterns
from ergodica.estimators.series.svd_entropy import svd_entropy

__all__ = [
    "CoarseGrained",
    "Composite",
    "Refined",
    "RefinedComposite",
    "ScaleMethod",
    "SlopePatterns",
    "approximate_entropy",
    "complexity_index",
    "cross_sample_entropy",
    "equilibration",
    "fuzzy_entropy",
    "multiscale",
    "sample_entropy",
    "slope_entropy",
    "svd_entropy",
]
