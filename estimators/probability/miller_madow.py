"""Miller and Madow's correction for few counts."""

from dataclasses import dataclass

from ergodica.estimators.arrays import Array
from ergodica.estimators.measures.measure import support
from ergodica.estimators.measures.shannon import Shannon
from ergodica.estimators.probability.corrected import ShannonEstimator


@dataclass(frozen=True, kw_only=True)
class MillerMadow(ShannonEstimator):
    """Shannon entropy of counts with the first-order correction of its bias.

    H = H_plug-in + (K - 1)/(2 n), K outcomes seen at least once among n counts.

    Raises:
        TypeError: the measure is not Shannon, or the space does not count.
        ValueError: counts that are not whole numbers.

    Good values: where every outcome is seen several times.

    Source: Miller 1955, in Information Theory in Psychology, 95.
    """

    def shannon(self, counts: Array) -> Array:
        """Corrected entropy in nats along the last axis."""
        return Shannon().evaluate(self.probabilities(counts)) + (support(counts) - 1) / (
            2 * counts.sum(axis=-1)
        )
