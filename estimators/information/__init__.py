"""Information between variables."""

from ergodica.estimators.information.estimator import InformationEstimator

__all__ = [
    "InformationEstimator",
]
