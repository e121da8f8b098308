"""Kozachenko and Leonenko's entropy with weights over neighbours that take the bias of high dimension away."""

import functools
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.continuous.digamma import digamma_table
from ergodica.estimators.continuous.estimator import refuse_copies
from ergodica.estimators.continuous.kozachenko_leonenko import GAUSSIAN, NeighbourEntropy, gaussian, log_ball
from ergodica.numerics.errors import ParameterError

LARGEST_WEIGHTS = 15.0
"""Root of the sum of squares above which what weights take from the bias they give to the spread many times over."""


@functools.cache
def entropy_weights(k: int, d: int) -> tuple[float, ...]:
    """The weights of neighbours 1 to k, of least sum of squares.

    sum_j w_j = 1,   sum_j w_j Gamma(j + 2 l/d) / Gamma(j) = 0 for l = 1 to floor(d/4)

    Raises:
        ParameterError: k is too small for so many conditions, so that weights would be huge.

    Source: Berrett, Samworth and Yuan 2019, eq. 3, with all neighbours where d of them are used there: that gives
    smaller weights, and bias and spread are smaller.
    """
    j = np.arange(1, k + 1)
    terms = d // 4
    powers = [
        np.array([math.exp(math.lgamma(i + 2 * term / d) - math.lgamma(i)) for i in j])
        for term in range(1, terms + 1)
    ]
    conditions = np.array([np.ones(k), *(row / row.max() for row in powers)])
    target = np.zeros(terms + 1)
    target[0] = 1.0
    weights = np.linalg.lstsq(conditions, target, rcond=None)[0]
    size = float(np.sqrt((weights * weights).sum()))
    if k <= terms or size > LARGEST_WEIGHTS:
        raise ParameterError(
            f"k: must be larger for {d} components, whose {terms} conditions would have weights of size {size:.3g}, "
            f"got {k}; use more neighbours (20 up to 11 components, 100 for 12) or KozachenkoLeonenko()"
        )
    return tuple(float(w) for w in weights)


@dataclass(frozen=True, kw_only=True)
class WeightedKozachenkoLeonenko(NeighbourEntropy):
    """Entropy from the distances to several neighbours, weighted so that their biases cancel.

    h = psi(n) + ln c_d + (1/n) sum_i sum_j w_j (d ln r_ij - psi(j)),   sum_j w_j = 1

    The bias of a smooth density is a series in n^(-2/d), n^(-4/d), ..., in which the j-th neighbour has terms in
    proportion to Gamma(j + 2 l/d) / Gamma(j): the weights of `entropy_weights` remove the first floor(d/4), which are
    those above n^(-1/2). Below d = 4 there are none, and it is a mean over neighbours: take the plain form there.

    Args:
        k: neighbours, 1 to n - 1; many where there are many conditions.
        norm: "euclid" (does not see rotations), "maximum" or "manhattan".

    Good values: k=20 for d = 4 to 10 with n from 1000, k=100 for d = 12. Where the density has an edge (a uniform one)
    the bias is of another order, and nothing is won.

    Source: Berrett, Samworth and Yuan 2019, Ann. Statist. 47, 288, eq. 2 and 3.
    """

    k: int = 20

    claims: ClassVar[Claims] = Claims(
        needs="values of a continuum without exact copies, more than k samples",
        cost="O(n k log n) for small d, O(n^2 d) from about d = 15 on",
        invariances={"shift": 1e-11, "sign": 1e-12, "rotation": 1e-12, "order": 1e-12},
        exact=(
            Exact(
                name="Gaussian, d = 5",
                sample=gaussian(500, 5),
                value=5 * GAUSSIAN,
                bias=0.11,
                spread=0.092,
                source="Cover and Thomas 2006, eq. 8.48",
            ),
        ),
    )

    def entropy(self, x: Array) -> Array:
        """h in nats, `(lanes,)`, of `(lanes, n, d)`."""
        from ergodica.numerics.point_tree import mean_logarithms

        lanes, n, d = x.shape
        self.check(n, d)
        if not lanes:
            return np.empty(0)
        weights = np.array(entropy_weights(self.k, d))
        norm = self.norm_of(d)
        psi = digamma_table(max(n, self.k))
        result = np.empty(lanes)
        for lane in range(lanes):
            means, copies = mean_logarithms(x[lane], self.k, norm)
            refuse_copies(np.array([copies]), n)
            result[lane] = (weights * (d * means - psi[1 : self.k + 1])).sum()
        return result + psi[n] + log_ball(d, norm)
