"""Entropy production of a Markov jump process from counted transitions."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ergodica.estimators.arrays import Array
from ergodica.estimators.claims import Claims, Exact
from ergodica.estimators.irreversibility.estimator import IrreversibilityEstimator
from ergodica.estimators.irreversibility.paths import SPACING, driven_ring
from ergodica.numerics.errors import ParameterError

# Codes of states are counted in a table up to this many, and sorted above.
MOST_CODES = 1024


@dataclass(frozen=True, kw_only=True)
class Schnakenberg(IrreversibilityEstimator):
    """Counted transitions between states in place of their probabilities.

    sigma = 1/dt sum_{i<j} (f_ij - f_ji) ln(f_ij/f_ji),  f_ij the share of samples in i whose next one is in j

    A lower bound at any dt, also where the states seen are lumps of hidden ones; it tends to the entropy production of
    what is seen as dt -> 0. For counts and times of a record without gaps see `schnakenberg`.

    Plugged-in frequencies lie above by 2 m/T on average near equilibrium, with a record of length T and m = edges -
    states + 1 independent cycles of the observed transitions. `correct` takes this off.

    A lane is NaN where a transition was seen and its reverse was not, unless there is a `pseudo_count`: the plug-in
    would be infinite.

    Args:
        pseudo_count: added to both counts of every pair of states between which a transition was seen, >= 0.
        correct: whether to subtract 2 m/T; the result may then be negative.

    Good values: Schnakenberg() where every transition was seen ten times, pseudo_count=.5 for rare ones.

    Source: Schnakenberg 1976, Rev. Mod. Phys. 48, 571; bound: Gomez-Marin, Parrondo, Van den Broeck 2008,
    Phys. Rev. E 78, 011107; bias: half of sigma T is the
    chi-square of Anderson and Goodman 1957, Ann. Math. Stat. 28, 89.
    """

    claims = Claims(
        needs="states as whole numbers in order, evenly sampled; every transition seen both ways",
        cost="O(n + s^2) for s states",
        invariances={"relabel": 1e-12},
        exact=(
            Exact(
                name="driven ring, rates 3 and 1, samples of .01",
                sample=lambda rng: (driven_ring(rng, forward=3.0, backward=1.0, samples=20_000, dt=0.01),),
                value=2 * math.log(3) * 0.01 / SPACING,
                bias=0.02,  # below, as pairs of samples miss transitions between them
                spread=0.027,
                source="(a - b) ln(a/b)",
            ),
            Exact(
                name="equilibrium, corrected",
                sample=lambda rng: (driven_ring(rng, forward=1.0, backward=1.0, samples=20_000, dt=0.05),),
                value=0.0,
                bias=2e-4,
                spread=0.0014,  # 2/T of a chi-square with one degree of freedom: sqrt(2) 2/2000
                arguments={"correct": True},
            ),
        ),
    )
    takes: ClassVar[str] = "states"

    pseudo_count: float = 0.0
    correct: bool = False

    def __post_init__(self) -> None:
        check_pseudo_count(self.pseudo_count)

    def rate(self, paths: NDArray, dt: float) -> Array:
        """Nats per unit of time."""
        n = paths.shape[1]
        found = np.empty(len(paths))
        for lane, path in enumerate(paths):
            counts = transition_counts(path)
            total = observed_entropy(counts, self.pseudo_count)
            if self.correct:
                total -= 2 * cycles(counts)
            found[lane] = total / ((n - 1) * dt)
        return found


def transition_counts(path: NDArray) -> Array:
    """How often each state came after each other, `(states, states)`, of whole numbers `(n,)` of any size."""
    path = path.astype(np.uint8) if path.dtype.kind == "b" else path
    span = int(path.max()) - int(path.min())
    if span < MOST_CODES:
        # in their own type, whose range may be beyond that of int64
        states, codes = span + 1, (path - path.min()).astype(np.int64)
    else:
        labels, codes = np.unique(path, return_inverse=True)
        states = len(labels)
    pairs = codes[:-1] * states + codes[1:]
    if states > MOST_CODES:
        raise ParameterError(
            f"x: must have at most {MOST_CODES} states, got {states}; lump states, or use a continuous estimator"
        )
    return np.bincount(pairs, minlength=states * states).reshape(states, states).astype(float)


def observed_entropy(counts: Array, pseudo_count: float) -> float:
    """sum_{i<j} (n_ij - n_ji) ln(n_ij/n_ji), in nats of the whole record; NaN where a reverse was not seen."""
    forward = np.triu(counts, 1)
    backward = np.triu(counts.T, 1)
    seen = (forward + backward) > 0
    n, m = forward[seen] + pseudo_count, backward[seen] + pseudo_count
    if (n == 0).any() or (m == 0).any():
        return math.nan
    return float(((n - m) * np.log(n / m)).sum())


def cycles(counts: Array) -> int:
    """Independent cycles of the graph of observed transitions: edges - states + pieces."""
    from scipy.sparse.csgraph import connected_components

    joined = counts + counts.T
    visited = np.flatnonzero(joined.any(axis=0))
    graph = joined[np.ix_(visited, visited)]
    pieces, _ = connected_components(graph > 0, directed=False)
    return int(np.count_nonzero(np.triu(graph, 1))) - len(visited) + int(pieces)


def check_pseudo_count(value: Any) -> None:
    """Raise unless it is a finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value < math.inf:
        raise ParameterError(f"pseudo_count: must be at least 0, got {value!r}; 0.5 is usual, 0 adds none")
