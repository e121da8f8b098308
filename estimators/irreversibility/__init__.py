"""Irreversibility and entropy production."""

from ergodica.estimators.irreversibility.estimator import IrreversibilityEstimator
from ergodica.estimators.irreversibility.linear import linear_entropy_production
from ergodica.estimators.irreversibility.linear_fit import LinearFit
from ergodica.estimators.irreversibility.nearest import NearestNeighbours
from ergodica.estimators.irreversibility.production import entropy_production
from ergodica.estimators.irreversibility.rates import (
    schnakenberg_rate,
    stationary_distribution,
    tilted_eigenvalue,
)
from ergodica.estimators.irreversibility.schnakenberg import Schnakenberg
from ergodica.estimators.irreversibility.short_time_fit import ShortTimeFit
from ergodica.estimators.irreversibility.uncertainty import FiniteTimeBound, UncertaintyBound

__all__ = [
    "FiniteTimeBound",
    "IrreversibilityEstimator",
    "LinearFit",
    "NearestNeighbours",
    "Schnakenberg",
    "ShortTimeFit",
    "UncertaintyBound",
    "entropy_production",
    "linear_entropy_production",
    "schnakenberg_rate",
    "stationary_distribution",
    "tilted_eigenvalue",
]
