"""What the rates of a Markov jump process say of its irreversibility, exact."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ergodica.estimators.arrays import Array
from ergodica.estimators.irreversibility.linear import square
from ergodica.estimators.units import base_unit
from ergodica.numerics.errors import ParameterError


def schnakenberg_rate(rates: ArrayLike, *, base: float = math.e) -> float:
    """Entropy production rate of a Markov jump process in its stationary state, exact.

    sigma = sum_{i != j} p_i w_ij ln(p_i w_ij/(p_j w_ji)),  p the stationary distribution

    Args:
        rates: w, `(states, states)`, from a row's state to a column's, per unit of time; the diagonal is not read.
        base: of the logarithm, > 1; e gives nat, 2 bit.

    Returns:
        Per unit of time; infinity where a transition has no reverse.

    Raises:
        ParameterError: a rate that is negative or not finite, or states that cannot all be reached from each other.

    >>> round(schnakenberg_rate([[0, 3, 1], [1, 0, 3], [3, 1, 0]]), 12)  # a ring: (3 - 1) ln 3
    2.197224577336

    Source: Schnakenberg 1976, Rev. Mod. Phys. 48, 571.
    """
    per_unit, _ = base_unit(base)
    w = checked_rates(rates)
    flux = stationary_distribution(w)[:, None] * w
    if ((w > 0) & (w.T == 0)).any():
        return math.inf
    return plug_in(flux) / per_unit


def tilted_eigenvalue(rates: ArrayLike, q: ArrayLike) -> Any:
    """Largest eigenvalue of the tilted generator: how the produced entropy S of a long record fluctuates.

    lam(q) = lim 1/t ln E[e^(-q S(t))],  L_ij = w_ij e^(-q ln(w_ij/w_ji)),  L_ii = -sum_j w_ij

    It is 0 at q = 0 and 1, lam(q) = lam(1 - q), and -lam'(0) = sigma.

    Args:
        rates: w, `(states, states)`, from a row's state to a column's, per unit of time; the diagonal is not read.
        q: of any shape.

    Returns:
        lam, per unit of time, with the shape of q.

    Raises:
        ParameterError: as `schnakenberg_rate`, or a transition without reverse.

    Source: Lebowitz and Spohn 1999, J. Stat. Phys. 95, 333.
    """
    w = checked_rates(rates)
    forward = w > 0
    if (forward != forward.T).any():
        i, j = np.argwhere(forward & ~forward.T)[0]
        raise ParameterError(
            f"rates: every transition must have a reverse, got none for {i} -> {j}; the entropy of it is infinite"
        )
    tilts = np.asarray(q, float)
    if not np.isfinite(tilts).all():
        raise ParameterError(f"q: must be finite, got {q!r}; 0 <= q <= 1 is the range of interest")
    logs = np.log(np.where(forward, w, 1.0))
    gains = np.exp(logs - tilts[..., None, None] * (logs - logs.T)) * forward
    tilted = gains - np.eye(len(w)) * w.sum(axis=1)
    # nonnegative off the diagonal: the largest is real, by Perron and Frobenius
    found = np.linalg.eigvals(tilted).real.max(axis=-1)
    return found if tilts.ndim else float(found)


def stationary_distribution(rates: ArrayLike) -> Array:
    """Stationary probabilities of a Markov jump process: p W = 0.

    States are eliminated one by one without a subtraction, so that each probability, however small, has all its digits.

    Args:
        rates: w, `(states, states)`, from a row's state to a column's, per unit of time; the diagonal is not read.

    Returns:
        p, `(states,)`.

    Raises:
        ParameterError: as `schnakenberg_rate`.

    Source: Grassmann, Taksar, Heyman 1985, Oper. Res. 33, 1107.
    """
    w = checked_rates(rates)
    left = w.copy()
    for last in range(len(w) - 1, 0, -1):
        left[:last, last] /= left[last, :last].sum()
        left[:last, :last] += np.outer(left[:last, last], left[last, :last])
    p = np.ones(len(w))
    for state in range(1, len(w)):
        p[state] = p[:state] @ left[:state, state]
    return np.asarray(p / p.sum())


def checked_rates(rates: ArrayLike) -> Array:
    """Rates with an empty diagonal, between states that can all be reached from each other."""
    w = square("rates", rates)
    np.fill_diagonal(w, 0.0)
    if (w < 0).any():
        i, j = np.argwhere(w < 0)[0]
        raise ParameterError(
            f"rates: must not be negative, got {w[i, j]:g} for {i} -> {j}; give rates from a row to a column"
        )
    reach = (w > 0) | np.eye(len(w), dtype=bool)
    for _ in range(len(w).bit_length()):
        reach = reach @ reach
    if not reach.all():
        i, j = np.argwhere(~reach)[0]
        raise ParameterError(
            f"rates: every state must be reachable from every other one, got no way from {i} to {j}; "
            "leave out states that are not visited again"
        )
    return w


def plug_in(flux: Array) -> float:
    """sum F_ij ln(F_ij/F_ji) over pairs that have fluxes both ways, each pair once: (F - F') ln(F/F')."""
    i, j = np.nonzero(np.triu((flux > 0) & (flux.T > 0), 1))
    return float(((flux[i, j] - flux[j, i]) * np.log(flux[i, j] / flux[j, i])).sum())
