"""Information of a continuum as a sum of differential entropies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims
from ergodica.estimators.continuous.estimator import EntropyEstimator
from ergodica.estimators.information.estimator import InformationEstimator


@dataclass(frozen=True, kw_only=True)
class EntropySums(InformationEstimator):
    """Information from any estimator of differential entropy.

    I(X; Y | Z) = h(X, Z) + h(Y, Z) - h(X, Y, Z) - h(Z)

    The errors of the terms do not cancel as they do in KSG: for neighbours take KSG, for an entropy with a model
    (Gaussian, kernel density) this is the way.

    Args:
        entropy: of the terms.
    """

    entropy: EntropyEstimator
    claims: ClassVar[Claims] = Claims(needs="as its entropy estimator", cost="four of its entropies")

    def mutual_information(self, x: Array, y: Array) -> Array:
        """h(X) + h(Y) - h(X, Y)."""
        return self._of(x) + self._of(y) - self._of(x, y)

    def conditional_mutual_information(self, x: Array, y: Array, given: Array) -> Array:
        """h(X, Z) + h(Y, Z) - h(X, Y, Z) - h(Z)."""
        return self._of(x, given) + self._of(y, given) - self._of(x, y, given) - self._of(given)

    def multi_information(self, parts: Sequence[Array]) -> Array:
        """sum h(X_i) - h(X_1, ..., X_m)."""
        return np.asarray(sum(self._of(part) for part in parts)) - self._of(*parts)

    def fewest_samples(self, *components: int) -> int:
        """That of the joint vector."""
        return self.entropy.fewest_samples(sum(components))

    def _of(self, *parts: Array) -> Array:
        return self.entropy.entropy(np.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0])
