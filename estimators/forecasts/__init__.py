"""How good a forecast is: errors, how long it holds, its long-term statistics, and whether its spread is right."""

from ergodica.estimators.forecasts.attractor_scores import attractor_scores
from ergodica.estimators.forecasts.correlation_dimension_error import correlation_dimension_error
from ergodica.estimators.forecasts.crps import crps
from ergodica.estimators.forecasts.forecast_scores import forecast_scores
from ergodica.estimators.forecasts.gaussian_forecasts import gaussian_coverage, gaussian_crps
from ergodica.estimators.forecasts.interval_coverage import interval_coverage
from ergodica.estimators.forecasts.log_spectral_distance import log_spectral_distance
from ergodica.estimators.forecasts.mase import mase
from ergodica.estimators.forecasts.nrmse import nrmse
from ergodica.estimators.forecasts.predictive_entropy import predictive_entropy
from ergodica.estimators.forecasts.smape import smape
from ergodica.estimators.forecasts.spectral_hellinger import spectral_hellinger
from ergodica.estimators.forecasts.state_space_divergence import state_space_divergence
from ergodica.estimators.forecasts.valid_prediction_time import valid_prediction_time

__all__ = [
    "attractor_scores",
    "correlation_dimension_error",
    "crps",
    "forecast_scores",
    "gaussian_coverage",
    "gaussian_crps",
    "interval_coverage",
    "log_spectral_distance",
    "mase",
    "nrmse",
    "predictive_entropy",
    "smape",
    "spectral_hellinger",
    "state_space_divergence",
    "valid_prediction_time",
]
