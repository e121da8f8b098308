"""How probabilities follow from counts: probability estimators."""

from ergodica.estimators.probability.add_constant import AddConstant
from ergodica.estimators.probability.bonachela import Bonachela
from ergodica.estimators.probability.chao_shen import ChaoShen
from ergodica.estimators.probability.chao_wang_jost import ChaoWangJost
from ergodica.estimators.probability.estimator import ProbabilityEstimator
from ergodica.estimators.probability.grassberger import Grassberger
from ergodica.estimators.probability.horvitz_thompson import HorvitzThompson
from ergodica.estimators.probability.jackknife import Jackknife
from ergodica.estimators.probability.james_stein import JamesStein
from ergodica.estimators.probability.miller_madow import MillerMadow
from ergodica.estimators.probability.nsb import NSB
from ergodica.estimators.probability.plug_in import PlugIn
from ergodica.estimators.probability.schuermann import Schuermann
from ergodica.estimators.probability.unbiased_powers import UnbiasedPowers
from ergodica.estimators.probability.wolpert_wolf import WolpertWolf
from ergodica.estimators.probability.zhang import Zhang

__all__ = [
    "NSB",
    "AddConstant",
    "Bonachela",
    "ChaoShen",
    "ChaoWangJost",
    "Grassberger",
    "HorvitzThompson",
    "Jackknife",
    "JamesStein",
    "MillerMadow",
    "PlugIn",
    "ProbabilityEstimator",
    "Schuermann",
    "UnbiasedPowers",
    "WolpertWolf",
    "Zhang",
]
