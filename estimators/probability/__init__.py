"""How probabilities follow from counts: probability estimators."""

from ergodica.estimators.probability.miller_madow import MillerMadow
from ergodica.estimators.probability.plug_in import PlugIn, ProbabilityEstimator

__all__ = [
    "MillerMadow",
    "PlugIn",
    "ProbabilityEstimator",
]
