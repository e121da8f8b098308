"""Relative frequencies."""

from dataclasses import dataclass

from ergodica.estimators.probability.estimator import ProbabilityEstimator


@dataclass(frozen=True, kw_only=True)
class PlugIn(ProbabilityEstimator):
    """Relative frequencies put into the formula of the measure.

    p_i = w_i / sum w. Exact for distributions that are known (densities, spectra); from n counts in K
    outcomes the Shannon entropy is too low by about (K-1)/(2n).
    """


__all__ = ["PlugIn", "ProbabilityEstimator"]
