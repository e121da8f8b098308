"""Information between variables."""

from ergodica.estimators.information.conditional import conditional_mutual_information
from ergodica.estimators.information.estimator import InformationEstimator
from ergodica.estimators.information.mutual import mutual_information
from ergodica.estimators.information.sums import EntropySums
from ergodica.estimators.information.transfer import transfer_entropy

__all__ = [
    "EntropySums",
    "InformationEstimator",
    "conditional_mutual_information",
    "mutual_information",
    "transfer_entropy",
]
