"""Information from rectangles around neighbours, the second way of Kraskov, Stoegbauer and Grassberger."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.digamma import digamma_table
from ergodica.estimators.continuous.ksg import correlated_pair
from ergodica.estimators.continuous.ksg_counts import (
    ROUNDED,
    RoundedValuesWarning,
    mean_digamma,
    neighbours,
)
from ergodica.estimators.continuous.neighbour_information import NeighbourInformation


@dataclass(frozen=True, kw_only=True)
class KSG2(NeighbourInformation):
    """Mutual information from the rectangle that k neighbours span around each sample (algorithm 2).

    I(X; Y) = psi(k) - 1/k + psi(n) - <psi(n_x) + psi(n_y)>
    I(X_1; ...; X_m) = psi(k) - (m - 1)/k + (m - 1) psi(n) - <sum_i psi(n_i)>

    n_x is the number of other samples whose x is not farther than the farthest x of the k neighbours. The spread is
    larger than that of `KSG`, the bias smaller where variables depend strongly on each other in many dimensions.
    A variable of few values makes rectangles without width, which are warned of: take `KSG`.

    Args:
        k, standardize: as for `KSG`, with the same errors and warnings.

    Source: Kraskov, Stoegbauer, Grassberger 2004, Phys. Rev. E 69, 066138, eqs. 9 and 23.
    """

    claims: ClassVar[Claims] = Claims(
        needs="n > k samples of a continuum; about 10^(d/2) or more for d components in all",
        cost="O(n k log n) for few components, up to O(n^2 d) for many",
        invariances={"shift": 1e-9, "scale": 1e-9, "sign": 1e-9, "order": 1e-9, "exchange": 1e-9},
        exact=(
            Exact(
                name="correlated normal variables",
                sample=lambda rng: correlated_pair(rng, 1000, 0.6),
                value=-0.5 * float(np.log(1 - 0.36)),
                bias=0.003,
                spread=0.032,
                source="Cover and Thomas 2006, example 8.5.1",
            ),
        ),
    )

    def of_varying(self, parts: Sequence[Array]) -> Array:
        """The multi-information of lanes without a constant component, in nats."""
        from ergodica.numerics.point_tree import count_near

        n, more = parts[0].shape[1], len(parts) - 1
        psi = digamma_table(n)
        _, numbers = neighbours(parts, self.k)
        terms = np.zeros(len(numbers))
        for x in parts:
            sides = _sides(x, numbers)
            if (sides == 0).mean(axis=-1).max() > ROUNDED:
                warnings.warn(
                    "values repeat so often that rectangles of k neighbours have no width, and the estimate is biased "
                    "by up to -1/k; use KSG(), or a space such as ValueBins()",
                    RoundedValuesWarning,
                    stacklevel=2,
                )
            terms += mean_digamma(count_near(x, sides, strict=False))
        return psi[self.k] - more / self.k + more * psi[n] - terms


def _sides(x: Array, numbers: np.ndarray) -> Array:
    """Distance in x to the farthest of the neighbours, `(lanes, n)`."""
    found = np.zeros(x.shape[:2])
    lane = np.arange(len(x))[:, np.newaxis]
    for neighbour in range(numbers.shape[-1]):
        away = np.abs(x[lane, numbers[..., neighbour]] - x).max(axis=-1)
        np.maximum(found, away, out=found)
    return found
