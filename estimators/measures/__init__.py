"""What is taken of a probability vector: measures of disorder."""

from ergodica.estimators.measures.curado import Curado
from ergodica.estimators.measures.extropy import ShannonExtropy
from ergodica.estimators.measures.kaniadakis import Kaniadakis
from ergodica.estimators.measures.measure import Measure
from ergodica.estimators.measures.min_entropy import MinEntropy
from ergodica.estimators.measures.renyi import Hartley, Renyi
from ergodica.estimators.measures.renyi_extropy import RenyiExtropy
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.measures.stretched_exponential import StretchedExponential
from ergodica.estimators.measures.tsallis import Tsallis
from ergodica.estimators.measures.tsallis_extropy import TsallisExtropy

__all__ = [
    "Curado",
    "Hartley",
    "Kaniadakis",
    "Measure",
    "MinEntropy",
    "Renyi",
    "RenyiExtropy",
    "Shannon",
    "ShannonExtropy",
    "StretchedExponential",
    "Tsallis",
    "TsallisExtropy",
]
