"""Differential entropies and information from samples of a continuum."""

from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.continuous.kozachenko_leonenko import KozachenkoLeonenko
from ergodica.estimators.continuous.ksg import KSG
from ergodica.estimators.continuous.ksg2 import KSG2
from ergodica.estimators.continuous.ksg_counts import TooFewSamplesWarning
from ergodica.estimators.continuous.weighted_kozachenko_leonenko import WeightedKozachenkoLeonenko

__all__ = [
    "KSG",
    "KSG2",
    "EntropyEstimator",
    "KozachenkoLeonenko",
    "TooFewSamplesWarning",
    "WeightedKozachenkoLeonenko",
]
