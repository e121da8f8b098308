"""Fits and rollouts of maps that are linear in monomials of delayed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ergodica.models.forecast.forecaster import BOUND
from ergodica.models.forecast.monomials import Monomials, monomial_count
from ergodica.models.forecast.ridge import ridge_path
from ergodica.numerics.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_MONOMIALS = 100_000
MOST_NUMBERS = 2**27
"""Numbers that the monomials of the data may take; of longer data steps are left out evenly."""
ROUND_OFF = 1e-13
"""Standard deviations below which a one-step error says nothing."""
LIMIT = 1e3 * BOUND


@dataclass(frozen=True)
class Chosen:
    """Settings of one fit."""

    delays: int
    spacing: int
    degree: int
    ridge: float

    @property
    def reach(self) -> int:
        """Snapshots that a window spans."""
        return (self.delays - 1) * self.spacing + 1


@dataclass(frozen=True, eq=False)
class Fitted:
    """Fits of some settings for several ridges.

    Attributes:
        weights: (ridges, F + 1, r).
        evidence: Schwarz's criterion of the one-step errors by the number n of steps, sum of log variances + r log(n)
            degrees of freedom / n, the smaller the better, (ridges,).
        errors: one-step errors of the last ridge as of new data, (n, r).
    """

    weights: Array
    evidence: Array
    errors: Array


def fitted(
    inner: Array,
    chosen: Chosen,
    ridges: tuple[float, ...],
    times: NDArray[np.intp] | None = None,
    most: int = MOST_NUMBERS,
) -> Fitted:
    """The fits for each ridge to trajectories (members, snapshots, r).

    Args:
        times: snapshots whose value is the target, None for all.
        most: steps that are taken, evenly over them.
    """
    r = inner.shape[-1]
    monomials = Monomials.up_to(chosen.delays * r, chosen.degree)
    times = np.arange(chosen.reach, inner.shape[1]) if times is None else times
    steps = len(inner) * len(times)
    count = max(1, min(steps, most, MOST_NUMBERS // len(monomials.parent)))
    rows = np.linspace(0, steps - 1, count).round().astype(np.intp)
    members, now = rows // len(times), times[rows % len(times)] - 1
    back = chosen.spacing * np.arange(chosen.delays)
    features = monomials(inner[members[:, None], now[:, None] - back].reshape(count, -1))
    targets = inner[members, now + 1] - inner[members, now]
    weights, freedom = ridge_path(features, targets, ridges)
    evidence = np.empty(len(ridges))
    for at, own in enumerate(weights):
        errors = targets - features @ own[:-1] - own[-1]
        evidence[at] = np.log((errors**2).mean(axis=0) + ROUND_OFF**2).sum()
    evidence += r * np.log(count) / count * freedom
    corrected = (errors - errors.mean(axis=0)) * np.sqrt(count / max(count - freedom[-1], 1.0))
    return Fitted(weights, evidence, corrected)


def continued(
    weights: Array, context: Array, steps: int, chosen: Chosen, noise: Array | None = None
) -> Array:
    """Rollouts of several fits at once, (fits, F + 1, r) and (rows, snapshots, r) to (fits, rows, steps, r)."""
    from ergodica.models.forecast.polynomial_kernels import roll_out

    r = weights.shape[-1]
    monomials = Monomials.up_to(chosen.delays * r, chosen.degree)
    made = np.empty((len(weights), len(context), steps, r))
    roll_out(
        np.ascontiguousarray(context[:, context.shape[1] - chosen.reach :]),
        np.ascontiguousarray(weights),
        monomials.parent,
        monomials.factor,
        chosen.delays,
        chosen.spacing,
        np.empty((len(context), 0, r)) if noise is None else np.ascontiguousarray(noise),
        LIMIT,
        made,
    )
    return made


def checked_size(variables: int, chosen: Chosen) -> None:
    """Raises ParameterError where the monomials are too many for a fit."""
    count = monomial_count(chosen.delays * variables, chosen.degree)
    if count > MOST_MONOMIALS:
        raise ParameterError(
            f"degree: must give at most {MOST_MONOMIALS} monomials, got {count} of {chosen.delays * variables} delayed "
            "values; take a lower degree, fewer delays, or 'auto'"
        )
