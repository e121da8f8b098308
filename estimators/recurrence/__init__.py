"""How often an orbit comes back, how near and for how long: correlation sums and recurrence plots."""

from ergodica.estimators.recurrence.correlation_dimension import correlation_dimension
from ergodica.estimators.recurrence.correlation_entropy import correlation_entropy
from ergodica.estimators.recurrence.correlation_sum import correlation_sum

__all__ = ["correlation_dimension", "correlation_entropy", "correlation_sum"]
