"""Entropy production of a jump process from samples, without an error of the sampling step."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.irreversibility.estimator import IrreversibilityEstimator
from ergodica.estimators.irreversibility.linear_fit import logarithm
from ergodica.estimators.irreversibility.paths import driven_ring
from ergodica.estimators.irreversibility.rates import plug_in
from ergodica.estimators.irreversibility.schnakenberg import transition_counts

# Standard deviations above which a fitted transition is none that noise makes.
SIGMAS = 4


@dataclass(frozen=True, kw_only=True)
class GeneratorFit(IrreversibilityEstimator):
    """Markov jump process fitted to samples: rates from the matrix logarithm of their transition matrix.

    P_ij = n_ij/n_i,  W = ln(P)/dt,  sigma = sum_{i<j} (p_i W_ij - p_j W_ji) ln(p_i W_ij/(p_j W_ji)),  p_i = n_i/n

    Sees through the jumps that samples miss, which `Schnakenberg` loses (ring of three states with a rate of 4.70,
    samples of a third of the dwell time: 4.69 where that one finds 1.92). It is no bound: the states must be those of a
    Markov process. Pairs of states of which one fitted rate is not positive are left out, as noise makes of
    transitions that do not exist.

    A lane is NaN where the other rate of such a pair is four standard deviations above what noise makes: a transition
    without reverse has an infinite entropy. It is NaN as well where an eigenvalue of P is 0 or on the negative axis:
    samples are so far apart that they forget a state, and by chance an eigenvalue near 0 comes out negative. Sample
    more often, or take `Schnakenberg`.

    Good values: dt below half a dwell time; every transition seen ten times.

    Source: Israel, Rosenthal, Wei 2001, Math. Finance 11, 245; Schnakenberg 1976, Rev. Mod. Phys. 48, 571.
    """

    claims = Claims(
        needs="states of a Markov process as whole numbers in order, evenly sampled within their dwell times",
        cost="O(n + s^3) for s states",
        invariances={"relabel": 1e-10},
        exact=(
            Exact(
                name="driven ring, rates 3 and 1, samples of .1",
                sample=lambda rng: (driven_ring(rng, forward=3.0, backward=1.0, samples=5000, dt=0.1),),
                value=2 * np.log(3.0),
                bias=0.1,
                spread=0.3,
                source="(a - b) ln(a/b)",
            ),
        ),
    )
    takes: ClassVar[str] = "states"

    def rate(self, paths: NDArray, dt: float) -> Array:
        """Nats per unit of time."""
        found = np.full(len(paths), np.nan)
        for lane, path in enumerate(paths):
            counts = transition_counts(path)
            # a state that is only entered at the very end has no row, one that is only left at the start has
            visited = counts.sum(axis=1) > 0
            counts = counts[np.ix_(visited, visited)]
            leaving = counts.sum(axis=1, keepdims=True)
            if not (leaving > 0).all():
                continue
            propagator = counts / leaving
            rates = logarithm(propagator)
            if rates is None:
                continue
            np.fill_diagonal(rates, 0.0)
            one_way = (rates > 0) & (rates.T <= 0)
            # a logarithm makes the errors of its matrix larger, by the inverse of that at most
            louder = 1.0 / np.abs(np.linalg.eigvals(propagator)).min()
            if (leaving * rates > SIGMAS * louder * np.sqrt(counts + counts.T + 1))[one_way].any():
                continue
            found[lane] = plug_in(leaving / leaving.sum() * np.maximum(rates, 0.0)) / dt
        return found
