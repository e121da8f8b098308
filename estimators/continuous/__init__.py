"""Differential entropies and information from samples of a continuum."""

from ergodica.estimators.continuous.estimator import EntropyEstimator

__all__ = [
    "EntropyEstimator",
]
