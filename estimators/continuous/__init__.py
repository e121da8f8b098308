"""Differential entropies and information from samples of a continuum."""

from ergodica.estimators.continuous.correa import Correa
from ergodica.estimators.continuous.ebrahimi import Ebrahimi
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.continuous.gaussian import GaussianPlugIn
from ergodica.estimators.continuous.kozachenko_leonenko import KozachenkoLeonenko
from ergodica.estimators.continuous.ksg import KSG
from ergodica.estimators.continuous.ksg2 import KSG2
from ergodica.estimators.continuous.ksg_counts import TooFewSamplesWarning
from ergodica.estimators.continuous.van_es import VanEs
from ergodica.estimators.continuous.vasicek import Vasicek
from ergodica.estimators.continuous.weighted_kozachenko_leonenko import WeightedKozachenkoLeonenko

__all__ = [
    "KSG",
    "KSG2",
    "Correa",
    "Ebrahimi",
    "EntropyEstimator",
    "GaussianPlugIn",
    "KozachenkoLeonenko",
    "TooFewSamplesWarning",
    "VanEs",
    "Vasicek",
    "WeightedKozachenkoLeonenko",
]
