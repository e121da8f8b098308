"""Complexity: order and disorder at once."""

from ergodica.estimators.complexity.divergences import Disequilibrium, Divergence, JensenShannon
from ergodica.estimators.complexity.statistical import statistical_complexity

__all__ = [
    "Disequilibrium",
    "Divergence",
    "JensenShannon",
    "statistical_complexity",
]
