"""Differential entropies and information from samples of a continuum."""

from ergodica.estimators.continuous.compression import Compressed
from ergodica.estimators.continuous.copula import GaussianCopula
from ergodica.estimators.continuous.correa import Correa
from ergodica.estimators.continuous.darbellay_vajda import DarbellayVajda
from ergodica.estimators.continuous.ebrahimi import Ebrahimi
from ergodica.estimators.continuous.equal_mass import EqualMassTable
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.continuous.gaussian import GaussianPlugIn
from ergodica.estimators.continuous.gaussian_information import GaussianInformation
from ergodica.estimators.continuous.kernel_density import CondensedWarning, KernelDensity
from ergodica.estimators.continuous.kernel_density_entropy import kernel_density_entropy
from ergodica.estimators.continuous.kozachenko_leonenko import KozachenkoLeonenko
from ergodica.estimators.continuous.ksg import KSG
from ergodica.estimators.continuous.ksg2 import KSG2
from ergodica.estimators.continuous.ksg_counts import RoundedValuesWarning, TooFewSamplesWarning
from ergodica.estimators.continuous.van_es import VanEs
from ergodica.estimators.continuous.vasicek import Vasicek
from ergodica.estimators.continuous.wasserstein_dependency import wasserstein_dependency
from ergodica.estimators.continuous.weighted_kozachenko_leonenko import WeightedKozachenkoLeonenko

__all__ = [
    "KSG",
    "KSG2",
    "Compressed",
    "CondensedWarning",
    "Correa",
    "DarbellayVajda",
    "Ebrahimi",
    "EntropyEstimator",
    "EqualMassTable",
    "GaussianCopula",
    "GaussianInformation",
    "GaussianPlugIn",
    "KernelDensity",
    "KozachenkoLeonenko",
    "RoundedValuesWarning",
    "TooFewSamplesWarning",
    "VanEs",
    "Vasicek",
    "WeightedKozachenkoLeonenko",
    "kernel_density_entropy",
    "wasserstein_dependency",
]
