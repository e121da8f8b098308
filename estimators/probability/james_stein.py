"""James and Stein's shrinkage."""

from dataclasses import dataclass

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.probability.estimator import CountEstimator, observations


@dataclass(frozen=True, kw_only=True)
class JamesStein(CountEstimator):
    """Relative frequencies drawn towards the uniform distribution as far as their own scatter asks for.

    p_i = L/K + (1-L) n_i/n, L = (1 - sum f^2)/((n-1) sum (1/K - f)^2) within [0, 1], f = n_i/n, K possible outcomes.

    Raises:
        TypeError: the space does not count, or its outcomes are not known.
        ValueError: counts that are not whole numbers.

    Good values: more possible outcomes than counts, none far likelier than the others; takes every measure.

    Source: Hausser and Strimmer 2009, J. Mach. Learn. Res. 10, 1469, eqs. 4-6.
    """

    number_needed = True

    def probabilities(self, weights: Array) -> Array:
        """Shrunk frequencies along the last axis."""
        counts = self.checked(weights)
        n = observations(counts)
        f, target = counts / n, 1 / counts.shape[-1]
        spread = (n - 1) * ((target - f) ** 2).sum(axis=-1, keepdims=True)
        scatter = (f * (1 - f)).sum(axis=-1, keepdims=True)
        share = np.where(spread > 0, np.minimum(scatter / np.where(spread > 0, spread, 1.0), 1.0), 1.0)
        return np.asarray(share * target + (1 - share) * f)
