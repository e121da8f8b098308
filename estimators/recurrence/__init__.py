"""How often an orbit comes back, how near and for how long: correlation sums and recurrence plots."""

from ergodica.estimators.recurrence.correlation_dimension import correlation_dimension
from ergodica.estimators.recurrence.correlation_entropy import correlation_entropy
from ergodica.estimators.recurrence.correlation_sum import correlation_sum
from ergodica.estimators.recurrence.deviation_radius import DeviationRadius
from ergodica.estimators.recurrence.fixed_radius import FixedRadius
from ergodica.estimators.recurrence.recurrence_matrix import recurrence_matrix
from ergodica.estimators.recurrence.recurrence_quantification import recurrence_quantification
from ergodica.estimators.recurrence.recurrence_rate import RecurrenceRate
from ergodica.estimators.recurrence.threshold import Threshold

__all__ = [
    "DeviationRadius",
    "FixedRadius",
    "RecurrenceRate",
    "Threshold",
    "correlation_dimension",
    "correlation_entropy",
    "correlation_sum",
    "recurrence_matrix",
    "recurrence_quantification",
]
