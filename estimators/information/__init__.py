"""Information between variables."""

from ergodica.estimators.information.conditional import conditional_mutual_information
from ergodica.estimators.information.entropies import conditional_entropy, joint_entropy
from ergodica.estimators.information.estimator import InformationEstimator
from ergodica.estimators.information.lattice import rajski_distance, shannon_distance
from ergodica.estimators.information.multi import dual_total_correlation, multi_information, o_information
from ergodica.estimators.information.mutual import mutual_information
from ergodica.estimators.information.sums import EntropySums
from ergodica.estimators.information.transfer import transfer_entropy

__all__ = [
    "EntropySums",
    "InformationEstimator",
    "conditional_entropy",
    "conditional_mutual_information",
    "dual_total_correlation",
    "joint_entropy",
    "multi_information",
    "mutual_information",
    "o_information",
    "rajski_distance",
    "shannon_distance",
    "transfer_entropy",
]
