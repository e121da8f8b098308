"""What is taken of a probability vector: measures of disorder."""

from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.measures.renyi import Hartley, Renyi
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.measures.tsallis import Tsallis

__all__ = [
    "Hartley",
    "Measure",
    "Renyi",
    "Shannon",
    "Tsallis",
]
