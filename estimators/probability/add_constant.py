"""A constant added to every count: Laplace's rule and its kin."""

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np

from ergodica.estimators.arrays import Array
from ergodica.estimators.probability.estimator import CountEstimator, observations

NAMED = ("laplace", "jeffreys", "perks", "minimax")


def pseudocount(constant: float | str, outcomes: int, n: Array) -> Array:
    """What is added to each count: number or by name."""
    if constant == "perks":
        return np.full_like(n, 1 / outcomes)
    if constant == "minimax":
        return np.sqrt(n) / outcomes
    return np.full_like(n, {"laplace": 1.0, "jeffreys": 0.5}.get(str(constant)) or float(constant))


def check_constant(constant: float | str) -> None:
    """Raise ValueError for what is no positive number and no known name."""
    if isinstance(constant, str):
        fits = constant in NAMED
    else:
        fits = isinstance(constant, Real) and not isinstance(constant, bool) and 0 < constant < math.inf
    if not fits:
        raise ValueError(
            f"constant: must be a finite number > 0 or one of {', '.join(NAMED)}, got {constant!r}; 'jeffreys' is 1/2"
        )


@dataclass(frozen=True, kw_only=True)
class AddConstant(CountEstimator):
    """Frequencies after a constant was added to every count: the posterior mean under a Dirichlet prior.

    p_i = (n_i + a)/(n + K a), K possible outcomes.

    Args:
        constant: a > 0, or the name of a choice: "laplace" 1, "jeffreys" 1/2, "perks" 1/K (Schuermann and Grassberger),
            "minimax" sqrt(n)/K.

    Raises:
        TypeError: the space does not count, or its outcomes are not known.
        ValueError: counts that are not whole numbers, or an impossible constant.

    Good values: "jeffreys" for few outcomes, "perks" for many; no probability is 0, as divergences want.

    Source: Schuermann and Grassberger 1996, Chaos 6, 414; Trybula 1958, Ann. Math. Stat. 29, 242 (minimax).
    """

    constant: float | str = "laplace"
    number_needed = True

    def __post_init__(self) -> None:
        check_constant(self.constant)

    def probabilities(self, weights: Array) -> Array:
        """Smoothed frequencies along the last axis."""
        counts = self.checked(weights)
        n = observations(counts)
        outcomes = counts.shape[-1]
        a = pseudocount(self.constant, outcomes, n)
        return np.asarray((counts + a) / (n + outcomes * a))
