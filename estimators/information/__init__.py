"""Information between variables."""

from ergodica.estimators.information.blocks import BlockEntropies, excess_entropy
from ergodica.estimators.information.conditional import conditional_mutual_information
from ergodica.estimators.information.context_tree import ContextTreeWeighting
from ergodica.estimators.information.coupling import (
    bottleneck_coupling,
    entropy_bounded_code,
    minimum_entropy_coupling,
)
from ergodica.estimators.information.divergences import (
    cross_entropy,
    hellinger,
    jensen_shannon_distance,
    jensen_shannon_divergence,
    kullback_leibler,
    total_variation,
)
from ergodica.estimators.information.entropies import conditional_entropy, joint_entropy
from ergodica.estimators.information.estimator import InformationEstimator
from ergodica.estimators.information.lattice import rajski_distance, shannon_distance
from ergodica.estimators.information.lempel_ziv import LempelZiv76, lempel_ziv_complexity
from ergodica.estimators.information.lempel_ziv_78 import LempelZiv78
from ergodica.estimators.information.markov import Markov
from ergodica.estimators.information.multi import dual_total_correlation, multi_information, o_information
from ergodica.estimators.information.mutual import mutual_information
from ergodica.estimators.information.rates import RateEstimator, entropy_rate
from ergodica.estimators.information.sums import EntropySums
from ergodica.estimators.information.transfer import transfer_entropy

__all__ = [
    "BlockEntropies",
    "ContextTreeWeighting",
    "EntropySums",
    "InformationEstimator",
    "LempelZiv76",
    "LempelZiv78",
    "Markov",
    "RateEstimator",
    "bottleneck_coupling",
    "conditional_entropy",
    "conditional_mutual_information",
    "cross_entropy",
    "dual_total_correlation",
    "entropy_bounded_code",
    "entropy_rate",
    "excess_entropy",
    "hellinger",
    "jensen_shannon_distance",
    "jensen_shannon_divergence",
    "joint_entropy",
    "kullback_leibler",
    "lempel_ziv_complexity",
    "minimum_entropy_coupling",
    "multi_information",
    "mutual_information",
    "o_information",
    "rajski_distance",
    "shannon_distance",
    "total_variation",
    "transfer_entropy",
]
