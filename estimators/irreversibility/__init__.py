"""Irreversibility and entropy production."""

from ergodica.estimators.irreversibility.counted import schnakenberg
from ergodica.estimators.irreversibility.estimator import IrreversibilityEstimator
from ergodica.estimators.irreversibility.generator_fit import GeneratorFit
from ergodica.estimators.irreversibility.jump_quantities import jump_quantities
from ergodica.estimators.irreversibility.linear import linear_entropy_production
from ergodica.estimators.irreversibility.linear_fit import LinearFit
from ergodica.estimators.irreversibility.nearest import NearestNeighbours
from ergodica.estimators.irreversibility.ordinal import bounded_ordinal_asymmetry, ordinal_asymmetry
from ergodica.estimators.irreversibility.production import entropy_production
from ergodica.estimators.irreversibility.rates import (
    schnakenberg_rate,
    stationary_distribution,
    tilted_eigenvalue,
)
from ergodica.estimators.irreversibility.schnakenberg import Schnakenberg
from ergodica.estimators.irreversibility.short_time_fit import ShortTimeFit
from ergodica.estimators.irreversibility.uncertainty import FiniteTimeBound, UncertaintyBound
from ergodica.estimators.irreversibility.visibility import (
    HorizontalVisibility,
    NaturalVisibility,
    VisibilityGraph,
    visibility_irreversibility,
)

__all__ = [
    "FiniteTimeBound",
    "GeneratorFit",
    "HorizontalVisibility",
    "IrreversibilityEstimator",
    "LinearFit",
    "NaturalVisibility",
    "NearestNeighbours",
    "Schnakenberg",
    "ShortTimeFit",
    "UncertaintyBound",
    "VisibilityGraph",
    "bounded_ordinal_asymmetry",
    "entropy_production",
    "jump_quantities",
    "linear_entropy_production",
    "ordinal_asymmetry",
    "schnakenberg",
    "schnakenberg_rate",
    "stationary_distribution",
    "tilted_eigenvalue",
    "visibility_irreversibility",
]
