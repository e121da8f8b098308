"""Schuermann's estimators."""

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.probability.corrected import ShannonEstimator
from ergodica.estimators.probability.estimator import observations


@dataclass(frozen=True, kw_only=True)
class Schuermann(ShannonEstimator):
    """A family of estimators of Shannon entropy, from Zhang's (xi=1) over Grassberger's (xi=1/2) to less bias.

    H = psi(n) - sum n_i S(n_i)/n, S(m) = psi(m) + (-1)^m int_0^(1/xi-1) t^(m-1)/(1+t) dt. Lower xi has less bias and
    more spread. xi=1/2 is Grassberger's of 2003 with psi(n) for ln n.

    Args:
        xi: from 1/2 to 1.

    Raises:
        TypeError: the measure is not Shannon, or the space does not count.
        ValueError: counts that are not whole numbers, or xi out of range.

    Good values: exp(-1/2), Schuermann's own choice; 1 for the least spread.

    Source: Schuermann 2004, J. Phys. A 37, L295, eq. 35; 2015, Neural Comput. 27, 2097.
    """

    xi: float = math.exp(-0.5)

    def __post_init__(self) -> None:
        if isinstance(self.xi, bool) or not isinstance(self.xi, Real) or not 0.5 <= self.xi <= 1:
            raise ValueError(f"xi: must be from 0.5 to 1, got {self.xi!r}; exp(-1/2) is usual")

    def shannon(self, counts: Array) -> Array:
        """Estimate in nats along the last axis."""
        from scipy.special import digamma, hyp2f1

        n = observations(counts)
        seen = np.where(counts == 0, 1.0, counts)
        end = 1 / self.xi - 1
        # int_0^z t^(m-1)/(1+t) dt = z^m/m F(1, m; m+1; -z)
        integral = end**seen / seen * hyp2f1(1.0, seen, seen + 1, -end)
        s = digamma(seen) + (1 - 2 * np.mod(seen, 2)) * integral
        return np.asarray((counts / n * (digamma(n) - s)).sum(axis=-1))
